"""A jointed body of 1.75 m: from the angles of its joints to the place of its segments.

World: metres; x to the person's left, y up from the floor, z where the person faces. Each segment
has axes of its own, equal to the world's when the person stands upright with the arms hanging:
a limb's segments run along -y from the joint at which they start.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.posture import Limb, Posture

Floats = NDArray[np.float64]
Offset = tuple[float, float, float]

# Metres, close to the proportions in Winter, Biomechanics and Motor Control of Human Movement.
THIGH, SHIN, ANKLE_HEIGHT = 0.43, 0.42, 0.08
UPPER_ARM, FOREARM = 0.29, 0.26
HIP_HALF_WIDTH, SHOULDER_HALF_WIDTH = 0.10, 0.175
SPINE = 0.12
"""From the hips up to the joint of the spine."""
SHOULDERS, NECK = 0.38, 0.48
"""From the joint of the spine up to the shoulders and to the joint of the head."""

SIDES: Mapping[str, float] = MappingProxyType({"left": 1.0, "right": -1.0})
SEGMENTS = (
    *("pelvis", "chest", "head"),
    *(
        f"{side}_{part}"
        for side in SIDES
        for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")
    ),
)
LIMBS = ("left_arm", "right_arm", "left_leg", "right_leg")
_PELVIS, _CHEST, _HEAD = range(3)


@dataclass(frozen=True)
class Anchors:
    """Points that are fixed to segments."""

    segments: NDArray[np.intp]
    """(n,) indices in SEGMENTS."""
    offsets: Floats
    """(n, 3) along the axes of the segment, metres."""

    @classmethod
    def of(cls, points: Sequence[tuple[str, Offset]]) -> "Anchors":
        """From the name of a segment and an offset for each point."""
        return cls(
            np.array([SEGMENTS.index(segment) for segment, _ in points], dtype=np.intp),
            np.array([offset for _, offset in points], dtype=np.float64).reshape(-1, 3),
        )


@dataclass(frozen=True)
class Body:
    """Where the segments are."""

    origins: Floats
    """(segments, 3): the joint at which each starts."""
    rotations: Floats
    """(segments, 3, 3): the columns are its axes."""

    def points(self, anchors: Anchors) -> Floats:
        """(n, 3) in the world."""
        turned = self.rotations[anchors.segments] @ anchors.offsets[:, :, None]
        return self.origins[anchors.segments] + turned[:, :, 0]


@dataclass(frozen=True)
class _Chain:
    """How a limb hangs on the body: its segments are `upper`, `upper` + 1 and `upper` + 2."""

    upper: int
    parent: int
    root: Floats
    lengths: tuple[float, float]
    side: float
    fold: float
    """1 for a knee, which points to the front when it bends, -1 for an elbow."""


def _chain(limb: str) -> _Chain:
    side, kind = limb.split("_")
    sign = SIDES[side]
    if kind == "arm":
        root = np.array([sign * SHOULDER_HALF_WIDTH, SHOULDERS, 0.0])
        upper = SEGMENTS.index(f"{side}_upper_arm")
        return _Chain(upper, _CHEST, root, (UPPER_ARM, FOREARM), sign, -1.0)
    root = np.array([sign * HIP_HALF_WIDTH, 0.0, 0.0])
    return _Chain(SEGMENTS.index(f"{side}_thigh"), _PELVIS, root, (THIGH, SHIN), sign, 1.0)


_CHAINS: Mapping[str, _Chain] = MappingProxyType({limb: _chain(limb) for limb in LIMBS})

_UNDERSIDE = Anchors.of(
    [
        *(("pelvis", (x, 0.0, -0.11)) for x in (-0.1, 0.1)),
        *(("chest", (0.0, 0.3, z)) for z in (-0.12, 0.12)),
        *(
            (f"{side}_{part}", offset)
            for side in SIDES
            for part, offset in (
                ("foot", (0.0, -ANKLE_HEIGHT, -0.05)),
                ("foot", (0.0, -ANKLE_HEIGHT, 0.18)),
                ("hand", (0.0, -0.09, 0.0)),
            )
        ),
    ]
)
"""What can touch the floor."""


def stand(posture: Posture) -> Body:
    """The body in that posture over the middle of the floor, its lowest point at `lift`."""
    body = _articulate(posture)
    lowest = body.points(_UNDERSIDE)[:, 1].min()
    return _moved(body, np.array([0.0, posture.lift - lowest, 0.0]))


def keep_planted(posture: Posture, rest: Body, planted: Sequence[str]) -> Body:
    """The body in that posture, with the ends of the `planted` limbs where `rest` has them.

    The body moves as a whole until the ends are there on average; then each planted limb bends
    until its end is there exactly, or is stretched out towards it where it is too short.
    """
    body = _articulate(posture)
    ends = [_CHAINS[limb].upper + 2 for limb in planted]
    body = _moved(body, (rest.origins[ends] - body.origins[ends]).mean(axis=0))
    for limb in planted:
        _reach(body, rest, _CHAINS[limb])
    return body


def _articulate(posture: Posture) -> Body:
    """Forward kinematics, with the middle of the hips at the origin."""
    origins = np.zeros((len(SEGMENTS), 3))
    rotations = np.empty((len(SEGMENTS), 3, 3))
    rotations[_PELVIS] = _about_z(-posture.roll) @ _about_x(posture.pitch)
    rotations[_CHEST] = rotations[_PELVIS] @ _about_x(posture.spine)
    rotations[_HEAD] = rotations[_CHEST] @ _about_x(posture.neck)
    origins[_CHEST] = rotations[_PELVIS] @ (0.0, SPINE, 0.0)
    origins[_HEAD] = origins[_CHEST] + rotations[_CHEST] @ (0.0, NECK, 0.0)
    body = Body(origins, rotations)
    for name, chain in _CHAINS.items():
        _hang(body, chain, getattr(posture, name))
    return body


def _hang(body: Body, chain: _Chain, limb: Limb) -> None:
    upper, lower, end = range(chain.upper, chain.upper + 3)
    origins, rotations = body.origins, body.rotations
    side, (upper_length, lower_length) = chain.side, chain.lengths
    rotations[upper] = (
        rotations[chain.parent]
        @ _about_x(-limb.forward)
        @ _about_z(side * limb.outward)
        @ _about_y(side * limb.turn)
    )
    rotations[lower] = rotations[upper] @ _about_x(chain.fold * limb.bend)
    rotations[end] = rotations[lower] @ _about_y(side * limb.twist) @ _about_x(-limb.tip)
    origins[upper] = origins[chain.parent] + rotations[chain.parent] @ chain.root
    origins[lower] = origins[upper] - upper_length * rotations[upper][:, 1]
    origins[end] = origins[lower] - lower_length * rotations[lower][:, 1]


def _reach(body: Body, rest: Body, chain: _Chain) -> None:
    """Bend a limb so that it ends where it does at rest, keeping the plane in which it folds."""
    upper, lower, end = range(chain.upper, chain.upper + 3)
    origins, rotations = body.origins, body.rotations
    a, b = chain.lengths
    way = rest.origins[end] - origins[upper]
    distance = float(np.linalg.norm(way))
    down = way / distance
    reach = min(max(distance, abs(a - b) + 1e-6), a + b - 1e-6)
    along = (a * a - b * b + reach * reach) / (2.0 * reach)
    aside = math.sqrt(max(a * a - along * along, 0.0))
    front = rotations[upper][:, 2] - rotations[upper][:, 2].dot(down) * down
    front /= np.linalg.norm(front)
    hinge = np.cross(-down, front)

    origins[lower] = origins[upper] + along * down + chain.fold * aside * front
    origins[end] = origins[upper] + reach * down
    for segment, length in ((upper, a), (lower, b)):
        axis = (origins[segment] - origins[segment + 1]) / length
        rotations[segment] = np.column_stack((hinge, axis, np.cross(hinge, axis)))
    rotations[end] = rest.rotations[end]


def _moved(body: Body, shift: Floats) -> Body:
    return Body(body.origins + shift, body.rotations)


def _about_x(degrees: float) -> Floats:
    c, s = _cos_sin(degrees)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def _about_y(degrees: float) -> Floats:
    c, s = _cos_sin(degrees)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def _about_z(degrees: float) -> Floats:
    c, s = _cos_sin(degrees)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _cos_sin(degrees: float) -> tuple[float, float]:
    radians = math.radians(degrees)
    return math.cos(radians), math.sin(radians)
