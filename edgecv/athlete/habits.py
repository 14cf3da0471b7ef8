"""What BlazePose makes of a body in view: its habits, as measured.

The figures are of blazepose-full on 7679 frames of the athlete as rendered (twelve exercises from
six sides, seven people of 1.65 to 1.94 m) against the true joints; in brackets, what these habits
make of the same frames.

- Everybody is about as tall in its world: the spread of the joints across the picture times the
  person's height is 1.61 to 1.65 m [1.61 to 1.63].
- Depth is flattened to 0.80 to 0.86 of what it is, and to 0.53 straight from behind [0.77 to 0.83,
  0.73].
- A far bent elbow is seen less bent from every side: 46 degrees of a curl as 75 to 100 [62 to 121],
  62 of a push-up as 96 to 146 [59 to 122]; all angles below 100 by 34 +- 16 [25 +- 18] too wide.
- Other angles err with a standard deviation of 12 to 13 degrees [9 to 11].
- A joint in view is 1.8 % of the height off, in the median [1.4], hidden behind the body 2.9 [2.3].
  Most of that stays, or comes and goes with the movement: of somebody who stands still, a joint
  jitters by 0.08 % [0.06]. In depth the errors are three times that: 0.06 m that stay [0.06] and
  0.04 that do not [0.03]. Bones keep their length.
- The visibility of elbows and wrists in view is 0.95, behind the body 0.12; of knees and ankles,
  0.97 and 0.3 to 0.4; it says nothing about trunk and face, where it is always 1. [The same.]
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.body import Floats
from edgecv.athlete.sight import hidden
from edgecv.pose.keypoints import BLAZEPOSE_33

MODEL_HEIGHT_M = 1.63
_DEPTH, _DEPTH_BEHIND = 0.83, 0.53
_BEHIND = 0.7
"""From this cosine of the angle to straight behind on, depth is flattened more."""
_ELBOW = 0.62, 54.0
"""Of an elbow's angle: degrees seen for one, and of one that is 0."""
_STAYS, _COMES = 0.0125, 0.0015
"""Standard deviations of errors that stay and of those that come and go, shares of the height."""
_WITH_MOTION = 0.08
"""Of errors that come with a movement, as a share of its extent."""
_LASTS_S = 0.35
_DEPTH_ERROR = 3.0
"""Errors in depth, against those across the picture."""
_TRUNK, _WITH_PARENT, _OWN, _OWN_SMALL = 0.7, 0.75, 0.8, 0.3
"""The trunk errs less than the limbs. A joint shares so much of the error of the one before it, and
has so much of its own; a point of a hand, a foot or the face has all of that of its joint and a
little of its own."""
_KINDS = {
    # the error where it is hidden, as a share of the height; visibility in view, and hidden
    "elbow": (0.020, 0.95, 0.12),
    "wrist": (0.024, 0.93, 0.12),
    "knee": (0.008, 0.97, 0.35),
    "ankle": (0.013, 0.96, 0.35),
    "heel": (0.016, 0.94, 0.30),
    "foot_index": (0.016, 0.95, 0.75),
    "pinky": (0.028, 0.90, 0.13),
    "index": (0.028, 0.90, 0.14),
    "thumb": (0.028, 0.90, 0.15),
    "hip": (0.010, 0.998, 0.998),
}
_OTHERS = (0.008, 0.998, 0.998)
_JOINTS_BEFORE = {"elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee"}
_GOES_WITH = {
    "pinky": "wrist",
    "index": "wrist",
    "thumb": "wrist",
    "heel": "ankle",
    "foot_index": "ankle",
}


def _kind(name: str) -> tuple[float, float, float]:
    return _KINDS.get(name.partition("_")[2], _OTHERS)


def _mixing() -> Floats:
    """(33, 33): how the error of each point is made of 33 that have nothing to do with each
    other."""
    rows = np.eye(len(BLAZEPOSE_33.keypoints))
    face = BLAZEPOSE_33.index("left_shoulder")
    rows[1:face] = _OWN_SMALL * rows[1:face] + rows[0]
    for name in BLAZEPOSE_33.keypoints[face:]:
        side, _, part = name.partition("_")
        row = BLAZEPOSE_33.index(name)
        if part in {"shoulder", "hip"}:
            rows[row] *= _TRUNK
        elif part in _JOINTS_BEFORE:
            before = rows[BLAZEPOSE_33.index(f"{side}_{_JOINTS_BEFORE[part]}")]
            rows[row] = _OWN * rows[row] + _WITH_PARENT * before
    for name in BLAZEPOSE_33.keypoints[face:]:
        side, _, part = name.partition("_")
        row = BLAZEPOSE_33.index(name)
        if part in _GOES_WITH:
            joint = rows[BLAZEPOSE_33.index(f"{side}_{_GOES_WITH[part]}")]
            rows[row] = _OWN_SMALL * rows[row] + joint
    return rows


_MIXING = _mixing()
_ERRORS, _SEEN, _HIDDEN = np.array([_kind(name) for name in BLAZEPOSE_33.keypoints]).T
_BONES = [
    (
        BLAZEPOSE_33.index(f"{side}_{before}"),
        [
            BLAZEPOSE_33.index(f"{side}_{part}")
            for part in (joint, *(part for part in _GOES_WITH if _GOES_WITH[part] == joint))
        ],
    )
    for joint, before in _JOINTS_BEFORE.items()
    for side in ("left", "right")
]
"""Where a bone starts, and what is at its end, the joint first."""
_HIPS = [BLAZEPOSE_33.index("left_hip"), BLAZEPOSE_33.index("right_hip")]
_SHOULDERS = [BLAZEPOSE_33.index("left_shoulder"), BLAZEPOSE_33.index("right_shoulder")]
_ARMS = [
    tuple(
        [BLAZEPOSE_33.index(f"{side}_{part}") for part in parts]
        for parts in (("shoulder",), ("elbow",), ("wrist", "pinky", "index", "thumb"))
    )
    for side in ("left", "right")
]


