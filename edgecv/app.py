"""Puts the parts together, starts and stops them in order. The only place that knows them all."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from edgecv.capture.open import make_source
from edgecv.capture.source import Source
from edgecv.clock import Clock
from edgecv.command_desk import CommandDesk
from edgecv.commands import Command, Order
from edgecv.config import Config
from edgecv.controls import CAMERA_ON, EXERCISE, MAX_FPS, Controls
from edgecv.counting import LAST_SET as LAST_SET_FACT
from edgecv.errors import EdgecvError
from edgecv.events import DowntimeEvent, SerialStats, State, Stats, Status
from edgecv.host.argus import ArgusRestarts
from edgecv.host.identity import boot_id
from edgecv.host.memory import trim
from edgecv.host.notify import Notifier
from edgecv.host.restarts import DEGRADED_S
from edgecv.last_run import ENDED, RUNNING, last_run
from edgecv.loops import Loops
from edgecv.measure import Measure
from edgecv.oversight import Oversight
from edgecv.reporter import Reporter
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.sinks.mailbox import Sink
from edgecv.sinks.recorder import Recorder, Unrecorded
from edgecv.summary import Summary
from edgecv.update.watch import Told
from edgecv.view import Observe
from edgecv.watchdog import Part

log = logging.getLogger("edgecv")

TICK_S = 0.5
"""How often the main thread looks whether all goes on."""
WARM_UP_S = 10.0
MODEL_S = 120.0
"""What loading the model and its first inference may take on the slowest box."""
BUILD_S = 1800.0
"""What building TensorRT's engine may take."""
WHILE_DEGRADED = (Command.RESTART, Command.IDENTIFY, Command.UPDATE)
DRAIN_S = 0.3
SINK_STOP_S = 0.5
RECORDER_STOP_S = 0.3
"""With a console, a broker and a status file it all ends within 5 s, in every state."""


