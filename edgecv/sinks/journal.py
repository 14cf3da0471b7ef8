"""The journal: an event exists from the moment it is written here, and is told of only then."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from edgecv.clock import Clock
from edgecv.events import Event, JournalStats, Recorded
from edgecv.loop import Loop
from edgecv.sinks.ledger import Ledger, log
from edgecv.sinks.outbox import WINDOW, Outbox
from edgecv.watchdog import Pulse

DISK_S = 60.0
"""A disk may stand still for so long: cards do for many seconds when they tidy up."""
QUEUE = 1000
"""Events that wait for a disk that stands still."""
OPEN_S = 5.0
TICK_S = 10.0
"""How often acknowledgements are written, the date is looked at, and a bad disk is tried again."""
ALIVE_S = 600.0
"""How often a sign of life is written when nothing else is."""


class Journal:
    """One thread owns the file. May be used from any other; only `start`, `drain` and `stop` wait.

    While the disk takes nothing, events are told of all the same.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        run: str,
        boot: str,
        deliver: bool,
    ) -> None:
        """`run` stands in every id and is new at every start; `boot` is the kernel's boot id.
        Without `deliver` no event waits for a broker.
        """
        self._clock = clock
        self._run_id = run
        self._deliver = deliver
        self._announce: Callable[[Recorded], None] = lambda _: None
        self._changed: Callable[[], None] = lambda: None
        self._ledger = Ledger(path, clock, run=run, boot=boot)
        self._work = threading.Condition()
        self._queue: deque[tuple[Event, float]] = deque()
        self._facts: dict[str, str | None] = {}
        self._fetch = self._stopping = False
        self._busy = True
        self._begun = False
        self._opened = threading.Event()
        self._loop = Loop("journal", self._run, self._ended)
        self.pulse = Pulse(clock)
        self._ids = 0
        self._alive_s = self._looked_s = clock.now()
        self._overflow = 0
        self.outbox = Outbox(self._fetch_more)

    def start(
        self, announce: Callable[[Recorded], None], changed: Callable[[], None]
    ) -> Mapping[str, str]:
        """Open the file; gives what was remembered, or nothing when the disk stands still.

        On the journal's thread `announce` is called for each new event, `changed` when the totals
        or the problem are other than before.
        """
        self._announce = announce
        self._changed = changed
        self._loop.start()
        if not self._opened.wait(OPEN_S):
            log.error("the journal could not be opened within %.0f s: going on without", OPEN_S)
            return {}
        return self._ledger.remembered

    def record(self, event: Event) -> None:
        """Have an event written, with an id and the time."""
        now_s = self._clock.now()
        time = self._clock.wall().isoformat(timespec="milliseconds")
        synced = self._clock.synced()
        with self._work:
            self._ids += 1
            stamped: Event = msgspec.structs.replace(
                event, id=f"{self._run_id}-{self._ids}", time=time, clock_synced=synced
            )
            if len(self._queue) < QUEUE:
                self._queue.append((stamped, now_s))
                self._work.notify_all()
            else:
                self._overflow += 1
                log.error("event %s is lost: the disk stands still", stamped.id)

    def remember(self, name: str, value: str | None) -> None:
        """Have a fact kept over restarts; None forgets it."""
        with self._work:
            self._facts[name] = value
            self._work.notify_all()

    @property
    def remembered(self) -> Mapping[str, str]:
        """The facts that were kept when it was opened."""
        return self._ledger.remembered

    @property
    def total(self) -> int | None:
        """Reps in all; None as long as the file could not be read."""
        return self._ledger.total

    @property
    def today(self) -> int | None:
        """Reps since midnight, local time; None while the clock can't be relied on."""
        return self._ledger.today

    @property
    def problem(self) -> str | None:
        """Why nothing is written, in words; None while all is well."""
        return self._ledger.problem

    @property
    def stats(self) -> JournalStats:
        return JournalStats(
            waiting=self.outbox.waiting,
            dropped=self._overflow + self._ledger.lost,
            unwritten=self._ledger.unwritten + len(self._queue),
        )

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was recorded has been told of."""
        with self._work:
            return self._work.wait_for(
                lambda: self._loop.over or not (self._queue or self._busy), timeout_s
            )

    def stop(self, timeout_s: float) -> bool:
        """Write what there is and close; False if that took longer."""
        with self._work:
            self._stopping = True
            self._work.notify_all()
        return self._loop.join(timeout_s)

    @property
    def failure(self) -> Exception | None:
        """The bug that ended it; None while it goes on, and when it was stopped."""
        return self._loop.failure

    def _fetch_more(self) -> None:
        with self._work:
            self._fetch = True
            self._work.notify_all()

    def _ended(self) -> None:
        self.pulse.rest()
        self._opened.set()
        with self._work:
            self._work.notify_all()

    def _run(self, _stop: threading.Event) -> None:
        ledger = self._ledger
        self.pulse("opening the file", DISK_S)
        ledger.open()
        ledger.look_at_the_date()
        self._begin()
        self._opened.set()
        self._changed()
        stopping = False
        while not stopping:
            with self._work:
                self._busy = False
                self._work.notify_all()
                wait_s = max(0.05, self._looked_s + TICK_S - self._clock.now())
                self.pulse("waiting for events", wait_s + DISK_S)
                self._work.wait_for(self._has_work, wait_s)
                self._busy = True
                stopping = self._stopping
                self._fetch = False
                queued = list(self._queue)
                facts, self._facts = self._facts, {}
            self.pulse("writing to the disk", DISK_S)
            self._write(queued, facts, stopping)
        ledger.close()

    def _has_work(self) -> bool:
        return bool(self._queue or self._facts or self._fetch or self._stopping)

    def _write(
        self, queued: list[tuple[Event, float]], facts: dict[str, str | None], stopping: bool
    ) -> None:
        ledger = self._ledger
        before = (ledger.total, ledger.today, ledger.problem)
        now_s = self._clock.now()
        due = stopping or now_s - self._looked_s >= TICK_S
        alive = stopping or now_s - self._alive_s >= ALIVE_S
        mark = self.outbox.mark
        outstanding = due and (ledger.unwritten or mark != ledger.standing.settled)
        if queued or facts or alive or outstanding:
            recorded, written = ledger.write(queued, mark, {**self._sign_of_life(), **facts})
            with self._work:
                for _ in queued:
                    self._queue.popleft()
                if not written:
                    self._facts = {**facts, **self._facts}
            self._alive_s = now_s
            self._begin()
            for one in recorded:
                if one.event.seq:
                    self.outbox.offer(one)
                self._announce(one)
            if not self._deliver:
                self.outbox.skip()
        if due:
            self._looked_s = now_s
            ledger.look_at_the_date()
        after = self.outbox.wanted()
        if after is not None and (events := ledger.fetch(after, WINDOW)) is not None:
            self.outbox.fill(events)
        if (ledger.total, ledger.today, ledger.problem) != before:
            self._changed()

    def _begin(self) -> None:
        """Once the file was read it is known what is to be delivered."""
        if self._ledger.known and not self._begun:
            self._begun = True
            standing = self._ledger.standing
            self.outbox.begin(standing.settled if self._deliver else standing.seq, standing.seq)

    def _sign_of_life(self) -> dict[str, str | None]:
        if not self._clock.synced():
            return {}
        return {"alive": self._clock.wall().isoformat(timespec="seconds")}
