"""Counting an exercise that somebody named."""

import dataclasses

import numpy as np
import pytest

from edgecv.athlete.flaws import Flaws
from edgecv.pose.keypoints import Pose
from edgecv.reps.outcome import Refused
from tests.counted import as_coco, changed, count, follow, reps_of, shrunk, trial

COMMON = ("squat", "push_up", "biceps_curl", "jumping_jack")


@pytest.mark.parametrize("exercise", COMMON)
@pytest.mark.parametrize(
    ("fps", "tempo"), [(8, 1.5), (15, 0.7), pytest.param(60, 1.0, marks=pytest.mark.long)]
)
def test_every_rep_is_counted_once_at_any_frame_rate_and_tempo(
    exercise: str, fps: float, tempo: float
) -> None:
    done = trial(exercise, fps=fps, tempo=tempo)
    assert len(count(done.poses, exercise)) == done.count == 5


@pytest.mark.parametrize("exercise", COMMON)
@pytest.mark.parametrize(
    "flaws",
    [
        Flaws(habits=False, mirror=True),
        Flaws(habits=False, scale=0.4),
        Flaws(habits=False, roll_deg=10),
        Flaws(habits=False, roll_deg=-10),
        Flaws(habits=False, lost=0.2),
        Flaws(habits=False, gap_s=0.3),
        Flaws(habits=False, time_scale=1.5),
    ],
    ids=lambda flaws: str(flaws).removeprefix(" habits=False").strip(),
)
def test_the_count_is_the_same_however_it_is_seen(exercise: str, flaws: Flaws) -> None:
    done = trial(exercise, flaws=flaws)
    assert len(count(done.poses, exercise)) == done.count == 5


def test_a_rep_says_when_it_began_turned_and_returned() -> None:
    done = trial("squat", fps=30)
    counted = count(done.poses, "squat")

    for rep, true in zip(counted, done.reps, strict=True):
        assert rep.start_s == pytest.approx(true.start_s, abs=0.5)
        assert rep.turn_s == pytest.approx(true.turn_s, abs=0.3)
        assert rep.turn_s < rep.end_s < true.end_s + 0.2


def test_the_parts_of_a_rep_add_up_to_its_time_and_the_first_has_no_rest_before_it() -> None:
    first, *others = count(trial("squat").poses, "squat")

    assert first.tempo.rest_s is None
    for rep in (first, *others):
        parts_s = rep.tempo.away_s + rep.tempo.hold_s + rep.tempo.back_s
        assert parts_s == pytest.approx(rep.duration_s, abs=0.15)
    for before, rep in zip([first, *others], others, strict=False):
        assert rep.tempo.rest_s == pytest.approx(rep.start_s - before.end_s, abs=0.01)


def test_confidence_range_and_symmetry_of_an_even_set_are_near_one() -> None:
    for rep in count(trial("squat", uneven=0.0).poses, "squat"):
        assert 0.5 <= rep.confidence <= 1
        assert rep.range == pytest.approx(1.0, abs=0.15)
        assert rep.symmetry is not None
        assert rep.symmetry > 0.8
        assert not rep.partial


def test_small_movements_are_no_reps() -> None:
    for exercise in COMMON:
        assert not count(shrunk(trial(exercise).poses, 0.15), exercise)


def test_shallow_reps_count_for_who_does_only_such_ones() -> None:
    done = trial("squat", uneven=0.0)
    assert len(count(shrunk(done.poses, 0.7), "squat")) == done.count


def test_a_rep_that_goes_less_far_than_the_others_is_partial_and_counts_unless_configured() -> None:
    done = trial("squat", reps=6, uneven=0.0)
    short = done.reps[4]
    poses = shrunk(done.poses, 0.58, from_s=short.start_s, to_s=short.end_s)

    counted = count(poses, "squat")
    assert [rep.partial for rep in counted] == [False] * 4 + [True, False]
    assert counted[4].range < 0.62

    outcomes = follow(poses, "squat", count_partial=False)
    assert len(reps_of(outcomes)) == 5
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Refused)]
    assert any("partial" in reason for reason in reasons)


@pytest.mark.parametrize(("done", "named"), [("squat", "biceps_curl"), ("biceps_curl", "squat")])
def test_another_exercise_than_the_named_one_does_not_count(done: str, named: str) -> None:
    assert not count(trial(done).poses, named)


def test_who_sits_down_and_stays_has_done_no_rep() -> None:
    done = trial("squat")
    down = [timed for timed in done.poses if timed[0] <= done.reps[0].turn_s]
    stays = [(down[-1][0] + n / 15, down[-1][1]) for n in range(1, 300)]

    assert not count([*down, *stays], "squat")


def test_a_rep_that_ends_behind_an_obstacle_is_counted_when_the_person_is_seen_again() -> None:
    done = trial("squat", fps=30)
    hidden_s = done.reps[2].turn_s
    poses = [(t, None if hidden_s < t < hidden_s + 0.7 else pose) for t, pose in done.poses]

    assert len(count(poses, "squat")) == done.count


