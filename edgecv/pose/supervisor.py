"""Looks after the inference thread: replaces one that is stuck, with a new session of the model."""

import logging
from collections.abc import Callable

from edgecv.clock import Clock
from edgecv.errors import EdgecvError
from edgecv.frames import LatestFrame
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import Skeleton
from edgecv.pose.worker import Deliver, InferenceTimes, InferenceWorker
from edgecv.watchdog import Pulse, Stuck

log = logging.getLogger("edgecv.pose")


class Inference:
    """Used by the main thread; what is only read may be read by any."""

    def __init__(
        self,
        make_estimator: Callable[[], Estimator],
        slot: LatestFrame,
        clock: Clock,
        deliver: Deliver,
        ended: Callable[[], None],
        *,
        max_fps: float = 0.0,
        idle_fps: float = 0.0,
    ) -> None:
        """See InferenceWorker. Raises ModelError when the model can't be loaded."""
        self._make_estimator = make_estimator
        self._slot = slot
        self._clock = clock
        self._deliver = deliver
        self._ended = ended
        self._max_fps = max_fps
        self._idle_fps = idle_fps
        self.times = InferenceTimes()
        self.abandoned = 0
        """Threads that were given up because a call did not return."""
        estimator = make_estimator()
        self.skeleton: Skeleton = estimator.skeleton
        self._worker = self._make_worker(estimator)

    def start(self) -> None:
        self._worker.start()

    def limit(self, max_fps: float) -> None:
        """From now on at most so many poses a second; 0 is no limit."""
        self._max_fps = max_fps
        self._worker.limit(max_fps)

    def join(self, timeout_s: float) -> bool:
        """True when the thread has ended; it does once the slot is closed or exhausted."""
        return self._worker.join(timeout_s)

    @property
    def over(self) -> bool:
        """Inference has ended; nothing will be delivered any more."""
        return self._worker.over

    @property
    def failure(self) -> Exception | None:
        """Why inference ended before the frames did; None when it did not."""
        return self._worker.failure

    @property
    def pulse(self) -> Pulse:
        return self._worker.pulse

    def replace(self, stuck: Stuck) -> bool:
        """Abandon a thread that is stuck, and go on with a new session on another; False when the
        model can't be loaded again."""
        log.error("%s: a new session takes over; it is in %s", stuck.words, stuck.stack)
        try:
            estimator = self._make_estimator()
        except EdgecvError as error:
            log.error("no new session: %s", error)
            return False
        self.abandoned += 1
        self._worker.abandon()
        self._worker = self._make_worker(estimator)
        self._worker.start()
        return True

    def _make_worker(self, estimator: Estimator) -> InferenceWorker:
        return InferenceWorker(
            estimator,
            self._slot,
            self._clock,
            self._deliver,
            self._ended,
            max_fps=self._max_fps,
            idle_fps=self._idle_fps,
            times=self.times,
        )
