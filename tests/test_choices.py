"""What was chosen while it ran, and how the last run ended."""

import json

import pytest

from edgecv.choices import Choices, Value
from edgecv.last_run import ALIVE, ENDED, RUNNING, LastRun, last_run

CONFIGURED: dict[str, Value] = {"exercise": "auto", "max_fps": 0.0, "camera_on": True}


def test_a_choice_holds_over_restarts() -> None:
    kept: dict[str, str] = {}
    choices = Choices(CONFIGURED, kept, kept.__setitem__)
    assert choices["exercise"] == "auto"
    choices.choose("exercise", "squat")
    choices.choose("camera_on", False)
    assert (choices["exercise"], choices["camera_on"], choices["max_fps"]) == ("squat", False, 0)

    again = Choices(CONFIGURED, kept, kept.__setitem__)
    assert (again["exercise"], again["camera_on"], again["max_fps"]) == ("squat", False, 0)


def test_a_new_configuration_comes_before_an_old_choice() -> None:
    kept: dict[str, str] = {}
    Choices(CONFIGURED, kept, kept.__setitem__).choose("exercise", "squat")
    Choices(CONFIGURED, kept, kept.__setitem__).choose("max_fps", 10.0)

    changed = Choices({**CONFIGURED, "exercise": "push_up"}, kept, kept.__setitem__)
    assert changed["exercise"] == "push_up"
    assert changed["max_fps"] == 10.0


@pytest.mark.parametrize(
    "rubbish",
    ["", "{", "[]", "null", '{"value": 1}', '{"value": 1, "over": "auto"}', '"squat"'],
)
def test_rubbish_is_no_choice(rubbish: str) -> None:
    choices = Choices(CONFIGURED, {"choice.exercise": rubbish}, lambda _name, _value: None)
    assert choices["exercise"] == "auto"


def test_a_choice_says_over_what_it_was_made() -> None:
    kept: dict[str, str] = {}
    Choices(CONFIGURED, kept, kept.__setitem__).choose("exercise", "squat")
    assert json.loads(kept["choice.exercise"]) == {"value": "squat", "over": "auto"}


@pytest.mark.parametrize(
    ("remembered", "expected"),
    [
        ({}, None),
        ({ENDED: "it was told to stop"}, LastRun("it was told to stop", None)),
        (
            {ENDED: "it was told to stop", ALIVE: "2026-01-01T00:00:00+00:00"},
            LastRun("it was told to stop", "2026-01-01T00:00:00+00:00"),
        ),
        ({RUNNING: "this"}, LastRun("it crashed or was killed", None)),
        ({RUNNING: "another"}, LastRun("the power failed, or the box was reset", None)),
    ],
)
def test_the_end_of_the_last_run_is_told_by_what_it_left(
    remembered: dict[str, str], expected: LastRun | None
) -> None:
    assert last_run(remembered, "this") == expected
