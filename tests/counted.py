"""Poses of the synthetic athlete and of real people, and what the counter makes of them."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from edgecv.athlete.flaws import Flaws
from edgecv.athlete.poses import SIZE, Trial, trials
from edgecv.pose.keypoints import BLAZEPOSE_33, COCO_17, Points, Pose
from edgecv.reps.counter import Counter
from edgecv.reps.outcome import Counted, Outcome, Rep
from tests.shared import CLIPS

TimedPose = tuple[float, Pose | None]
TRUE = Flaws(habits=False)
"""The joints as they are."""
COCO_ROWS = [BLAZEPOSE_33.index(name) for name in COCO_17.keypoints]


@cache
def trial(
    activity: str,
    *,
    azimuth_deg: float = 45.0,
    flaws: Flaws = TRUE,
    seed: int = 1,
    tempo: float = 1.0,
    reps: int = 5,
    seconds: float = 20.0,
    uneven: float = 0.2,
    fps: float = 15.0,
) -> Trial:
    """One performance, seen from one side."""
    return next(
        trials(
            (activity,),
            azimuths_deg=(azimuth_deg,),
            flaws=(flaws,),
            seeds=(seed,),
            tempos=(tempo,),
            reps=reps,
            seconds=seconds,
            uneven=uneven,
            fps=fps,
        )
    )


def follow(
    poses: Iterable[TimedPose],
    exercise: str | None = None,
    *,
    size: tuple[int, int] = SIZE,
    **settings: Any,
) -> list[Outcome]:
    """All that a counter says to these poses; `settings` are `Counter`'s."""
    poses = list(poses)
    skeleton = next((pose.skeleton for _, pose in poses if pose is not None), BLAZEPOSE_33)
    counter = Counter(skeleton, exercise, **settings)
    outcomes: list[Outcome] = []
    for time_s, pose in poses:
        outcomes += counter.update(time_s, pose, size)
    return outcomes + counter.finish()


def reps_of(outcomes: Iterable[Outcome]) -> list[Rep]:
    return [outcome.rep for outcome in outcomes if isinstance(outcome, Counted)]


def count(poses: Iterable[TimedPose], exercise: str | None = None, **settings: Any) -> list[Rep]:
    return reps_of(follow(poses, exercise, **settings))


def changed(poses: Iterable[TimedPose], change: Callable[[Pose], Pose]) -> list[TimedPose]:
    return [(time_s, None if pose is None else change(pose)) for time_s, pose in poses]


def after(first: Sequence[TimedPose], then: Sequence[TimedPose], gap_s: float) -> list[TimedPose]:
    """One after the other, with nobody in view for `gap_s`."""
    shift_s = first[-1][0] + gap_s - then[0][0]
    return [*first, *((time_s + shift_s, pose) for time_s, pose in then)]


def pausing(poses: Sequence[TimedPose], at_s: float, for_s: float) -> list[TimedPose]:
    """The same, but still for `for_s` from `at_s` on."""
    before = [timed for timed in poses if timed[0] <= at_s]
    step_s = poses[1][0] - poses[0][0]
    still = [
        (before[-1][0] + step_s * n, before[-1][1]) for n in range(1, round(for_s / step_s) + 1)
    ]
    return [*before, *still, *((t + for_s, pose) for t, pose in poses[len(before) :])]


def shrunk(
    poses: Sequence[TimedPose], share: float, *, from_s: float = 0.0, to_s: float = 1e9
) -> list[TimedPose]:
    """The same movement, going only a share of the way from the first pose between two times."""
    rest = next(pose for _, pose in poses if pose is not None)

    def smaller(pose: Pose) -> Pose:
        assert pose.world is not None
        assert rest.world is not None
        pixels = rest.pixels + share * (pose.pixels - rest.pixels)
        pixels[:, 2] = pose.pixels[:, 2]
        return replace(pose, pixels=pixels, world=rest.world + share * (pose.world - rest.world))

    return [
        (t, smaller(pose) if pose is not None and from_s <= t < to_s else pose) for t, pose in poses
    ]


def as_coco(pose: Pose) -> Pose:
    """What a model with 17 key points and no world landmarks would see."""
    return Pose(COCO_17, pose.pixels[COCO_ROWS], None, pose.score)


NAMES = {
    "bicep_curl": "biceps_curl",
    "pushup": "push_up",
    "pullup": "pull_up",
    "situp": "sit_up",
    "shoulder_press": "overhead_press",
}
"""What the labels call by another name."""


class Clip:
    """The poses of a real clip, with its label."""

    def __init__(self, label: dict[str, Any]) -> None:
        self.name = str(label["file"])
        labelled = NAMES.get(label["exercise"], label["exercise"])
        self.exercise: str | None = None if labelled == "none" else labelled
        self.right: Sequence[int] | None = label["reps_accept"]
        """The counts that can be defended; None where nobody counted."""
        self.size = (int(label["width"]), int(label["height"]))
        trace = np.load(CLIPS / "traces" / f"{Path(self.name).stem}.npz")
        self._times: Points = trace["t"]
        self._pixels: Points = trace["px"][:, :, [0, 1, 3]]
        self._world: Points = trace["world"]

    @property
    def poses(self) -> list[TimedPose]:
        return [
            (float(t), None if np.isnan(p[0, 0]) else Pose(BLAZEPOSE_33, p, w, 1.0))
            for t, p, w in zip(self._times, self._pixels, self._world, strict=True)
        ]


def clips() -> list[Clip]:
    """All that are labelled."""
    labels = json.loads((CLIPS / "labels.json").read_text(encoding="utf-8"))
    return [Clip(label) for label in labels]
