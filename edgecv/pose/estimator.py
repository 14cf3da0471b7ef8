"""The seam between the loop and a pose model."""

from typing import Protocol

from edgecv.frames import Image
from edgecv.pose.keypoints import Pose, Skeleton


class Estimator(Protocol):
    """A model with its pre- and post-processing. Used by one thread at a time."""

    @property
    def skeleton(self) -> Skeleton: ...

    def reduction(self, width: int, height: int) -> int:
        """By how much the next frame, of this size, may be reduced without loss for the model."""
        ...

    def __call__(self, image: Image, time_s: float, reduction: int = 1) -> Pose | None:
        """The pose of the person in view, or None, in pixels of the frame.

        `image` is the frame, reduced by `reduction`; `time_s` is the frame's, and goes forward.
        """
        ...

    def reset(self) -> None:
        """Forget the person: the next frame has nothing to do with those before it."""
        ...
