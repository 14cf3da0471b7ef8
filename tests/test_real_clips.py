"""Recorded poses of real people, counted as they would be live."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from edgecv.pose.keypoints import BLAZEPOSE_33, Pose
from edgecv.reps.outcome import Rep
from tests.counted import Clip, TimedPose, changed, clips, count
from tests.shared import needs_clips

pytestmark = needs_clips

_SWAPPED = {"left": "right", "right": "left"}
OTHER_SIDE = [
    BLAZEPOSE_33.index("_".join(_SWAPPED.get(word, word) for word in name.split("_")))
    for name in BLAZEPOSE_33.keypoints
]


@pytest.fixture(scope="module")
def everything() -> list[Clip]:
    return clips()


def exercising(everything: Sequence[Clip]) -> list[Clip]:
    return [clip for clip in everything if clip.exercise is not None and clip.right]


def error(clip: Clip, reps: Sequence[Rep]) -> int:
    """Against the nearest of the counts that can be defended."""
    assert clip.right
    return min(abs(len(reps) - right) for right in clip.right)


EVERY = pytest.mark.parametrize(
    "every", [4, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"]
)


@EVERY
def test_a_named_exercise_is_counted_right_in_nearly_all_clips(
    everything: list[Clip], every: int
) -> None:
    labelled = exercising(everything)[::every]
    errors = [error(clip, count(clip.poses, clip.exercise, size=clip.size)) for clip in labelled]

    assert len(errors) >= 55 // every
    assert sum(e == 0 for e in errors) >= 0.93 * len(errors)
    assert max(errors) <= 1


@EVERY
def test_what_is_done_is_recognised_live_and_nothing_else_is_counted(
    everything: list[Clip], every: int
) -> None:
    exact = 0
    labelled = exercising(everything)[::every]
    for clip in [*labelled, *(c for c in everything[::every] if c not in labelled)]:
        reps = count(clip.poses, size=clip.size)
        wrong = {rep.exercise for rep in reps} - {clip.exercise}
        assert not wrong, f"{clip.name}: {wrong}"
        if clip.exercise is not None and clip.right:
            off = error(clip, reps)
            assert off <= 1, clip.name
            exact += off == 0

    assert exact >= 0.88 * len(labelled)


@pytest.mark.long
@pytest.mark.parametrize("named", ["squat", "push_up", "biceps_curl", "jumping_jack"])
def test_where_nobody_exercises_nothing_is_counted(everything: list[Clip], named: str) -> None:
    for clip in everything:
        if clip.exercise is None:
            assert not count(clip.poses, named, size=clip.size), clip.name


def mirrored(clip: Clip) -> list[TimedPose]:
    def mirror(pose: Pose) -> Pose:
        assert pose.world is not None
        pixels, world = pose.pixels[OTHER_SIDE], pose.world[OTHER_SIDE]
        pixels[:, 0] = clip.size[0] - pixels[:, 0]
        world[:, 0] = -world[:, 0]
        return replace(pose, pixels=pixels, world=world)

    return changed(clip.poses, mirror)


def rolled(clip: Clip, degrees: float) -> list[TimedPose]:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = np.array([[cosine, sine], [-sine, cosine]], np.float32)
    middle = np.array(clip.size, np.float32) / 2

    def roll(pose: Pose) -> Pose:
        assert pose.world is not None
        pixels, world = pose.pixels.copy(), pose.world.copy()
        pixels[:, :2] = (pixels[:, :2] - middle) @ turn + middle
        world[:, :2] = world[:, :2] @ turn
        return replace(pose, pixels=pixels, world=world)

    return changed(clip.poses, roll)


def scaled(clip: Clip, by: float) -> list[TimedPose]:
    factor = np.array([by, by, 1], np.float32)
    return changed(clip.poses, lambda pose: replace(pose, pixels=pose.pixels * factor))


def at_10_fps(clip: Clip) -> list[TimedPose]:
    kept: list[TimedPose] = []
    for time_s, pose in clip.poses:
        if not kept or time_s - kept[-1][0] >= 0.0999:
            kept.append((time_s, pose))
    return kept


def lossy(clip: Clip) -> list[TimedPose]:
    chance = random.Random(clip.name)
    return [(t, None if chance.random() < 0.2 else pose) for t, pose in clip.poses]


def larger(size: tuple[int, int], by: float) -> tuple[int, int]:
    return round(size[0] * by), round(size[1] * by)


@pytest.fixture(scope="module")
def usual(everything: list[Clip]) -> list[tuple[Clip, int]]:
    """Every third clip, with its count."""
    return [
        (clip, len(count(clip.poses, clip.exercise, size=clip.size)))
        for clip in exercising(everything)[::3]
    ]


@pytest.mark.long
@pytest.mark.parametrize(
    ("seen", "scale"),
    [
        (mirrored, 1.0),
        (lambda clip: scaled(clip, 0.4), 0.4),
        (lambda clip: scaled(clip, 3.0), 3.0),
        (lambda clip: rolled(clip, 10), 1.0),
        (lambda clip: rolled(clip, -10), 1.0),
        (at_10_fps, 1.0),
        (lossy, 1.0),
    ],
    ids=["mirrored", "far", "near", "rolled", "rolled_back", "10_fps", "20_percent_lost"],
)
def test_the_count_hardly_depends_on_how_it_is_seen(
    usual: list[tuple[Clip, int]], seen: Callable[[Clip], list[TimedPose]], scale: float
) -> None:
    same = [
        len(count(seen(clip), clip.exercise, size=larger(clip.size, scale))) == right
        for clip, right in usual
    ]
    assert sum(same) >= 0.94 * len(same)
