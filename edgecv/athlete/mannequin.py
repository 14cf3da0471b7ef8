"""A jointed body: from the angles of its joints to the place of its segments, and back from where
a hand or a foot has to be to the angles."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from edgecv.athlete.body import (
    LIMBS,
    SEGMENTS,
    SIDES,
    Anchors,
    Body,
    Floats,
    Offset,
    about_x,
    about_y,
    about_z,
)
from edgecv.athlete.build import (
    ANKLE_HEIGHT,
    FOREARM,
    HIP_HALF_WIDTH,
    NECK,
    SHIN,
    SHOULDER_HALF_WIDTH,
    SHOULDERS,
    SPINE,
    THIGH,
    UPPER_ARM,
    Build,
)
from edgecv.athlete.posture import Limb, Posture
from edgecv.athlete.stance import Hold, Stance

_PELVIS, _CHEST, _HEAD = range(3)
_ROOM = SEGMENTS.index("room")
_HOLDS: Mapping[str, Offset] = MappingProxyType(
    {"arm": (0.0, -0.09, 0.0), "leg": (0.0, -ANKLE_HEIGHT, 0.16)}
)
"""Where a limb holds on: the grip of the hand, the toes."""
_UNDERSIDE: Sequence[tuple[str, Offset]] = (
    *(("pelvis", (x, y, z)) for x in (-0.1, 0.1) for y, z in ((0.0, -0.11), (-0.11, -0.03))),
    *(("chest", (0.0, 0.3, z)) for z in (-0.12, 0.12)),
    ("head", (0.0, 0.12, -0.10)),
    *(
        (f"{side}_{part}", offset)
        for side in SIDES
        for part, offset in (
            ("foot", (0.0, -ANKLE_HEIGHT, -0.05)),
            ("foot", (0.0, -ANKLE_HEIGHT, 0.18)),
            ("hand", (-SIDES[side] * 0.02, -0.09, 0.0)),
        )
    ),
)
"""What can touch the floor."""
_STRETCHED = 0.994
"""From this share of its length on, a limb does not quite reach its hold: no knee is ever snapped
straight."""


@dataclass(frozen=True)
class _Chain:
    """How a limb hangs on the body: its segments are `upper`, `upper` + 1 and `upper` + 2."""

    upper: int
    parent: int
    root: Floats
    lengths: tuple[float, float]
    hold: Floats
    side: float
    fold: float
    """1 for a knee, which points to the front when it bends, -1 for an elbow."""


class Mannequin:
    """A body of a certain build."""

    def __init__(self, build: Build) -> None:
        _, trunk, _ = build.size("chest")
        self._spine, self._neck = trunk * SPINE, trunk * NECK
        self._chains = {limb: _chain(limb, build) for limb in LIMBS}
        self._underside = Anchors.of(_UNDERSIDE, build)

    def body(self, stance: Stance) -> Body:
        """Where the segments are, the room's at the origin: each limb that holds on bends so that
        it does, or is stretched out towards its hold where it is too short."""
        body = self._articulate(stance.posture, stance.heading)
        body = Body(body.origins + stance.hips, body.rotations)
        for limb, hold in stance.holds.items():
            _reach(body, hold, self._chains[limb])
        return body

    def standing(self, posture: Posture, place: Floats, heading: float) -> Stance:
        """The hips over `place` (x, z), the lowest point of the body at the posture's lift."""
        body = self._articulate(posture, heading)
        height = posture.lift - float(body.points(self._underside)[:, 1].min())
        return Stance(posture, np.array([place[0], height, place[1]]), heading)

    def carried(self, posture: Posture, heading: float, by: Mapping[str, Hold]) -> Floats:
        """(3,): where the hips have to be for the limbs to end at these holds, on average, without
        bending more or less than the posture says."""
        body = self._articulate(posture, heading)
        ways = []
        for limb, hold in by.items():
            end = self._chains[limb].upper + 2
            rotation = body.rotations[end] if hold.rotation is None else hold.rotation
            ways.append(hold.place - rotation @ self._chains[limb].hold - body.origins[end])
        hips: Floats = np.mean(ways, axis=0)
        return hips

    def hold(self, body: Body, limb: str) -> Hold:
        """Where that limb is, to stay there."""
        chain = self._chains[limb]
        end = chain.upper + 2
        rotation = body.rotations[end].copy()
        return Hold(body.origins[end] + rotation @ chain.hold, rotation)

    def _articulate(self, posture: Posture, heading: float) -> Body:
        """Forward kinematics, with the middle of the hips at the origin."""
        origins = np.zeros((len(SEGMENTS), 3))
        rotations = np.empty((len(SEGMENTS), 3, 3))
        rotations[_ROOM] = np.eye(3)
        rotations[_PELVIS] = about_y(heading) @ about_z(-posture.roll) @ about_x(posture.pitch)
        rotations[_CHEST] = rotations[_PELVIS] @ about_x(posture.spine)
        rotations[_HEAD] = rotations[_CHEST] @ about_x(posture.neck)
        origins[_CHEST] = self._spine * rotations[_PELVIS][:, 1]
        origins[_HEAD] = origins[_CHEST] + self._neck * rotations[_CHEST][:, 1]
        body = Body(origins, rotations)
        for name, chain in self._chains.items():
            _hang(body, chain, getattr(posture, name))
        return body


