"""The rows of the exercise table, and each of them counted."""

import re
from pathlib import Path

import pytest

from edgecv.athlete import EXERCISES as PERFORMED
from edgecv.reps.evidence import COMPARED
from edgecv.reps.exercises import EXERCISES, FAMILIES, Sides
from edgecv.reps.signals import COLUMNS, PAIRED, SINGLE
from tests.counted import count, trial

SIGNALS = {*PAIRED, *SINGLE}
NOT_PERFORMED = {"overhead_raise"}
"""Rows of which the athlete has no motion: front and lateral raises go as high as the shoulders."""

REPEATED = [name for name, exercise in EXERCISES.items() if not exercise.hold]
HELD = [name for name, exercise in EXERCISES.items() if exercise.hold]


@pytest.mark.parametrize("name", EXERCISES)
def test_every_signal_that_a_row_names_exists(name: str) -> None:
    row = EXERCISES[name]
    for group in (row.parts, row.rest, row.turn, row.still, row.need, row.need_one):
        assert set(group) <= SIGNALS
    assert set(row.must_see) <= SIGNALS
    assert len(COLUMNS) == 2 * len(PAIRED) + len(SINGLE)


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_expected_or_ignored_is_compared(name: str) -> None:
    row = EXERCISES[name]
    assert {*row.expected, *row.ignored} <= set(COMPARED)
    assert not set(row.expected) & row.ignored


@pytest.mark.parametrize("name", REPEATED)
def test_every_part_has_a_change_and_a_weight_and_what_is_needed_is_a_part(name: str) -> None:
    row = EXERCISES[name]
    assert row.parts
    assert row.expected
    for change, weight in row.parts.values():
        assert change != 0
        assert weight > 0
    assert {*row.need, *row.need_one} <= set(row.parts)
    assert 0 < row.least_s < row.longest_s
    if row.sides is Sides.IN_TURN:
        assert row.min_reps > 1


@pytest.mark.parametrize("name", REPEATED)
def test_a_part_goes_the_way_that_is_expected_of_it(name: str) -> None:
    row = EXERCISES[name]
    for signal in set(row.parts) & set(row.expected):
        assert row.parts[signal][0] * row.expected[signal] > 0, signal


@pytest.mark.parametrize("name", EXERCISES)
def test_bounds_leave_room_between_them_and_are_wider_in_a_set(name: str) -> None:
    row = EXERCISES[name]
    for strict, lenient in ((row.rest, row.lenient.rest), (row.turn, row.lenient.turn)):
        for signal, (low, high) in strict.items():
            assert low is None or high is None or low < high
            wide_low, wide_high = lenient[signal]
            assert low is None or (wide_low is not None and wide_low < low)
            assert high is None or (wide_high is not None and wide_high > high)


@pytest.mark.parametrize("name", HELD)
def test_a_hold_is_a_posture_and_nothing_else(name: str) -> None:
    row = EXERCISES[name]
    assert row.rest
    assert not row.parts


def test_names_can_be_published() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in EXERCISES)
    assert not {"auto", "unknown"} & set(EXERCISES)
    assert set(FAMILIES) <= set(REPEATED)
    assert all(family <= set(REPEATED) for family in FAMILIES.values())


def test_every_row_is_performed_by_the_athlete_but_for_known_ones() -> None:
    performed = {motion.counts_as or name for name, motion in PERFORMED.items()}
    assert set(REPEATED) - performed == NOT_PERFORMED
    assert performed <= set(REPEATED)


@pytest.mark.parametrize("performed", PERFORMED)
def test_what_the_athlete_does_is_counted_from_the_front_and_from_the_side(performed: str) -> None:
    for azimuth_deg in (0, 90):
        done = trial(performed, azimuth_deg=azimuth_deg, reps=4, uneven=0.0)
        assert done.exercise is not None
        assert len(count(done.poses, done.exercise)) == done.count == 4


@pytest.mark.long
@pytest.mark.parametrize("performed", PERFORMED)
def test_what_the_athlete_does_is_counted_from_every_side_at_every_tempo(performed: str) -> None:
    for azimuth_deg in range(0, 360, 45):
        for tempo in (0.7, 1.0, 1.5):
            done = trial(performed, azimuth_deg=azimuth_deg, tempo=tempo, uneven=0.0, fps=30)
            assert len(count(done.poses, done.exercise)) == done.count, done.name


def test_contributing_says_where_a_row_goes() -> None:
    page = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "edgecv/reps/exercises.py" in page