class Appliance:
    """One source, one estimator, one athlete, and the sinks that hear of it."""

    def __init__(
        self,
        config: Config,
        sinks: Sequence[Sink],
        clock: Clock,
        observe: Observe | None = None,
        *,
        sources: Callable[[], Source] | None = None,
        watch: Observe | None = None,
        patient: bool = False,
        recorder: Recorder | None = None,
        desk: CommandDesk | None = None,
        notifier: Notifier | None = None,
        heartbeat: Heartbeat | None = None,
        parts: Sequence[Part] = (),
        published_per_s: Callable[[float], float] = lambda _: 0.0,
        serial_stats: Callable[[], SerialStats | None] = lambda: None,
        unclean_ends: int = 0,
        degraded: str | None = None,
        well: Callable[[], None] = lambda: None,
        argus: ArgusRestarts | None = None,
        install: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`observe` is called on the inference thread for every processed frame; `watch` on the
        capture thread for every captured one, with the latest pose. `sources` makes the source, in
        place of what is configured. `patient`: wait for a source
        that can't be opened at first. `recorder` keeps events (nothing does, unless given), `desk`
        is where commands come from, `notifier` speaks to systemd, `heartbeat` to the outside
        watchdog, `parts` are watched beside those of the loop, `published_per_s` tells how many
        messages go to the broker, `serial_stats` how it goes on the serial line. `degraded` is why
        camera and model are to be left alone, after so many `unclean_ends`; `well` is called once
        when nothing fatal has happened for an hour. `argus` is asked for restarts of a Jetson's
        nvargus-daemon. `install` asks for an update of the box, and gives why not.

        Raises ConfigError where the configuration names what there is not.
        """
        self._config = config
        self._clock = clock
        self._began_s = clock.now()
        self._recorder: Recorder = recorder or Unrecorded(clock)
        self._desk = desk
        self._published_per_s = published_per_s
        self._serial_stats = serial_stats
        self._heartbeat = heartbeat or Heartbeat(clock)
        self._degraded = degraded
        self._parts = parts
        self._argus = argus
        self._install = install
        state = State(exercise=config.counting.exercise, last_fault=degraded)
        self._reporter = Reporter(sinks, state, clock.now())
        self._wake = threading.Event()
        self._before_building = Status.STARTING
        self._stop_asked = self._restart_asked = self._trimmed = False
        if desk is not None:
            desk.wake = self._wake.set
        self.oversight = Oversight(
            clock,
            notifier or Notifier({}),
            self._tell_of_fault,
            heartbeat=self._heartbeat,
            unclean_ends=unclean_ends,
            degraded=degraded,
            well=well,
        )
        self.loops = Loops(
            config,
            clock,
            self._reporter,
            self._recorder,
            self._wake.set,
            sources=sources or (lambda: make_source(config.camera, clock, self._ask_argus)),
            observe=observe,
            watch=watch,
            patient=patient,
            with_pictures=desk is not None,
            loading=lambda: self.oversight.extend(MODEL_S),
            building=self._tell_of_building,
        )
        self._measure = Measure(clock, self.loops, desk)
        self._controls: Controls | None = None

    def ask_to_stop(self) -> None:
        """Returns at once; may be called from any thread, before `run` as well."""
        self._stop_asked = True
        self._wake.set()

    def run(self) -> Summary:
        """Until the source ends, somebody asks to stop, or a part is stuck for good.

        Raises EdgecvError when the model can't be loaded or a recording fails.
        """
        try:
            remembered = self._start_recorder()
            self._reporter.start()
            if self._degraded is None:
                self._start_loops(remembered)
                self._look_after_them()
            else:
                self._hold_out(self._degraded)
        finally:
            released = self._stop()
        for failure in (self.loops.failure, self._recorder.failure):
            if isinstance(failure, EdgecvError):
                raise failure
            if failure is not None:
                raise EdgecvError(f"ended by a bug, {failure!r}: the log has it all")
        return self._summarise(released)

    # Start

    def _start_recorder(self) -> Mapping[str, str]:
        remembered = self._recorder.start(self._reporter.event, self._totals_changed)
        self._controls = Controls(
            {
                EXERCISE: self._config.counting.exercise,
                CAMERA_ON: True,
                MAX_FPS: self._config.pose.max_fps,
            },
            remembered,
            self._recorder.remember,
            name=self._config.device.name or self._config.device.id,
            loops=self.loops,
            reporter=self._reporter,
            restart=self._restart,
            install=self._install,
        )
        boot = boot_id()
        before = last_run(remembered, boot)
        if before is not None:
            self._recorder.record(DowntimeEvent(since=before.since, reason=before.reason))
        self._recorder.remember(RUNNING, boot)
        self._recorder.remember(ENDED, None)
        self._reporter.state(restart_reason=before.reason if before else None)
        self._look_at_the_clock()
        return remembered

    def _start_loops(self, remembered: Mapping[str, str]) -> None:
        if self._stop_asked:
            return
        assert self._controls is not None
        parts = self.loops.load(
            exercise=self._controls.exercise,
            max_fps=self._controls.max_fps,
            last_set=remembered.get(LAST_SET_FACT),
        )
        self.oversight.watch([*parts, *self._parts])
        self._controls.begin()
        self.loops.start()
        self.oversight.ready()

    def _look_after_them(self) -> None:
        while not (self._stop_asked or self.loops.over or self._recorder.failure):
            if not self.oversight.look(self._reporter.state()):
                return
            self._measure.look()
            self._trim_once()
            self._turn()

    def _trim_once(self) -> None:
        """What loading the model needed and left behind goes back to the system."""
        if not self._trimmed and self._clock.now() - self._began_s > WARM_UP_S:
            self._trimmed = True
            trim()

    def _hold_out(self, reason: str) -> None:
        """Degraded: what can be said from outside is heard and answered, and nothing else done."""
        log.error("degraded for %.0f minutes: %s", DEGRADED_S / 60, reason)
        self._reporter.state(status=Status.DEGRADED, camera_reason=reason)
        self.oversight.watch(self._parts)
        self.oversight.ready()
        until_s = self._clock.now() + DEGRADED_S
        while not self._stop_asked and self.oversight.look(self._reporter.state()):
            if self._clock.now() >= until_s:
                self._restart()
            self._turn()

    def _turn(self) -> None:
        """What is done every time round, and the wait until the next one."""
        while self._desk is not None and (order := self._desk.next()) is not None:
            self._reporter.result(self._desk.done(order, self._obey(order)))
        self._look_at_the_clock()
        now_s = self._clock.now()
        due_s = self._reporter.stats_when_due(now_s, self._stats)
        self._clock.wait(self._wake, min(TICK_S, due_s - now_s))
        self._wake.clear()

    def _obey(self, order: Order) -> str | None:
        assert self._controls is not None
        if self._degraded is None or order.command in WHILE_DEGRADED:
            return self._controls.obey(order)
        return f"degraded, press Restart to try again: {self._degraded}"

    def _restart(self) -> None:
        self._restart_asked = True
        self._heartbeat.restarting()
        self.ask_to_stop()

    # Stop

    def _stop(self) -> bool:
        """In the order in which frames flow. True when the source is released."""
        self.oversight.stopping()
        stuck = self.oversight.fatal
        released = self.loops.stop(stuck=stuck is not None)
        self._recorder.remember(RUNNING, None)
        self._recorder.remember(ENDED, self._why_ended())
        if not self._recorder.drain(DRAIN_S):
            log.warning("the disk did not take the last events within %.1f s", DRAIN_S)
        over = Status.STOPPED if self._stop_asked or stuck else Status.FINISHED
        self._reporter.state(status=over, person=None, camera=False)
        if stuck is not None and stuck.part == "capture":
            self._reporter.state(camera_state="stalled", camera_reason=stuck.words)
        stats = self._stats()
        if stats.frames.captured:
            self._reporter.stats(stats)
        for name in self._reporter.stop(SINK_STOP_S):
            log.warning("%s did not end within %.1f s", name, SINK_STOP_S)
        self._recorder.stop(RECORDER_STOP_S)
        return released

    def _why_ended(self) -> str:
        if self._restart_asked:
            return (
                "it was degraded for long enough" if self._degraded else "a restart was asked for"
            )
        if self.oversight.fatal is not None:
            return self.oversight.fatal.words
        return "it was told to stop" if self._stop_asked else "the source ended"

    # What there is to tell

    def tell_of_updates(self, told: Told) -> None:
        """May be called from any thread."""
        self._reporter.state(**told._asdict())

    def _tell_of_fault(self, words: str) -> None:
        self._reporter.state(last_fault=words)

    def _tell_of_building(self, on: bool) -> None:
        if on:
            log.info("TensorRT builds its engine for the model: this takes minutes, once")
            self.oversight.extend(BUILD_S)
            self._before_building = self._reporter.state().status
        self._reporter.state(status=Status.BUILDING if on else self._before_building)

    def _ask_argus(self, why: str) -> str | None:
        """Called on the capture thread."""
        if self._argus is None:
            return "edgecv may not restart nvargus-daemon: sudo systemctl restart nvargus-daemon"
        refused = self._argus.ask(self._clock.now(), why)
        if refused is None:
            self.oversight.mended_elsewhere(f"{why}: nvargus-daemon was asked to restart")
        return refused

    def _totals_changed(self) -> None:
        """Called on the recorder's thread."""
        recorder = self._recorder
        self._reporter.state(
            reps_total=recorder.total, reps_today=recorder.today, problem=recorder.problem
        )

    def _look_at_the_clock(self) -> None:
        synced = self._clock.synced()
        state = self._reporter.state(clock_synced=synced)
        if synced and state.started_at is None:
            ago = timedelta(seconds=self._clock.now() - self._began_s)
            started = self._clock.wall() - ago
            self._reporter.state(started_at=started.isoformat(timespec="seconds"))

    def _stats(self) -> Stats:
        return self._measure.stats(
            published_per_s=self._published_per_s(self._clock.now()),
            journal=self._recorder.stats,
            serial=self._serial_stats(),
            daemon_restarts=self._argus.asked if self._argus else 0,
        )

    def _summarise(self, released: bool) -> Summary:
        loops = self.loops
        counts = loops.counting.counts if loops.counting else {}
        return Summary(
            counts=counts,
            true_reps=None if self._stop_asked else loops.capture.source.true_reps,
            stopped=self._stop_asked,
            restart=self._restart_asked,
            stuck=self.oversight.fatal,
            released=released,
            live=loops.live,
            first=loops.first,
            last=loops.last,
            stats=self._stats(),
        )
