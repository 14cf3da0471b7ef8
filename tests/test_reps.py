"""Counting, on poses whose angles are known."""

import dataclasses
import itertools
import json
import math
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from edgecv.athlete import EXERCISES as PERFORMED
from edgecv.athlete import Athlete
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose
from edgecv.reps.counter import RepCounter
from edgecv.reps.excursion import Excursion
from edgecv.reps.exercises import EXERCISES
from edgecv.reps.signals import JointAngles
from tests.poses import pose, wave
from tests.shared import CLIPS, needs_clips


def squat(phase: float) -> Pose:
    return pose(knee=175 - 85 * phase, hip=175 - 90 * phase)


def curl(phase: float) -> Pose:
    return pose(elbow=165 - 120 * phase)


def count(exercise: str, frames: Iterable[tuple[float, Pose | None]]) -> list[Excursion]:
    counter = RepCounter(exercise, BLAZEPOSE_33)
    reps = [counter.update(time_s, seen) for time_s, seen in frames]
    return [rep for rep in reps if rep is not None]


@pytest.mark.parametrize(("exercise", "movement"), [("squat", squat), ("biceps_curl", curl)])
@pytest.mark.parametrize("fps", [8, 15, 30, 60])
@pytest.mark.parametrize("period_s", [1.2, 2.5, 5.0])
def test_every_rep_is_counted_once_at_any_frame_rate_and_tempo(
    exercise: str, movement: Callable[[float], Pose], fps: float, period_s: float
) -> None:
    frames = [(t, movement(phase)) for t, phase in wave(6, period_s=period_s, fps=fps)]

    assert len(count(exercise, frames)) == 6


def test_a_rep_says_when_it_began_turned_and_returned_and_how_far_it_went() -> None:
    first = count("squat", [(t, squat(phase)) for t, phase in wave(2, period_s=4.0)])[0]

    assert first.start_s == pytest.approx(1.4, abs=0.4)
    assert first.turn_s == pytest.approx(3.0, abs=0.2)
    assert first.turn_s < first.end_s < 5.0
    assert first.amplitude == pytest.approx(1.4, abs=0.15)


def test_standing_still_and_small_movements_are_no_reps() -> None:
    assert not count("squat", [(t, squat(0.25 * phase)) for t, phase in wave(10)])
    assert not count("biceps_curl", [(t, curl(0.15 * phase)) for t, phase in wave(10)])


def test_a_movement_of_another_joint_is_no_rep() -> None:
    assert not count("squat", [(t, curl(phase)) for t, phase in wave(5)])
    assert not count("biceps_curl", [(t, squat(phase)) for t, phase in wave(5)])


def test_a_twitch_is_no_rep() -> None:
    assert not count("squat", [(t, squat(phase)) for t, phase in wave(5, period_s=0.4)])


def test_sitting_down_and_staying_there_is_no_rep() -> None:
    down = [(t, squat(min(1.0, t / 2))) for t in (n / 30 for n in range(900))]
    assert not count("squat", down)


def test_shallow_reps_count_for_who_does_only_such_but_not_for_who_does_deep_ones() -> None:
    shallow = [(t, squat(0.5 * phase)) for t, phase in wave(6)]
    deep = [(t, squat(phase)) for t, phase in wave(6)]
    half_among_deep = [
        *deep,
        *((t + deep[-1][0] + 1 / 30, squat(0.45 * phase)) for t, phase in wave(1, still_s=0.3)),
    ]

    assert len(count("squat", shallow)) == 6
    assert len(count("squat", half_among_deep)) == 6


def test_jitter_at_the_edge_of_a_rep_does_not_count_it_twice() -> None:
    noise = random.Random(3)
    frames = [
        (t, pose(knee=175 - 85 * p + noise.gauss(0, 4), hip=175 - 90 * p + noise.gauss(0, 4)))
        for t, p in wave(8, period_s=4.0)
    ]

    assert len(count("squat", frames)) == 8


def test_one_side_of_the_body_is_enough_and_may_change_during_a_rep() -> None:
    sides = itertools.cycle([("left",)] * 25 + [("right",)] * 25)
    frames = [
        (t, pose(knee=175 - 85 * phase, hip=175 - 90 * phase, seen=next(sides)))
        for t, phase in wave(6)
    ]

    assert len(count("squat", frames)) == 6


