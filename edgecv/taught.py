"""Exercises that were taught: a small file each, which people can read and mend."""

import difflib
import json
import logging
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from edgecv.config import AUTO
from edgecv.errors import ConfigError
from edgecv.host.instance import state_folder
from edgecv.reps.evidence import COMPARED
from edgecv.reps.exercises import EXERCISES, Bounds, Exercise, Sides
from edgecv.reps.signals import PAIRED, SINGLE
from edgecv.reps.unknown import UNKNOWN

log = logging.getLogger("edgecv.taught")

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
SUFFIX = ".toml"
_SIGNALS = frozenset({*PAIRED, *SINGLE})


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signal that makes the progress."""

    change: float
    """From rest to turn."""
    weight: float


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a signal is; a bound that is left out does not hold."""

    least: float | None = None
    most: float | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: `Exercise`, as far as it can be taught."""

    sides: Sides
    lowers_first: bool
    whole_body: bool
    least_s: float
    least_away_s: float
    longest_s: float
    min_reps: int
    parts: dict[str, Part]
    rest: dict[str, Range] = {}
    turn: dict[str, Range] = {}
    still: dict[str, float] = {}
    need: dict[str, float] = {}
    expected: dict[str, float] = {}
    ignored: list[str] = []


_HEAD = """\
# An exercise that was taught to edgecv. From a posture of rest to the turn and back is one rep.
# Angles in degrees, heights and distances in metres of a person of 1.7 m, times in seconds.
"""
_TABLES = {
    "parts": "what moves, by how much from rest to turn; those of more weight decide",
    "rest": "where signals are at rest",
    "turn": "and at the turn",
    "still": "how far signals may go to and fro in a rep",
    "need": "the least share of a part's change that a rep has",
    "expected": "how the whole body changes from rest to turn",
}


def taught_folder() -> Path:
    return state_folder() / "exercises"


@cache
def known_exercises() -> Mapping[str, Exercise]:
    """Those that are built in, and those that were taught before this program began. A file that
    can't be used is left out with a warning."""
    taught = {}
    for path in taught_files():
        try:
            taught[path.stem] = read(path)
        except ConfigError as error:
            log.warning("%s; the exercise is left out", error)
    return MappingProxyType({**EXERCISES, **taught})


def taught_files() -> list[Path]:
    """In the order of their names."""
    try:
        return sorted(path for path in taught_folder().iterdir() if path.suffix == SUFFIX)
    except OSError:  # nothing was taught
        return []


def path_of(name: str) -> Path:
    """Where an exercise of that name is kept. Raises ConfigError for a name that can't be."""
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} can't be the name of an exercise: expected up to 32 small letters, digits "
            "and _, a letter first"
        )
    if name in EXERCISES or name in (AUTO, UNKNOWN):
        raise ConfigError(f"{name} is edgecv's own name: choose another")
    return taught_folder() / f"{name}{SUFFIX}"


def read(path: Path) -> Exercise:
    """Raises ConfigError, which names the file, the value and what is allowed."""
    path_of(path.stem)
    try:
        row = msgspec.toml.decode(path.read_bytes(), type=Row)
    except OSError as error:
        raise ConfigError(f"exercise {path} can't be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"exercise {path}: {error}; correct it, or teach it again") from error
    for complaint in _complaints(row):
        raise ConfigError(f"exercise {path}: {complaint}; correct it, or teach it again")
    return Exercise(
        parts={signal: (part.change, part.weight) for signal, part in row.parts.items()},
        rest={signal: (bounds.least, bounds.most) for signal, bounds in row.rest.items()},
        turn={signal: (bounds.least, bounds.most) for signal, bounds in row.turn.items()},
        still=row.still,
        need=row.need,
        expected=row.expected,
        ignored=frozenset(row.ignored),
        sides=row.sides,
        least_away_s=row.least_away_s,
        least_s=row.least_s,
        longest_s=row.longest_s,
        whole_body=row.whole_body,
        lowers_first=row.lowers_first,
        min_reps=row.min_reps,
    )


def text_of(exercise: Exercise) -> str:
    """The file of a taught exercise."""
    values = {
        "sides": exercise.sides.value,
        "lowers_first": exercise.lowers_first,
        "whole_body": exercise.whole_body,
        "least_s": exercise.least_s,
        "least_away_s": exercise.least_away_s,
        "longest_s": exercise.longest_s,
        "min_reps": exercise.min_reps,
        "ignored": sorted(exercise.ignored),
    }
    tables: dict[str, Mapping[str, object]] = {
        "parts": {s: {"change": c, "weight": w} for s, (c, w) in exercise.parts.items()},
        "rest": {s: _range(bounds) for s, bounds in exercise.rest.items()},
        "turn": {s: _range(bounds) for s, bounds in exercise.turn.items()},
        "still": exercise.still,
        "need": exercise.need,
        "expected": exercise.expected,
    }
    lines = [_HEAD, *(f"{key} = {_value(value)}" for key, value in values.items())]
    for name, table in tables.items():
        lines += ["", f"[{name}] # {_TABLES[name]}"]
        lines += [f"{signal} = {_value(value)}" for signal, value in table.items()]
    return "\n".join(lines) + "\n"


def _range(bounds: Bounds) -> dict[str, float]:
    named = zip(("least", "most"), bounds, strict=True)
    return {name: bound for name, bound in named if bound is not None}


def _value(value: object) -> str:
    """As TOML, whose texts, numbers and lists are those of JSON."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {_value(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(value)


def _complaints(row: Row) -> Iterator[str]:
    """What is wrong with a row, in words."""
    if not row.parts:
        yield "parts is empty: without one there is nothing to count"
    tables = (row.parts, row.rest, row.turn, row.still, row.need, dict.fromkeys(row.ignored))
    for signal in (signal for table in tables for signal in table if signal not in _SIGNALS):
        close = difflib.get_close_matches(signal, _SIGNALS, n=1)
        yield f"no signal {signal!r}" + (f": did you mean {close[0]}?" if close else "")
    for signal in (signal for signal in row.expected if signal not in COMPARED):
        yield f"expected.{signal}: known are {', '.join(COMPARED)}"
    for signal in (signal for signal in row.need if signal not in row.parts):
        yield f"need.{signal} is none of the parts: known are {', '.join(row.parts)}"
    for signal, part in row.parts.items():
        if not (math.isfinite(part.change) and part.change != 0):
            yield f"parts.{signal}.change = {part.change}: expected a number that is not 0"
        if not 0 < part.weight < math.inf:
            yield f"parts.{signal}.weight = {part.weight}: expected a number above 0"
    ranges = (*row.rest.values(), *row.turn.values())
    bounds = (bound for one in ranges for bound in (one.least, one.most) if bound is not None)
    shares = (*row.still.values(), *row.need.values(), *row.expected.values())
    if not all(math.isfinite(number) for number in (*bounds, *shares)):
        yield "a number is not finite"
    for key in ("least_s", "least_away_s"):
        if not 0 <= getattr(row, key) <= row.longest_s < math.inf:
            yield f"{key} = {getattr(row, key)}: expected 0 or more, and at most longest_s"
