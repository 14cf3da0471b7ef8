"""Looks after the capture thread: replaces one that is stuck, or says that the process must end."""

import itertools
import logging
from collections.abc import Callable, Iterator

from edgecv.backoff import Backoff
from edgecv.capture.connection import CaptureStatus
from edgecv.capture.source import Source, SourceInfo
from edgecv.capture.worker import CaptureWorker
from edgecv.clock import Clock
from edgecv.frames import Frame, LatestFrame
from edgecv.watchdog import Pulse, Stuck

log = logging.getLogger("edgecv.capture")

GIVEN_UP = 5
"""So many abandoned threads are too many: each keeps its memory, and a connection."""


class Capture:
    """Used by the main thread; what is only read may be read by any."""

    def __init__(
        self,
        sources: Iterator[Source],
        slot: LatestFrame,
        clock: Clock,
        changed: Callable[[], None],
        *,
        captured: Callable[[Frame], None] | None = None,
        patient: bool = True,
    ) -> None:
        """`sources` gives one for each thread that is needed. `changed` is called on the capture
        thread whenever the status has changed, `captured` for every frame; one that is not
        `patient` ends when the source can't be opened the first time.
        """
        self._captured = captured
        self._patient = patient
        self._sources = sources
        self._slot = slot
        self._clock = clock
        self._changed = changed
        self._numbers = itertools.count(1)
        self._backoff = Backoff()
        self._gone_stalls = 0
        self._gone_reconnects = 0
        self._paused = False
        self.abandoned = 0
        """Threads that were given up because a call did not return."""
        self._worker = self._make_worker()

    def start(self) -> None:
        self._worker.start()

    def ask_to_stop(self) -> None:
        self._worker.ask_to_stop()

    def pause(self, on: bool) -> None:
        """Ask for the source to be released until further notice, or to be opened again."""
        self._paused = on
        self._worker.pause(on)

    def join(self, timeout_s: float) -> bool:
        """True when the source is released and the thread has ended."""
        return self._worker.join(timeout_s)

    @property
    def pulse(self) -> Pulse:
        return self._worker.pulse

    def replace(self, stuck: Stuck) -> bool:
        """Abandon a thread that is stuck, and open the source on another. False for a device, which
        can't be opened a second time: only the end of the process frees it."""
        if self._worker.source.device is not None or self.abandoned >= GIVEN_UP:
            return False
        log.error("%s: abandoned, opening it anew; it is in %s", stuck.words, stuck.stack)
        self.abandoned += 1
        self._gone_stalls += self._worker.stalls
        self._gone_reconnects += self._worker.reconnects + 1
        self._worker.abandon()
        self._worker = self._make_worker()
        self._worker.start()
        return True

    @property
    def source(self) -> Source:
        return self._worker.source

    @property
    def info(self) -> SourceInfo | None:
        return self._worker.info

    @property
    def status(self) -> CaptureStatus:
        return self._worker.status

    @property
    def covered(self) -> bool:
        return self._worker.covered

    @property
    def failure(self) -> Exception | None:
        return self._worker.failure

    @property
    def stalls(self) -> int:
        return self._gone_stalls + self._worker.stalls

    @property
    def reconnects(self) -> int:
        return self._gone_reconnects + self._worker.reconnects

    @property
    def release_s(self) -> float | None:
        return self._worker.release_s

    @property
    def still_held(self) -> int:
        return self._worker.still_held

    def rate(self, now_s: float) -> float:
        """Frames per second that the source gives."""
        return self._worker.rate.rate(now_s)

    def _make_worker(self) -> CaptureWorker:
        worker = CaptureWorker(
            next(self._sources),
            self._slot,
            self._clock,
            self._changed,
            captured=self._captured,
            patient=self._patient or self.abandoned > 0,
            backoff=self._backoff,
            numbers=self._numbers,
        )
        worker.pause(self._paused)
        return worker
