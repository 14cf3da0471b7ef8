"""Time, passed in wherever it matters, so that tests need not sleep."""

import ctypes
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Protocol

_UNSYNCHRONISED = 0x40
"""STA_UNSYNC of adjtimex(2): set until something like NTP has set the clock."""
_STATUS_AT = 10
"""Where the status stands in struct timex of 64-bit Linux, in 32-bit words."""
_OLDEST_YEAR = 2025
"""A real-time clock that says less has lost its battery."""


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

    def synced(self) -> bool:
        """The wall-clock time can be relied on."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(max(0.0, seconds))

    def wall(self) -> datetime:
        return datetime.now(timezone.utc)

    def synced(self) -> bool:
        """By the network, or set at boot from a real-time clock that has kept the time."""
        return _synchronised_by_network() or (
            self.wall().year >= _OLDEST_YEAR and _set_from_real_time_clock()
        )


class FakeClock:
    """A clock that stands still but for `advance` and for those who wait: waiting takes no time."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        self.step_s = 0.0
        """By how much the wall clock was set forward."""
        self.is_synced = True

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
        return datetime.fromtimestamp(self.now() + self.step_s, timezone.utc)

    def synced(self) -> bool:
        return self.is_synced


def _synchronised_by_network() -> bool:
    timex = (ctypes.c_int32 * 64)()  # all zero: only ask
    try:
        state: int = ctypes.CDLL(None).adjtimex(timex)
    except (OSError, AttributeError):
        return False
    return state >= 0 and not timex[_STATUS_AT] & _UNSYNCHRONISED


def _set_from_real_time_clock(folder: Path = Path("/sys/class/rtc")) -> bool:
    """Whether the kernel took its time from one at boot."""
    try:
        return any(
            file.read_text(encoding="ascii").strip() == "1" for file in folder.glob("*/hctosys")
        )
    except OSError:
        return False
