"""State and stats to a controller or a display on a serial line; buttons, and what the outside
watchdog did, from it. On a thread of its own: the line may hold that up, and nothing else."""

import logging
import threading
from collections.abc import Callable, Sequence

from edgecv import __version__
from edgecv.backoff import Backoff
from edgecv.clock import Clock
from edgecv.command_desk import CommandDesk
from edgecv.commands import PRESS, Command
from edgecv.config import Serial
from edgecv.errors import SerialError
from edgecv.events import Event, PowerCutEvent, SerialStats, State, Stats, Status
from edgecv.loop import Loop
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.serial_line.line import CALL_S, TURN_S, Line
from edgecv.serial_line.messages import Button, Cut, line_of, order_of, shown
from edgecv.serial_line.session import Heard, Known, Session, StrangerError
from edgecv.sinks.mailbox import Mailbox
from edgecv.status import SerialStatus
from edgecv.watchdog import Pulse, Stuck

log = logging.getLogger("edgecv.serial")

STATS_S = 1.0
RETRY_S = 5.0
"""At most, until a controller that was unplugged is looked for again."""
STRANGER_S = 60.0
"""A device that is no controller is not pestered."""
STUCK_S = 240.0
"""Likewise a port on which a call did not return: so it never comes to three remedies in ten
minutes, and a display ends nothing."""
IDLE_S = 1.0
JUST_NOW_S = 30.0
"""A cut that is so fresh may be what a degraded appliance has waited for."""


