"""What there is to see of one processed frame."""

from collections.abc import Callable
from dataclasses import dataclass

from edgecv.events import State
from edgecv.frames import Frame
from edgecv.pose.keypoints import Pose


@dataclass(frozen=True, slots=True)
class View:
    """A frame with what was found in it and how things stood."""

    frame: Frame
    """Its image belongs to the loop: read it, never draw into it."""
    pose: Pose | None
    state: State
    camera_fps: float
    pose_fps: float
    age_s: float | None
    """From the capture of the frame until now; None for a recording."""


Observe = Callable[[View], None]
"""Called on a thread of the loop: what takes long there holds it up."""
