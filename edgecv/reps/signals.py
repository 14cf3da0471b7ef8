"""The signals: numbers of one frame that rise and fall with an exercise.

Angles in degrees (180 is straight; of a segment: 0 points up, 180 down), heights and distances in
metres of a person of 1.7 m. Heights and places come from the picture, and the scale from the ratio
of the body's spread in the picture to its spread in the world landmarks, so that they hold in any
view. Without world landmarks angles are those in the picture, and feet that are apart in it are a
stride in a view from the side and a straddle in one from the front.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgecv.reps.joints import ANKLE, ELBOW, HIP, KNEE, NOSE, SHOULDER, WRIST, Body, Floats

SCALE_MEMORY_S = 1.0
FLAT_SCALE_MEMORY_S = 10.0
"""Without world landmarks: in some posture of these some limb is seen at its full length."""
TRUNK_M, FORESHORTENED_M = 0.5, 0.33
"""How long a trunk is, and one that points at the camera, or away: it looks shorter in the picture.
How far it leans is told by how high it reaches, then, and the angle of the hips by nothing."""
SIDEWAYS_M, FRONTAL_M = 0.12, 0.22
"""Shoulders and hips that look narrower in the picture are seen from the side, and wider ones from
the front or from behind."""
MAX_STEP_S = 0.6
"""The place in the picture is followed from frame to frame over gaps of at most this."""

_ANGLES = {
    "elbow": (SHOULDER, ELBOW, WRIST),
    "shoulder": (HIP, SHOULDER, ELBOW),
    "hip": (SHOULDER, HIP, KNEE),
    "knee": (HIP, KNEE, ANKLE),
}
_HEIGHTS = {
    "wrist_over_shoulder": (WRIST, SHOULDER),
    "wrist_over_elbow": (WRIST, ELBOW),
    "elbow_over_shoulder": (ELBOW, SHOULDER),
    "hip_over_ankle": (HIP, ANKLE),
    "shoulder_over_ankle": (SHOULDER, ANKLE),
    "shoulder_over_hip": (SHOULDER, HIP),
    "knee_over_hip": (KNEE, HIP),
    "ankle_over_hip": (ANKLE, HIP),
    "nose_over_wrist": (NOSE, WRIST),
}
_DISTANCES = {"wrist_to_shoulder": (WRIST, SHOULDER), "ankle_to_hip": (ANKLE, HIP)}
_SEGMENTS = {"upper_arm": (SHOULDER, ELBOW), "thigh": (HIP, KNEE)}
_UP = {"shoulder_up": SHOULDER, "hip_up": HIP, "wrist_up": WRIST, "ankle_up": ANKLE}
_ACROSS = {
    "shoulder_across": SHOULDER,
    "hip_across": HIP,
    "wrist_across": WRIST,
    "ankle_across": ANKLE,
}

PAIRED = (*_ANGLES, *_HEIGHTS, *_DISTANCES, *_SEGMENTS, *_UP, *_ACROSS)
"""Signals of each side of the body."""
SINGLE = (
    "torso",  # the trunk's angle to the vertical
    "chest",  # where it faces: 0 up, 90 ahead, 180 down
    "ankle_spread",  # in the picture
    "wrist_spread",
    "ankle_distance",  # in space
    "stride",  # from ankle to ankle along the direction in which the body looks
    "straddle",  # and across it
    "nose_up",
)
"""Signals of the whole body."""
COLUMNS = (*(f"{name}.{side}" for side in ("left", "right") for name in PAIRED), *SINGLE)
"""What `Signals.values` holds."""
IN_PLACE = frozenset({*_UP, *_ACROSS, "nose_up"})
"""Signals that are sums of movements in the picture: where they begin means nothing."""
IN_DEGREES = frozenset({*_ANGLES, *_SEGMENTS, "torso", "chest"})


def _both(parts: Mapping[str, tuple[int, ...]]) -> NDArray[np.intp]:
    """The joints of each signal, the left ones and then the right ones; the nose has no side."""
    return np.array(
        [
            [joint if joint == NOSE else joint + side for joint in joints]
            for side in (0, 1)
            for joints in parts.values()
        ]
    )


_ANGLE_ROWS, _HEIGHT_ROWS = _both(_ANGLES), _both(_HEIGHTS)
_DISTANCE_ROWS, _SEGMENT_ROWS = _both(_DISTANCES), _both(_SEGMENTS)
_UP_ROWS = _both({name: (joint,) for name, joint in _UP.items()})[:, 0]
_ACROSS_ROWS = _both({name: (joint,) for name, joint in _ACROSS.items()})[:, 0]


def _joints_of() -> NDArray[np.intp]:
    """The joints on which each column rests, filled up to three."""
    groups = (_ANGLES, _HEIGHTS, _DISTANCES, _SEGMENTS)
    paired: dict[str, tuple[int, ...]] = {}
    for group in groups:
        paired |= {name: tuple(joints) for name, joints in group.items()}
    paired |= {name: (joint,) for name, joint in (*_UP.items(), *_ACROSS.items())}
    rows = [
        [joint if joint == NOSE else joint + side for joint in paired[name]]
        for side in (0, 1)
        for name in PAIRED
    ]
    ankles, wrists = [ANKLE, ANKLE + 1], [WRIST, WRIST + 1]
    sides = [[SHOULDER, HIP], [SHOULDER, HIP]]
    rows += [*sides, ankles, wrists, ankles, ankles, ankles, [NOSE]]
    return np.array([[*row, *[row[0]] * (3 - len(row))] for row in rows])


_JOINTS_OF = _joints_of()
_TRUNK = [COLUMNS.index("torso"), COLUMNS.index("chest")]
_HIPS = [side * len(_ANGLES) + list(_ANGLES).index("hip") for side in (0, 1)]
_HALF = len(PAIRED)


@dataclass(frozen=True, slots=True)
class Signals:
    """One frame's."""

    values: Floats
    """In the order of COLUMNS; NaN where it is not known."""
    seen: Floats
    """0 to 1, the least of its joints'."""
    pixels_per_metre: float