class SerialLink:
    """A `Sink`. Its properties may be read from any thread."""

    stats_interval_s = STATS_S
    answers = False

    def __init__(
        self,
        settings: Serial,
        clock: Clock,
        *,
        device_id: str,
        heartbeat: Heartbeat,
        desk: CommandDesk,
        exercises: Sequence[str],
        record: Callable[[Event], None],
    ) -> None:
        """`desk` is where buttons are handed in, `exercises` is what they go through; `record`
        takes what the outside watchdog has done."""
        self.mailbox = Mailbox(on_change=self._wake)
        self._settings = settings
        self._clock = clock
        self._device_id = device_id
        self._heartbeat = heartbeat
        self._desk = desk
        self._exercises = exercises
        self._record = record
        self._state = State()
        self._stats: Stats | None = None
        self._line: Line | None = None
        self._session: Session | None = None
        self._known = Known()
        self._error: str | None = None
        self._connected = False
        self._lines = self._connections = self._cuts = 0
        self._past = SerialStats()
        """Of the sessions that are over."""
        self._last_cut: str | None = None
        self.pulse = Pulse(clock)
        self._loop = self._make_loop(0.0)

    def start(self) -> None:
        self._loop.start()

    def stop(self, timeout_s: float) -> bool:
        """Send the last state, tell the outside watchdog not to miss us, and end."""
        self._loop.ask_to_stop()
        self._wake()
        return self._loop.join(timeout_s)

    def replace(self, stuck: Stuck) -> bool:
        """Another thread goes on in place of one that is stuck, after a good while."""
        log.error("%s: the port is left alone for a while; it is in %s", stuck.words, stuck.stack)
        self._loop.ask_to_stop()
        self._error = stuck.words
        self._disconnected()
        self.pulse = Pulse(self._clock)
        self._loop = self._make_loop(STUCK_S)
        self._loop.start()
        return True

    @property
    def stats(self) -> SerialStats:
        session, past = self._session, self._past
        return SerialStats(
            connected=self._connected,
            sent=past.sent + (session.sent if session else self._lines),
            received=past.received + (session.received if session else 0),
            damaged=past.damaged + (session.damaged if session else 0),
            reconnects=max(0, self._connections - 1),
            power_cuts=self._cuts,
            supply_v=session.supply_v if session else None,
        )

    @property
    def status(self) -> SerialStatus:
        session = self._session
        controller = session.controller if session else None
        return SerialStatus(
            port=self._settings.port,
            connected=self._connected,
            error=self._error,
            board=controller.board if controller else None,
            program=controller.program if controller else None,
            supply_v=session.supply_v if session else None,
            held_s=round(self._heartbeat.hold_s, 1),
            last_cut=self._last_cut,
        )

    def _make_loop(self, wait_s: float) -> Loop:
        return Loop("serial", lambda stop: self._run(stop, self.pulse, wait_s), lambda: None)

    def _run(self, stop: threading.Event, pulse: Pulse, wait_s: float) -> None:
        backoff = Backoff(longest_s=RETRY_S)
        while True:
            pulse("waiting to try again", wait_s + CALL_S)
            if self._clock.wait(stop, wait_s):
                break
            began_s = self._clock.now()
            try:
                self._connect(stop, pulse)
                continue
            except StrangerError as error:
                wait_s, words = STRANGER_S, str(error)
            except SerialError as error:
                wait_s, words = backoff.failed(self._clock.now() - began_s), str(error)
            if not stop.is_set():  # else another thread has taken over, or all is over
                self._failed(words)
        pulse.rest()

    def _connect(self, stop: threading.Event, pulse: Pulse) -> None:
        """One connection, until it fails or we are asked to stop."""
        settings = self._settings
        with Line(settings.port, settings.baud, self._clock, pulse) as line:
            self._line = line
            if settings.format == "text":
                self._tell(line, stop)
            else:
                self._talk(line, stop)
            line.drain()

    def _talk(self, line: Line, stop: threading.Event) -> None:
        """With a controller."""
        session = self._session = Session(
            self._settings.port,
            self._heartbeat,
            self._known,
            device_id=self._device_id,
            version=__version__,
            now_s=self._clock.now(),
        )
        session.show(shown(self._state, self._stats))
        while not stop.is_set():
            if self._take():
                session.show(shown(self._state, self._stats))
            now_s = self._clock.now()
            for heard in session.receive(line.read(), now_s):
                self._act(heard)
            session.check(now_s)
            if session.controller is not None and not self._connected:
                controller = session.controller
                self._greeted(f"{controller.board}, program {controller.program}")
            line.write(session.due(now_s))
            line.wait(session.wait_s(now_s))
            # At most 20 turns a second, however small the pieces in which bytes come.
            self._clock.wait(stop, TURN_S)
        self._take()
        session.show(shown(self._state, self._stats))
        line.write(session.last_words())

    def _tell(self, line: Line, stop: threading.Event) -> None:
        """A display that only listens."""
        self._greeted("a display that only listens")
        told, over = "", False
        while not over:
            over = stop.is_set()
            self._take()
            text = line_of(self._state, self._stats)
            if text != told:
                told = text
                self._lines += 1
                line.write(f"{text}\r\n".encode("ascii", "replace"))
            if not over:
                line.read()
                line.wait(IDLE_S)
                self._clock.wait(stop, TURN_S)

    def _take(self) -> bool:
        """Whether there was anything new."""
        state, stats = self.mailbox.take_state(), self.mailbox.take_stats()
        self._state, self._stats = state or self._state, stats or self._stats
        while self.mailbox.take_event() is not None:
            pass
        return state is not None or stats is not None

    def _act(self, heard: Heard) -> None:
        if isinstance(heard, Cut):
            self._was_cut(heard)
        else:
            self._pressed(heard)

    def _pressed(self, button: Button) -> None:
        order = order_of(button, self._state, self._exercises)
        if order is None:
            log.warning("the controller has a button %s that means nothing", button.name)
            return
        log.info("button %s", button.name)
        self._desk.hand_in(order[0], order[1].encode())

    def _was_cut(self, cut: Cut) -> None:
        self._cuts += 1
        self._last_cut = f"{cut.what}, {cut.words}"
        log.warning("the outside watchdog has cut the supply of the %s: %s", cut.what, cut.words)
        self._record(PowerCutEvent(supply=cut.what, reason=cut.words, ago_s=cut.ago_s))
        if self._state.status is Status.DEGRADED and cut.ago_s < JUST_NOW_S:
            self._desk.hand_in(Command.RESTART, PRESS.encode())  # it may well work again

    def _greeted(self, whom: str) -> None:
        self._connections += 1
        self._connected = True
        self._error = None
        log.info("connected on %s: %s", self._settings.port, whom)

    def _failed(self, words: str) -> None:
        if words != self._error:
            log.warning("%s; looking for it again", words)
        self._error = words
        self._disconnected()

    def _disconnected(self) -> None:
        self._line = None
        self._connected = False
        self._past = self.stats
        self._lines, self._session = 0, None

    def _wake(self) -> None:
        line = self._line
        if line is not None:
            line.wake()
