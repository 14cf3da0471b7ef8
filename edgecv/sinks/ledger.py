"""What the journal knows and does, without its thread: numbers, totals, dates, and a bad disk.

When the file can't be written, events are kept in memory and written when that is possible again;
a damaged file is set aside and a new one begun.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec

from edgecv.clock import Clock
from edgecv.events import Event, Recorded, change_of, decode_event, encode
from edgecv.sinks.journal_file import JournalFile, Row, Standing, read_standing

log = logging.getLogger("edgecv.journal")

UNWRITTEN = 10_000
"""Events kept in memory while the disk takes none."""
PRUNE_EVERY = 500
"""Events between two looks at the size of the file."""


class Ledger:
    """Used by one thread, but for the properties that say so."""

    def __init__(self, path: Path, clock: Clock, *, run: str, boot: str) -> None:
        """`run` stands in the ids of this run's events; `boot` is the kernel's boot id."""
        self._path = path
        self._clock = clock
        self._run = run
        self._boot = boot
        self._file: JournalFile | None = None
        self.known = False
        """The file has been read: until then events have no numbers."""
        self._unwritten: deque[tuple[Recorded, str | None]] = deque()
        """With the local date of each, where that is known."""
        self._dated = False
        self._day: str | None = None
        self._since_prune = 0
        self.standing = Standing(0, 0, 0)
        """As in the file."""
        self.remembered: dict[str, str] = {}
        """As of the opening."""
        self.total: int | None = None
        """Reps in all; None as long as the file could not be read. May be read by any thread."""
        self.today: int | None = None
        """Reps since midnight, local time; None while the clock can't be relied on. By any."""
        self.problem: str | None = None
        """Why nothing is written, in words; None while all is well. By any."""
        self.lost = 0
        """Events that there was no room for. By any."""

    @property
    def unwritten(self) -> int:
        """Events that are only in memory. May be read by any thread."""
        return len(self._unwritten)

    @property
    def last(self) -> int:
        """The number of the last event, be it written or not."""
        return self._unwritten[-1][0].event.seq if self._unwritten else self.standing.seq

    def open(self) -> None:
        """Open the file, or begin one; `problem` says when neither is possible."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = JournalFile(self._path)
        except sqlite3.OperationalError as error:
            self._failed(error)
        except sqlite3.DatabaseError as error:
            log.error("the journal %s is damaged: %s", self._path, error)
            self._set_aside()
        except OSError as error:
            self._failed(sqlite3.OperationalError(error.strerror))
        if self._file is not None and not self.known:
            self.known = True
            self.standing = self._file.standing
            self.remembered = self._file.remembered()
            self.total = self.standing.total + sum(change_of(r.event) for r, _ in self._unwritten)
            kept, self._unwritten = self._unwritten, deque()
            self._unwritten.extend(self._numbered(kept, self.standing.seq))

    def close(self) -> None:
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.close()
            self._file = None

    def write(
        self, events: Sequence[tuple[Event, float]], settled: int, facts: Mapping[str, str | None]
    ) -> tuple[list[Recorded], bool]:
        """Number and write events, each with its monotonic time, all that is unwritten before them,
        the mark of what is delivered, and facts to be remembered. Gives the numbered events, and
        whether it is all on the disk."""
        day = self.day()
        new = [
            (Recorded(event, at_s), day if event.clock_synced else None) for event, at_s in events
        ]
        if self.known:
            new = self._numbered(new, self.last)
        self._unwritten.extend(new)
        change = sum(change_of(recorded.event) for recorded, _ in new)
        if self.total is not None:
            self.total += change
        # A file that is found to be damaged is replaced at once.
        written = self._flush(settled, facts) or (
            self._file is not None and self._flush(settled, facts)
        )
        if self.today is not None and day == self._day:
            self.today += change
        return [recorded for recorded, _ in new], written

    def fetch(self, after: int, limit: int) -> list[Recorded] | None:
        """The events that follow number `after`, in order; None when they can't be read now."""
        rows: list[Row] = []
        if after < self.standing.seq:
            if self._file is None:
                self.open()
            if self._file is None:
                return None
            try:
                rows = self._file.events(after, limit)
            except sqlite3.Error as error:
                self._failed(error)
                return None
        events = [recorded for row in rows if (recorded := self._recorded(row)) is not None]
        if len(rows) < limit:
            events += [r for r, _ in self._unwritten if r.event.seq > after]
        return events[:limit]

    def look_at_the_date(self) -> None:
        """`today` follows the date, once the clock can be relied on."""
        day = self.day()
        if day is None or self._file is None:
            return
        try:
            if not self._dated:
                self._date_the_undated(self._file)
                self._dated = True
            if self._day != day:
                reps = self._file.reps_on(day)
                reps += sum(change_of(r.event) for r, its in self._unwritten if its == day)
                self._day, self.today = day, reps
        except sqlite3.Error as error:
            self._failed(error)

    def day(self, ago_s: float = 0.0) -> str | None:
        """The local date so many seconds ago; None while the clock can't be relied on."""
        if not self._clock.synced():
            return None
        return f"{(self._clock.wall() - timedelta(seconds=ago_s)).astimezone():%Y-%m-%d}"

    def _flush(self, settled: int, facts: Mapping[str, str | None]) -> bool:
        if self._file is None:
            self.open()
        try:
            if self._file is None:
                raise sqlite3.OperationalError(self.problem)
            rows = [self._row(recorded, day) for recorded, day in self._unwritten]
            # Before the file was read, nobody could know how much of it is delivered.
            settled = max(settled, self.standing.settled)
            self._file.write(rows, min(settled, self.last), facts)
        except sqlite3.Error as error:
            self._failed(error)
            while len(self._unwritten) > UNWRITTEN:
                self._unwritten.popleft()
                self.lost += 1
            return False
        if self.problem is not None:
            log.info("events are written to %s again", self._path)
        self.problem = None
        self.standing = self._file.standing
        self._unwritten.clear()
        self._prune(self._file, len(rows))
        return True

    def _numbered(
        self, events: Iterable[tuple[Recorded, str | None]], last: int
    ) -> list[tuple[Recorded, str | None]]:
        return [
            (replace(one, event=msgspec.structs.replace(one.event, seq=last + number)), day)
            for number, (one, day) in enumerate(events, 1)
        ]

    def _row(self, recorded: Recorded, day: str | None) -> Row:
        event = recorded.event
        return Row(event.seq, change_of(event), day, self._boot, recorded.at_s, encode(event))

    def _recorded(self, row: Row) -> Recorded | None:
        try:
            event = decode_event(row.payload)
        except msgspec.DecodeError as error:
            log.error("event %d of the journal can't be read: %s", row.seq, error)
            return None
        return Recorded(event, row.at_s, current=event.id.startswith(f"{self._run}-"))

    def _prune(self, file: JournalFile, written: int) -> None:
        self._since_prune += written
        if self._since_prune >= PRUNE_EVERY:
            self._since_prune = 0
            with suppress(sqlite3.Error):  # tried again later
                lost = file.prune()
                self.lost += lost
                if lost:
                    log.error(
                        "%d events were given up: the broker has not taken any for so long", lost
                    )

    def _date_the_undated(self, file: JournalFile) -> None:
        """What happened in this boot before the clock could be relied on."""
        now_s = self._clock.now()
        days = {seq: self.day(now_s - at_s) for seq, at_s in file.undated(self._boot)}
        file.date({seq: day for seq, day in days.items() if day is not None})

    def _failed(self, error: sqlite3.Error) -> None:
        words = f"{self._path}: {error}"
        if self.problem is None:
            log.error("%s: events are kept in memory until it can be written", words)
            self.problem = words
        self.close()
        if type(error) is sqlite3.DatabaseError:  # damaged; its subclasses are other faults
            self._set_aside()

    def _set_aside(self) -> None:
        """Begin a new file; the totals go on where they can be read."""
        standing = self.standing if self.known else read_standing(self._path)
        aside = _free_name(self._path)
        try:
            for ending in ("", "-wal", "-shm"):
                part = self._path.with_name(self._path.name + ending)
                if part.exists():
                    part.rename(aside.with_name(aside.name + ending))
            file = JournalFile(self._path)
            file.begin(standing or Standing(0, 0, 0))
        except (OSError, sqlite3.Error) as error:
            log.error("no new journal could be begun: %s", error)
            return
        self._file = file
        found = "its totals could be read" if standing else "its totals are lost: they begin at 0"
        log.error("the damaged journal was set aside as %s; %s", aside, found)


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in range(1, 1000))
    return next((name for name in names if not name.exists()), path.with_name(path.name + ".old"))
