"""What the parts say of themselves, put together into stats."""

from collections import deque
from dataclasses import asdict

from edgecv.clock import Clock
from edgecv.command_desk import CommandDesk
from edgecv.events import CaptureStats, FrameBooks, JournalStats, SerialStats, Stats
from edgecv.frames import Books
from edgecv.host.memory import resident_mb
from edgecv.host.temperature import temperature_c
from edgecv.loops import Loops

HOUR_S = 3600.0
MINUTE_S = 60.0
SAMPLE_S = 1.0


class Growth:
    """By how much a figure that only grows has grown within the last `span_s`. Pure."""

    def __init__(self, span_s: float, now_s: float) -> None:
        self._span_s = span_s
        self._samples: deque[tuple[float, int]] = deque([(now_s, 0)])

    def update(self, now_s: float, value: int) -> int:
        """Note the figure as it is now; gives the growth."""
        samples = self._samples
        if value != samples[-1][1]:
            samples.append((now_s, value))
        # The last one at or before the beginning of the span says where it stood then.
        while len(samples) > 1 and samples[1][0] <= now_s - self._span_s:
            samples.popleft()
        return value - samples[0][1]


class SupersededShare:
    """Of the frames of the last minute, those that were replaced by newer ones. Pure."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int, int]] = deque()

    def update(self, now_s: float, books: Books) -> None:
        """To be called now and then; more than once a second is passed over."""
        samples = self._samples
        if samples and now_s - samples[-1][0] < SAMPLE_S:
            return
        samples.append((now_s, books.captured, books.superseded))
        while samples[0][0] < now_s - MINUTE_S:
            samples.popleft()

    def percent(self, books: Books) -> float | None:
        """None when no frame came."""
        if not self._samples:
            return None
        _, captured, superseded = self._samples[0]
        frames = books.captured - captured
        return round(100 * (books.superseded - superseded) / frames, 1) if frames else None


class Measure:
    """Used by the main thread."""

    def __init__(self, clock: Clock, loops: Loops, desk: CommandDesk | None) -> None:
        self._clock = clock
        self._loops = loops
        self._slot = loops.slot
        self._capture = loops.capture
        self._desk = desk
        self._began_s = clock.now()
        self._stalls = Growth(HOUR_S, self._began_s)
        self._reconnects = Growth(HOUR_S, self._began_s)
        self._superseded = SupersededShare()

    def look(self) -> None:
        """To be called now and then."""
        now_s = self._clock.now()
        self._stalls.update(now_s, self._capture.stalls)
        self._reconnects.update(now_s, self._capture.reconnects)
        self._superseded.update(now_s, self._slot.books())

    def stats(
        self,
        *,
        published_per_s: float,
        journal: JournalStats,
        serial: SerialStats | None,
        daemon_restarts: int,
    ) -> Stats:
        now_s = self._clock.now()
        live = self._loops.live
        inference = self._loops.inference
        times = inference.times if inference else None
        timed = times if live else None
        books = self._slot.books()
        return Stats(
            camera_fps=round(self._capture.rate(now_s), 2),
            pose_fps=round(times.rate.rate(now_s), 2) if times else 0.0,
            published_per_s=round(published_per_s, 2),
            inference_ms=_milliseconds(times.inference_s(50)) if times else None,
            frame_age_ms=_milliseconds(timed.age_s(50)) if timed else None,
            frame_age_p95_ms=_milliseconds(timed.age_s(95)) if timed else None,
            others=self._loops.others,
            superseded_percent=self._superseded.percent(books) if live else None,
            frames=FrameBooks(**asdict(books)),
            capture=self._capture_stats(now_s, daemon_restarts),
            journal=journal,
            serial=serial,
            **({"commands": self._desk.stats} if self._desk else {}),
            memory_mb=resident_mb(),
            temperature_c=temperature_c(),
            uptime_s=int(now_s - self._began_s),
        )

    def _capture_stats(self, now_s: float, daemon_restarts: int) -> CaptureStats:
        capture = self._capture
        info = capture.info
        return CaptureStats(
            width=info.width if info else None,
            height=info.height if info else None,
            fps=info.fps or None if info else None,
            form=info.form if info else None,
            stalls=capture.stalls,
            stalls_per_hour=self._stalls.update(now_s, capture.stalls),
            reconnects=capture.reconnects,
            reconnects_per_hour=self._reconnects.update(now_s, capture.reconnects),
            camera_release_ms=_milliseconds(capture.release_s),
            forced_releases=capture.abandoned,
            still_held=capture.still_held,
            daemon_restarts=daemon_restarts,
        )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1e3, 2)
