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
from edgecv.watchdog import Pulse

log = logging.getLogger("edgecv.pose")

IDLE_AFTER_S = 2.0
"""Nobody in view for so long: look less often. A person who is lost for a moment is not nobody."""

Deliver = Callable[[Frame, Pose | None], None]


WAIT_S = 10.0
LOOK_S = 60.0
"""What a frame may take before inference is stuck: far more than the slowest box needs (a landmark
run takes 8 s when arm64 is emulated)."""


class InferenceTimes:
    """Rates and times, which go on when a worker is replaced."""

    def __init__(self) -> None:
        self.rate = RateMeter()
        self.inference_s = Percentiles()
        """Frame in, pose out."""
        self.age_s = Percentiles()
        """From the capture of a frame until its pose was delivered."""


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
        times: InferenceTimes | None = None,
    ) -> None:
        self._estimator = estimator
        self._slot = slot
        self._clock = clock
        self._deliver = deliver
        self._loop = Loop("inference", self._run, ended)
        self._at_most: Pacer | None = None
        self.limit(max_fps)
        self._idle = Pacer(idle_fps) if idle_fps else None
        self._person_s = -math.inf
        self._failing = False
        self._holding = False
        self._abandoned = False
        self._lock = threading.Lock()
        self.times = times or InferenceTimes()
        self.pulse = Pulse(clock)

    def limit(self, max_fps: float) -> None:
        """From now on at most so many poses a second; 0 is no limit. For any thread."""
        self._at_most = Pacer(max_fps) if max_fps else None

    def start(self) -> None:
        self._loop.start()

    def abandon(self) -> None:
        """Nothing that this thread still does shall matter: it is in a call that does not return.
        The frame that it holds has failed."""
        with self._lock:
            self._abandoned = True
            if self._holding:
                self._slot.failed()

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
        while not (stop.is_set() or self._slot.exhausted or self._abandoned):
            self.pulse("waiting for a frame", WAIT_S)
            frame = self._slot.take(timeout_s=1.0)
            if frame is not None:
                self.pulse(f"looking at frame {frame.number}", LOOK_S)
                self.handle(frame)
        self.pulse.rest()

    def handle(self, frame: Frame) -> None:
        """Process a frame that was taken from the slot, or skip it."""
        self._holding = True
        if self._wanted(self._clock.now()):
            self._process(frame)
        else:
            self._settle(self._slot.skipped)

    def _settle(self, how: Callable[[], None]) -> None:
        with self._lock:
            self._holding = False
            if not self._abandoned:
                how()

    def _wanted(self, now_s: float) -> bool:
        if self._idle is not None and now_s - self._person_s > IDLE_AFTER_S:
            return self._idle.due(now_s)
        at_most = self._at_most
        return at_most is None or at_most.due(now_s)

    def _process(self, frame: Frame) -> None:
        began_s = self._clock.now()
        try:
            reduction = self._estimator.reduction(*size_of(frame.content))
            image, reduction = decode(frame.content, reduction)
            pose = self._estimator(image, frame.time_s, reduction)
        except (FrameError, ModelError) as error:
            self._settle(self._slot.failed)
            if not self._failing:
                log.warning(
                    "frame %d failed: %s; more of the same are only counted", frame.number, error
                )
            self._failing = True
            return
        if self._abandoned:
            return
        self._failing = False
        if pose is not None:
            self._person_s = began_s
        self.times.inference_s.add(self._clock.now() - began_s)
        self._deliver(frame, pose)
        self._settle(self._slot.delivered)
        now_s = self._clock.now()
        self.times.rate.add(now_s)
        self.times.age_s.add(now_s - frame.captured_s)
