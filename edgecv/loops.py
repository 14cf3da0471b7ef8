"""From the camera to the count: capture, slot, inference, counting, and the pictures of them."""

import itertools
import logging
from collections.abc import Callable
from contextlib import suppress

from edgecv.capture.source import Source
from edgecv.capture.supervisor import Capture
from edgecv.clock import Clock
from edgecv.config import AUTO, Config
from edgecv.counting import Counting
from edgecv.decode import brightness, size_of
from edgecv.errors import ConfigError, FrameError
from edgecv.events import Event, SetFinishedEvent, Status
from edgecv.frames import Frame, LatestFrame
from edgecv.host.instance import state_folder
from edgecv.picture.live import LatestView
from edgecv.picture.publisher import LAST_SET, PicturePublisher
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import Pose
from edgecv.pose.providers import Active, SessionSettings
from edgecv.pose.selftest import selftest
from edgecv.pose.supervisor import Inference
from edgecv.reporter import Reporter
from edgecv.sinks.recorder import Recorder
from edgecv.status import ModelStatus, SourceStatus
from edgecv.summary import Mark
from edgecv.taught import known_exercises
from edgecv.view import Observe, View
from edgecv.watchdog import Part

log = logging.getLogger("edgecv")

INFERENCE_STOP_S = 0.5
CAPTURE_STOP_S = 2.5
PICTURES_STOP_S = 0.3
LIGHT_INTERVAL_S = 2.0
"""How often it is looked how bright the picture is."""