def too_small(pose: Pose) -> Pose:
    pixels = pose.pixels.copy()
    pixels[:, :2] = 0.5 * (pixels[:, :2] + pixels[:, :2].mean(axis=0))
    return dataclasses.replace(pose, pixels=pixels)


def test_who_is_found_again_too_small_at_first_has_done_the_rep() -> None:
    done = trial("squat", fps=30, tempo=1.5)
    hidden_s = done.reps[2].turn_s - 0.5

    def seen(time_s: float, pose: Pose | None) -> Pose | None:
        if not hidden_s < time_s < hidden_s + 1.7 or pose is None:
            return pose
        return None if time_s < hidden_s + 1.2 else too_small(pose)

    poses = [(time_s, seen(time_s, pose)) for time_s, pose in done.poses]
    assert len(count(poses, "squat")) == done.count


def test_a_cut_to_a_nearer_camera_costs_one_rep_at_most() -> None:
    done = trial("jumping_jack", fps=30, reps=8)
    cut_s = done.reps[3].start_s - 0.05
    poses = [
        (time_s, pose if pose is None or time_s > cut_s else too_small(pose))
        for time_s, pose in done.poses
    ]

    assert len(count(poses, "jumping_jack")) >= done.count - 1


def test_one_wrong_frame_at_the_start_costs_no_rep() -> None:
    done = trial("jumping_jack", fps=30)
    start_s = done.reps[0].start_s - 0.1
    (first_s, first), *others = [timed for timed in done.poses if timed[0] >= start_s]
    assert first is not None

    counted = count([(first_s, too_small(first)), *others], "jumping_jack")
    assert [rep.partial for rep in counted] == [False] * done.count


def test_a_rep_whose_turn_was_out_of_sight_counts_in_a_set() -> None:
    done = trial("high_knees", fps=30, reps=8, azimuth_deg=60)
    hidden_s = done.reps[4].turn_s - 0.1
    poses = [(t, None if hidden_s < t < hidden_s + 0.5 else pose) for t, pose in done.poses]

    assert len(count(poses, "high_knees")) == done.count


@pytest.mark.parametrize("exercise", ["squat", "push_up", "overhead_press"])
def test_two_frames_a_second_are_enough_for_slow_reps(exercise: str) -> None:
    done = trial(exercise, fps=2.0, tempo=1.5)
    assert len(count(done.poses, exercise)) == done.count


def test_who_comes_into_view_at_the_turn_has_done_a_partial_rep() -> None:
    done = trial("squat", fps=30)
    poses = [timed for timed in done.poses if timed[0] >= done.reps[0].turn_s]

    counted = sorted(count(poses, "squat"), key=lambda rep: rep.end_s)
    assert [rep.partial for rep in counted] == [True, *[False] * (done.count - 1)]


def test_who_comes_back_in_another_posture_after_long_has_not_done_a_rep() -> None:
    done = trial("squat", reps=1)
    turn_s = done.reps[0].turn_s
    poses = [(t + (0.0 if t < turn_s else 6.0), pose) for t, pose in done.poses]

    assert not count(poses, "squat")


@pytest.mark.parametrize("side", ["left", "right"])
def test_one_side_of_the_body_is_enough(side: str) -> None:
    done = trial("squat", azimuth_deg=90)
    rows = [
        row
        for row, name in enumerate(next(p for _, p in done.poses if p).skeleton.keypoints)
        if name.startswith(side)
    ]

    def hidden(pose: Pose) -> Pose:
        pixels = pose.pixels.copy()
        pixels[rows, 2] = 0.1
        return dataclasses.replace(pose, pixels=pixels)

    assert len(count(changed(done.poses, hidden), "squat")) == done.count


def test_points_with_a_low_score_are_not_believed() -> None:
    def unsure(pose: Pose) -> Pose:
        return dataclasses.replace(pose, pixels=pose.pixels * np.array([1, 1, 0.3], np.float32))

    assert not count(changed(trial("biceps_curl").poses, unsure), "biceps_curl")


@pytest.mark.parametrize(
    ("exercise", "azimuth_deg"),
    [("squat", 45), ("push_up", 90), ("biceps_curl", 45), ("jumping_jack", 0), ("pull_up", 0)],
)
def test_seventeen_key_points_in_the_picture_are_enough(exercise: str, azimuth_deg: float) -> None:
    done = trial(exercise, azimuth_deg=azimuth_deg)
    assert len(count(changed(done.poses, as_coco), exercise)) == done.count


def test_every_movement_that_was_not_counted_has_a_reason_and_its_times() -> None:
    refused = [
        outcome
        for activity in ("dancing", "stretching", "boxing")
        for outcome in follow(trial(activity, flaws=Flaws()).poses, "biceps_curl")
        if isinstance(outcome, Refused)
    ]

    assert refused
    for movement in refused:
        assert movement.reason
        assert movement.exercise
        assert movement.start_s <= movement.turn_s <= movement.end_s
        assert movement.amplitude > 0
