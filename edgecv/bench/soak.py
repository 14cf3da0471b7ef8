"""The loop without a pause, on rendered frames: does anything grow?

The frames come from a program of their own, so that rendering them costs this process nothing.
"""

import itertools
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from edgecv.app import Appliance
from edgecv.bench.report import Figure
from edgecv.capture.child import ChildProcess
from edgecv.clock import Clock, SystemClock
from edgecv.config import Camera, Config
from edgecv.host.memory import resident_mb
from edgecv.sinks.quiet import Quiet
from edgecv.summary import Summary
from edgecv.view import View

WIDTH, HEIGHT = 640, 480
FRAMES = 300
"""Rendered once and repeated: two squats and some standing about."""
WARM_UP = 0.1
"""Share of the frames after which growth counts."""
SAMPLES = 200
MB_LIMIT = 200.0
MB_AN_HOUR = 1.0
START_S = 1.5
NOTE = (
    "Growth is the slope of a straight line through the samples after the first tenth. An\n"
    "hour is one of this run, in which more frames pass than a camera gives. The start is\n"
    "from the beginning of a new process to its first pose, on a frame that is there at once."
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process has."""

    at_s: float
    memory_mb: float
    descriptors: int
    threads: int


def measure(frames: int) -> tuple[list[Figure], str]:
    """The figures, and the books in words."""
    clock = SystemClock()
    run = _Run(frames, clock)
    summary = run.appliance.run()
    kept = [s for s in run.samples if s.at_s >= run.samples[0].at_s + WARM_UP * _span(run.samples)]
    memory_mb = median(sample.memory_mb for sample in kept)
    group = f"{frames} frames"
    figures = [
        Figure(group, "memory", memory_mb, "MB", "at most", MB_LIMIT, at_most=1.0),
        Figure(
            group, "its growth", max(0.0, _slope(kept)), "MB/h", "at most", MB_AN_HOUR, at_most=1.0
        ),
        Figure(group, "descriptors more", _growth([s.descriptors for s in kept]), ""),
        Figure(group, "threads more", _growth([s.threads for s in kept]), ""),
        Figure(group, "frames a second", _rate(summary), "fps"),
        Figure("start", "to the first pose", _start_s(), "s", "at most", START_S, at_most=1.0),
    ]
    return figures, _books(summary)


class _Run:
    """An appliance that ends after so many frames, and is looked at on the way."""

    def __init__(self, frames: int, clock: Clock) -> None:
        self._clock = clock
        self._frames = frames
        self._every = max(1, frames // SAMPLES)
        self.samples: list[Sample] = []
        config = Config(camera=Camera(source="exec:rendered", width=WIDTH, height=HEIGHT))
        self.appliance = Appliance(
            config,
            [Quiet()],
            clock,
            self._observe,
            sources=lambda: _Rendered(_renderer(), name="rendered"),
        )

    def _observe(self, view: View) -> None:
        number = view.frame.number
        if number % self._every == 0:
            self.samples.append(_sample(self._clock.now()))
        if number >= self._frames:
            self.appliance.ask_to_stop()


class _Rendered(ChildProcess):
    """Every frame of the program is processed, however fast it is."""

    live = False

    def __init__(self, command: list[str], name: str) -> None:
        super().__init__(lambda: command, name=name, raw_size=(WIDTH, HEIGHT))


def _renderer() -> list[str]:
    return [sys.executable, "-m", "edgecv.bench.soak"]


def _sample(at_s: float) -> Sample:
    return Sample(
        at_s,
        resident_mb() or 0.0,
        len(os.listdir("/proc/self/fd")),
        len(os.listdir("/proc/self/task")),
    )


def _span(samples: list[Sample]) -> float:
    return samples[-1].at_s - samples[0].at_s


def _slope(samples: list[Sample]) -> float:
    """MB an hour."""
    if len(samples) < 3:
        return 0.0
    hours = np.array([sample.at_s for sample in samples]) / 3600
    return float(np.polyfit(hours, [sample.memory_mb for sample in samples], 1)[0])


def _growth(counts: list[int]) -> float:
    """Of the last tenth over the first one."""
    tenth = max(1, len(counts) // 10)
    return max(counts[-tenth:]) - max(counts[:tenth])


def _rate(summary: Summary) -> float:
    return summary.pose_fps or 0.0


def _books(summary: Summary) -> str:
    books = summary.stats.frames
    settled = books.delivered + books.superseded + books.skipped + books.failed
    balance = "balanced" if books.captured == settled + books.in_flight else "NOT BALANCED"
    return (
        f"books: {books.captured} captured = {books.delivered} delivered + "
        f"{books.superseded} superseded + {books.skipped} skipped + {books.failed} failed + "
        f"{books.in_flight} in flight ({balance})"
    )


def _start_s() -> float:
    """Of three starts, the median."""
    import subprocess

    program = (
        "import time; began = time.monotonic()\n"
        "from edgecv.bench.soak import first_pose\n"
        "first_pose(); print(time.monotonic() - began)"
    )
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", program], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(3)
    ]
    return median(times)


def first_pose() -> None:
    """Run an appliance on the built-in picture until it has found somebody."""
    from edgecv.pose.selftest import PICTURE

    picture = Path(__file__).parents[1] / PICTURE
    camera = Camera(source=f"exec:cat {shlex.quote(str(picture))}")

    def observe(view: View) -> None:
        if view.pose is not None:
            appliance.ask_to_stop()

    appliance = Appliance(Config(camera=camera), [Quiet()], SystemClock(), observe)
    appliance.run()


def write_frames() -> None:
    """What the program does: the same frames over and over, to its standard output."""
    from edgecv.athlete import Athlete

    athlete = Athlete("squat", reps=2, tempo_s=2.5, width=WIDTH, height=HEIGHT, azimuth_deg=30)
    times = np.linspace(0, athlete.duration_s, FRAMES, endpoint=False)
    frames: list[bytes] = []
    for time_s in times:  # a slow box has the first one soon
        frames.append(athlete.render(float(time_s)).tobytes())
        sys.stdout.buffer.write(frames[-1])
    there_and_back = [*frames[-2::-1], *frames[1:]]
    for frame in itertools.cycle(there_and_back):
        sys.stdout.buffer.write(frame)


if __name__ == "__main__":
    try:
        write_frames()
    except BrokenPipeError:  # the reader has seen enough
        os._exit(0)
