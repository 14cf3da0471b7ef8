"""Puts the parts together, starts and stops them in order. The only place that knows them all."""

import itertools
import logging
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict

from edgecv.capture.open import make_source
from edgecv.capture.source import Source
from edgecv.capture.supervisor import Capture
from edgecv.clock import Clock
from edgecv.config import Config
from edgecv.errors import ConfigError, EdgecvError
from edgecv.events import CaptureStats, FrameBooks, State, Stats, Status
from edgecv.frames import Frame, LatestFrame
from edgecv.host.memory import resident_mb
from edgecv.pose.catalogue import open_estimator
from edgecv.pose.keypoints import Pose
from edgecv.pose.worker import InferenceWorker
from edgecv.reporter import Reporter
from edgecv.reps.counter import RepCounter
from edgecv.reps.exercises import EXERCISES
from edgecv.reps.sets import SetKeeper
from edgecv.sinks.mailbox import Sink
from edgecv.summary import Mark, Summary
from edgecv.view import Observe, View

log = logging.getLogger("edgecv")

DEFAULT_EXERCISE = "squat"
PERSON_GONE_S = 1.0
"""Nobody is in view when no pose was found for so long: a single miss says nothing."""
TICK_S = 0.5
"""How often the main thread looks whether all goes on."""
INFERENCE_STOP_S = 0.5
CAPTURE_STOP_S = 3.0
SINK_STOP_S = 0.7
"""With a console and a broker it all ends within 5 s, in every state."""


