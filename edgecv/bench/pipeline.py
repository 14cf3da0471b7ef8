"""How near the loop comes to what camera and model allow, beside a loop that does one after the
other. Real threads and a real clock; the camera and the model are made up.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgecv.bench.report import Figure
from edgecv.capture.source import Bounds, Grab, SourceInfo
from edgecv.capture.worker import CaptureWorker
from edgecv.clock import SystemClock
from edgecv.frames import Frame, Image, LatestFrame
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose, Skeleton
from edgecv.pose.worker import InferenceWorker

REACH = 0.98
POLL_S = 0.001
JOIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Scenario:
    camera_fps: float
    model_s: float

    @property
    def name(self) -> str:
        return f"{self.camera_fps:g} fps camera, {1000 * self.model_s:g} ms model"

    @property
    def bound(self) -> float:
        """Inferences a second that nobody can exceed."""
        return min(self.camera_fps, 1 / self.model_s)


SCENARIOS = (Scenario(15.0, 0.1), Scenario(60.0, 0.2))

PUBLISHED = """\
published for such a change (rwlove/home-ops, pull request 12804), preview
and inferences not told apart:
  15 fps camera, 100 ms model: 5.98 -> 12.80 fps, where the model can do 10
  fast camera, 200 ms model:   4.60 -> 23.93 fps, where the model can do 5"""


class FakeCamera:
    """Gives frames at its own pace, as a camera does: one that nobody reads in time is lost."""

    name = "fake camera"
    live = True
    bounds = Bounds(open_s=5.0, read_s=5.0, by="its own pace")
    device = None
    true_reps = None

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._clock = SystemClock()
        self._began_s = 0.0

    def open(self, stop: threading.Event) -> SourceInfo:  # noqa: ARG002
        self._began_s = self._clock.now()
        return SourceInfo(64, 48, self._fps)

    def read(self, stop: threading.Event) -> Grab | None:
        number = int((self._clock.now() - self._began_s) * self._fps) + 1
        due_s = self._began_s + number / self._fps
        if self._clock.wait(stop, due_s - self._clock.now()):
            return None
        return Grab(np.full((48, 64, 3), number % 256, np.uint8))

    def release(self) -> None:
        """Nothing to let go of."""


class FakeModel:
    """Takes its time, as a native call does, without Python's lock."""

    skeleton: Skeleton = BLAZEPOSE_33

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def reduction(self, width: int, height: int) -> int:  # noqa: ARG002
        return 1

    def __call__(self, image: Image, time_s: float, reduction: int = 1) -> Pose | None:  # noqa: ARG002
        time.sleep(self._seconds)
        return None

    def reset(self) -> None:
        """Nothing to forget."""


@dataclass(frozen=True, slots=True)
class Rates:
    """A second."""

    inferences: float
    preview: float


def rate(times_s: Sequence[float]) -> float:
    """Events a second, from the first to the last; 0 for fewer than two."""
    span_s = times_s[-1] - times_s[0] if times_s else 0.0
    return (len(times_s) - 1) / span_s if span_s else 0.0


def threaded(scenario: Scenario, seconds: float) -> Rates:
    """The loop as the appliance runs it. A preview sees each newest frame that it finds."""
    clock = SystemClock()
    slot = LatestFrame()
    delivered_s: list[float] = []

    def deliver(_frame: Frame, _pose: Pose | None) -> None:
        delivered_s.append(clock.now())

    capture = CaptureWorker(FakeCamera(scenario.camera_fps), slot, clock, lambda: None)
    inference = InferenceWorker(FakeModel(scenario.model_s), slot, clock, deliver, lambda: None)
    inference.start()
    capture.start()
    try:
        seen_s = _watch(slot, clock.now() + seconds)
    finally:
        capture.ask_to_stop()
        slot.close()
        inference.join(JOIN_S)
        capture.join(JOIN_S)
    return Rates(rate(delivered_s), rate(seen_s))


def _watch(slot: LatestFrame, until_s: float) -> list[float]:
    """When there was another newest frame."""
    seen_s: list[float] = []
    newest = 0
    while (now_s := time.monotonic()) < until_s:
        captured = slot.books().captured
        if captured != newest:
            newest = captured
            seen_s.append(now_s)
        time.sleep(POLL_S)
    return seen_s


def sequential(scenario: Scenario, seconds: float) -> Rates:
    """Read, infer, show; and again."""
    camera, model = FakeCamera(scenario.camera_fps), FakeModel(scenario.model_s)
    stop = threading.Event()
    shown_s: list[float] = []
    camera.open(stop)
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        grab = camera.read(stop)
        if grab is not None and isinstance(grab.content, np.ndarray):
            model(grab.content, 0.0)
            shown_s.append(time.monotonic())
    camera.release()
    return Rates(rate(shown_s), rate(shown_s))


def measure(scenario: Scenario, seconds: float) -> list[Figure]:
    """Runs for twice `seconds`."""
    ours = threaded(scenario, seconds)
    theirs = sequential(scenario, seconds)
    name, unit = scenario.name, "/s"
    inferences, preview = "inferences", "preview frames"
    return [
        Figure(name, inferences, ours.inferences, unit, "bound", scenario.bound, at_least=REACH),
        Figure(name, inferences, ours.inferences, unit, "one after the other", theirs.inferences),
        Figure(name, preview, ours.preview, unit, "camera", scenario.camera_fps, at_least=REACH),
        Figure(name, preview, ours.preview, unit, "one after the other", theirs.preview),
    ]
