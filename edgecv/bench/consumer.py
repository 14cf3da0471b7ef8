"""A consumer of frames that is paced by a measured rate, and the per-frame way to measure it."""

import math
from collections import deque
from typing import Protocol


class Meter(Protocol):
    """What a consumer is paced by."""

    def add(self, now_s: float, frames: int = 1) -> None: ...
    def pause(self) -> None: ...
    def rate(self, now_s: float) -> float: ...


class PerFrameMeter:
    """The peer: 1 over the mean of the last 30 intervals between frames, within 1 to 60, beginning
    with 60. As in daydreamlive/scope, pipeline_processor.py, before its pull request 617."""

    IN_BATCH_S = 20e-6
    """Between two frames of a batch."""

    def __init__(self) -> None:
        self._intervals: deque[float] = deque(maxlen=30)
        self._last_s: float | None = None
        self._rate = 60.0

    def add(self, now_s: float, frames: int = 1) -> None:
        for index in range(frames):
            frame_s = now_s + index * self.IN_BATCH_S
            if self._last_s is not None:
                self._intervals.append(frame_s - self._last_s)
            self._last_s = frame_s
        if len(self._intervals) >= 2:
            mean_s = sum(self._intervals) / len(self._intervals)
            self._rate = max(1.0, min(60.0, 1 / mean_s))

    def pause(self) -> None:
        self._last_s = None

    def rate(self, now_s: float) -> float:  # noqa: ARG002
        return self._rate


class Consumer:
    """Takes frames from a queue, each 1 / rate after the one before or, if there is none, as soon
    as one comes. It reads the rate anew at each. In a pause, and while there is no rate, it waits;
    it begins when more than `lead` batches are in the queue.
    """

    def __init__(self, meter: Meter, lead: int) -> None:
        self._meter = meter
        self._lead = lead
        self._queued = 0
        self._last_s: float | None = None
        self._due_s = math.inf
        self.gaps_s: list[float] = []
        self.rates: list[float] = []

    def batch(self, now_s: float, frames: int) -> None:
        self._take_until(now_s)
        self._meter.add(now_s, frames)
        self._queued += frames
        if self._due_s == math.inf:
            if self._queued > self._lead * frames and self._meter.rate(now_s) > 0:
                self._due_s = now_s
        else:
            self._due_s = max(self._due_s, now_s)

    def pause(self, now_s: float) -> None:
        self._take_until(now_s)
        self._meter.pause()
        self._due_s = math.inf
        self._last_s = None

    def _take_until(self, now_s: float) -> None:
        while self._queued and self._due_s < now_s:
            self._take(self._due_s)

    def _take(self, now_s: float) -> None:
        self._queued -= 1
        if self._last_s is not None:
            self.gaps_s.append(now_s - self._last_s)
        self._last_s = now_s
        rate = self._meter.rate(now_s)
        self.rates.append(rate)
        self._due_s = now_s + 1 / rate if rate > 0 else math.inf
