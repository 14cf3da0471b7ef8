"""The capture thread: opens the source, puts its frames into the slot, releases it."""

import itertools
import logging
import threading
import zlib
from collections.abc import Callable

from edgecv.backoff import Backoff
from edgecv.capture.connection import CaptureStatus, Connection, FrozenPicture
from edgecv.capture.source import EndOfSource, Grab, Source, SourceInfo
from edgecv.clock import Clock
from edgecv.errors import SourceError
from edgecv.frames import Content, Frame, Jpeg, LatestFrame
from edgecv.host.held import held_by_us
from edgecv.loop import Loop
from edgecv.rates import RateMeter
from edgecv.watchdog import Pulse

log = logging.getLogger("edgecv.capture")

HAND_OVER_S = 10.0
"""What takes no time, in a machine that stands still for a while."""
REST_S = 3600.0
"""How often a paused thread comes round."""


class CaptureWorker:
    """Owner of the source: nobody else opens, reads or releases it.

    A live source is opened again, for ever, when it fails; a recording is read once.
    """

    def __init__(
        self,
        source: Source,
        slot: LatestFrame,
        clock: Clock,
        changed: Callable[[], None],
        *,
        captured: Callable[[Frame], None] | None = None,
        patient: bool = True,
        backoff: Backoff | None = None,
        numbers: "itertools.count[int] | None" = None,
    ) -> None:
        """`changed` is called on this thread whenever `status` has changed, `captured` for every
        frame. One that is not `patient` ends when the source can't be opened the first time.
        `numbers` numbers the frames.
        """
        self._captured = captured
        self._patient = patient
        self.source = source
        self._slot = slot
        self._clock = clock
        self._changed = changed
        self._numbers = numbers or itertools.count(1)
        self._connection = Connection(backoff or Backoff(), clock.now())
        self._frozen = FrozenPicture()
        self._held_before: set[str] = set()
        self._sample: bytes = b""
        self._reopened_frozen = False
        self._wake = threading.Event()
        self._pause_asked = False
        self._abandoned = False
        self._loop = Loop("capture", self._run, self._end)
        self.pulse = Pulse(clock)
        self.rate = RateMeter()
        self.info: SourceInfo | None = None
        """Set while the source is open."""
        self.release_s: float | None = None
        """How long the last release took."""
        self.still_held = 0
        """Times that the device was held by us after it was released."""
        self.covered = False
        """The picture stays the same although the source was opened anew: the camera is frozen, or
        something covers it."""

    def start(self) -> None:
        self._loop.start()

    def ask_to_stop(self) -> None:
        """Returns at once."""
        self._loop.ask_to_stop()
        self._wake.set()

    def pause(self, on: bool) -> None:
        """Ask for the source to be released until further notice, or to be opened again."""
        self._pause_asked = on
        self._wake.set()

    def abandon(self) -> None:
        """Nothing that this thread still does shall matter. It is in a call that does not return;
        if it ever does, the thread releases the source and ends."""
        self._abandoned = True
        self.ask_to_stop()

    def join(self, timeout_s: float) -> bool:
        """True when the source is released and the thread has ended."""
        return self._loop.join(timeout_s)

    @property
    def failure(self) -> Exception | None:
        """Why capture ended; None when the source came to its end or was told to stop."""
        return self._loop.failure

    @property
    def status(self) -> CaptureStatus:
        return self._connection.status

    @property
    def stalls(self) -> int:
        return self._connection.stalls

    @property
    def reconnects(self) -> int:
        return max(0, self._connection.opened - 1)

    def _run(self, stop: threading.Event) -> None:
        if self.source.live:
            while not stop.is_set():
                if self._pause_asked:
                    self._rest(stop)
                else:
                    self._live(stop)
        else:
            self._recording(stop)

    def _end(self) -> None:
        self.pulse.rest()
        reason = str(self.failure or "")
        self._connection.closed(self._clock.now(), reason)
        if not self._abandoned:
            self._slot.end()
        self._changed()

    def _recording(self, stop: threading.Event) -> None:
        try:
            self._open(stop)
            while not stop.is_set():
                grab = self._read(stop)
                if grab is not None:
                    self._connection.frame(self._clock.now())
                    self._put(grab)
        except EndOfSource:
            pass
        except SourceError:
            if not stop.is_set():
                raise
        finally:
            self._release()

    def _live(self, stop: threading.Event) -> None:
        """One connection, and the wait after it."""
        try:
            self._open(stop)
            reason = self._follow(stop)
        except EndOfSource:
            self.ask_to_stop()
            return
        except SourceError as error:
            if not (self._patient or self._connection.opened or stop.is_set()):
                raise
            reason = str(error)
        finally:
            self._release()
        if reason and not stop.is_set():
            wait_s = self._connection.failed(self._clock.now(), reason)
            log.warning("%s; trying again in %.1f s", reason, wait_s)
            self._changed()
            self._wait(stop, wait_s, paused=False)

    def _rest(self, stop: threading.Event) -> None:
        self._connection.paused(self._clock.now())
        self._changed()
        self._wait(stop, REST_S, paused=True)

    def _follow(self, stop: threading.Event) -> str:
        """Pass frames on until the source has to be opened anew; gives the reason."""
        while not (stop.is_set() or self._pause_asked):
            grab = self._read(stop)
            now_s = self._clock.now()
            before = (self.status.state, self.covered)
            if grab is None:
                if self._connection.nothing(now_s) and not stop.is_set():
                    return f"{self.source.name} gives no frames"
            else:
                self._connection.frame(now_s)
                self._put(grab)
                if self._is_frozen(now_s, grab.content) and not self.covered:
                    if not self._reopened_frozen:
                        self._reopened_frozen = True
                        return f"{self.source.name} gives the same picture all the time"
                    self.covered = True
                    log.warning("%s is frozen, or something covers it", self.source.name)
            if (self.status.state, self.covered) != before:
                self._changed()
        return ""

    def _open(self, stop: threading.Event) -> None:
        if stop.is_set():
            return
        self._connection.opening(self._clock.now())
        self._changed()
        self._held_before = self._held()
        self._in("open", self.source.bounds.open_s)
        self.info = self.source.open(stop)

    def _read(self, stop: threading.Event) -> Grab | None:
        self._in("read", self.source.bounds.read_s)
        return self.source.read(stop)

    def _in(self, call: str, bound_s: float) -> None:
        self.pulse(f"{call} of {self.source.name}", bound_s)

    def _put(self, grab: Grab) -> None:
        now_s = self._clock.now()
        self.rate.add(now_s)
        time_s = now_s if grab.recorded_s is None else grab.recorded_s
        if self._abandoned:
            return
        if self.source.live:
            self.pulse("handing a frame on", HAND_OVER_S)
        else:
            self.pulse.rest()  # a recording waits for whoever takes its frames
        frame = Frame(next(self._numbers), now_s, time_s, grab.content)
        self._slot.put(frame)
        if self._captured is not None:
            self._captured(frame)

    def _release(self) -> None:
        began_s = self._clock.now()
        self._in("release", self.source.bounds.read_s)
        self.source.release()
        self.release_s = self._clock.now() - began_s
        if self.info is not None:
            log.info("released %s in %.0f ms", self.source.name, self.release_s * 1e3)
        self.info = None
        self.rate.pause()
        held = self._held() - self._held_before
        if held:
            self.still_held += 1
            where = ", ".join(sorted(held))
            log.error("%s is still held after its release: %s", self.source.device, where)

    def _held(self) -> set[str]:
        return set(held_by_us(self.source.device)) if self.source.device else set()

    def _wait(self, stop: threading.Event, seconds: float, *, paused: bool) -> None:
        """Until `seconds` have passed, or there is another wish than `paused` says."""
        self._wake.clear()
        self.pulse("a wait", seconds + HAND_OVER_S)
        if not stop.is_set() and self._pause_asked == paused:
            self._clock.wait(self._wake, seconds)

    def _is_frozen(self, now_s: float, content: Content) -> bool:
        """Most pictures differ in a small sample already; only those that don't are looked at
        in full."""
        data = memoryview(content.data) if isinstance(content, Jpeg) else content.reshape(-1).data
        sample = bytes(data[:: len(data) // 512 + 1])
        if sample != self._sample:
            self._sample = sample
            self._frozen.moved()
            self._reopened_frozen = self.covered = False
            return False
        return self._frozen.update(now_s, zlib.crc32(data))
