"""What was trained, read out of the journal, while the appliance runs as well."""

import sqlite3
import statistics
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from edgecv.errors import EdgecvError
from edgecv.host.instance import SERVICE_STATE, state_folder

ENDING = ".sqlite3"
BUSY_S = 2.0


class Rep(msgspec.Struct, frozen=True, kw_only=True):
    """One repetition."""

    day: str | None
    """The local date; null where the clock could not be relied on."""
    time: str | None
    """The local time of day."""
    exercise: str
    set: str
    """Which set it belongs to; the same in no other."""
    number: int
    """In its set, from 1."""
    duration_s: float
    amplitude: float
    """How far it went, as a share of a textbook rep."""


class TrainedSet(msgspec.Struct, frozen=True, kw_only=True):
    """Reps without a long pause."""

    day: str | None
    time: str | None
    exercise: str
    reps: int
    """Corrections included."""
    tempo_s: float
    """The median of its reps' durations."""
    amplitude: float
    """The median of its reps'."""


class Workout(msgspec.Struct, frozen=True, kw_only=True):
    """Sets without a very long pause, once they are over."""

    day: str | None
    time: str | None
    """Of its end."""
    sets: int
    reps: int
    duration_s: float
    """From its first rep to its last."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal still holds, the oldest first."""

    workouts: list[Workout] = []
    sets: list[TrainedSet] = []
    reps: list[Rep] = []


class _Kept(msgspec.Struct):
    """What matters here of any event, whatever else it has, and of whatever version."""

    event_type: str
    id: str = ""
    time: str = ""
    clock_synced: bool = False
    exercise: str = ""
    set: int = 0
    set_reps: int = 0
    duration_s: float = 0.0
    amplitude: float = 0.0
    change: int = 0
    sets: int = 0
    reps: int = 0


Dated = tuple[str | None, _Kept]


def journals() -> dict[str, Path]:
    """Those of this user and of the service, by the id of their device."""
    found = {}
    for folder in (SERVICE_STATE, state_folder()):
        for path in sorted(folder.glob(f"*{ENDING}")):
            found[path.name.removesuffix(ENDING)] = path
    return found


def the_journal(device_id: str | None) -> Path:
    """The one that is meant. Raises EdgecvError, which says what to do, where it isn't clear."""
    found = journals()
    if device_id is not None and device_id in found:
        return found[device_id]
    if not found:
        raise EdgecvError(
            f"nothing was counted on this box yet, as far as we may see (in {SERVICE_STATE} and "
            f"{state_folder()}): is this user in the group edgecv?"
        )
    if device_id is None and len(found) == 1:
        return next(iter(found.values()))
    known = ", ".join(sorted(found))
    raise EdgecvError(f"there are journals of the devices {known}: name one of them with --device")


def read_history(path: Path, since: str | None = None) -> History:
    """All of it, or what was done on the local date `since` and later, or nobody knows when.

    Raises EdgecvError.
    """
    events = [(day, kept) for day, kept in _read(path) if _is_wanted(day, since)]
    reps = list(_reps(events))
    return History(workouts=list(_workouts(events)), sets=list(_sets(reps, events)), reps=reps)


def _is_wanted(day: str | None, since: str | None) -> bool:
    return since is None or day is None or day >= since


def _read(path: Path) -> list[Dated]:
    # A reader who may not write there can only open the file as one that nobody writes to, once
    # the log beside it is gone: https://www.sqlite.org/wal.html#readonly
    modes = ["mode=ro"]
    if not path.with_name(f"{path.name}-wal").exists():
        modes.append("mode=ro&immutable=1")
    problem: sqlite3.Error | None = None
    for mode in modes:
        uri = f"file:{quote(str(path))}?{mode}"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as connection:
                rows = connection.execute("SELECT day, payload FROM events ORDER BY seq")
                return list(_decode(rows))
        except sqlite3.Error as error:
            problem = error
    raise EdgecvError(f"the journal {path} can't be read: {problem}")


def _decode(rows: Iterable[tuple[str | None, bytes]]) -> Iterator[Dated]:
    decoder = msgspec.json.Decoder(_Kept)
    for day, payload in rows:
        try:
            yield day, decoder.decode(payload)
        except msgspec.MsgspecError:  # of a version that knows more
            continue


def _reps(events: Iterable[Dated]) -> Iterator[Rep]:
    for day, kept in events:
        if kept.event_type == "rep":
            yield Rep(
                day=day,
                time=_time(kept),
                exercise=kept.exercise,
                set=_set_of(kept),
                number=kept.set_reps,
                duration_s=kept.duration_s,
                amplitude=kept.amplitude,
            )


def _sets(reps: Iterable[Rep], events: Iterable[Dated]) -> Iterator[TrainedSet]:
    changes: dict[str, int] = {}
    for _, kept in events:
        if kept.event_type == "correction":
            changes[_set_of(kept)] = changes.get(_set_of(kept), 0) + kept.change
    together: dict[str, list[Rep]] = {}
    for rep in reps:
        together.setdefault(rep.set, []).append(rep)
    for name, of_set in together.items():
        yield TrainedSet(
            day=of_set[0].day,
            time=of_set[0].time,
            exercise=of_set[0].exercise,
            reps=max(0, len(of_set) + changes.get(name, 0)),
            tempo_s=round(statistics.median(rep.duration_s for rep in of_set), 2),
            amplitude=round(statistics.median(rep.amplitude for rep in of_set), 2),
        )


def _workouts(events: Iterable[Dated]) -> Iterator[Workout]:
    for day, kept in events:
        if kept.event_type == "workout_finished":
            yield Workout(
                day=day,
                time=_time(kept),
                sets=kept.sets,
                reps=kept.reps,
                duration_s=kept.duration_s,
            )


def _set_of(kept: _Kept) -> str:
    """The number of a set begins anew with every run of the program."""
    return f"{kept.id.partition('-')[0]}/{kept.set}"


def _time(kept: _Kept) -> str | None:
    if not kept.clock_synced:
        return None
    try:
        return f"{datetime.fromisoformat(kept.time).astimezone():%H:%M:%S}"
    except ValueError:
        return None