def test_points_with_a_low_score_are_not_believed() -> None:
    frames = [(t, pose(elbow=165 - 120 * phase, score=0.3)) for t, phase in wave(5)]
    assert not count("biceps_curl", frames)


def test_a_rep_that_ends_behind_an_obstacle_is_counted_when_the_person_is_seen_again() -> None:
    frames: list[tuple[float, Pose | None]] = [
        (t, None if 2.3 < t < 3.1 else squat(phase)) for t, phase in wave(1)
    ]
    assert len(count("squat", frames)) == 1


def test_who_comes_back_in_another_posture_after_long_has_not_done_a_rep() -> None:
    frames = [
        *((n / 30, squat(1.0)) for n in range(60)),
        *((2 + n / 30, None) for n in range(120)),
        *((6 + n / 30, squat(0.0)) for n in range(60)),
    ]
    assert not count("squat", frames)


def test_without_world_landmarks_the_angles_of_the_picture_count() -> None:
    flat = [(t, dataclasses.replace(squat(phase), world=None)) for t, phase in wave(4)]
    assert len(count("squat", flat)) == 4


def test_times_that_stand_still_or_go_back_and_broken_points_do_no_harm() -> None:
    broken = squat(0.5)
    nan = dataclasses.replace(broken, world=np.full((33, 3), np.nan, np.float32))
    zero = dataclasses.replace(broken, world=np.zeros((33, 3), np.float32))
    frames: list[tuple[float, Pose | None]] = []
    for t, phase in wave(5):
        frames += [(t, squat(phase)), (t, squat(0.9)), (t - 5, squat(1.0)), (math.nan, broken)]
        if int(t * 30) % 7 == 0:
            frames += [(t + 0.001, nan), (t + 0.002, zero)]

    assert len(count("squat", frames)) == 5


def test_angles_are_those_of_the_pose() -> None:
    measure = JointAngles(EXERCISES["squat"], BLAZEPOSE_33)
    angles = measure(pose(knee=100, hip=80))

    assert angles.degrees == pytest.approx([100, 100, 80, 80], abs=0.01)
    assert angles.seen.all()


NAMES = {
    "bicep_curl": "biceps_curl",
    "pushup": "push_up",
    "pullup": "pull_up",
    "situp": "sit_up",
    "shoulder_press": "overhead_press",
}


@needs_clips
def test_real_exercises_are_counted_right_in_most_clips() -> None:
    """A named exercise on recorded poses of real people; what is hard is still to be learned."""
    labels = json.loads((CLIPS / "labels.json").read_text(encoding="utf-8"))
    errors = []
    for label in labels:
        if label["exercise"] == "none" or label["reps"] is None:
            continue
        trace = np.load(CLIPS / "traces" / f"{Path(label['file']).stem}.npz")
        frames = [
            (float(t), None if np.isnan(p[0, 0]) else Pose(BLAZEPOSE_33, p[:, [0, 1, 3]], w, 1.0))
            for t, p, w in zip(trace["t"], trace["px"], trace["world"], strict=True)
        ]
        counted = len(count(NAMES.get(label["exercise"], label["exercise"]), frames))
        errors.append(min(abs(counted - right) for right in label["reps_accept"]))

    assert len(errors) == 55
    assert sum(error == 0 for error in errors) >= 0.85 * len(errors)
    assert sum(error <= 1 for error in errors) >= 0.94 * len(errors)


@pytest.mark.parametrize("exercise", sorted(set(PERFORMED) & set(EXERCISES)))
def test_what_the_synthetic_athlete_performs_is_counted_from_its_true_joints(exercise: str) -> None:
    athlete = Athlete(exercise, reps=5, tempo_s=2.0)
    scores = np.ones((33, 1), np.float32)
    frames = [
        (
            t / 15,
            Pose(
                BLAZEPOSE_33,
                np.hstack([athlete.landmarks(t / 15)[:, :2], scores]),
                athlete.world_landmarks(t / 15),
                1.0,
            ),
        )
        for t in range(int(athlete.duration_s * 15))
    ]

    assert len(count(exercise, frames)) == 5
