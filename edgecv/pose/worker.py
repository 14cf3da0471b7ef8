"""The inference worker: takes the latest frame, finds the pose in it, hands it on."""

import logging
import math
import threading
from collections.abc import Callable

from edgecv.clock import Clock
from edgecv.decode import decode, size_of
from edgecv.errors import FrameError, ModelError
from edgecv.frames import Frame, LatestFrame
from edgecv.loop import Loop
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import Pose
from edgecv.rates import Pacer, Percentiles, RateMeter

log = logging.getLogger("edgecv.pose")

IDLE_AFTER_S = 2.0
"""Nobody in view for so long: look less often. A person who is lost for a moment is not nobody."""

Deliver = Callable[[Frame, Pose | None], None]


class InferenceWorker:
    """One thread, one estimator. `deliver` is called on it for every frame that was processed.

    Frames that are not wanted are skipped, and not even decoded: above `max_fps`, and above
    `idle_fps` while nobody is in view. 0 is no limit.
    """

    def __init__(
        self,
        estimator: Estimator,
        slot: LatestFrame,
        clock: Clock,
        deliver: Deliver,
        ended: Callable[[], None],
        *,
        max_fps: float = 0.0,
        idle_fps: float = 0.0,
    ) -> None:
        self._estimator = estimator
        self._slot = slot
        self._clock = clock
        self._deliver = deliver
        self._loop = Loop("inference", self._run, ended)
        self._at_most = Pacer(max_fps) if max_fps else None
        self._idle = Pacer(idle_fps) if idle_fps else None
        self._person_s = -math.inf
        self._failing = False
        self.rate = RateMeter()
        self.inference_s = Percentiles()
        """Frame in, pose out."""
        self.age_s = Percentiles()
        """From the capture of a frame until its pose was delivered."""

    def start(self) -> None:
        self._loop.start()

    def join(self, timeout_s: float) -> bool:
        """True when the thread has ended; it does once the slot is closed or exhausted."""
        return self._loop.join(timeout_s)

    @property
    def over(self) -> bool:
        """Inference has ended; nothing will be delivered any more."""
        return self._loop.over

    @property
    def failure(self) -> Exception | None:
        """Why inference ended before the frames did; None when it did not."""
        return self._loop.failure

    def _run(self, stop: threading.Event) -> None:
        while not (stop.is_set() or self._slot.exhausted):
            frame = self._slot.take(timeout_s=1.0)
            if frame is not None:
                self.handle(frame)

    def handle(self, frame: Frame) -> None:
        """Process a frame that was taken from the slot, or skip it."""
        if self._wanted(self._clock.now()):
            self._process(frame)
        else:
            self._slot.skipped()

    def _wanted(self, now_s: float) -> bool:
        if self._idle is not None and now_s - self._person_s > IDLE_AFTER_S:
            return self._idle.due(now_s)
        return self._at_most is None or self._at_most.due(now_s)

    def _process(self, frame: Frame) -> None:
        began_s = self._clock.now()
        try:
            reduction = self._estimator.reduction(*size_of(frame.content))
            image, reduction = decode(frame.content, reduction)
            pose = self._estimator(image, frame.time_s, reduction)
        except (FrameError, ModelError) as error:
            self._slot.failed()
            if not self._failing:
                log.warning(
                    "frame %d failed: %s; more of the same are only counted", frame.number, error
                )
            self._failing = True
            return
        self._failing = False
        if pose is not None:
            self._person_s = began_s
        self.inference_s.add(self._clock.now() - began_s)
        self._deliver(frame, pose)
        self._slot.delivered()
        now_s = self._clock.now()
        self.rate.add(now_s)
        self.age_s.add(now_s - frame.captured_s)
