"""Rates and times of the loop, from times that the caller gives."""

import math
import threading
from collections import deque


class RateMeter:
    """Frames per second over the last batches, falling to 0 when they stop coming.

    The rate is sum(frames) / sum(intervals) over a sliding window. The interval since the last
    batch counts as soon as it is longer than 1.5 typical ones, so that the figure sinks during a
    stall instead of freezing at its last good value.
    """

    def __init__(self, window: int = 10, silence_s: float = 2.0) -> None:
        self._batches: deque[tuple[int, float]] = deque(maxlen=window)
        self._silence_s = silence_s
        self._last_s: float | None = None
        self._lock = threading.Lock()

    def add(self, now_s: float, frames: int = 1) -> None:
        """Note that a batch of `frames` was finished at `now_s` (monotonic, seconds)."""
        with self._lock:
            if self._last_s is not None and now_s > self._last_s:
                self._batches.append((frames, now_s - self._last_s))
            self._last_s = now_s

    def pause(self) -> None:
        """What comes next starts a new interval: the pause is not counted as a stall."""
        with self._lock:
            self._last_s = None

    def rate(self, now_s: float) -> float:
        """Frames per second as seen at `now_s`; 0 before the second batch and after a silence of
        2 s (or of three typical intervals, for what is slower than that)."""
        with self._lock:
            if not self._batches or self._last_s is None:
                return 0.0
            frames = sum(count for count, _ in self._batches)
            seconds = sum(interval for _, interval in self._batches)
            typical_s = seconds / len(self._batches)
            open_s = now_s - self._last_s
        if open_s >= max(self._silence_s, 3 * typical_s):
            return 0.0
        if open_s > 1.5 * typical_s:
            seconds += open_s - typical_s
        return frames / seconds


class Pacer:
    """Says of moments that come as they come which to use, so that they are `fps` a second."""

    def __init__(self, fps: float) -> None:
        self._period_s = 1 / fps
        self._due_s = -math.inf

    def due(self, now_s: float) -> bool:
        """True when it is time again; then the next time is counted from when this one was due, so
        that the average holds, but not from longer ago than one period."""
        if now_s < self._due_s:
            return False
        self._due_s = max(self._due_s, now_s - self._period_s) + self._period_s
        return True


class Percentiles:
    """The p50, p95, … of the last values (2048 unless told)."""

    def __init__(self, window: int = 2048) -> None:
        self._values: deque[float] = deque(maxlen=window)
        self._lock = threading.Lock()

    def add(self, value: float) -> None:
        with self._lock:
            self._values.append(value)

    def __call__(self, percent: float) -> float | None:
        """The smallest value that at least `percent` % of the values don't exceed (nearest rank);
        None when there is none."""
        with self._lock:
            ordered = sorted(self._values)
        if not ordered:
            return None
        return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
