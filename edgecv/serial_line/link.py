"""State and stats to a controller or a display on a serial line; buttons, and what the outside
watchdog did, from it. On a thread of its own: the line may hold that up, and nothing else."""

import logging
import select
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import serial

from edgecv import __version__
from edgecv.backoff import Backoff
from edgecv.clock import Clock
from edgecv.command_desk import CommandDesk
from edgecv.commands import OFF, ON, PRESS, Command
from edgecv.config import Serial
from edgecv.errors import SerialError
from edgecv.events import Event, PowerCutEvent, SerialStats, State, Stats
from edgecv.loop import Loop
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.serial_line.messages import Button, Cut, line_of, shown
from edgecv.serial_line.ports import close_port, open_port
from edgecv.serial_line.session import Heard, Session
from edgecv.sinks.mailbox import Mailbox
from edgecv.status import SerialStatus
from edgecv.watchdog import Pulse, Stuck

log = logging.getLogger("edgecv.serial")

STATS_S = 1.0
OPEN_S = 15.0
TALK_S = 10.0
"""A turn takes some 20 ms, or as long as a write may."""
CLOSE_S = 40.0
"""A driver may wait 30 s for what was not sent (closing_wait in linux/serial_core.h)."""
TURN_S = 0.02
"""At most 50 turns a second, however small the pieces in which bytes come."""
IDLE_S = 1.0
RETRY_S = 5.0
"""At most, until a controller that was unplugged is looked for again."""
STRANGER_S = 60.0
"""A device that is no controller is not pestered."""
STUCK_S = 240.0
"""Likewise a port on which a call did not return: so it never comes to three remedies in ten
minutes, and a display ends nothing."""
GOODBYE_S = 0.2


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
        desk: CommandDesk | None = None,
        exercises: Sequence[str] = (),
        record: Callable[[Event], None] = lambda _: None,
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
        self._session: Session | None = None
        self._error: str | None = None
        self._connected = False
        self._lines = self._opened = self._cuts = 0
        self._past = SerialStats()
        """Of the sessions that are over."""
        self._last_cut: str | None = None
        self._waker: socket.socket | None = None
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
        self._connected = False
        self._error = stuck.words
        self.pulse = Pulse(self._clock)
        self._loop = self._make_loop(STUCK_S)
        self._loop.start()
        return True

    @property
    def stats(self) -> SerialStats:
        session, past = self._session, self._past
        return SerialStats(
            connected=self._connected,
            sent=past.sent + self._lines + (session.sent if session else 0),
            received=past.received + (session.received if session else 0),
            damaged=past.damaged + (session.damaged if session else 0),
            reconnects=max(0, self._opened - 1),
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
            last_cut=self._last_cut,
        )

    def _make_loop(self, wait_s: float) -> Loop:
        return Loop("serial", lambda stop: self._run(stop, self.pulse, wait_s), lambda: None)

    def _run(self, stop: threading.Event, pulse: Pulse, wait_s: float) -> None:
        backoff = Backoff(longest_s=RETRY_S)
        while True:
            pulse("waiting to try again", wait_s + TALK_S)
            if self._clock.wait(stop, wait_s):
                break
            began_s = self._clock.now()
            wait_s = 0.0
            try:
                self._connect(stop, pulse)
            except SerialError as error:
                self._failed(str(error), stop)
                if self._session is not None and self._session.controller is None:
                    wait_s = STRANGER_S
            except (OSError, serial.SerialException) as error:
                self._failed(f"the serial line {self._settings.port} was lost: {error}", stop)
            finally:
                self._disconnected(stop)
            good_s = self._clock.now() - began_s if self._error is None else 0.0
            wait_s = wait_s or backoff.failed(good_s)
        pulse.rest()

    def _connect(self, stop: threading.Event, pulse: Pulse) -> None:
        """One connection, until it fails or we are asked to stop."""
        pulse(f"opening {self._settings.port}", OPEN_S)
        port = open_port(self._settings.port, self._settings.baud)
        sleeper, waker = socket.socketpair()
        sleeper.setblocking(False)
        waker.setblocking(False)
        self._waker = waker
        try:
            with sleeper, waker:
                if self._settings.format == "text":
                    self._tell(port, sleeper, stop, pulse)
                else:
                    self._talk(port, sleeper, stop, pulse)
        finally:
            self._waker = None
            pulse(f"closing {self._settings.port}", CLOSE_S)
            close_port(port)

    def _talk(
        self, port: "serial.Serial", sleeper: socket.socket, stop: threading.Event, pulse: Pulse
    ) -> None:
        """With a controller."""
        session = self._session = Session(
            self._settings.port,
            self._heartbeat,
            device_id=self._device_id,
            version=__version__,
            now_s=self._clock.now(),
        )
        known = None
        while not stop.is_set():
            pulse(f"reading from {self._settings.port}", TALK_S)
            now_s = self._clock.now()
            self._take(session)
            for heard in session.receive(port.read(port.in_waiting), now_s):
                self._act(heard)
            session.check(now_s)
            if session.controller is not None and session.controller != known:
                known = session.controller
                self._greeted(f"{known.board}, program {known.program}")
            self._write(port, session.due(now_s), pulse)
            self._sleep(port, sleeper, session.wait_s(now_s), pulse)
            self._clock.wait(stop, TURN_S)
        self._take(session)
        self._write(port, session.due(self._clock.now() + IDLE_S), pulse)
        self._write(port, session.last_words(), pulse)
        self._drain(port)

    def _tell(
        self, port: "serial.Serial", sleeper: socket.socket, stop: threading.Event, pulse: Pulse
    ) -> None:
        """A display that only listens."""
        self._greeted("a display that only listens")
        told = ""
        while True:
            self._take(None)
            line = line_of(self._state, self._stats)
            if line != told:
                told = line
                self._lines += 1
                self._write(port, f"{line}\r\n".encode("ascii", "replace"), pulse)
            if stop.is_set():
                break
            self._sleep(port, sleeper, IDLE_S, pulse)
            port.reset_input_buffer()
            self._clock.wait(stop, TURN_S)
        self._drain(port)

    def _take(self, session: Session | None) -> None:
        self._state = self.mailbox.take_state() or self._state
        self._stats = self.mailbox.take_stats() or self._stats
        while self.mailbox.take_event() is not None:
            pass
        if session is not None:
            session.show(shown(self._state, self._stats))

    def _write(self, port: "serial.Serial", data: bytes, pulse: Pulse) -> None:
        if data:
            pulse(f"writing to {self._settings.port}", TALK_S)
            port.write(data)

    def _sleep(
        self, port: "serial.Serial", sleeper: socket.socket, wait_s: float, pulse: Pulse
    ) -> None:
        """Until something comes, something is to be sent, or so long."""
        pulse(f"waiting for {self._settings.port}", wait_s + TALK_S)
        readable, _, _ = select.select([port.fileno(), sleeper], [], [], wait_s)
        if sleeper in readable:
            with suppress(OSError):
                sleeper.recv(4096)
        if port.fileno() in readable and not port.in_waiting:
            raise SerialError(f"the serial line {self._settings.port} was unplugged: plug it in")

    def _drain(self, port: "serial.Serial") -> None:
        until_s = self._clock.now() + GOODBYE_S
        while port.out_waiting and self._clock.now() < until_s:
            self._clock.wait(threading.Event(), TURN_S)

    def _act(self, heard: Heard) -> None:
        if isinstance(heard, Button):
            self._pressed(heard.name)
        else:
            self._was_cut(heard)

    def _pressed(self, name: str) -> None:
        orders = {
            "reset": (Command.RESET_SET, PRESS),
            "pause": (Command.CAMERA, OFF if self._state.camera_on else ON),
            "next": (Command.EXERCISE, self._next_exercise()),
        }
        if self._desk is None or name not in orders:
            log.warning("the button %s means nothing", name)
            return
        log.info("button %s", name)
        command, payload = orders[name]
        self._desk.hand_in(command, payload.encode())

    def _next_exercise(self) -> str:
        names = list(self._exercises)
        if self._state.exercise not in names:
            return names[0] if names else self._state.exercise
        return names[(names.index(self._state.exercise) + 1) % len(names)]

    def _was_cut(self, cut: Cut) -> None:
        self._cuts += 1
        self._last_cut = f"{cut.what}: {cut.words}"
        log.warning("the outside watchdog has cut the supply of the %s: %s", cut.what, cut.words)
        self._record(PowerCutEvent(supply=cut.what, reason=cut.words, ago_s=cut.ago_s))

    def _greeted(self, whom: str) -> None:
        self._opened += 1
        self._connected = True
        self._error = None
        log.info("connected on %s: %s", self._settings.port, whom)

    def _failed(self, words: str, stop: threading.Event) -> None:
        if stop.is_set():
            return
        if words != self._error:
            log.warning("%s; looking for it again", words)
        self._error = words

    def _disconnected(self, stop: threading.Event) -> None:
        """Not when another thread has taken over."""
        if self._loop.over or stop.is_set():
            return
        self._connected = False
        self._past = self.stats
        self._lines, self._session = 0, None

    def _wake(self) -> None:
        waker = self._waker
        if waker is not None:
            with suppress(OSError):  # full: it is awake already; closed: it has ended
                waker.send(b"\0")
