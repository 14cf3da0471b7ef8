"""Time, passed in wherever it matters, so that tests need not sleep."""

import threading
import time
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """What the loops know of time."""

    def now(self) -> float:
        """Seconds on a monotonic clock; only differences mean something."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set (True) or `seconds` have passed (False)."""
        ...

    def wall(self) -> datetime:
        """The wall-clock time in UTC, to be written beside what happened, never compared."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(max(0.0, seconds))

    def wall(self) -> datetime:
        return datetime.now(timezone.utc)


class FakeClock:
    """A clock that stands still but for `advance` and for those who wait: waiting takes no time."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not event.is_set():
            self.advance(max(0.0, seconds))
        return event.is_set()

    def wall(self) -> datetime:
        return datetime.fromtimestamp(self.now(), timezone.utc)