class Loops:
    """Started and stopped once, by the main thread."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        reporter: Reporter,
        recorder: Recorder,
        changed: Callable[[], None],
        *,
        sources: Callable[[], Source],
        observe: Observe | None,
        watch: Observe | None,
        patient: bool,
        with_pictures: bool,
        loading: Callable[[], None],
        building: Callable[[bool], None],
    ) -> None:
        """`changed` is called, on any thread, when the main thread shall have a look; `loading`
        before the model is loaded, be it the first time or anew; `building` when an engine for it
        begins to be built, and when that has ended. For `sources`,
        `observe`, `watch` and `patient` see Appliance. `with_pictures`: they may be asked for.

        Raises ConfigError where the configuration names what there is not.
        """
        self._config = config
        self._clock = clock
        self._reporter = reporter
        self._recorder = recorder
        self._changed = changed
        self._loading = loading
        self._building = building
        self._observe = observe
        source = sources()
        check_exercise(config.counting.exercise)
        self.live = source.live
        self.slot = LatestFrame(lossless=not source.live)
        self._watches = [] if watch is None else [watch]
        self.pictures: PicturePublisher | None = None
        if with_pictures:
            views = LatestView()
            self._watches.append(views)
            self.pictures = PicturePublisher(
                views, clock, reporter.picture, lambda on: _ignore(reporter.state(setup_view=on))
            )
        self.capture = Capture(
            itertools.chain([source], iter(sources, None)),
            self.slot,
            clock,
            self._camera_changed,
            captured=self._captured if self._watches else None,
            patient=patient,
        )
        self.inference: Inference | None = None
        self.counting: Counting | None = None
        self._selftest_s: float | None = None
        self._computed: Active | None = None
        self._pose: Pose | None = None
        self._brightness: float | None = None
        self._light_s = float("-inf")
        self.first: Mark | None = None
        """The first delivered frame."""
        self.last: Mark | None = None

    def load(self, *, exercise: str, max_fps: float, last_set: str | None) -> list[Part]:
        """Load the model and try it; gives what is to be watched. Raises ModelError."""
        self.inference = Inference(
            self._make_estimator,
            self.slot,
            self._clock,
            self._deliver,
            self._changed,
            max_fps=max_fps,
            idle_fps=self._config.pose.idle_fps if self.live else 0.0,
        )
        log.getChild("model").info("%s; counting %s", self._config.pose.model, exercise)
        self.counting = Counting(
            self.inference.skeleton,
            exercise=exercise,
            exercises=known_exercises(),
            settings=self._config.counting,
            last_set=last_set,
            record=self._record,
            remember=self._recorder.remember,
            report=self._reporter.state,
            explain=self._reporter.refused if self._config.counting.explain else None,
        )
        inference = self.inference
        return [
            Part("capture", lambda: self.capture.pulse, self.capture.replace),
            Part("inference", lambda: inference.pulse, inference.replace),
        ]

    def start(self) -> None:
        """Once the model is loaded."""
        assert self.inference is not None
        self.inference.start()
        if self.pictures is not None:
            self.pictures.start()
        source = self.capture.source
        log.getChild("source").info("opening %s; bounds: %s", source.name, source.bounds.by)
        self.capture.start()

    def stop(self, *, stuck: bool) -> bool:
        """In the order in which frames flow; without waiting when something is `stuck`. True when
        the source is released."""
        self.capture.ask_to_stop()
        self.slot.close()
        inference_s, capture_s = (0.0, 0.0) if stuck else (INFERENCE_STOP_S, CAPTURE_STOP_S)
        if self.inference is not None and not self.inference.join(inference_s):
            log.warning("inference did not end within %.1f s", inference_s)
        released = self.capture.join(capture_s)
        if not released:
            log.warning("%s was not let go of", self.capture.source.name)
        if self.pictures is not None:
            self.pictures.stop(PICTURES_STOP_S)
        if self.counting is not None and not stuck:
            self.counting.finish()
        return released

    @property
    def over(self) -> bool:
        """Nothing more will be delivered."""
        return self.inference is None or self.inference.over

    @property
    def failure(self) -> Exception | None:
        """Why they ended before the source did; None when they did not."""
        return self.capture.failure or (self.inference.failure if self.inference else None)

    @property
    def others(self) -> int | None:
        """See Stats."""
        return self._pose.others if self._pose else None

    @property
    def source_status(self) -> SourceStatus:
        source = self.capture.source
        return SourceStatus(name=source.name, device=source.device, bounds=source.bounds.by)

    @property
    def model_status(self) -> ModelStatus:
        pose = self._config.pose
        took_s = self._selftest_s
        computed = self._computed
        return ModelStatus(
            name=pose.model,
            threads=pose.threads,
            selftest_ms=None if took_s is None else round(took_s * 1e3, 1),
            provider=computed.provider if computed else None,
            refused=list(computed.refused) if computed else [],
        )

    def _make_estimator(self) -> Estimator:
        """Loaded, and tried on a built-in picture: no camera and no athlete is needed for that."""
        self._loading()
        # Loads onnxruntime: who is asked to stop before does not wait for it.
        from edgecv.pose.open_estimator import open_estimator

        pose = self._config.pose
        settings = SessionSettings(
            providers=pose.providers,
            cache=state_folder() / "engines",
            building=self._building,
            opened=self._opened,
        )
        estimator = open_estimator(
            pose.model,
            pose.threads,
            detector=pose.detector,
            decoder=pose.decoder,
            settings=settings,
        )
        self._selftest_s = selftest(estimator, self._clock)
        return estimator

    def _opened(self, active: Active) -> None:
        self._computed = active
        log.getChild("model").info("%s on %s, %.1f ms", active.file, active.provider, active.run_ms)

    def _deliver(self, frame: Frame, pose: Pose | None) -> None:
        """Called on the inference thread."""
        assert self.counting is not None
        self.last = Mark(frame.number, frame.captured_s, frame.time_s)
        self.first = self.first or self.last
        age_s = self._clock.now() - frame.captured_s if self.live else None
        self._pose = pose
        size, brightness = size_of(frame.content), self._light(frame)
        if self.counting.see(frame.time_s, pose, age_s, size, brightness):
            self._reporter.state(status=Status.RUNNING)
        if self._observe is not None:
            self._observe(self._view(frame))

    def _light(self, frame: Frame) -> float | None:
        """The picture's mean, measured now and then."""
        if frame.time_s - self._light_s >= LIGHT_INTERVAL_S:
            self._light_s = frame.time_s
            with suppress(FrameError):
                self._brightness = brightness(frame.content)
        return self._brightness

    def _record(self, event: Event) -> None:
        self._recorder.record(event)
        wanted = self._config.pictures.last_set and self.pictures is not None
        if wanted and self.pictures is not None and isinstance(event, SetFinishedEvent):
            self.pictures.once(LAST_SET)

    def _captured(self, frame: Frame) -> None:
        """Called on the capture thread."""
        view = self._view(frame)
        for watch in self._watches:
            watch(view)

    def _camera_changed(self) -> None:
        """Called on the capture thread."""
        status = self.capture.status
        info = self.capture.info
        if info is not None and status.state == "live":
            log.getChild("source").info(
                "%d x %d at %.3g fps, %s", info.width, info.height, info.fps, info.form
            )
        reason = "covered_or_frozen" if self.capture.covered else status.reason
        switched_off = status.state == "paused"
        self._reporter.state(
            camera=None if switched_off else status.state == "live",
            camera_state=status.state.value,
            camera_reason=reason or None,
        )
        self._changed()

    def _view(self, frame: Frame) -> View:
        """This frame with the latest pose and state."""
        now_s = self._clock.now()
        return View(
            frame=frame,
            pose=self._pose,
            state=self._reporter.state(),
            camera_fps=self.capture.rate(now_s),
            pose_fps=self.inference.times.rate.rate(now_s) if self.inference else 0.0,
            age_s=now_s - frame.captured_s if self.live else None,
        )


def check_exercise(named: str) -> None:
    """Raises ConfigError for one that there is not."""
    if named not in (AUTO, *known_exercises()):
        known = ", ".join((AUTO, *sorted(known_exercises())))
        raise ConfigError(f"counting.exercise = {named!r}: known are {known}")


def _ignore(_state: object) -> None:
    """What the caller has no use for."""
