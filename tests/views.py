"""Views as the loop hands them to an observer."""

import numpy as np

from edgecv.events import State, Status
from edgecv.frames import Frame, Image
from edgecv.pose.keypoints import Pose
from edgecv.view import View


def make_view(
    *,
    number: int = 1,
    width: int = 640,
    height: int = 480,
    grey: int = 128,
    pose: Pose | None = None,
    exercise: str = "squat",
    set_reps: int = 7,
    sets: int = 2,
    person: bool = True,
    status: Status = Status.RUNNING,
    age_s: float | None = 0.012,
    time_s: float = 63.25,
) -> View:
    image = np.full((height, width, 3), grey, np.uint8)
    state = State(
        status=status,
        exercise=exercise,
        counting=exercise,
        reps_today=10 * (sets - 1) + set_reps,
        readiness="ready" if person else "no_person",
        set=sets,
        set_reps=set_reps,
        person=person,
        camera=True,
        camera_state="live",
    )
    return View(
        frame=Frame(number, captured_s=time_s, time_s=time_s, content=image),
        pose=pose,
        state=state,
        camera_fps=30.0,
        pose_fps=29.6,
        age_s=age_s,
    )


def pixels(view: View) -> Image:
    """The frame's own image."""
    content = view.frame.content
    assert isinstance(content, np.ndarray)
    return content
