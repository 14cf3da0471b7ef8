"""What becomes of poses: events to the recorder, counts to the state."""

import json
from typing import Any

from edgecv import config
from edgecv.athlete.poses import SIZE
from edgecv.config import AUTO
from edgecv.counting import LAST_SET, Counting
from edgecv.events import Event, HoldFinishedEvent, RepEvent, SetFinishedEvent, WorkoutFinishedEvent
from edgecv.pose.keypoints import BLAZEPOSE_33
from edgecv.reps.outcome import Refused
from tests.counted import TimedPose, after, trial


class Told:
    """A counting, and all that it told."""

    def __init__(self, exercise: str = AUTO, *, last_set: str | None = None) -> None:
        self.events: list[Event] = []
        self.state: dict[str, Any] = {}
        self.facts: dict[str, str] = {}
        self.refused: list[Refused] = []
        self.counting = Counting(
            BLAZEPOSE_33,
            exercise=exercise,
            settings=config.Counting(),
            last_set=last_set,
            record=self.events.append,
            remember=self.facts.__setitem__,
            report=self.state.update,
            explain=self.refused.append,
        )

    def see(self, poses: list[TimedPose]) -> None:
        for time_s, pose in poses:
            self.counting.see(time_s, pose, None, SIZE)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def test_reps_that_are_not_confirmed_yet_are_in_the_state_and_no_events() -> None:
    done = trial("biceps_curl")
    told = Told()
    shown: list[tuple[int, int]] = []
    for timed in done.poses:
        told.see([timed])
        shown.append((told.state["set_reps"], len(told.of(RepEvent))))

    assert (1, 0) in shown
    assert shown[-1] == (done.count, done.count)
    assert told.state["counting"] == "biceps_curl"
    assert told.state["counting_sure"]
    assert (told.state["set_left"], told.state["set_right"]) == (done.count, done.count)


def test_the_end_tells_the_set_and_the_workout_and_remembers_the_set() -> None:
    told = Told("squat")
    told.see(list(trial("squat").poses))
    told.counting.finish()

    assert [type(event) for event in told.events[-2:]] == [SetFinishedEvent, WorkoutFinishedEvent]
    assert json.loads(told.facts[LAST_SET]) == [5, "squat"]
    assert told.counting.counts == {"squat": 5}
    assert Told(last_set=told.facts[LAST_SET]).state["last_set_reps"] == 5


def test_another_exercise_is_another_set_with_counts_of_its_own() -> None:
    told = Told()
    told.see(after(trial("squat").poses, trial("biceps_curl").poses, 0.1))

    assert told.counting.counts == {"squat": 5, "biceps_curl": 5}
    assert (told.state["set"], told.state["set_reps"]) == (2, 5)
    assert len(told.of(SetFinishedEvent)) == 1


def test_choosing_an_exercise_ends_the_set() -> None:
    told = Told("squat")
    told.see(list(trial("squat").poses))
    told.counting.choose("biceps_curl")

    assert len(told.of(SetFinishedEvent)) == 1
    assert (told.state["exercise"], told.state["counting"]) == ("biceps_curl", "biceps_curl")


def test_nothing_is_seen_in_a_pause() -> None:
    told = Told("squat")
    told.counting.pause(True)
    told.see(list(trial("squat").poses))

    assert told.events == []
    assert told.state["person"] is None


def test_a_hold_is_shown_while_it_lasts_and_told_when_it_is_over() -> None:
    told = Told()
    shown_s: list[float] = []
    for timed in trial("plank", azimuth_deg=90).poses:
        told.see([timed])
        if told.state["hold_s"] is not None:
            shown_s.append(told.state["hold_s"])
    told.counting.finish()

    assert shown_s == sorted(shown_s)
    assert shown_s[-1] > 5
    assert len(told.of(HoldFinishedEvent)) == 1
    assert not told.of(RepEvent)


def test_who_is_in_view_is_told_and_whether_that_will_do() -> None:
    told = Told()
    poses = list(trial("squat", azimuth_deg=0).poses)
    told.see(poses)
    assert told.state["person"] is True
    assert told.state["readiness"] == "ready"

    told.see([(poses[-1][0] + n / 10, None) for n in range(1, 40)])
    assert told.state["person"] is False
    assert told.state["readiness"] == "no_person"


def test_what_was_not_counted_is_explained_to_whoever_asks() -> None:
    told = Told("biceps_curl")
    told.see(list(trial("dancing").poses))

    assert told.refused
    assert all(movement.reason for movement in told.refused)


def test_a_last_set_that_can_not_be_read_is_none() -> None:
    for rubbish in ("", "{", "[1]", "null", '["x", 3]'):
        assert "last_set_reps" not in Told(last_set=rubbish).state