class Appliance:
    """One source, one estimator, one exercise, and the sinks that hear of it."""

    def __init__(
        self,
        config: Config,
        sinks: Sequence[Sink],
        clock: Clock,
        observe: Observe | None = None,
        *,
        watch: Observe | None = None,
        patient: bool = False,
    ) -> None:
        """`observe` is called on the inference thread for every processed frame; `watch` on the
        capture thread for every captured one, with the latest pose. `patient`: wait for a source
        that can't be opened at first.

        Raises ConfigError where the configuration names what there is not.
        """
        self._config = config
        self._clock = clock
        self._observe = observe
        self._began_s = clock.now()
        source = make_source(config.camera, clock)
        self._live = source.live
        self._exercise = _choose_exercise(config.counting.exercise, source)
        self._sets = SetKeeper(
            self._exercise,
            pause_s=config.counting.set_pause_s,
            run_id=secrets.token_hex(4),
            wall=lambda: clock.wall().isoformat(timespec="milliseconds"),
        )
        self._reporter = Reporter(sinks, _first_state(self._exercise), clock.now())
        self._slot = LatestFrame(lossless=not source.live)
        self._wake = threading.Event()
        self._stop_asked = False
        self._stuck: str | None = None
        self._capture = Capture(
            itertools.chain([source], iter(lambda: make_source(config.camera, clock), None)),
            self._slot,
            clock,
            self._camera_changed,
            captured=None if watch is None else lambda frame: watch(self._view(frame)),
            patient=patient,
        )
        self._inference: InferenceWorker | None = None
        self._counter: RepCounter | None = None
        self._first: Mark | None = None
        self._last: Mark | None = None
        self._pose: Pose | None = None
        self._counts: dict[str, int] = {}
        self._person_s = float("-inf")

    def ask_to_stop(self) -> None:
        """Returns at once; may be called from any thread, before `run` as well."""
        self._stop_asked = True
        self._wake.set()

    def run(self) -> Summary:
        """Until the source ends, somebody asks to stop, or a device is stuck.

        Raises EdgecvError when the model can't be loaded or a recording fails.
        """
        self._reporter.start()
        try:
            self._start_loops()
            self._look_after_them()
        finally:
            released = self._stop_loops()
        for failure in (self._capture.failure, self._inference and self._inference.failure):
            if isinstance(failure, EdgecvError):
                raise failure
            if failure is not None:
                raise EdgecvError(f"ended by a bug, {failure!r}: the log has it all")
        return self._summarise(released)

    def _start_loops(self) -> None:
        if self._stop_asked:
            return
        pose = self._config.pose
        estimator = open_estimator(pose.model, pose.threads)
        log.getChild("model").info("%s; counting %s", pose.model, self._exercise)
        self._skeleton = estimator.skeleton
        self._counter = RepCounter(self._exercise, self._skeleton)
        self._inference = InferenceWorker(
            estimator,
            self._slot,
            self._clock,
            self._deliver,
            self._wake.set,
            max_fps=pose.max_fps if self._live else 0.0,
            idle_fps=pose.idle_fps if self._live else 0.0,
        )
        self._inference.start()
        source = self._capture.source
        log.getChild("source").info("opening %s; bounds: %s", source.name, source.bounds.by)
        self._capture.start()

    def _look_after_them(self) -> None:
        while not (self._stop_asked or self._inference is None or self._inference.over):
            self._stuck = self._capture.check()
            if self._stuck is not None:
                log.critical("%s: only the end of the process frees the camera", self._stuck)
                return
            now_s = self._clock.now()
            due_s = self._reporter.stats_when_due(now_s, self._stats)
            self._clock.wait(self._wake, min(TICK_S, due_s - now_s))
            self._wake.clear()

    def _stop_loops(self) -> bool:
        """In the order in which frames flow. True when the source is released."""
        self._capture.ask_to_stop()
        self._slot.close()
        if self._inference is not None and not self._inference.join(INFERENCE_STOP_S):
            log.warning("inference did not end within %.1f s", INFERENCE_STOP_S)
        released = self._capture.join(0.0 if self._stuck else CAPTURE_STOP_S)
        if not released:
            log.warning("%s was not let go of", self._capture.source.name)
        finished = self._sets.finish()
        if finished is not None:
            self._reporter.event(finished)
        over = Status.STOPPED if self._stop_asked or self._stuck else Status.FINISHED
        self._reporter.state(status=over, person=None, camera=False)
        if self._stuck:
            self._reporter.state(camera_state="stalled", camera_reason=f"stuck in {self._stuck}")
        stats = self._stats()
        if stats.frames.captured:
            self._reporter.stats(stats)
        for name in self._reporter.stop(SINK_STOP_S):
            log.warning("%s did not end within %.1f s", name, SINK_STOP_S)
        return released

    def _camera_changed(self) -> None:
        """Called on the capture thread."""
        status = self._capture.status
        info = self._capture.info
        if info is not None and status.state == "live":
            log.getChild("source").info(
                "%d x %d at %.3g fps, %s", info.width, info.height, info.fps, info.form
            )
        reason = "covered_or_frozen" if self._capture.covered else status.reason
        self._reporter.state(
            camera=status.state == "live",
            camera_state=status.state.value,
            camera_reason=reason or None,
        )
        self._wake.set()

    def _deliver(self, frame: Frame, pose: Pose | None) -> None:
        """Called on the inference thread."""
        assert self._counter is not None
        self._follow_what_is_performed()
        self._last = Mark(frame.number, frame.captured_s, frame.time_s)
        self._first = self._first or self._last
        if pose is not None:
            self._person_s = frame.time_s
        rep = self._counter.update(frame.time_s, pose)
        if rep is not None:
            age_s = self._clock.now() - frame.captured_s if self._live else None
            self._reporter.event(self._sets.rep(rep, age_s))
            self._counts[self._exercise] = self._counts.get(self._exercise, 0) + 1
        else:
            over = self._sets.pause(frame.time_s, in_rep=self._counter.in_rep)
            if over is not None:
                self._reporter.event(over)
        self._pose = pose
        tally = self._sets.tally
        self._reporter.state(
            status=Status.RUNNING,
            person=frame.time_s - self._person_s <= PERSON_GONE_S,
            reps=tally.reps,
            set=tally.set,
            set_reps=tally.set_reps,
        )
        if self._observe is not None:
            self._observe(self._view(frame))

    def _follow_what_is_performed(self) -> None:
        """Where no exercise is named and the source knows what it shows, count that."""
        performed = self._capture.source.performs
        if self._config.counting.exercise or performed in (None, self._exercise):
            return
        self._exercise = performed
        finished = self._sets.turn_to(performed)
        if finished is not None:
            self._reporter.event(finished)
        self._counter = RepCounter(performed, self._skeleton)
        self._reporter.state(exercise=performed)

    def _view(self, frame: Frame) -> View:
        """This frame with the latest pose and state."""
        assert self._inference is not None
        now_s = self._clock.now()
        return View(
            frame=frame,
            pose=self._pose,
            state=self._reporter.state(),
            camera_fps=self._capture.rate(now_s),
            pose_fps=self._inference.rate.rate(now_s),
            age_s=now_s - frame.captured_s if self._live else None,
        )

    def _stats(self) -> Stats:
        now_s = self._clock.now()
        inference = self._inference
        timed = inference if self._live else None
        return Stats(
            camera_fps=round(self._capture.rate(now_s), 2),
            pose_fps=round(inference.rate.rate(now_s), 2) if inference else 0.0,
            inference_ms=_milliseconds(inference.inference_s(50)) if inference else None,
            frame_age_ms=_milliseconds(timed.age_s(50)) if timed else None,
            frame_age_p95_ms=_milliseconds(timed.age_s(95)) if timed else None,
            frames=FrameBooks(**asdict(self._slot.books())),
            capture=_capture_stats(self._capture),
            memory_mb=resident_mb(),
            uptime_s=int(now_s - self._began_s),
            events_waiting=self._reporter.events_waiting,
            events_dropped=self._reporter.events_dropped,
        )

    def _summarise(self, released: bool) -> Summary:
        return Summary(
            counts=self._counts or {self._exercise: 0},
            true_reps=None if self._stop_asked else self._capture.source.true_reps,
            stopped=self._stop_asked,
            stuck=self._stuck,
            released=released,
            live=self._live,
            first=self._first,
            last=self._last,
            stats=self._stats(),
        )


def _choose_exercise(named: str, source: Source) -> str:
    exercise = named or source.performs or DEFAULT_EXERCISE
    if exercise not in EXERCISES:
        known = ", ".join(sorted(EXERCISES))
        raise ConfigError(f"counting.exercise = {exercise!r}: known are {known}")
    return exercise


def _first_state(exercise: str) -> State:
    return State(
        status=Status.STARTING,
        exercise=exercise,
        reps=0,
        set=0,
        set_reps=0,
        person=None,
        camera=False,
        camera_state="closed",
        camera_reason=None,
    )


def _capture_stats(capture: Capture) -> CaptureStats:
    info = capture.info
    return CaptureStats(
        width=info.width if info else None,
        height=info.height if info else None,
        fps=info.fps or None if info else None,
        form=info.form if info else None,
        stalls=capture.stalls,
        reconnects=capture.reconnects,
        release_ms=_milliseconds(capture.release_s),
        forced_releases=capture.abandoned,
        still_held=capture.still_held,
    )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1e3, 2)
