"""Puts the parts together, starts and stops them in order. The only place that knows them all."""

import logging
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import msgspec

from edgecv.capture.open import make_source
from edgecv.capture.source import Source
from edgecv.capture.worker import CaptureWorker
from edgecv.clock import Clock
from edgecv.config import Config
from edgecv.errors import ConfigError, EdgecvError
from edgecv.events import Event, FrameBooks, State, Stats, Status
from edgecv.frames import Frame, LatestFrame
from edgecv.host.memory import resident_mb
from edgecv.pose.catalogue import open_estimator
from edgecv.pose.keypoints import Pose
from edgecv.pose.worker import InferenceWorker
from edgecv.reps.counter import RepCounter
from edgecv.reps.exercises import EXERCISES
from edgecv.reps.sets import SetKeeper
from edgecv.sinks.mailbox import Sink
from edgecv.view import Observe, View

log = logging.getLogger("edgecv")

DEFAULT_EXERCISE = "squat"
PERSON_GONE_S = 1.0
"""Nobody is in view when no pose was found for so long: a single miss says nothing."""
TICK_S = 1.0
INFERENCE_STOP_S = 1.0
CAPTURE_STOP_S = 3.0
"""Longer than the longest wait inside a source."""
SINK_STOP_S = 0.8


@dataclass(frozen=True)
class Summary:
    """What a run came to."""

    counts: dict[str, int]
    """Reps of each exercise, in the order in which they were done."""
    true_reps: int | None
    """Where the source knows them and has ended."""
    stopped: bool
    """Asked to stop before the source had ended."""
    released: bool
    """The capture thread has let go of the source."""
    seconds: float
    """From the first delivered frame to the last, on the source's time line."""
    camera_fps: float | None
    """Over these seconds; None for a recording, which is read as fast as it is processed."""
    pose_fps: float | None
    stats: Stats


class Mark(NamedTuple):
    """Which frame, and when: what the summary needs of the first and the last one."""

    number: int
    captured_s: float
    time_s: float


