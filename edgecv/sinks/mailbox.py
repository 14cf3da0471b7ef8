"""What the loop hands to a sink: never blocks the loop, never loses an event silently."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from edgecv.events import Event, State, Stats

EVENTS_KEPT = 10_000
"""Events that wait for a broker that is away: some 8 hours of hard training, about 4 MB."""


class Sink(Protocol):
    """Where events, state and stats go; on a thread of its own behind a mailbox."""

    @property
    def mailbox(self) -> "Mailbox": ...

    @property
    def stats_interval_s(self) -> float:
        """How often it wants stats."""
        ...

    @property
    def events_waiting(self) -> int:
        """Events that somebody has still to acknowledge."""
        ...

    @property
    def events_dropped(self) -> int:
        """Events given up."""
        ...

    def start(self) -> None: ...

    def stop(self, timeout_s: float) -> bool:
        """Deliver what is in the mailbox and end, within `timeout_s`; False if it did not end."""
        ...


class Mailbox:
    """Events in order, the latest state, the latest stats; one thread takes, any may put."""

    def __init__(
        self, events_kept: int = EVENTS_KEPT, on_change: Callable[[], None] | None = None
    ) -> None:
        """`on_change` is for a thread that can't sit in `wait`: called on every put and `wake`.

        It runs in the thread that puts, so it must not block, nor use the mailbox.
        """
        self._changed = threading.Condition()
        self._on_change = on_change
        self._events: deque[Event] = deque()
        self._events_kept = events_kept
        self._state: State | None = None
        self._stats: Stats | None = None
        self._woken = False
        self.dropped = 0
        """Events given up, the oldest first, because nobody took them."""

    def put_event(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
            if len(self._events) > self._events_kept:
                self._events.popleft()
                self.dropped += 1
            self._tell()

    def put_state(self, state: State) -> None:
        """A newer state replaces an older one that nobody took."""
        with self._changed:
            self._state = state
            self._tell()

    def put_stats(self, stats: Stats) -> None:
        """Newer stats replace older ones that nobody took."""
        with self._changed:
            self._stats = stats
            self._tell()

    def wake(self) -> None:
        """End the wait in `wait`, once."""
        with self._changed:
            self._woken = True
            self._tell()

    def wait(self, timeout_s: float | None) -> None:
        """Until something is there, somebody calls `wake`, or `timeout_s` have passed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._woken or self._events or self._state or self._stats, timeout_s
            )
            self._woken = False

    def take_event(self) -> Event | None:
        """The oldest event; None when there is none."""
        with self._changed:
            return self._events.popleft() if self._events else None

    def take_state(self) -> State | None:
        with self._changed:
            state, self._state = self._state, None
            return state

    def take_stats(self) -> Stats | None:
        with self._changed:
            stats, self._stats = self._stats, None
            return stats

    @property
    def events_waiting(self) -> int:
        with self._changed:
            return len(self._events)

    def _tell(self) -> None:
        self._changed.notify_all()
        if self._on_change is not None:
            self._on_change()
