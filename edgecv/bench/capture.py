"""What is saved by not decoding: CPU time a delivered frame, each way beside doing it all.

One camera of 30 frames a second, 1280 x 720 in JPEG, of the synthetic athlete.
"""

import itertools
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from edgecv.athlete import Athlete
from edgecv.athlete.camera import camera_around
from edgecv.athlete.light import light_of
from edgecv.athlete.room import paint_room
from edgecv.bench.report import Figure
from edgecv.capture.source import Bounds, Grab, SourceInfo
from edgecv.capture.worker import CaptureWorker
from edgecv.clock import FakeClock, SystemClock
from edgecv.decode import decode
from edgecv.errors import ModelError
from edgecv.frames import Content, Frame, Image, Jpeg, LatestFrame
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose, Skeleton
from edgecv.pose.open_estimator import open_estimator
from edgecv.pose.worker import InferenceWorker

WIDTH, HEIGHT, CAMERA_FPS = 1280, 720, 30.0
QUALITY = 90
"""About 100 kB a frame, which is what USB cameras send."""
SLOW_MODEL = 3
"""Frames that come while the slow model is busy with one: 10 poses a second."""
MAX_FPS, IDLE_FPS = 10.0, 3.0
FRAMES = 90
MAX_IDLE_PERCENT = 5.0
START_S, JOIN_S = 10.0, 5.0

NOTE = """\
1/2 beside 1/1 was 3.0 beside 6.5 ms on another machine, with other pictures:
the more bytes a JPEG has, the less the scale saves"""


def athlete_pictures(count: int = 4) -> list[Image]:
    """Somebody who squats."""
    athlete = Athlete("squat", reps=2, width=WIDTH, height=HEIGHT)
    return [athlete.render(athlete.duration_s * n / count) for n in range(count)]


def empty_pictures(count: int = 2) -> list[Image]:
    """The room with nobody in it, each with noise of its own."""
    person = np.array([(-0.6, 0.0, -0.6), (0.6, 1.8, 0.6)])
    camera = camera_around(person, azimuth_deg=45, height_m=1.2, width=WIDTH, height=HEIGHT)
    return [paint_room(camera, WIDTH, HEIGHT, light_of(seed), seed) for seed in range(count)]


def compress(pictures: Sequence[Image]) -> list[Jpeg]:
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    return [
        Jpeg(cv2.imencode(".jpg", picture, options)[1].tobytes(), WIDTH, HEIGHT)
        for picture in pictures
    ]


class NoModel:
    """Costs nothing and sees nobody."""

    skeleton: Skeleton = BLAZEPOSE_33

    def __init__(self, reduction: int) -> None:
        self._reduction = reduction

    def reduction(self, width: int, height: int) -> int:  # noqa: ARG002
        return self._reduction

    def __call__(self, image: Image, time_s: float, reduction: int = 1) -> Pose | None:  # noqa: ARG002
        return None

    def reset(self) -> None:
        """Nothing to forget."""


@dataclass(frozen=True, slots=True)
class Way:
    """How frames are handled."""

    early: bool = False
    """Decode each as it is captured, not when it is taken."""
    take_every: int = 1
    max_fps: float = 0.0
    idle_fps: float = 0.0


def cpu_ms(jpegs: Sequence[Jpeg], reduction: int, way: Way, frames: int = FRAMES) -> float:
    """CPU time a delivered frame; the clock that the frames go by is made up."""
    clock = FakeClock()
    slot = LatestFrame()
    worker = InferenceWorker(
        NoModel(reduction),
        slot,
        clock,
        lambda _frame, _pose: None,
        lambda: None,
        max_fps=way.max_fps,
        idle_fps=way.idle_fps,
    )
    began_s = time.thread_time()
    for number in range(1, frames + 1):
        content: Content = jpegs[number % len(jpegs)]
        if way.early:
            content = decode(content, reduction)[0]
        slot.put(Frame(number, clock.now(), clock.now(), content))
        if number % way.take_every == 0:
            frame = slot.take(0)
            assert frame is not None
            worker.handle(frame)
        clock.advance(1 / CAMERA_FPS)
    return 1000 * (time.thread_time() - began_s) / max(1, slot.books().delivered)


def decode_ms(jpegs: Sequence[Jpeg], reduction: int) -> float:
    """CPU time of one decoding."""
    began_s = time.thread_time()
    for jpeg in jpegs:
        decode(jpeg, reduction)
    return 1000 * (time.thread_time() - began_s) / len(jpegs)


def medians(measures: Sequence[Callable[[], float]], repetitions: int) -> list[float]:
    """Of each, in turns, so that a busy moment of the machine hits all of them."""
    rounds = [[measure() for measure in measures] for _ in range(repetitions)]
    return [statistics.median(values) for values in zip(*rounds, strict=True)]


def tracking_reduction(estimator: Estimator, pictures: Sequence[Image]) -> int:
    """The scale at which the next frame of this person is decoded."""
    estimator.reset()
    for number, picture in enumerate(pictures):
        estimator(picture, number / CAMERA_FPS)
    return estimator.reduction(WIDTH, HEIGHT)


