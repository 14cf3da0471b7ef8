"""What a model costs, stage by stage, and what the loop around it adds.

Frame by frame, the whole loop and the bare session take turns, each on input that it has not seen.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from edgecv.athlete import Athlete
from edgecv.bench.report import Figure
from edgecv.clock import SystemClock
from edgecv.errors import ModelError
from edgecv.frames import Frame, Image, LatestFrame
from edgecv.host.memory import resident_mb
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.pose.open_estimator import open_estimator
from edgecv.pose.session import Feed, Session, Tensor
from edgecv.pose.worker import InferenceWorker

MAX_COST_MS, MAX_CPU_MS, MAX_MEMORY_MB = 1.0, 1.5, 200.0
"""The bounds for the cost outside the model, on x86, and for the memory of the process."""
PICTURES = 12
WARM_UP = 5

Now = Callable[[], float]
"""A clock: seconds of the wall, or of the CPU on all threads of this process."""

NOTE = """\
cost outside the model: all of the loop but the time in ONNX Runtime; frames are
pixels already (decoding apart). bare session: the model alone, between the
frames of the loop, on their input. memory: with the pictures of this benchmark
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a session."""

    session: Session
    outputs: Sequence[str] | None
    inputs: Feed
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame, in milliseconds of one clock."""

    pre: float
    session: float
    post: float
    loop: float
    """Taking the frame, and delivering its pose."""
    bare: float

    @property
    def outside(self) -> float:
        return self.pre + self.post + self.loop

    @property
    def whole(self) -> float:
        return self.outside + self.session


@contextmanager
def watched_sessions(now: Now) -> Iterator[list[Run]]:
    """Every run of a session, as it is made, goes to the list."""
    runs: list[Run] = []
    plain = Session.run

    def run(session: Session, outputs: Sequence[str] | None, inputs: Feed) -> list[Tensor]:
        began = now()
        results = plain(session, outputs, inputs)
        runs.append(Run(session, outputs, inputs, began, now()))
        return results

    setattr(Session, "run", run)  # noqa: B010 - put back below
    try:
        yield runs
    finally:
        setattr(Session, "run", plain)  # noqa: B010


def pictures() -> list[Image]:
    """Somebody who squats, 640 x 480."""
    athlete = Athlete("squat", reps=2, tempo_s=2.0)
    times = np.linspace(0.0, athlete.duration_s, PICTURES)
    return [athlete.render(float(time_s)) for time_s in times]


def sample(estimator: Estimator, images: Sequence[Image], frames: int, now: Now) -> list[Sample]:
    """`frames` frames, of these images again and again, in which somebody was found by one run of
    the model, by the clock `now`. Raises ModelError when there are not that many."""
    clock, slot = SystemClock(), LatestFrame()
    called: list[float] = []

    class Watched:
        """The estimator, and when it was called and came back."""

        skeleton: Skeleton = estimator.skeleton
        reduction = staticmethod(estimator.reduction)
        reset = staticmethod(estimator.reset)

        def __call__(self, image: Image, time_s: float, reduction: int = 1) -> Pose | None:
            called.append(now())
            pose = estimator(image, time_s, reduction)
            called.append(now())
            return pose

    found: list[bool] = []
    worker = InferenceWorker(
        Watched(), slot, clock, lambda _frame, pose: found.append(pose is not None), lambda: None
    )
    samples: list[Sample] = []
    with watched_sessions(now) as runs:
        for number, image in enumerate(itertools.cycle(images), start=1):
            if len(samples) == frames + WARM_UP:
                return samples[WARM_UP:]
            if number > 2 * (frames + WARM_UP) + len(images):
                raise ModelError("the model finds the rendered athlete too seldom to measure")
            for recorded in (called, found, runs):
                recorded.clear()
            frame = image.copy()
            began = now()
            slot.put(Frame(number, clock.now(), number / 30, frame))
            taken = slot.take(0)
            assert taken is not None
            worker.handle(taken)
            ended = now()
            if found == [True] and len(runs) == 1:
                samples.append(_sample(began, ended, called, runs[0], now))
    raise AssertionError("itertools.cycle has no end")


def _sample(began: float, ended: float, called: Sequence[float], run: Run, now: Now) -> Sample:
    inputs = {name: tensor.copy() for name, tensor in run.inputs.items()}
    bare = now()
    run.session.run(run.outputs, inputs)
    bare = now() - bare
    in_model = run.ended - run.began
    pre, post = run.began - called[0], called[1] - run.ended
    loop = ended - began - pre - post - in_model
    return Sample(*(1e3 * seconds for seconds in (pre, in_model, post, loop, bare)))


def measure(model: str, threads: int, decoder: str, frames: int) -> list[Figure]:
    """Figures of this model on this machine. Raises EdgecvError for a model that can't be used."""
    estimator = open_estimator(model, threads, decoder=decoder)
    images = pictures()
    samples = sample(estimator, images, frames, time.perf_counter)
    # Apart: to read this clock, too, right behind the model would cost 0.03 ms each time.
    cpu_samples = sample(estimator, images, frames, time.process_time)
    cpu = statistics.median(one.outside for one in cpu_samples)

    def p50(what: str) -> float:
        values: list[float] = [getattr(one, what) for one in samples]
        return statistics.median(values)

    stages = "Stages, p50"
    outside = "Outside the model, p50"
    whole, bare = p50("whole"), p50("bare")
    return [
        Figure(stages, "pre: cut out, fill the tensor", p50("pre"), "ms"),
        Figure(stages, "session", p50("session"), "ms", "bare session", bare),
        Figure(stages, "post: decode, follow, smooth", p50("post"), "ms"),
        Figure(stages, "loop: take, deliver", p50("loop"), "ms"),
        Figure(stages, "whole loop", whole, "ms", "bare session", bare),
        Figure(outside, "time", p50("outside"), "ms", "bound", MAX_COST_MS, at_most=1.0),
        Figure(outside, "CPU time", cpu, "ms", "bound", MAX_CPU_MS, at_most=1.0),
        Figure("All of it", "frames a second", 1e3 / whole, "/s", "bare session", 1e3 / bare),
        Figure(
            *("All of it", "memory", resident_mb() or 0.0, "MB"),
            *("bound", MAX_MEMORY_MB),
            at_most=1.0,
        ),
    ]
