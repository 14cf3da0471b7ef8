"""Left, right, both at once and one after the other."""

from collections.abc import Sequence

import pytest

from edgecv.athlete.flaws import Flaws
from edgecv.reps.outcome import Rep, Side
from edgecv.tally import Count, Tally
from tests.counted import count, trial


def tallied(reps: Sequence[Rep]) -> Count:
    tally = Tally()
    for rep in reps:
        tally.rep(rep, None)
    return tally.count


def test_a_rep_of_both_sides_is_one_rep_and_one_of_each_side() -> None:
    counted = count(trial("biceps_curl").poses, "biceps_curl")

    assert {rep.side for rep in counted} == {Side.BOTH}
    tally = tallied(counted)
    assert (tally.set_reps, tally.set_left, tally.set_right) == (5, 5, 5)


def test_arms_that_take_turns_do_a_rep_each() -> None:
    done = trial("alternating_curl", reps=6)
    counted = count(done.poses, "biceps_curl")

    assert [rep.side.value for rep in counted] == [rep.side for rep in done.reps]
    tally = tallied(counted)
    assert (tally.set_reps, tally.set_left, tally.set_right) == (6, 3, 3)


@pytest.mark.parametrize(("seed", "mirror"), [(1, False), (2, False), (1, True)])
def test_one_arm_alone_is_told_by_its_side(seed: int, mirror: bool) -> None:
    done = trial("one_arm_curl", seed=seed, flaws=Flaws(habits=False, mirror=mirror))
    counted = count(done.poses, "biceps_curl")

    assert [rep.side.value for rep in counted] == [rep.side for rep in done.reps]
    tally = tallied(counted)
    assert sorted([tally.set_left, tally.set_right]) == [0, 5]


@pytest.mark.parametrize("exercise", ["high_knees", "mountain_climber"])
def test_each_knee_is_a_rep_of_its_side(exercise: str) -> None:
    done = trial(exercise, reps=8, fps=30)
    counted = count(done.poses, exercise)

    assert [rep.side.value for rep in counted] == [rep.side for rep in done.reps]


def test_a_lunge_is_one_rep_whichever_leg_is_in_front() -> None:
    done = trial("lunge")
    assert {rep.side for rep in count(done.poses, "lunge")} == {Side.BOTH}
