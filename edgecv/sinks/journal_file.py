"""The journal's file: events, totals and what is to be remembered, in SQLite.

Write-ahead log and `synchronous=FULL`: what `write` has returned from survives a pulled plug.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

VERSION = 1
KEPT = 50_000
"""Acknowledged events, about 15 MB: a year of 130 reps a day."""
AT_MOST = 200_000
"""Events in all, about 60 MB: a broker that is never there shall not fill the disk."""
PAGE = 1024
"""Bytes: a rep changes two pages. Half as much is written as with SQLite's 4096 (bench journal)."""
BUSY_S = 1.0
"""How long somebody who reads (`edgecv history`) may hold us up."""


class Row(NamedTuple):
    """An event as it is kept."""

    seq: int
    change: int
    """By how much it changes the number of reps."""
    day: str | None
    """The local date on which it happened; None while the clock can't be relied on."""
    boot: str
    at_s: float
    """Monotonic time, which tells the date later if the clock could not be relied on."""
    payload: bytes
    """JSON, as it is published."""


class Standing(NamedTuple):
    """What the totals are."""

    seq: int
    """Of the last event."""
    settled: int
    """Every event up to this one has been delivered."""
    total: int
    """Reps in all."""


class JournalFile:
    """One connection, used by one thread.

    All methods raise sqlite3.Error: OperationalError when the disk is full or may not be written,
    DatabaseError when the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            self._prepare()
            self.standing = self._read_standing()
        except sqlite3.Error:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def write(self, rows: Sequence[Row], settled: int, remember: Mapping[str, str | None]) -> None:
        """All of it, or nothing: `rows` follow the last event, `settled` is the new mark, and None
        forgets what was remembered."""
        standing = self.standing
        total = standing.total + sum(row.change for row in rows)
        seq = rows[-1].seq if rows else standing.seq
        with self._transaction() as cursor:
            cursor.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", rows)
            facts = {"seq": seq, "settled": settled, "total": total}
            for name, value in {**facts, **remember}.items():
                if value is None:
                    cursor.execute("DELETE FROM facts WHERE name = ?", (name,))
                else:
                    cursor.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        self.standing = Standing(seq, settled, total)

    def begin(self, standing: Standing) -> None:
        """Go on in this new file from where another one stood."""
        with self._transaction() as cursor:
            for name, value in standing._asdict().items():
                cursor.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        self.standing = standing

    def remembered(self) -> dict[str, str]:
        """All that was remembered, the standing apart."""
        rows = self._connection.execute(
            "SELECT name, value FROM facts WHERE name NOT IN ('seq', 'settled', 'total')"
        )
        return {name: str(value) for name, value in rows}

    def events(self, after: int, limit: int) -> list[Row]:
        """Those that follow number `after`, in order."""
        found = self._connection.execute(
            "SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
        )
        return [Row(*row) for row in found]

    def reps_on(self, day: str) -> int:
        """Reps on this local date, corrections included."""
        found = self._connection.execute("SELECT sum(change) FROM events WHERE day = ?", (day,))
        return int(found.fetchone()[0] or 0)

    def undated(self, boot: str) -> list[tuple[int, float]]:
        """Number and monotonic time of the events of this boot that have no date yet."""
        found = self._connection.execute(
            "SELECT seq, at_s FROM events WHERE day IS NULL AND boot = ?", (boot,)
        )
        return found.fetchall()

    def date(self, days: Mapping[int, str]) -> None:
        """Give events, by number, their local dates."""
        with self._transaction() as cursor:
            cursor.executemany(
                "UPDATE events SET day = ? WHERE seq = ?", [(d, seq) for seq, d in days.items()]
            )

    def prune(self, kept: int = KEPT, at_most: int = AT_MOST) -> int:
        """Let the oldest of the delivered events go, down to `kept` in all; beyond `at_most` the
        oldest ones, even if they were never delivered. Gives how many of those there were."""
        standing = self.standing
        delivered = min(standing.settled, standing.seq - kept)
        last = max(delivered, standing.seq - at_most)
        with self._transaction() as cursor:
            lost = cursor.execute(
                "SELECT count(*) FROM events WHERE seq <= ? AND seq > ?", (last, standing.settled)
            ).fetchone()[0]
            cursor.execute("DELETE FROM events WHERE seq <= ?", (last,))
        return int(lost)

    def _prepare(self) -> None:
        with closing(self._connection.cursor()) as cursor:
            (sound,) = cursor.execute("PRAGMA quick_check(1)").fetchone()
            if sound != "ok":
                raise sqlite3.DatabaseError(sound)
            (version,) = cursor.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise sqlite3.OperationalError(
                    f"it was written by a newer edgecv (its version is {version})"
                )
            cursor.execute(f"PRAGMA page_size = {PAGE}")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
            if version == VERSION:
                return
        with self._transaction() as cursor:
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, change INTEGER, "
                "day TEXT, boot TEXT, at_s REAL, payload BLOB)"
            )
            # The totals share a page of the file, so that a rep changes two pages and no more.
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID"
            )
            cursor.execute(f"PRAGMA user_version = {VERSION}")

    def _read_standing(self) -> Standing:
        facts = dict(
            self._connection.execute(
                "SELECT name, value FROM facts WHERE name IN ('seq', 'settled', 'total')"
            )
        )
        return Standing(*(int(facts.get(name, 0)) for name in Standing._fields))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise


def read_standing(path: Path) -> Standing | None:
    """Where the journal stood, out of a damaged file; None where that much of it can't be read."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0)) as connection:
            facts = dict(connection.execute("SELECT name, value FROM facts"))
            return Standing(*(int(facts[name]) for name in Standing._fields))
    except (sqlite3.Error, KeyError, ValueError, TypeError):
        return None