class SignalReader:
    """Follows one person from frame to frame."""

    def __init__(self) -> None:
        self._scales: deque[tuple[float, float]] = deque()
        self._place = np.zeros((13, 2))
        self._pixels: Floats | None = None
        self._time_s = 0.0

    def __call__(self, time_s: float, body: Body) -> Signals:
        scale = self._scale(time_s, body)
        metres = body.pixels / scale
        if self._pixels is not None and time_s - self._time_s < MAX_STEP_S:
            # Sums of steps: to divide a place by a scale that changes would invent motion.
            self._place += (body.pixels - self._pixels) / scale
        self._pixels, self._time_s = body.pixels, time_s
        flat = np.column_stack((metres, np.zeros(len(metres))))
        space = flat if body.world is None else body.world

        first, middle, last = (space[_ANGLE_ROWS[:, k]] for k in range(3))
        angles = _angle(first - middle, last - middle)
        trunk = (space[SHOULDER] + space[SHOULDER + 1] - space[HIP] - space[HIP + 1]) / 2
        lateral = (space[SHOULDER + 1] + space[HIP + 1] - space[SHOULDER] - space[HIP]) / 2
        ankles = space[ANKLE] - space[ANKLE + 1]
        if body.world is not None:
            posture = _posture(trunk, lateral, ankles)
        else:
            foreshortened = bool(np.linalg.norm(trunk) < FORESHORTENED_M)
            posture = _posture_in_picture(trunk, lateral, ankles, foreshortened=foreshortened)
            if foreshortened:
                angles[_HIPS] = np.nan
        heights = metres[_HEIGHT_ROWS[:, 1], 1] - metres[_HEIGHT_ROWS[:, 0], 1]
        distances = _length(space[_DISTANCE_ROWS[:, 0]] - space[_DISTANCE_ROWS[:, 1]])
        segments = _tilt(space[_SEGMENT_ROWS[:, 1]] - space[_SEGMENT_ROWS[:, 0]])
        up, across = -self._place[_UP_ROWS, 1], self._place[_ACROSS_ROWS, 0]

        groups = (angles, heights, distances, segments, up, across)
        values = np.empty(len(COLUMNS))
        start = 0
        for group in groups:
            half = len(group) // 2
            values[start : start + half] = group[:half]
            values[_HALF + start : _HALF + start + half] = group[half:]
            start += half
        values[2 * _HALF :] = [
            posture.lean,
            posture.chest,
            abs(float(metres[ANKLE, 0] - metres[ANKLE + 1, 0])),
            abs(float(metres[WRIST, 0] - metres[WRIST + 1, 0])),
            float(np.linalg.norm(ankles)),
            posture.stride,
            posture.straddle,
            -float(self._place[NOSE, 1]),
        ]
        seen = body.seen[_JOINTS_OF].min(axis=1)
        right = min(body.seen[SHOULDER + 1], body.seen[HIP + 1])
        seen[_TRUNK] = np.maximum(seen[_TRUNK], right)  # one side is enough
        return Signals(values, seen, scale)

    def _scale(self, time_s: float, body: Body) -> float:
        """Pixels a metre: the median of the last second's; without world landmarks nearly the most
        of a longer time."""
        flat = body.world is None
        memory_s = FLAT_SCALE_MEMORY_S if flat else SCALE_MEMORY_S
        while self._scales and time_s - self._scales[0][0] > memory_s:
            self._scales.popleft()
        self._scales.append((time_s, _limb_scale(body) if flat else _spread_scale(body)))
        share = 0.8 if flat else 0.5
        return quantile(sorted(scale for _, scale in self._scales), share)


