"""From a pose to the angles of an exercise's joints."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.exercises import JOINTS, Exercise

MIN_SCORE = 0.5
"""A joint counts as seen when each of its three key points has at least this score."""


@dataclass(frozen=True, slots=True)
class Angles:
    """The joint angles of one frame, left then right for each signal of the exercise."""

    degrees: NDArray[np.float64]
    """(signals * 2,): 0 to 180; anything where not `seen`."""
    seen: NDArray[np.bool_]


class JointAngles:
    """Measures the joints that an exercise looks at."""

    def __init__(self, exercise: Exercise, skeleton: Skeleton) -> None:
        self._points = np.array(
            [
                [skeleton.index(f"{side}_{part}") for part in JOINTS[signal.joint]]
                for signal in exercise.signals
                for side in ("left", "right")
            ]
        )

    def __call__(self, pose: Pose) -> Angles:
        """3-D angles where the model has world landmarks, else angles in the picture."""
        places = pose.world if pose.world is not None else pose.pixels[:, :2]
        corners = places[self._points].astype(np.float64)
        first = corners[:, 0] - corners[:, 1]
        second = corners[:, 2] - corners[:, 1]
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        cosine = np.einsum("ij,ij->i", first, second) / np.maximum(lengths, 1e-9)
        degrees = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
        scores = pose.pixels[self._points, 2].min(axis=1)
        return Angles(degrees, np.isfinite(degrees) & (scores >= MIN_SCORE) & (lengths > 0))
