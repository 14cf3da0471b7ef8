"""The capture thread: opens the source, puts its frames into the slot, releases it."""

import logging
import threading
from collections.abc import Callable

from edgecv.capture.source import Source, SourceInfo
from edgecv.clock import Clock
from edgecv.frames import Frame, LatestFrame
from edgecv.loop import Loop
from edgecv.rates import RateMeter

log = logging.getLogger("edgecv.capture")


class CaptureWorker:
    """Owner of the source: nobody else opens, reads or releases it."""

    def __init__(
        self, source: Source, slot: LatestFrame, clock: Clock, changed: Callable[[], None]
    ) -> None:
        """`changed` is called on this thread when `info` is known and when capture has ended."""
        self._source = source
        self._slot = slot
        self._clock = clock
        self._changed = changed
        self._loop = Loop("capture", self._run, changed)
        self.rate = RateMeter()
        self.info: SourceInfo | None = None
        """Set while the source is open."""

    def start(self) -> None:
        self._loop.start()

    def ask_to_stop(self) -> None:
        self._loop.ask_to_stop()

    def join(self, timeout_s: float) -> bool:
        """True when the source is released and the thread has ended."""
        return self._loop.join(timeout_s)

    @property
    def failure(self) -> Exception | None:
        """Why capture ended; None when the source came to its end or was told to stop."""
        return self._loop.failure

    def _run(self, stop: threading.Event) -> None:
        try:
            if stop.is_set():
                return
            self.info = self._source.open()
            self._changed()
            self._read(stop)
        finally:
            began_s = self._clock.now()
            self._source.release()
            log.debug("released %s in %.3f s", self._source.name, self._clock.now() - began_s)
            self.info = None
            self._slot.end()

    def _read(self, stop: threading.Event) -> None:
        number = 0
        while not stop.is_set():
            grab = self._source.read(stop)
            if grab is None:
                return
            now_s = self._clock.now()
            number += 1
            self.rate.add(now_s)
            time_s = now_s if grab.recorded_s is None else grab.recorded_s
            if not self._slot.put(Frame(number, now_s, time_s, grab.image)):
                return