class ReplayCamera:
    """Gives the same few JPEGs in turn, at the pace of a camera."""

    name = "replay"
    live = True
    bounds = Bounds(open_s=5.0, read_s=5.0, by="its own pace")
    device = None
    true_reps = None

    def __init__(self, jpegs: Sequence[Jpeg]) -> None:
        self._jpegs = itertools.cycle(jpegs)
        self._clock = SystemClock()
        self._due_s = 0.0
        self.cpu_clock: int | None = None
        """Of the thread that reads."""

    def open(self, stop: threading.Event) -> SourceInfo:  # noqa: ARG002
        self.cpu_clock = time.pthread_getcpuclockid(threading.get_ident())
        self._due_s = self._clock.now()
        return SourceInfo(WIDTH, HEIGHT, CAMERA_FPS, "MJPG")

    def read(self, stop: threading.Event) -> Grab | None:
        self._due_s += 1 / CAMERA_FPS
        if self._clock.wait(stop, self._due_s - self._clock.now()):
            return None
        return Grab(next(self._jpegs))

    def release(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True, slots=True)
class IdleCost:
    """Per cent of one core."""

    detector_and_loop: float
    source: float


def idle_cost(estimator: Estimator, jpegs: Sequence[Jpeg], seconds: float) -> IdleCost:
    """With nobody in view, in real time. All of the process that is not the source's thread counts
    as detector and loop: OpenCV has threads of its own."""
    estimator.reset()
    clock = SystemClock()
    slot = LatestFrame()
    looked = threading.Event()
    camera = ReplayCamera(jpegs)
    capture = CaptureWorker(camera, slot, clock, lambda: None)
    inference = InferenceWorker(
        estimator, slot, clock, lambda _frame, _pose: looked.set(), lambda: None, idle_fps=IDLE_FPS
    )
    inference.start()
    capture.start()
    try:
        if not looked.wait(START_S):
            raise ModelError(f"the model gave no result within {START_S:g} s")
        assert camera.cpu_clock is not None
        before = time.monotonic(), time.process_time(), time.clock_gettime(camera.cpu_clock)
        time.sleep(seconds)
        after = time.monotonic(), time.process_time(), time.clock_gettime(camera.cpu_clock)
    finally:
        capture.ask_to_stop()
        slot.close()
        inference.join(JOIN_S)
        capture.join(JOIN_S)
    wall_s, process_s, source_s = (b - a for a, b in zip(before, after, strict=True))
    return IdleCost(100 * (process_s - source_s) / wall_s, 100 * source_s / wall_s)


def measure(seconds: float, repetitions: int) -> list[Figure]:
    """`seconds` of idling for each of the repetitions, and a few seconds of decoding."""
    estimator = open_estimator("blazepose-full", 1)
    pictures = athlete_pictures()
    jpegs, empty = compress(pictures), compress(empty_pictures())
    tracking = tracking_reduction(estimator, pictures)
    estimator.reset()
    searching = estimator.reduction(WIDTH, HEIGHT)
    savings = _savings(jpegs, tracking, searching, repetitions)
    costs = [idle_cost(estimator, empty, seconds) for _ in range(repetitions)]
    idle = statistics.median(cost.detector_and_loop for cost in costs)
    source = statistics.median(cost.source for cost in costs)
    group = f"Nobody in view, blazepose-full, {IDLE_FPS:g} looks a second, in % of one core"
    return [
        *savings,
        Figure(group, "detector and loop", idle, "%", "bound", MAX_IDLE_PERCENT, at_most=1.0),
        Figure(group, "source thread (replayed JPEG)", source, "%"),
    ]


@dataclass(frozen=True, slots=True)
class Saving:
    """A way that saves CPU time, and the one that does not."""

    group: str
    what: str
    beside: str
    ours: Callable[[], float]
    theirs: Callable[[], float]


def _savings(
    jpegs: Sequence[Jpeg], tracking: int, searching: int, repetitions: int
) -> list[Figure]:
    every = "each decoded"

    def way(reduction: int, way: Way) -> Callable[[], float]:
        return lambda: cpu_ms(jpegs, reduction, way)

    def scale(reduction: int) -> Callable[[], float]:
        return lambda: decode_ms(jpegs, reduction)

    slow = "CPU a delivered frame, 30 fps camera, both at the smaller scale"
    scaled = "CPU to decode one JPEG, 1280 x 720"
    savings = [
        Saving(
            *(slow, "10 poses/s, decoded on take", every),
            way(tracking, Way(take_every=SLOW_MODEL)),
            way(tracking, Way(take_every=SLOW_MODEL, early=True)),
        ),
        Saving(
            *(slow, f"max_fps {MAX_FPS:g}", every),
            way(tracking, Way(max_fps=MAX_FPS)),
            way(tracking, Way(max_fps=MAX_FPS, early=True)),
        ),
        Saving(
            *(slow, f"idle_fps {IDLE_FPS:g}", every),
            way(searching, Way(idle_fps=IDLE_FPS)),
            way(searching, Way(idle_fps=IDLE_FPS, early=True)),
        ),
        Saving(*(scaled, f"tracking, 1/{tracking}", "1/1"), scale(tracking), scale(1)),
        Saving(*(scaled, f"searching, 1/{searching}", "1/1"), scale(searching), scale(1)),
    ]
    measures = [measure for saving in savings for measure in (saving.ours, saving.theirs)]
    values = medians(measures, repetitions)
    return [
        Figure(saving.group, saving.what, ours, "ms", saving.beside, theirs, at_most=1.0)
        for saving, ours, theirs in zip(savings, values[::2], values[1::2], strict=True)
    ] + [Figure(scaled, "size of each", _kilobytes(jpegs), "kB")]


def _kilobytes(jpegs: Sequence[Jpeg]) -> float:
    return statistics.fmean(len(jpeg.data) for jpeg in jpegs) / 1000
