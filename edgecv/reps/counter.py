"""Counts the reps of one named exercise: times and poses in, reps out."""

from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.excursion import Excursion, ExcursionFinder
from edgecv.reps.exercises import EXERCISES
from edgecv.reps.progress import MAX_GAP_S, Progress
from edgecv.reps.signals import JointAngles


class RepCounter:
    """Frame by frame; `time_s` is the frame's and goes forward (a frame that does not is ignored).

    Raises KeyError for an exercise that is not in EXERCISES.
    """

    def __init__(self, exercise: str, skeleton: Skeleton) -> None:
        self._exercise = EXERCISES[exercise]
        self._angles = JointAngles(self._exercise, skeleton)
        self._progress = Progress(self._exercise)
        self._finder = ExcursionFinder(self._exercise)
        self._time_s = float("-inf")
        self._seen_s = float("-inf")

    @property
    def in_rep(self) -> bool:
        """A movement has begun that may become a rep."""
        return self._finder.away

    def update(self, time_s: float, pose: Pose | None) -> Excursion | None:
        """The rep that this frame completes, if it does; `pose` is None when nobody is in view."""
        if not time_s > self._time_s:
            return None
        self._time_s = time_s
        progress = None if pose is None else self._progress.update(time_s, self._angles(pose))
        if progress is None:
            if time_s - self._seen_s > MAX_GAP_S:
                self._finder.rest()
            return None
        self._seen_s = time_s
        excursion = self._finder.update(time_s, progress)
        if excursion is None or excursion.duration_s < self._exercise.min_rep_s:
            return None
        self._finder.accept(excursion)
        return excursion
