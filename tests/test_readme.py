"""The README says what the program does."""

import re
from pathlib import Path

import pytest

from edgecv.athlete import EXERCISES as PERFORMED
from edgecv.capture.connection import CaptureState
from edgecv.events import CaptureStats, FrameBooks, RepEvent, SetEvent, State, Stats, Status
from edgecv.reps.exercises import EXERCISES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_0-9]+)`", README))


@pytest.mark.parametrize("message", [State, Stats, CaptureStats, FrameBooks, RepEvent, SetEvent])
def test_every_published_field_is_in_the_readme(message: type) -> None:
    assert set(getattr(message, "__struct_fields__")) <= NAMED  # noqa: B009


def test_every_status_event_and_exercise_is_in_the_readme() -> None:
    assert {status.value for status in Status} <= NAMED
    assert {state.value for state in CaptureState} <= NAMED
    assert {"rep", "set_finished"} <= NAMED
    assert set(EXERCISES) <= NAMED


def test_what_the_synthetic_athlete_performs_is_listed() -> None:
    listed = re.search(r"`synthetic:EXERCISE` is one of (.+?)\n\n", README, re.DOTALL)
    assert listed
    assert set(PERFORMED) <= set(re.findall(r"`(\w+)`", listed[1]))
