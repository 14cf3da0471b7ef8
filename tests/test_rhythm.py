"""Which movements are reps of one set, or one and the same."""

import numpy as np
import pytest

from edgecv.reps.candidate import Candidate
from edgecv.reps.exercises import EXERCISES, Sides
from edgecv.reps.outcome import Side
from edgecv.reps.rhythm import are_one, in_rhythm

CURL = EXERCISES["biceps_curl"]
CHANGE = np.array([-1.0, 0.2, 0.0, 0.1, 0.5])
OTHER_CHANGE = np.array([-0.2, 1.0, 0.3, 0.0, 0.5])


def movement(
    start_s: float,
    end_s: float,
    side: Side = Side.BOTH,
    change: np.ndarray = CHANGE,
    hold_s: float = 0.0,
) -> Candidate:
    return Candidate(
        side=side,
        start_s=start_s,
        turn_s=(start_s + end_s) / 2,
        end_s=end_s,
        amplitude=1.0,
        away_s=(end_s - start_s) / 2,
        hold_s=hold_s,
        strict=True,
        evidence=0.9,
        change=change,
        symmetry=None,
    )


@pytest.mark.parametrize(
    ("start_s", "same"),
    [(0.2, True), (0.45, True), (0.55, False), (1.0, False), (2.5, False)],
)
def test_left_and_right_at_the_same_time_are_one_curl(start_s: float, same: bool) -> None:
    left, right = movement(0, 2, Side.LEFT), movement(start_s, start_s + 2, Side.RIGHT)
    assert are_one(left, right, Sides.EITHER) is same


def test_legs_that_take_turns_may_overlap() -> None:
    left, right = movement(0, 2, Side.LEFT), movement(0.1, 2, Side.RIGHT)
    assert not are_one(left, right, Sides.IN_TURN)


@pytest.mark.parametrize("side", [Side.BOTH, Side.LEFT])
def test_the_same_side_twice_at_a_time_is_one(side: Side) -> None:
    assert are_one(movement(0, 2, side), movement(1.2, 3, side), Sides.IN_TURN)
    assert not are_one(movement(0, 2, side), movement(1.8, 4, side), Sides.IN_TURN)


def test_a_curl_with_one_arm_half_hidden_is_part_of_the_set() -> None:
    reps = [movement(0, 2), movement(2.5, 4.5, Side.RIGHT), movement(5, 7)]
    assert in_rhythm(CURL, reps)


def test_one_arm_between_both_that_does_something_else_is_not() -> None:
    reps = [movement(0, 2), movement(2.5, 4.5, Side.RIGHT, OTHER_CHANGE), movement(5, 7)]
    assert not in_rhythm(CURL, reps)


def test_arms_that_go_up_at_long_intervals_are_no_set() -> None:
    assert in_rhythm(CURL, [movement(0, 2), movement(4, 6)])
    assert not in_rhythm(CURL, [movement(0, 2), movement(5, 7)])


def test_two_that_are_held_at_the_turn_are_gestures_and_three_a_set() -> None:
    reps = [movement(3.0 * n, 3.0 * n + 2, hold_s=1.3) for n in range(3)]
    assert not in_rhythm(CURL, reps[:2])
    assert in_rhythm(CURL, reps)
