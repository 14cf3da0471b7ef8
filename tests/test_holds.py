"""Timed holds: a plank, a wall sit."""

import pytest

from edgecv.athlete.poses import SIZE
from edgecv.pose.keypoints import BLAZEPOSE_33
from edgecv.reps.counter import Counter
from edgecv.reps.outcome import Counted, Held
from tests.counted import follow, trial


@pytest.mark.parametrize(("hold", "azimuth_deg"), [("plank", 90), ("wall_sit", 45)])
@pytest.mark.parametrize("named", [True, False])
def test_a_hold_is_timed_and_told_once_and_is_no_rep(
    hold: str, azimuth_deg: float, named: bool
) -> None:
    done = trial(hold, azimuth_deg=azimuth_deg)
    outcomes = follow(done.poses, hold if named else None)

    held = [outcome for outcome in outcomes if isinstance(outcome, Held)]
    assert [h.exercise for h in held] == [hold]
    assert 5 < held[0].end_s - held[0].start_s <= done.poses[-1][0]
    assert not any(isinstance(outcome, Counted) for outcome in outcomes)


def test_the_time_of_a_hold_is_shown_while_it_lasts_and_only_grows() -> None:
    counter = Counter(BLAZEPOSE_33, "plank")
    shown = []
    for time_s, pose in trial("plank", azimuth_deg=90).poses:
        counter.update(time_s, pose, SIZE)
        shown.append(counter.standing.hold_s)

    seconds = [s for s in shown if s is not None]
    assert shown[0] is None
    assert seconds == sorted(seconds)
    assert seconds[-1] > 8


def test_who_does_push_ups_or_stands_holds_nothing() -> None:
    for exercise in ("push_up", "squat"):
        outcomes = follow(trial(exercise, azimuth_deg=90).poses)
        assert not any(isinstance(outcome, Held) for outcome in outcomes)


def test_a_named_exercise_tells_no_holds() -> None:
    outcomes = follow(trial("plank", azimuth_deg=90).poses, "push_up")
    assert not any(isinstance(outcome, Held) for outcome in outcomes)
