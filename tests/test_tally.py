"""What reps become: sets, workouts, corrections, and their events."""

from dataclasses import replace

import pytest

from edgecv.events import (
    CorrectionEvent,
    HoldFinishedEvent,
    RepEvent,
    SetFinishedEvent,
    SetStartedEvent,
    WorkoutFinishedEvent,
)
from edgecv.reps.outcome import Held, Rep, Side, Tempo
from edgecv.tally import WORKOUT_PAUSE_S, Count, Tally


@pytest.fixture
def tally() -> Tally:
    return Tally()


def rep(
    end_s: float, *, exercise: str = "squat", side: Side = Side.BOTH, seconds: float = 2.0
) -> Rep:
    return Rep(
        exercise=exercise,
        start_s=end_s - seconds,
        turn_s=end_s - seconds / 2,
        end_s=end_s,
        amplitude=1.0,
        side=side,
        tempo=Tempo(away_s=0.8, hold_s=0.3, back_s=0.9, rest_s=None),
        range=1.0,
        partial=False,
        symmetry=0.9,
        confidence=0.95,
    )


def test_the_reps_of_a_set_are_numbered_after_its_start_is_told(tally: Tally) -> None:
    events = [event for end_s in (3, 6, 9) for event in tally.rep(rep(end_s), 0.05)]

    assert events[0] == SetStartedEvent(exercise="squat", set=1)
    reps = [event for event in events if isinstance(event, RepEvent)]
    assert [(event.set, event.set_reps) for event in reps] == [(1, 1), (1, 2), (1, 3)]
    assert reps[0].frame_age_s == 0.05
    assert len(events) == 4
    assert tally.in_set


def test_a_rep_tells_its_times_its_parts_and_its_range(tally: Tally) -> None:
    event = tally.rep(rep(3), None)[-1]

    assert isinstance(event, RepEvent)
    assert (event.start_s, event.turn_s, event.end_s, event.duration_s) == (1.0, 2.0, 3.0, 2.0)
    assert (event.eccentric_s, event.hold_s, event.concentric_s) == (0.8, 0.3, 0.9)
    assert event.rest_s is None
    assert (event.range, event.symmetry, event.confidence) == (1.0, 0.9, 0.95)
    assert event.side == "both"


def test_what_goes_up_first_is_concentric_on_the_way_to_the_turn(tally: Tally) -> None:
    event = tally.rep(rep(3, exercise="biceps_curl"), None)[-1]

    assert isinstance(event, RepEvent)
    assert (event.concentric_s, event.eccentric_s) == (0.8, 0.9)


def test_a_set_ends_once_and_the_next_rep_opens_another(tally: Tally) -> None:
    tally.rep(rep(3), None)
    tally.rep(rep(6), None)

    (finished,) = tally.finish_set()
    assert finished == SetFinishedEvent(
        exercise="squat", set=1, set_reps=2, left=2, right=2, duration_s=5.0, rep_s=2.0
    )
    assert tally.finish_set() == []
    tally.rep(rep(20), None)
    assert tally.count == Count(
        set=2, set_reps=1, set_left=1, set_right=1, last_set_reps=2, last_set_exercise="squat"
    )


def test_a_set_tells_what_each_side_did(tally: Tally) -> None:
    for n, side in enumerate([Side.LEFT, Side.RIGHT, Side.LEFT, Side.BOTH]):
        tally.rep(rep(3 * n, exercise="biceps_curl", side=side), None)

    (finished,) = tally.finish_set()
    assert isinstance(finished, SetFinishedEvent)
    assert (finished.set_reps, finished.left, finished.right) == (4, 3, 2)


def test_a_set_that_becomes_slower_and_smaller_says_so(tally: Tally) -> None:
    for n, seconds in enumerate([2.0, 2.0, 2.5, 3.0, 3.0]):
        tally.rep(replace(rep(10 * n, seconds=seconds), amplitude=2.0 / seconds), None)

    (finished,) = tally.finish_set()
    assert isinstance(finished, SetFinishedEvent)
    assert finished.slowing == pytest.approx(0.5, abs=0.01)
    assert finished.shrinking == pytest.approx(0.5, abs=0.01)


def test_of_a_few_reps_no_trend_is_told(tally: Tally) -> None:
    for end_s in (3, 6, 9):
        tally.rep(rep(end_s), None)

    (finished,) = tally.finish_set()
    assert isinstance(finished, SetFinishedEvent)
    assert finished.slowing is None
    assert finished.shrinking is None


def test_a_hold_is_told_with_its_time_and_is_no_rep(tally: Tally) -> None:
    held = Held("plank", start_s=10.0, end_s=52.34)
    assert tally.held(held) == [HoldFinishedEvent(exercise="plank", duration_s=42.3)]
    assert tally.count == Count()


def test_a_workout_ends_once_long_after_its_last_rep_and_never_within_a_set(tally: Tally) -> None:
    for end_s in (3, 6, 30):
        tally.rep(rep(end_s), None)
        if end_s != 3:
            assert tally.idle(1e6) == []
            tally.finish_set()

    assert tally.idle(30 + WORKOUT_PAUSE_S) == []
    assert tally.idle(31 + WORKOUT_PAUSE_S) == [
        WorkoutFinishedEvent(sets=2, reps=3, duration_s=29.0)
    ]
    assert tally.idle(32 + WORKOUT_PAUSE_S) == []


def test_the_end_ends_set_and_workout_once(tally: Tally) -> None:
    tally.rep(rep(3), None)

    assert [type(event) for event in tally.finish()] == [SetFinishedEvent, WorkoutFinishedEvent]
    assert tally.finish() == []


def test_a_rep_can_be_taken_back_or_added_and_the_set_and_the_workout_follow(tally: Tally) -> None:
    tally.rep(rep(3), None)
    tally.rep(rep(6), None)

    undone = tally.correct(-1)
    assert undone == CorrectionEvent(change=-1, exercise="squat", set=1, set_reps=1)
    assert tally.count.set_reps == 1
    tally.correct(+1)
    tally.correct(+1)
    finished, workout = tally.finish()
    assert isinstance(finished, SetFinishedEvent)
    assert finished.set_reps == 3
    assert workout == WorkoutFinishedEvent(sets=1, reps=3, duration_s=5.0)
    tally.correct(-1)
    assert (tally.count.set_reps, tally.count.last_set_reps) == (2, 2)


def test_there_is_nothing_to_correct_before_the_first_set_nor_below_zero(tally: Tally) -> None:
    assert tally.correct(-1) is None
    assert tally.correct(+1) is None
    tally.rep(rep(3), None)
    assert tally.correct(-1) is not None
    assert tally.correct(-1) is None


def test_a_reset_ends_the_set_and_shows_zero_and_nothing_is_uncounted(tally: Tally) -> None:
    tally.rep(rep(3), None)

    (finished,) = tally.reset()
    assert isinstance(finished, SetFinishedEvent)
    assert finished.set_reps == 1
    assert tally.count == Count(set=1, set_reps=0, last_set_reps=1, last_set_exercise="squat")
    assert tally.correct(-1) is None
    tally.rep(rep(6), None)
    assert (tally.count.set, tally.count.set_reps) == (2, 1)
