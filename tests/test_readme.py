"""The README says what the program does."""

import re
from pathlib import Path

from edgecv.athlete import DOINGS
from edgecv.athlete import EXERCISES as PERFORMED
from edgecv.reps.exercises import EXERCISES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_0-9]+)`", README))


def test_every_exercise_is_in_the_readme() -> None:
    assert set(EXERCISES) <= NAMED


def test_what_the_synthetic_athlete_performs_is_listed() -> None:
    listed = re.search(r"`synthetic:EXERCISE` is one of (.+?)\n\n", README, re.DOTALL)
    assert listed
    assert set(PERFORMED) <= set(re.findall(r"`(\w+)`", listed[1]))
    assert set(DOINGS) <= NAMED