def _chain(limb: str, build: Build) -> _Chain:
    side, kind = limb.split("_")
    sign = SIDES[side]
    parent, upper, lower, end, fold = {
        "arm": ("chest", "upper_arm", "forearm", "hand", -1.0),
        "leg": ("pelvis", "thigh", "shin", "foot", 1.0),
    }[kind]
    root, lengths = {
        "arm": ((sign * SHOULDER_HALF_WIDTH, SHOULDERS, 0.0), (UPPER_ARM, FOREARM)),
        "leg": ((sign * HIP_HALF_WIDTH, 0.0, 0.0), (THIGH, SHIN)),
    }[kind]
    return _Chain(
        SEGMENTS.index(f"{side}_{upper}"),
        SEGMENTS.index(parent),
        np.multiply(build.size(parent), root),
        (build.size(upper)[1] * lengths[0], build.size(lower)[1] * lengths[1]),
        np.multiply(build.size(end), _HOLDS[kind]),
        sign,
        fold,
    )


def _hang(body: Body, chain: _Chain, limb: Limb) -> None:
    upper, lower, end = range(chain.upper, chain.upper + 3)
    origins, rotations = body.origins, body.rotations
    side, (upper_length, lower_length) = chain.side, chain.lengths
    rotations[upper] = (
        rotations[chain.parent]
        @ about_x(-limb.forward)
        @ about_z(side * limb.outward)
        @ about_y(side * limb.turn)
    )
    rotations[lower] = rotations[upper] @ about_x(chain.fold * limb.bend)
    rotations[end] = rotations[lower] @ about_y(side * limb.twist) @ about_x(-limb.tip)
    if limb.cock:
        rotations[end] = rotations[end] @ about_z(side * limb.cock)
    origins[upper] = origins[chain.parent] + rotations[chain.parent] @ chain.root
    origins[lower] = origins[upper] - upper_length * rotations[upper][:, 1]
    origins[end] = origins[lower] - lower_length * rotations[lower][:, 1]


def _reach(body: Body, hold: Hold, chain: _Chain) -> None:
    """Bend a limb so that it ends at the hold, keeping the plane in which it folds."""
    upper, lower, end = range(chain.upper, chain.upper + 3)
    origins, rotations = body.origins, body.rotations
    if hold.rotation is not None:
        rotations[end] = hold.rotation
    a, b = chain.lengths
    way = hold.place - rotations[end] @ chain.hold - origins[upper]
    distance = math.sqrt(way @ way)
    down = way / distance
    reach = max(min(distance, _STRETCHED * (a + b)), abs(a - b) + 1e-6)
    if distance > reach:
        rest = (1.0 - _STRETCHED) * (a + b)
        reach += rest * (1.0 - math.exp((reach - distance) / rest))
    along = (a * a - b * b + reach * reach) / (2.0 * reach)
    aside = math.sqrt(max(a * a - along * along, 0.0))
    front = rotations[upper][:, 2] - rotations[upper][:, 2].dot(down) * down
    front /= math.sqrt(front @ front)
    hinge = _cross(front, down)

    origins[lower] = origins[upper] + along * down + chain.fold * aside * front
    origins[end] = origins[upper] + reach * down
    for segment, length in ((upper, a), (lower, b)):
        axis = (origins[segment] - origins[segment + 1]) / length
        rotations[segment, :, 0] = hinge
        rotations[segment, :, 1] = axis
        rotations[segment, :, 2] = _cross(hinge, axis)


def _cross(a: Floats, b: Floats) -> Floats:
    """Of two vectors (3,); `numpy.cross` takes ten times as long for them."""
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    return np.array((ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx))
