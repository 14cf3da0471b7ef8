"""The status file: written once a second, whole or not at all, for commands on the same box."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from edgecv.clock import Clock
from edgecv.events import Event, State, Stats
from edgecv.host.whole_file import write_whole
from edgecv.loop import Loop
from edgecv.sinks.mailbox import Mailbox
from edgecv.status import FILE, StatusDocument, encode_status
from edgecv.watchdog import Pulse, Stuck

log = logging.getLogger("edgecv.status")

PERIOD_S = 1.0
WRITE_S = 30.0
EVENTS = 10

Collect = Callable[[State, Stats | None, list[Event]], StatusDocument]


class StatusFile:
    """A `Sink`. The folder is meant to be in memory: nothing here is kept over a reboot."""

    stats_interval_s = PERIOD_S
    answers = False

    def __init__(self, folder: Path, clock: Clock, collect: Collect) -> None:
        """`collect` makes the document; it is called on this thread."""
        self.mailbox = Mailbox()
        self.path = folder / FILE
        self._clock = clock
        self._collect = collect
        self._state = State()
        self._stats: Stats | None = None
        self._events: deque[Event] = deque(maxlen=EVENTS)
        self._wake = threading.Event()
        self._failing = False
        self.pulse = Pulse(clock)
        self._loop = self._make_loop()

    def start(self) -> None:
        self._loop.start()

    def stop(self, timeout_s: float) -> bool:
        """Write it once more, and end."""
        self._loop.ask_to_stop()
        self._wake.set()
        return self._loop.join(timeout_s)

    def replace(self, stuck: Stuck) -> bool:
        """Another thread goes on in place of one that is stuck."""
        log.error("%s: another thread takes over; it is in %s", stuck.words, stuck.stack)
        self._loop.ask_to_stop()
        self.pulse = Pulse(self._clock)
        self._loop = self._make_loop()
        self._loop.start()
        return True

    def _make_loop(self) -> Loop:
        return Loop("status", lambda stop: self._run(stop, self.pulse), lambda: None)

    def _run(self, stop: threading.Event, pulse: Pulse) -> None:
        while not stop.is_set():
            pulse("waiting", PERIOD_S + WRITE_S)
            self._clock.wait(self._wake, PERIOD_S)
            pulse(f"writing {self.path}", WRITE_S)
            self._take()
            self._write()
        pulse.rest()

    def _take(self) -> None:
        self._state = self.mailbox.take_state() or self._state
        self._stats = self.mailbox.take_stats() or self._stats
        while (recorded := self.mailbox.take_event()) is not None:
            self._events.append(recorded.event)

    def _write(self) -> None:
        document = self._collect(self._state, self._stats, list(self._events))
        try:
            self.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            write_whole(self.path, encode_status(document), 0o644)
        except OSError as error:
            if not self._failing:
                log.warning("no status file: %s: %s", self.path, error.strerror)
            self._failing = True
        else:
            self._failing = False
