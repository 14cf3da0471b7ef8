"""What reps become: sets, workouts, corrections, and their events."""

import pytest

from edgecv.events import (
    CorrectionEvent,
    RepEvent,
    SetFinishedEvent,
    SetStartedEvent,
    WorkoutFinishedEvent,
)
from edgecv.reps.outcome import Rep, Side, Tempo
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


def test_reps_without_a_long_pause_are_a_set(tally: Tally) -> None:
    events = [event for end_s in (3, 6, 9) for event in tally.rep(rep(end_s), 0.05)]

    assert events[0] == SetStartedEvent(exercise="squat", set=1)
    reps = [event for event in events if isinstance(event, RepEvent)]
    assert [(event.set, event.set_reps) for event in reps] == [(1, 1), (1, 2), (1, 3)]
    assert reps[0].frame_age_s == 0.05
    assert len(events) == 4
    assert tally.pause(17, in_rep=False) == []


def test_a_pause_ends_the_set_once_and_the_next_rep_opens_another(tally: Tally) -> None:
    tally.rep(rep(3), None)
    tally.rep(rep(6), None)

    assert tally.pause(15, in_rep=True) == []
    assert tally.pause(15, in_rep=False) == [SetFinishedEvent(exercise="squat", set=1, set_reps=2)]
    assert tally.pause(16, in_rep=False) == []
    tally.rep(rep(20), None)
    assert tally.count == Count(set=2, set_reps=1, last_set_reps=2, last_set_exercise="squat")


def test_a_workout_ends_long_after_its_last_rep(tally: Tally) -> None:
    for end_s in (3, 6, 30):
        tally.pause(end_s, in_rep=False)
        tally.rep(rep(end_s), None)
    assert len(tally.pause(40, in_rep=False)) == 1

    assert tally.pause(30 + WORKOUT_PAUSE_S, in_rep=False) == []
    assert tally.pause(31 + WORKOUT_PAUSE_S, in_rep=False) == [
        WorkoutFinishedEvent(sets=2, reps=3, duration_s=29.0)
    ]
    assert tally.pause(32 + WORKOUT_PAUSE_S, in_rep=False) == []


def test_the_end_ends_set_and_workout_once(tally: Tally) -> None:
    tally.rep(rep(3), None)

    assert [type(event) for event in tally.finish()] == [SetFinishedEvent, WorkoutFinishedEvent]
    assert tally.finish() == []


def test_another_exercise_ends_the_set(tally: Tally) -> None:
    tally.rep(rep(3), None)

    assert tally.turn_to("push_up") == [SetFinishedEvent(exercise="squat", set=1, set_reps=1)]
    assert tally.rep(rep(6), None)[0] == SetStartedEvent(exercise="push_up", set=2)


def test_a_rep_can_be_taken_back_or_added_and_the_set_and_the_workout_follow(tally: Tally) -> None:
    tally.rep(rep(3), None)
    tally.rep(rep(6), None)

    undone = tally.correct(-1)
    assert undone == CorrectionEvent(change=-1, exercise="squat", set=1, set_reps=1)
    assert tally.count.set_reps == 1
    tally.correct(+1)
    tally.correct(+1)
    assert tally.finish() == [
        SetFinishedEvent(exercise="squat", set=1, set_reps=3),
        WorkoutFinishedEvent(sets=1, reps=3, duration_s=5.0),
    ]
    tally.correct(-1)
    assert tally.count == Count(set=1, set_reps=2, last_set_reps=2, last_set_exercise="squat")


def test_there_is_nothing_to_correct_before_the_first_set_nor_below_zero(tally: Tally) -> None:
    assert tally.correct(-1) is None
    assert tally.correct(+1) is None
    tally.rep(rep(3), None)
    assert tally.correct(-1) is not None
    assert tally.correct(-1) is None


def test_a_reset_ends_the_set_and_shows_zero_and_nothing_is_uncounted(tally: Tally) -> None:
    tally.rep(rep(3), None)

    assert tally.reset() == [SetFinishedEvent(exercise="squat", set=1, set_reps=1)]
    assert tally.count == Count(set=1, set_reps=0, last_set_reps=1, last_set_exercise="squat")
    assert tally.correct(-1) is None
    tally.rep(rep(6), None)
    assert (tally.count.set, tally.count.set_reps) == (2, 1)
