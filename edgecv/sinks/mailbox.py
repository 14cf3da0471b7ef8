"""What the loop hands to a sink: never blocks the loop, never loses an event silently."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from edgecv.events import Recorded, Refusal, Result, State, Stats

EVENTS_KEPT = 1000
"""Events that wait for a sink that stands still. They are in the journal as well."""
RESULTS_KEPT = 50


class Sink(Protocol):
    """Where events, state and stats go; on a thread of its own behind a mailbox."""

    @property
    def mailbox(self) -> "Mailbox": ...

    @property
    def stats_interval_s(self) -> float:
        """How often it wants stats."""
        ...

    @property
    def answers(self) -> bool:
        """It takes results of commands, and pictures."""
        ...

    def start(self) -> None: ...

    def stop(self, timeout_s: float) -> bool:
        """Deliver what is in the mailbox and end, within `timeout_s`; False if it did not end."""
        ...


class Mailbox:
    """Events and results in order, the latest state, stats and pictures; one thread takes, any may
    put."""

    def __init__(
        self, events_kept: int = EVENTS_KEPT, on_change: Callable[[], None] | None = None
    ) -> None:
        """`on_change` is for a thread that can't sit in `wait`: called on every put and `wake`.

        It runs in the thread that puts, so it must not block, nor use the mailbox.
        """
        self._changed = threading.Condition()
        self._on_change = on_change
        self._events: deque[Recorded] = deque()
        self._events_kept = events_kept
        self._results: deque[Result | Refusal] = deque(maxlen=RESULTS_KEPT)
        self._pictures: dict[str, bytes] = {}
        self._state: State | None = None
        self._stats: Stats | None = None
        self._woken = False
        self.dropped = 0
        """Events given up, the oldest first, because nobody took them."""

    def put_event(self, event: Recorded) -> None:
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

    def put_result(self, result: Result | Refusal) -> None:
        """What became of a command, or of a movement."""
        with self._changed:
            self._results.append(result)
            self._tell()

    def put_picture(self, name: str, jpeg: bytes) -> None:
        """A newer picture of a name replaces an older one that nobody took."""
        with self._changed:
            self._pictures[name] = jpeg
            self._tell()

    def wake(self) -> None:
        """End the wait in `wait`, once."""
        with self._changed:
            self._woken = True
            self._tell()

    def wait(self, timeout_s: float | None) -> None:
        """Until something is there, somebody calls `wake`, or `timeout_s` have passed."""
        with self._changed:
            self._changed.wait_for(self._has_mail, timeout_s)
            self._woken = False

    def take_event(self) -> Recorded | None:
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

    def take_result(self) -> Result | Refusal | None:
        """The oldest result; None when there is none."""
        with self._changed:
            return self._results.popleft() if self._results else None

    def take_pictures(self) -> dict[str, bytes]:
        """The latest picture of each name."""
        with self._changed:
            pictures, self._pictures = self._pictures, {}
            return pictures

    def _has_mail(self) -> bool:
        return bool(
            self._woken
            or self._events
            or self._results
            or self._pictures
            or self._state
            or self._stats
        )

    def _tell(self) -> None:
        self._changed.notify_all()
        if self._on_change is not None:
            self._on_change()
