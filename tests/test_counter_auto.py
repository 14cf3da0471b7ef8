"""Recognising what is done, and counting it only when it is beyond doubt."""

import pytest

from edgecv.athlete.flaws import Flaws
from edgecv.athlete.poses import SIZE, trials
from edgecv.pose.keypoints import BLAZEPOSE_33
from edgecv.reps.counter import Counter
from edgecv.reps.exercises import EXERCISES
from edgecv.reps.outcome import Counted, SetEnded
from tests.counted import after, as_coco, changed, count, follow, trial

DOINGS = (
    *("walking", "picking_up", "waving", "talking", "jogging", "dancing"),
    *(
        pytest.param(doing, marks=pytest.mark.long)
        for doing in ("sitting", "stretching", "boxing", "setting_up")
    ),
)


@pytest.mark.parametrize(
    "exercise",
    [
        *("squat", "lunge", "deadlift", "push_up", "pull_up", "dip", "sit_up", "jumping_jack"),
        *("biceps_curl", "overhead_press", "front_raise", "burpee", "high_knees", "step_up"),
    ],
)
def test_what_is_done_is_recognised_and_every_rep_counted(exercise: str) -> None:
    done = trial(exercise, reps=6)
    assert [rep.exercise for rep in count(done.poses)] == [exercise] * done.count


def test_reps_are_shown_at_once_and_told_once_when_they_are_confirmed() -> None:
    done = trial("biceps_curl")
    counter = Counter(BLAZEPOSE_33)
    told, shown_first = 0, False
    for time_s, pose in done.poses:
        told += sum(isinstance(o, Counted) for o in counter.update(time_s, pose, SIZE))
        returned = sum(rep.turn_s <= time_s for rep in done.reps)
        assert told <= told + counter.standing.waiting <= returned
        shown_first = shown_first or (told == 0 and counter.standing.waiting > 0)
        assert counter.standing.sure or told == 0

    assert shown_first
    assert told == done.count


def test_a_single_rep_of_the_whole_body_is_confirmed_when_the_set_is_over() -> None:
    done = trial("squat", reps=1)
    counter = Counter(BLAZEPOSE_33)
    during = [o for time_s, pose in done.poses for o in counter.update(time_s, pose, SIZE)]

    assert not any(isinstance(outcome, Counted) for outcome in during)
    assert counter.standing.waiting == 1
    end = counter.end_set("a pause")
    assert [type(outcome) for outcome in end] == [Counted, SetEnded]


def test_a_single_curl_may_be_a_gesture_and_is_never_counted() -> None:
    assert not count(trial("biceps_curl", reps=1).poses)


@pytest.mark.parametrize("doing", DOINGS)
def test_everyday_doings_are_no_reps(doing: str) -> None:
    for azimuth_deg, seed in ((30, 1), (120, 2)):
        poses = trial(doing, azimuth_deg=azimuth_deg, seed=seed, flaws=Flaws()).poses
        assert not count(poses)


@pytest.mark.parametrize(
    ("doing", "azimuth_deg", "seed"),
    [
        ("talking", 120, 1),  # both hands up three times, slowly, far apart
        pytest.param(*("talking", 60, 3), marks=pytest.mark.long),  # one hand after the other
        ("jogging", 120, 1),  # one knee again and again: the other is hidden
        ("dancing", 60, 3),  # bounces that are nearly lunges
        pytest.param(*("picking_up", 120, 3), marks=pytest.mark.long),  # arms that rise slowly
    ],
)
def test_doings_that_once_were_taken_for_reps_are_none(
    doing: str, azimuth_deg: int, seed: int
) -> None:
    flaws = Flaws(noise=0.01)
    done = trial(doing, azimuth_deg=azimuth_deg, seed=seed, flaws=flaws, seconds=25.0, fps=30.0)
    assert not count(done.poses)


def test_slow_curls_are_a_set_though_the_arms_stay_up_for_long() -> None:
    done = trial("biceps_curl", tempo=2.0, uneven=0.0)
    assert [rep.exercise for rep in count(done.poses)] == ["biceps_curl"] * done.count


def test_jumping_jacks_are_told_as_such_though_the_arms_are_up_before_the_legs_are_back() -> None:
    done = trial("jumping_jack", azimuth_deg=30, flaws=Flaws(noise=0.01), fps=30.0)
    assert [rep.exercise for rep in count(done.poses)] == ["jumping_jack"] * done.count


def test_another_exercise_begins_a_new_set_without_a_pause() -> None:
    poses = after(trial("squat").poses, trial("biceps_curl").poses, 0.1)
    outcomes = follow(poses)

    assert [o.exercise for o in outcomes if isinstance(o, SetEnded)] == ["squat", "biceps_curl"]
    counted = [o.rep.exercise for o in outcomes if isinstance(o, Counted)]
    assert counted == ["squat"] * 5 + ["biceps_curl"] * 5


ONLY_DIPS = {"dip": EXERCISES["dip"]}


def test_regular_movement_that_nobody_described_is_shown_but_not_counted_unless_wanted() -> None:
    done = trial("leg_raise", reps=7, uneven=0.0)
    counter = Counter(BLAZEPOSE_33, exercises=ONLY_DIPS)
    shown, counted = 0, 0
    for time_s, pose in done.poses:
        counted += sum(isinstance(o, Counted) for o in counter.update(time_s, pose, SIZE))
        if counter.standing.exercise == "unknown":
            shown = counter.standing.waiting

    assert shown >= 4
    assert counted == 0
    wanted = count(done.poses, exercises=ONLY_DIPS, count_unknown=True)
    assert [rep.exercise for rep in wanted] == ["unknown"] * done.count


@pytest.mark.parametrize("exercise", ["biceps_curl", "front_raise", "jumping_jack"])
def test_whatever_is_shown_as_unknown_is_counted_where_that_is_wanted(exercise: str) -> None:
    done = trial(exercise, reps=7, uneven=0.0)
    assert len(count(done.poses, exercises=ONLY_DIPS, count_unknown=True)) == done.count


@pytest.mark.parametrize("azimuth_deg", [90, 270])
def test_without_world_landmarks_a_lunge_from_the_side_is_one_by_its_stride(
    azimuth_deg: float,
) -> None:
    done = trial("lunge", azimuth_deg=azimuth_deg)

    reps = count(changed(done.poses, as_coco))

    assert [rep.exercise for rep in reps] == ["lunge"] * done.count


def test_without_world_landmarks_steps_seen_from_the_side_are_no_hip_abductions() -> None:
    views = (0, 45, 90, 135, 180, 270)
    for done in trials(("setting_up",), azimuths_deg=views, flaws=(Flaws(),), seconds=15, fps=15):
        assert not count(changed(done.poses, as_coco)), done.name
