"""The history as a table for people and as CSV for spreadsheets. Pure."""

import csv
import io
from collections.abc import Sequence

from edgecv.history import History, Rep, TrainedSet, Workout
from edgecv.screens.text import table
from edgecv.words import count, spaced, span

Row = Sequence[str | int | float | None]
KINDS = ("workouts", "sets", "reps")
_HEADS: dict[str, tuple[str, ...]] = {
    "workouts": ("day", "time", "sets", "reps", "duration_s"),
    "sets": ("day", "time", "exercise", "reps", "tempo_s", "amplitude"),
    "reps": ("day", "time", "exercise", "set", "number", "duration_s", "amplitude"),
}


def as_csv(history: History, kind: str) -> str:
    """With a head; what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADS[kind])
    for one in getattr(history, kind):
        writer.writerow(getattr(one, name) for name in _HEADS[kind])
    return out.getvalue()


def describe(history: History, kind: str) -> str:
    """A line each, and what it comes to."""
    match kind:
        case "workouts":
            rows = [("day", "ended", "sets", "reps", "took"), *map(_workout, history.workouts)]
            numbers = {2, 3}
        case "reps":
            head = ("day", "time", "exercise", "rep", "took", "range")
            rows, numbers = [head, *map(_rep, history.reps)], {3, 4, 5}
        case _:
            head = ("day", "began", "exercise", "reps", "tempo", "range")
            rows, numbers = [head, *map(_set, history.sets)], {3, 4, 5}
    if len(rows) == 1:
        return "nothing was counted in that time"
    reps, days = sum(one.reps for one in history.sets), {one.day for one in history.sets}
    last = f"{count(reps, 'rep')} in {count(len(history.sets), 'set')} on {count(len(days), 'day')}"
    return "\n".join([*table(rows, frozenset(numbers)), "", last])


def _workout(one: Workout) -> tuple[str, ...]:
    return _known(one.day), _known(one.time), str(one.sets), str(one.reps), span(one.duration_s)


def _set(one: TrainedSet) -> tuple[str, ...]:
    tempo, reach = f"{one.tempo_s:.1f} s", f"{one.amplitude:.0%}"
    return _known(one.day), _known(one.time), spaced(one.exercise), str(one.reps), tempo, reach


def _rep(one: Rep) -> tuple[str, ...]:
    took, reach = f"{one.duration_s:.1f} s", f"{one.amplitude:.0%}"
    return _known(one.day), _known(one.time), spaced(one.exercise), str(one.number), took, reach


def _known(text: str | None) -> str:
    return text or "–"
