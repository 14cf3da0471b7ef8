"""What an hour of training writes to the disk, and how long a commit takes.

The bytes are the kernel's count of what this process sent to the storage layer
(/proc/self/io, write_bytes), to which a card adds what its own blocks need.
"""

import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from edgecv.bench.report import Figure
from edgecv.clock import FakeClock
from edgecv.errors import EdgecvError
from edgecv.events import Event, RepEvent, SetFinishedEvent, SetStartedEvent
from edgecv.sinks.journal import ALIVE_S, TICK_S
from edgecv.sinks.ledger import Ledger

REP_EVERY_S = 4
SETS = 60
REPS = 12
"""A set of 12 reps, a rep every 4 s, in every minute: harder than anybody trains for an hour."""
HOUR_S = 3600
NOTE = (
    "An hour of training here is 60 sets of 12 reps: 840 events, each of which is on the\n"
    "disk before anybody is told. Beside it: the same rows in SQLite's rollback journal. Then\n"
    "an hour in which nobody trains, and the time that one commit takes."
)


def measure(folder: Path | None = None) -> list[Figure]:
    """In `folder`, or where temporary files are. Raises EdgecvError where the kernel does not
    count, or the folder is in memory."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        written, commits_ms = _train(Path(name) / "journal.sqlite3")
        if not written:
            raise EdgecvError(
                f"{name} is not on a disk, or the kernel does not count what is written: name a "
                "folder on the disk with --folder"
            )
        idle, _ = _train(Path(name) / "idle.sqlite3", sets=0)
        rollback = _with_rollback_journal(Path(name) / "rollback.sqlite3")
    group = "an hour"
    return [
        Figure(group, "training", written / 1e6, "MB", "rollback", rollback / 1e6, at_most=1.0),
        Figure(group, "nobody trains", idle / 1e6, "MB"),
        Figure("a rep", "commit, p50", median(commits_ms), "ms"),
    ]


def _train(path: Path, sets: int = SETS) -> tuple[int, list[float]]:
    """Bytes written and the time of each commit; the broker acknowledges at once."""
    clock = FakeClock(1e9)
    before = _written()
    ledger = Ledger(path, clock, run="bench", boot="")
    ledger.open()
    commits_ms: list[float] = []
    alive_s = looked_s = clock.now()
    for second in range(HOUR_S):
        clock.advance(1.0)
        now_s = clock.now()
        events = [(event, now_s) for event in _events(second, sets)]
        due = now_s - looked_s >= TICK_S and ledger.last != ledger.standing.settled
        if events or due or now_s - alive_s >= ALIVE_S:
            began_s = time.perf_counter()
            ledger.write(events, ledger.last, {"alive": clock.wall().isoformat()})
            if events:
                commits_ms.append(1e3 * (time.perf_counter() - began_s))
            alive_s = now_s
        if now_s - looked_s >= TICK_S:
            looked_s = now_s
    ledger.close()
    return _written() - before, commits_ms or [0.0]


def _events(second: int, sets: int) -> list[Event]:
    number, within = divmod(second, HOUR_S // SETS)
    rep, off = divmod(within, REP_EVERY_S)
    if number >= sets or off or rep >= REPS:
        return []
    events: list[Event] = [
        RepEvent(
            id=f"bench-{second}",
            time="2026-01-01T00:00:00.000+00:00",
            exercise="squat",
            set=number + 1,
            set_reps=rep + 1,
            duration_s=2.125,
            amplitude=1.125,
            frame_age_s=0.0312,
        )
    ]
    if rep == 0:
        events.insert(0, SetStartedEvent(id=f"start-{second}", exercise="squat", set=number + 1))
    if rep == REPS - 1:
        events.append(
            SetFinishedEvent(id=f"end-{second}", exercise="squat", set=number + 1, set_reps=REPS)
        )
    return events


def _with_rollback_journal(path: Path) -> int:
    """The same number of commits of a row and a total, in SQLite's default mode."""
    before = _written()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, payload BLOB)")
        connection.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value)")
        for number in range(SETS * REPS):
            connection.execute("BEGIN")
            connection.execute("INSERT INTO events VALUES (?, ?)", (number, bytes(250)))
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('total', ?)", (number,))
            connection.execute("COMMIT")
    return _written() - before


def _written() -> int:
    try:
        lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
        return int(dict(line.split(": ") for line in lines)["write_bytes"])
    except (OSError, KeyError, ValueError):
        return 0
