"""Whatever comes in: never an exception, never a rep that nobody did."""

import dataclasses
import math
import random
from collections.abc import Callable

import numpy as np
import pytest

from edgecv.pose.keypoints import BLAZEPOSE_33, COCO_17, Pose, Skeleton
from edgecv.reps.counter import Counter
from tests.counted import TimedPose, as_coco, changed, count, trial

MODES = pytest.mark.parametrize("exercise", ["squat", "biceps_curl", None])
STANDING = next(pose for _, pose in trial("squat").poses if pose is not None)


def filled(value: float) -> Pose:
    points = np.full((33, 3), value, np.float32)
    return Pose(BLAZEPOSE_33, points, points, 0.9)


def scattered(chance: random.Random, skeleton: Skeleton = BLAZEPOSE_33) -> Pose:
    """Points anywhere, some of them no numbers."""
    draw = np.random.default_rng(chance.randrange(1 << 30))
    count = len(skeleton.keypoints)
    pixels = draw.uniform(-100, 800, (count, 3)).astype(np.float32)
    pixels[:, 2] = draw.uniform(0, 1, count)
    world = draw.normal(0, 0.6, (count, 3)).astype(np.float32)
    if chance.random() < 0.2:
        pixels[chance.randrange(count), chance.randrange(3)] = np.nan
    return Pose(skeleton, pixels, None if skeleton is COCO_17 else world, 0.9)


RUBBISH: dict[str, Callable[[random.Random], Pose | None]] = {
    "nobody": lambda _: None,
    "no_numbers": lambda _: filled(np.nan),
    "zeros": lambda _: filled(0.0),
    "infinite": lambda _: filled(np.inf),
    "enormous": lambda _: filled(3e38),
    "scattered": scattered,
    "teleports": lambda chance: dataclasses.replace(
        STANDING,
        pixels=STANDING.pixels
        + np.array([chance.uniform(-600, 600), chance.uniform(-400, 400), 0], np.float32),
    ),
    "swapped_people": lambda chance: dataclasses.replace(
        STANDING,
        pixels=(STANDING.pixels * chance.choice([0.4, 1.0, 1.6])).astype(np.float32),
    ),
}


@MODES
@pytest.mark.parametrize("kind", RUBBISH)
@pytest.mark.parametrize("fps", [1, 15, 240])
def test_rubbish_is_no_rep(exercise: str | None, kind: str, fps: float) -> None:
    chance = random.Random(f"{kind}{fps}")
    poses = [(n / fps, RUBBISH[kind](chance)) for n in range(240)]
    assert not count(poses, exercise)


@MODES
def test_seventeen_scattered_points_are_no_rep(exercise: str | None) -> None:
    chance = random.Random(17)
    assert not count([(n / 15, scattered(chance, COCO_17)) for n in range(240)], exercise)


@MODES
@pytest.mark.parametrize(
    "kind", [kind for kind in RUBBISH if kind not in ("swapped_people", "teleports")]
)
def test_rubbish_between_good_frames_neither_adds_a_rep_nor_breaks_one(
    exercise: str | None, kind: str
) -> None:
    assert spoiled_count(exercise, kind) == 5


@pytest.mark.parametrize(
    "exercise",
    [
        "squat",
        "biceps_curl",
        None,
    ],
)
def test_a_body_that_is_elsewhere_for_a_frame_neither_adds_a_rep_nor_breaks_one(
    exercise: str | None,
) -> None:
    assert spoiled_count(exercise, "teleports") == 5


def spoiled_count(exercise: str | None, kind: str) -> int:
    """What is counted of five reps when a tenth of the frames is rubbish."""
    done = trial("squat" if exercise is None else exercise, fps=30)
    chance = random.Random(kind)
    poses: list[TimedPose] = [
        (t, RUBBISH[kind](chance) if chance.random() < 0.1 else pose) for t, pose in done.poses
    ]
    return len(count(poses, exercise))


@MODES
def test_times_that_stand_still_or_go_back_are_ignored(exercise: str | None) -> None:
    done = trial("squat" if exercise is None else exercise, fps=30)
    poses: list[TimedPose] = []
    for n, (time_s, pose) in enumerate(done.poses):
        other = done.poses[(7 * n) % len(done.poses)][1]
        poses += [
            *((time_s, pose), (time_s, other), (time_s - 5, other), (math.nan, other)),
            (-math.inf, other),
        ]
    assert len(count(poses, exercise)) == done.count


@MODES
def test_who_stands_still_does_no_rep_at_any_rate(exercise: str | None) -> None:
    for fps in (1, 240):
        assert not count([(n / fps, STANDING) for n in range(600)], exercise)


@pytest.mark.parametrize("missing", ["wrist", "knee", "ankle", "shoulder", "nose"])
def test_a_joint_that_is_never_seen_adds_no_rep(missing: str) -> None:
    done = trial("squat")
    rows = [n for n, name in enumerate(BLAZEPOSE_33.keypoints) if name.endswith(missing)]

    def without(pose: Pose) -> Pose:
        pixels = pose.pixels.copy()
        pixels[rows, 2] = 0.0
        return dataclasses.replace(pose, pixels=pixels)

    for exercise in ("squat", None):
        assert len(count(changed(done.poses, without), exercise)) <= done.count


@pytest.mark.parametrize("fps", [1, 2])
def test_too_few_frames_lose_reps_but_add_none(fps: float) -> None:
    done = trial("squat", fps=fps)
    for exercise in ("squat", None):
        assert len(count(done.poses, exercise)) <= done.count


def test_frames_that_come_too_quickly_add_nothing() -> None:
    done = trial("squat", fps=240, reps=3)
    assert len(count(done.poses, "squat")) == 3


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_random_trouble_never_adds_a_rep(seed: int) -> None:
    """Everything at once: lost and broken frames, jumps in time, teleports, hidden joints."""
    chance = random.Random(seed)
    exercise = chance.choice(["squat", "jumping_jack", "biceps_curl"])
    done = trial(exercise, fps=30)
    shift_s, poses = 0.0, []
    for time_s, pose in done.poses:
        if chance.random() < 0.005:
            shift_s += chance.uniform(-1, 3)
        kind = chance.choice([*RUBBISH])
        poses.append((time_s + shift_s, RUBBISH[kind](chance) if chance.random() < 0.1 else pose))
    for name in (exercise, None):
        assert len(count(poses, name)) <= done.count


def test_seventeen_points_without_world_and_with_broken_frames_are_counted() -> None:
    done = trial("squat", fps=30)
    broken = Pose(COCO_17, np.full((17, 3), np.nan, np.float32), None, 0.9)
    poses = [
        (t, broken if n % 9 == 0 else pose)
        for n, (t, pose) in enumerate(changed(done.poses, as_coco))
    ]
    assert len(count(poses, "squat")) == done.count


def test_an_exercise_that_is_not_in_the_table_is_an_error_at_once() -> None:
    with pytest.raises(KeyError, match="handstand"):
        Counter(BLAZEPOSE_33, "handstand")
