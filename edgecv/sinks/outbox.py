"""Which events of the journal the broker still has to be given."""

import threading
from collections import deque
from collections.abc import Callable

from edgecv.events import Recorded

WINDOW = 200
"""Events that lie ready in memory; more are fetched from the file when these are taken."""


class Outbox:
    """Between the journal's thread, which fills it, and the one that delivers.

    Events are taken in order. Each is settled when the broker has acknowledged it; `again` starts
    over with those that are not.
    """

    def __init__(self, want_more: Callable[[], None]) -> None:
        """`want_more` is called, on any thread, when events are to be fetched."""
        self._want_more = want_more
        self._lock = threading.Lock()
        self._ready: deque[Recorded] = deque()
        self._taken: dict[int, Recorded] = {}
        self._ahead: set[int] = set()
        """Settled out of order: above the mark."""
        self._mark = 0
        self._fetched = 0
        """Number of the last event that was put into `_ready`."""
        self._last = 0
        self.on_change: Callable[[], None] = lambda: None
        """Called, on the journal's thread, when something can be taken."""

    # What delivers

    def take(self) -> Recorded | None:
        """The next event, which is in flight from now on; None when none is ready."""
        with self._lock:
            if self._ready:
                recorded = self._ready.popleft()
                self._taken[recorded.event.seq] = recorded
                return recorded
            more = self._fetched < self._last
        if more:
            self._want_more()
        return None

    def settle(self, seq: int) -> None:
        """The broker has it."""
        with self._lock:
            if self._taken.pop(seq, None) is not None:
                self._ahead.add(seq)
            while self._mark + 1 in self._ahead:
                self._mark += 1
                self._ahead.remove(self._mark)

    def again(self) -> None:
        """The connection broke: what is in flight is to be taken once more, and first."""
        with self._lock:
            self._ready.extendleft(self._taken[seq] for seq in sorted(self._taken, reverse=True))
            self._taken.clear()

    @property
    def waiting(self) -> int:
        """Events that are not settled."""
        with self._lock:
            return self._last - self._mark - len(self._ahead)

    # The journal

    @property
    def mark(self) -> int:
        """Every event up to this number is settled."""
        with self._lock:
            return self._mark

    def begin(self, mark: int, last: int) -> None:
        """Where the journal stands."""
        with self._lock:
            self._mark = self._fetched = mark
            self._last = last
        self.on_change()

    def skip(self) -> None:
        """All that is there needs no delivery."""
        with self._lock:
            self._mark = self._fetched = self._last
            self._ahead.clear()

    def offer(self, recorded: Recorded) -> None:
        """A new event is in the journal."""
        with self._lock:
            self._last = recorded.event.seq
            if self._fetched == self._last - 1 and len(self._ready) < WINDOW:
                self._ready.append(recorded)
                self._fetched = self._last
        self.on_change()

    def wanted(self) -> int | None:
        """The number after which events are to be fetched; None when none are."""
        with self._lock:
            return self._fetched if not self._ready and self._fetched < self._last else None

    def fill(self, events: list[Recorded]) -> None:
        """Those that were wanted, in order. What the file does not have is passed over."""
        with self._lock:
            for recorded in events:
                for missing in range(self._fetched + 1, recorded.event.seq):
                    self._ahead.add(missing)
                self._ready.append(recorded)
                self._fetched = recorded.event.seq
            if not events:
                self._ahead.update(range(self._fetched + 1, self._last + 1))
                self._fetched = self._last
            while self._mark + 1 in self._ahead:
                self._mark += 1
                self._ahead.remove(self._mark)
        self.on_change()