@dataclass(frozen=True)
class Sighting:
    """A body as the model sees it, in n frames."""

    image: Floats
    """(n, 33, 3): metres along the camera's axes; across the picture, that is what it is wrong."""
    world: Floats
    """(n, 33, 3): as `Pose.world`."""
    scores: Floats
    """(n, 33): visibility, 0 to 1."""


def exact(seen: Floats) -> Sighting:
    """With everything in view and nothing wrong, of `seen` (n, 33, 3), metres along the camera's
    axes."""
    world = seen - seen[:, _HIPS].mean(axis=1, keepdims=True)
    return Sighting(seen, world, np.full(seen.shape[:2], _SEEN.max()))


def habitual(seen: Floats, height_m: float, step_s: float, rng: np.random.Generator) -> Sighting:
    """With the model's habits. `height_m` is the true one, `step_s` the time between frames."""
    behind = hidden(seen)
    world = (MODEL_HEIGHT_M / height_m) * exact(seen).world
    errors = _errors(behind, world / MODEL_HEIGHT_M, step_s, rng)
    image = seen + height_m * errors
    world[..., 2] *= _flattening(seen)
    _open_elbows(world)
    lengths = [np.linalg.norm(world[:, end[0]] - world[:, start], axis=1) for start, end in _BONES]
    errors[..., 2] *= _DEPTH_ERROR
    world += MODEL_HEIGHT_M * errors
    for (start, end), length in zip(_BONES, lengths, strict=True):
        bone = world[:, end[0]] - world[:, start]
        scale = length / np.maximum(np.linalg.norm(bone, axis=1), 1e-9)
        world[:, end] += ((scale - 1.0)[:, None] * bone)[:, None]
    world -= world[:, _HIPS].mean(axis=1, keepdims=True)
    wavering = np.abs(lasting(rng, behind.shape, step_s, _LASTS_S))
    dimmed = _SEEN - 6.0 * (1.0 - _SEEN) * np.maximum(wavering - 1.0, 0.0)
    scores = np.where(behind, _HIDDEN * (0.6 + 0.6 * wavering), dimmed)
    scores = np.where(_HIDDEN > 0.99, _SEEN, scores)
    return Sighting(image, world, np.clip(scores, 0.02, 0.999))


def lasting(
    rng: np.random.Generator, shape: tuple[int, ...], step_s: float, lasts_s: float
) -> Floats:
    """Errors of standard deviation 1, correlated along the first axis over about `lasts_s`: a
    first-order autoregression."""
    keep = float(np.exp(-step_s / lasts_s))
    errors = rng.standard_normal(shape)
    errors[1:] *= np.sqrt(1.0 - keep * keep)
    for index in range(1, len(errors)):
        errors[index] += keep * errors[index - 1]
    return errors


def _errors(
    behind: NDArray[np.bool_], places: Floats, step_s: float, rng: np.random.Generator
) -> Floats:
    """(n, 33, 3), as a share of the height, as `places` from the hips are."""
    stays, lost = rng.standard_normal((2, *places.shape[1:]))
    with_motion = np.einsum(
        "npj,pij->npi", places - places.mean(axis=0), rng.standard_normal((len(stays), 3, 3))
    )
    errors = _STAYS * stays + _WITH_MOTION * with_motion
    errors += _COMES * lasting(rng, places.shape, step_s, _LASTS_S)
    mixed: Floats = _MIXING @ errors
    mixed += behind[..., None] * _ERRORS[:, None] * (_MIXING @ (lost + 10.0 * with_motion))
    return mixed


def _flattening(seen: Floats) -> Floats:
    """(n, 1): what is left of depth."""
    across = seen[:, _SHOULDERS[0]] - seen[:, _SHOULDERS[1]]
    up = seen[:, _SHOULDERS].mean(axis=1) - seen[:, _HIPS].mean(axis=1)
    front = np.cross(across, up)
    away = front[:, 2] / np.maximum(np.linalg.norm(front, axis=1), 1e-9)
    share = np.clip((away - _BEHIND) / (1.0 - _BEHIND), 0.0, 1.0)
    flattening: Floats = (_DEPTH - share * (_DEPTH - _DEPTH_BEHIND))[:, None]
    return flattening


def _open_elbows(world: Floats) -> None:
    """Show every elbow at the angle at which the model sees it, the hand going with it."""
    for (shoulder,), (elbow,), hand in _ARMS:
        upper = world[:, shoulder] - world[:, elbow]
        upper /= np.linalg.norm(upper, axis=1, keepdims=True)
        lower = world[:, hand[0]] - world[:, elbow]
        length = np.linalg.norm(lower, axis=1)
        along = np.einsum("ni,ni->n", lower, upper)
        angle = np.arccos(np.clip(along / length, -1.0, 1.0))
        seen = _ELBOW[0] * angle + np.radians(_ELBOW[1])
        aside = lower - along[:, None] * upper
        aside /= np.maximum(np.linalg.norm(aside, axis=1, keepdims=True), 1e-9)
        shown = length[:, None] * (np.cos(seen)[:, None] * upper + np.sin(seen)[:, None] * aside)
        world[:, hand] += (shown - lower)[:, None]