class Appliance:
    """One source, one estimator, one exercise, and the sinks that hear of it."""

    def __init__(
        self,
        config: Config,
        sinks: Sequence[Sink],
        clock: Clock,
        observe: Observe | None = None,
    ) -> None:
        """Raises ConfigError where the configuration names what there is not."""
        self._observe = observe
        self._config = config
        self._sinks = sinks
        self._clock = clock
        self._began_s = clock.now()
        self._source = make_source(config.camera, clock)
        self._exercise = _choose_exercise(config.counting.exercise, self._source)
        self._sets = SetKeeper(
            self._exercise,
            pause_s=config.counting.set_pause_s,
            run_id=secrets.token_hex(4),
            wall=lambda: clock.wall().isoformat(timespec="milliseconds"),
        )
        self._slot = LatestFrame(lossless=not self._source.live)
        self._wake = threading.Event()
        self._stop_asked = False
        self._capture = CaptureWorker(self._source, self._slot, clock, self._wake.set)
        self._inference: InferenceWorker | None = None
        self._counter: RepCounter | None = None
        self._first: Mark | None = None
        self._last: Mark | None = None
        self._counts: dict[str, int] = {}
        self._person_s = float("-inf")
        self._state_lock = threading.Lock()
        self._state: State | None = None

    def ask_to_stop(self) -> None:
        """Returns at once; may be called from any thread, before `run` as well."""
        self._stop_asked = True
        self._wake.set()

    def run(self) -> Summary:
        """Until the source ends or somebody asks to stop.

        Raises EdgecvError when the model can't be loaded or the source fails.
        """
        for sink in self._sinks:
            sink.start()
        self._set_state(status=Status.STARTING)
        try:
            self._start_loops()
            self._report_until_over()
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
        estimator = open_estimator(self._config.pose.model, self._config.pose.threads)
        log.getChild("model").info("%s; counting %s", self._config.pose.model, self._exercise)
        self._skeleton = estimator.skeleton
        self._counter = RepCounter(self._exercise, self._skeleton)
        self._inference = InferenceWorker(
            estimator, self._slot, self._clock, self._deliver, self._wake.set
        )
        self._inference.start()
        self._capture.start()

    def _report_until_over(self) -> None:
        began_s = self._clock.now()
        due_s = [began_s + sink.stats_interval_s for sink in self._sinks]
        source_shown = False
        while not (self._stop_asked or self._inference is None or self._inference.over):
            info = self._capture.info
            if info is not None and not source_shown:
                source_shown = True
                log.getChild("source").info(
                    "%s: %d x %d at %.3g fps",
                    *(self._source.name, info.width, info.height, info.fps),
                )
            now_s = self._clock.now()
            for index, sink in enumerate(self._sinks):
                if now_s >= due_s[index]:
                    due_s[index] = now_s + sink.stats_interval_s
                    sink.mailbox.put_stats(self._stats())
            self._clock.wait(self._wake, min([TICK_S, *(due - now_s for due in due_s)]))
            self._wake.clear()

    def _stop_loops(self) -> bool:
        """In the order in which frames flow. True when the source is released."""
        self._capture.ask_to_stop()
        self._slot.close()
        if self._inference is not None and not self._inference.join(INFERENCE_STOP_S):
            log.warning("inference did not end within %.0f s", INFERENCE_STOP_S)
        released = self._capture.join(CAPTURE_STOP_S)
        if not released:
            log.warning("%s was not let go of within %.0f s", self._source.name, CAPTURE_STOP_S)
        finished = self._sets.finish()
        if finished is not None:
            self._put_event(finished)
        over = Status.STOPPED if self._stop_asked else Status.FINISHED
        self._set_state(status=over, person=None, camera=False)
        stats = self._stats()
        if stats.frames.captured:
            for sink in self._sinks:
                sink.mailbox.put_stats(stats)
        for sink in reversed(self._sinks):  # the console last: it shows what the others log
            if not sink.stop(SINK_STOP_S):
                log.warning("%s did not end within %.1f s", type(sink).__name__, SINK_STOP_S)
        return released

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
            age_s = self._clock.now() - frame.captured_s if self._source.live else None
            self._put_event(self._sets.rep(rep, age_s))
            self._counts[self._exercise] = self._counts.get(self._exercise, 0) + 1
        else:
            over = self._sets.pause(frame.time_s, in_rep=self._counter.in_rep)
            if over is not None:
                self._put_event(over)
        state = self._set_state(
            status=Status.RUNNING,
            camera=True,
            person=frame.time_s - self._person_s <= PERSON_GONE_S,
        )
        if self._observe is not None:
            self._observe(self._view(frame, pose, state))

    def _follow_what_is_performed(self) -> None:
        """Where no exercise is named and the source knows what it shows, count that."""
        performed = self._source.performs
        if self._config.counting.exercise or performed in (None, self._exercise):
            return
        self._exercise = performed
        finished = self._sets.turn_to(performed)
        if finished is not None:
            self._put_event(finished)
        self._counter = RepCounter(performed, self._skeleton)
        self._set_state(exercise=performed)

    def _view(self, frame: Frame, pose: Pose | None, state: State) -> View:
        assert self._inference is not None
        now_s = self._clock.now()
        return View(
            frame=frame,
            pose=pose,
            state=state,
            camera_fps=self._capture.rate.rate(now_s),
            pose_fps=self._inference.rate.rate(now_s),
            age_s=now_s - frame.captured_s if self._source.live else None,
        )

    def _put_event(self, event: Event) -> None:
        for sink in self._sinks:
            sink.mailbox.put_event(event)

    def _set_state(self, **changes: Any) -> State:
        """Hand the state on if it has changed."""
        tally = self._sets.tally
        with self._state_lock:
            before = self._state or State(
                status=Status.STARTING,
                exercise=self._exercise,
                reps=0,
                set=0,
                set_reps=0,
                person=None,
                camera=False,
            )
            state = msgspec.structs.replace(
                before, reps=tally.reps, set=tally.set, set_reps=tally.set_reps, **changes
            )
            if state != self._state:
                self._state = state
                for sink in self._sinks:
                    sink.mailbox.put_state(state)
            return state

    def _stats(self) -> Stats:
        now_s = self._clock.now()
        inference = self._inference
        live = self._source.live
        return Stats(
            camera_fps=round(self._capture.rate.rate(now_s), 2),
            pose_fps=round(inference.rate.rate(now_s), 2) if inference else 0.0,
            inference_ms=_milliseconds(inference.inference_s(50)) if inference else None,
            frame_age_ms=_milliseconds(inference.age_s(50)) if inference and live else None,
            frame_age_p95_ms=_milliseconds(inference.age_s(95)) if inference and live else None,
            frames=FrameBooks(**asdict(self._slot.books())),
            memory_mb=resident_mb(),
            uptime_s=int(now_s - self._began_s),
            events_waiting=max((sink.events_waiting for sink in self._sinks), default=0),
            events_dropped=max((sink.events_dropped for sink in self._sinks), default=0),
        )

    def _summarise(self, released: bool) -> Summary:
        stats = self._stats()
        seconds = camera_fps = pose_fps = None
        if self._first is not None and self._last is not None and self._last is not self._first:
            seconds = self._last.time_s - self._first.time_s
            wall_s = self._last.captured_s - self._first.captured_s
            pose_fps = (stats.frames.delivered - 1) / wall_s
            if self._source.live:
                camera_fps = (self._last.number - self._first.number) / wall_s
        source = self._source
        return Summary(
            counts=self._counts or {self._exercise: 0},
            true_reps=None if self._stop_asked else source.true_reps,
            stopped=self._stop_asked,
            released=released,
            seconds=seconds or 0.0,
            camera_fps=camera_fps,
            pose_fps=pose_fps,
            stats=stats,
        )


def _choose_exercise(named: str, source: Source) -> str:
    exercise = named or source.performs or DEFAULT_EXERCISE
    if exercise not in EXERCISES:
        known = ", ".join(sorted(EXERCISES))
        raise ConfigError(f"counting.exercise = {exercise!r}: known are {known}")
    return exercise


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1e3, 2)
