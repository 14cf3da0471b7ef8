"""The inference worker: takes the latest frame, finds the pose in it, hands it on."""

import logging
import threading
from collections.abc import Callable

from edgecv.clock import Clock
from edgecv.errors import ModelError
from edgecv.frames import Frame, LatestFrame
from edgecv.loop import Loop
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import Pose
from edgecv.rates import Percentiles, RateMeter

log = logging.getLogger("edgecv.pose")

Deliver = Callable[[Frame, Pose | None], None]


class InferenceWorker:
    """One thread, one estimator. `deliver` is called on it for every frame that was processed."""

    def __init__(
        self,
        estimator: Estimator,
        slot: LatestFrame,
        clock: Clock,
        deliver: Deliver,
        ended: Callable[[], None],
    ) -> None:
        self._estimator = estimator
        self._slot = slot
        self._clock = clock
        self._deliver = deliver
        self._loop = Loop("inference", self._run, ended)
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
                self._process(frame)

    def _process(self, frame: Frame) -> None:
        began_s = self._clock.now()
        try:
            pose = self._estimator(frame.image, frame.time_s)
        except ModelError as error:
            self._slot.failed()
            log.warning("frame %d: %s", frame.number, error)
            return
        self.inference_s.add(self._clock.now() - began_s)
        self._deliver(frame, pose)
        self._slot.delivered()
        now_s = self._clock.now()
        self.rate.add(now_s)
        self.age_s.add(now_s - frame.captured_s)
