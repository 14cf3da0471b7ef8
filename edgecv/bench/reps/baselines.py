"""Two published ways to count reps by the angle of one joint, to have something beside ours.

Both know which exercise is done. Neither looks at anything but that angle.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from edgecv.pose.keypoints import Pose
from edgecv.traces import Sample

HIGH_DEG, LOW_DEG = 145.0, 90.0
"""The two thresholds of Ultralytics' AIGym."""
WINDOW, PROMINENCE_DEG, APART_S = 9, 25.0, 0.6
"""Frames of the moving mean; how far a peak stands out on both sides; time between peaks."""
MIN_SCORE = 0.5
"""A joint counts as seen when each of its key points has at least this score."""

_ELBOW = ("shoulder", "elbow", "wrist")
_SHOULDER = ("hip", "shoulder", "elbow")
_HIP = ("shoulder", "hip", "knee")
_KNEE = ("hip", "knee", "ankle")

NOMINAL: Mapping[str, tuple[tuple[str, str, str], bool]] = MappingProxyType(
    {
        **dict.fromkeys(("squat", "lunge", "burpee", "wall_sit"), (_KNEE, False)),
        **dict.fromkeys(
            ("deadlift", "sit_up", "leg_raise", "mountain_climber", "high_knees"), (_HIP, False)
        ),
        **dict.fromkeys(("glute_bridge", "kettlebell_swing", "plank"), (_HIP, True)),
        **dict.fromkeys(("push_up", "bench_press", "pull_up", "dip"), (_ELBOW, False)),
        **dict.fromkeys(("biceps_curl", "bent_row", "triceps_extension"), (_ELBOW, False)),
        **dict.fromkeys(("overhead_press", "triceps_pushdown"), (_ELBOW, True)),
        **dict.fromkeys(("jumping_jack", "lateral_raise", "front_raise"), (_SHOULDER, True)),
    }
)
"""The joint that people look at, and whether it opens on the way from rest to turn."""
USUAL = (_KNEE, False)


def two_thresholds(samples: Sequence[Sample], exercise: str) -> int:
    """A rep is a change from one side of both thresholds to the other, counted at the turn."""
    _, opens = NOMINAL.get(exercise, USUAL)
    at_rest, reps = False, 0
    for _, degrees in joint_angles(samples, exercise):
        if degrees < LOW_DEG if opens else degrees > HIGH_DEG:
            at_rest = True
        elif at_rest and (degrees > HIGH_DEG if opens else degrees < LOW_DEG):
            at_rest = False
            reps += 1
    return reps


def smoothed_peaks(samples: Sequence[Sample], exercise: str) -> int:
    """A rep is a peak of the smoothed angle that stands out on both sides, not too soon after the
    one before."""
    _, opens = NOMINAL.get(exercise, USUAL)
    window: deque[float] = deque(maxlen=WINDOW)
    reps, rising = 0, False
    low, high = np.inf, -np.inf
    high_s = counted_s = -np.inf
    for time_s, degrees in joint_angles(samples, exercise):
        window.append(degrees if opens else -degrees)
        value = float(np.mean(window))
        low = min(low, value)
        if not rising and value - low >= PROMINENCE_DEG:
            rising, high = True, value
        if value >= high:
            high, high_s = value, time_s
        if rising and high - value >= PROMINENCE_DEG:
            if high_s - counted_s >= APART_S:
                reps += 1
                counted_s = high_s
            rising, low = False, value
    return reps


def joint_angles(samples: Sequence[Sample], exercise: str) -> list[tuple[float, float]]:
    """Time and angle in degrees of the frames in which the joint is seen: the mean of the sides
    that are, 180 is straight; in space where there are world landmarks, else in the picture."""
    joint, _ = NOMINAL.get(exercise, USUAL)
    angles = []
    for sample in samples:
        degrees = [] if sample.pose is None else _sides(sample.pose, joint)
        if degrees:
            angles.append((sample.time_s, sum(degrees) / len(degrees)))
    return angles


def _sides(pose: Pose, joint: tuple[str, str, str]) -> list[float]:
    places = pose.pixels[:, :2] if pose.world is None else pose.world
    found = []
    for side in ("left", "right"):
        first, corner, last = (pose.skeleton.index(f"{side}_{part}") for part in joint)
        if pose.pixels[[first, corner, last], 2].min() < MIN_SCORE:
            continue
        one, other = places[first] - places[corner], places[last] - places[corner]
        length = float(np.linalg.norm(one) * np.linalg.norm(other))
        if length > 0 and np.isfinite(length):
            cosine = float(one @ other) / length
            found.append(float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))))
    return found


BASELINES: Mapping[str, Callable[[Sequence[Sample], str], int]] = MappingProxyType(
    {"two_thresholds": two_thresholds, "smoothed_peaks": smoothed_peaks}
)