def quantile(ordered: Sequence[float], share: float) -> float:
    """As numpy's, which takes 100 µs for what takes a list 5."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


class _Posture(NamedTuple):
    """Of the trunk and the feet; NaN where it is not known."""

    lean: float
    chest: float
    stride: float
    straddle: float


def _posture(trunk: Floats, lateral: Floats, ankles: Floats) -> _Posture:
    """From the middle of the hips to that of the shoulders, from the left side to the right one,
    and from ankle to ankle, in space."""
    lateral = lateral / (np.linalg.norm(lateral) + 1e-6)
    forward = np.cross(trunk, lateral)
    forward /= np.linalg.norm(forward) + 1e-6
    return _Posture(
        lean=float(_tilt(trunk[None])[0]),
        chest=float(_tilt(forward[None])[0]),
        stride=abs(float(ankles @ forward)),
        straddle=abs(float(ankles @ lateral)),
    )


def _posture_in_picture(
    trunk: Floats, lateral: Floats, ankles: Floats, *, foreshortened: bool
) -> _Posture:
    if foreshortened:
        lean = math.degrees(math.acos(min(max(-float(trunk[1]) / TRUNK_M, -1.0), 1.0)))
    else:
        lean = float(_tilt(trunk[None])[0])
    width, apart = abs(float(lateral[0])), abs(float(ankles[0]))
    return _Posture(
        lean,
        chest=math.nan,
        stride=apart if width < SIDEWAYS_M else math.nan,
        straddle=apart if width > FRONTAL_M else math.nan,
    )


def _angle(first: Floats, second: Floats) -> Floats:
    lengths = _length(first) * _length(second)
    cosine = np.einsum("ij,ij->i", first, second) / np.maximum(lengths, 1e-9)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)))


def _tilt(vectors: Floats) -> Floats:
    """Angle to the picture's vertical: 0 points up."""
    cosine = -vectors[:, 1] / np.maximum(_length(vectors), 1e-9)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _spread_scale(body: Body) -> float:
    """The joints' spread in the picture over that of the world's x and y (weak perspective)."""
    assert body.world is not None
    weight = np.square(np.maximum(body.seen[1:], 0.05))
    weight /= weight.sum()
    pixels, metres = body.pixels[1:], body.world[1:, :2]
    in_pixels = weight @ np.square(pixels - weight @ pixels).sum(axis=1)
    in_metres = weight @ np.square(metres - weight @ metres).sum(axis=1)
    return float(np.sqrt(in_pixels / (in_metres + 1e-9))) or 1e-6


_LIMBS = np.array(
    [
        *((SHOULDER + side, HIP + side) for side in (0, 1)),
        *((HIP + side, KNEE + side) for side in (0, 1)),
        *((KNEE + side, ANKLE + side) for side in (0, 1)),
        *((SHOULDER + side, ELBOW + side) for side in (0, 1)),
    ]
)
_LIMB_METRES = np.repeat([0.49, 0.42, 0.42, 0.32], 2)
"""Trunk side, thigh, shank and upper arm of an adult of 1.7 m (Winter 2009, figure 4.1: 0.288,
0.245, 0.246 and 0.186 of the height)."""


def _limb_scale(body: Body) -> float:
    """Pixels a metre where there are no world landmarks: of the limb that is least foreshortened,
    but one, for a single key point may be wrong."""
    lengths = _length(body.pixels[_LIMBS[:, 0]] - body.pixels[_LIMBS[:, 1]])
    seen = body.seen[_LIMBS].min(axis=1) >= 0.5
    scales = np.sort((lengths / _LIMB_METRES)[seen if seen.any() else slice(None)])
    return max(float(scales[-2 if len(scales) > 1 else -1]), 1e-6)
