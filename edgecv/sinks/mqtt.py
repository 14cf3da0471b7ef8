"""Events, state and stats to an MQTT broker, which may be away, come back or refuse us; commands
from it.

One thread does it all, with a new paho client for each connection. paho's own network thread
ends without a word on an exception, does not say why a connect failed, and repeats messages of
the last connection before anything that we say on the new one.
"""

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from edgecv.backoff import Backoff
from edgecv.clock import Clock
from edgecv.command_desk import CommandDesk
from edgecv.sinks.discovery import Discovery
from edgecv.sinks.mailbox import Mailbox
from edgecv.sinks.mqtt_link import Link, MqttSettings, explain
from edgecv.sinks.mqtt_session import TICK_S, Parts, Session
from edgecv.sinks.outbox import Outbox
from edgecv.watchdog import Pulse, Stuck

log = logging.getLogger("edgecv.mqtt")

STOPPING_TICK_S = 0.02
CONNECT_S = 90.0
"""Name server, TCP and TLS: none of them can be interrupted."""
TALK_S = 30.0
OUSTED_WINDOW_S = 60.0
OUSTED_LIMIT = 3
"""So often within the window: another client has our id."""


class MqttSink:
    """A `Sink`. Its properties may be read from any thread.

    An event of the journal is settled only when the broker has acknowledged it; when a connection
    breaks, or the broker refuses it, what was not acknowledged is sent again, in order and with the
    same ids.
    """

    def __init__(
        self,
        settings: MqttSettings,
        clock: Clock,
        *,
        outbox: Outbox | None = None,
        discovery: Discovery | None = None,
        desk: CommandDesk | None = None,
        announced_before: Callable[[], Mapping[str, str]] = dict,
        on_announced: Callable[[dict[str, str]], None] = lambda _: None,
    ) -> None:
        """`outbox` has the journal's events, `discovery` what Home Assistant is told, `desk` takes
        commands. `announced_before` gives the entities that Home Assistant was told of by the last
        version, `on_announced` is called with those that it knows now."""
        self.mailbox = Mailbox(on_change=self._wake)
        self.answers = True
        self.connected = False
        self.last_error: str | None = None
        """In words, without the password; None while all is well."""
        self._settings = settings
        self._clock = clock
        self._outbox = outbox
        self._parts = Parts(
            settings=settings,
            clock=clock,
            mailbox=self.mailbox,
            outbox=outbox,
            discovery=discovery,
            desk=desk,
            announced_before=announced_before,
            on_announced=on_announced,
        )
        self._life = 0
        """Which thread is the one that counts: see `rebuild`."""
        self._thread = self._make_thread()
        self.pulse = Pulse(clock)
        self._waker: socket.socket | None = None
        self._ousted: deque[float] = deque(maxlen=OUSTED_LIMIT)
        self._backoff = Backoff(first_s=settings.retry_min_s, longest_s=settings.retry_max_s)
        self._stopping = threading.Event()
        self._goodbye_s = self._deadline_s = 0.0
        if outbox is not None:
            outbox.on_change = self._wake

    @property
    def stats_interval_s(self) -> float:
        return self._settings.stats_interval_s

    @property
    def broker(self) -> str:
        """HOST:PORT."""
        return self._settings.broker

    @property
    def refused(self) -> int:
        """Times that the broker did not take an event of the journal; it is tried again."""
        return self._parts.refused

    @property
    def acknowledged_s_ago(self) -> float | None:
        """Since the broker last acknowledged anything; None before it ever did."""
        at_s = self._parts.acknowledged_s
        return None if at_s is None else self._clock.now() - at_s

    def rate(self, now_s: float) -> float:
        """Messages a second that go out."""
        return self._parts.rate.rate(now_s)

    def start(self) -> None:
        self._thread.start()

    def rebuild(self, stuck: Stuck) -> bool:
        """Abandon a thread that is stuck, and begin anew on another. True: that can always be
        done."""
        log.error("%s: a new client takes over; it is in %s", stuck.words, stuck.stack)
        self._life += 1
        if self._outbox is not None:
            self._outbox.again()
        self.pulse = Pulse(self._clock)
        self._thread = self._make_thread()
        self._thread.start()
        return True

    def stop(self, timeout_s: float = 1.5) -> bool:
        """Publish what is waiting, then `offline`, and end, as far as `timeout_s` allows.

        False if the thread still sits in a connect that hangs; it ends with it, sending nothing.
        """
        if not self._stopping.is_set():
            now_s = self._clock.now()
            self._goodbye_s = now_s + 0.6 * timeout_s
            self._deadline_s = now_s + 0.9 * timeout_s
            self._stopping.set()
            self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _wake(self) -> None:
        if self._waker is not None:
            with suppress(OSError):  # full: it is awake already; closed: it has ended
                self._waker.send(b"\0")

    def _make_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, args=(self._life,), name="mqtt", daemon=True)

    def _run(self, life: int) -> None:
        pulse = self.pulse
        sleeper, waker = socket.socketpair()
        self._waker = waker
        sleeper.setblocking(False)
        waker.setblocking(False)
        with sleeper, waker:
            while life == self._life:
                good_s = 0.0
                try:
                    good_s = self._connection(sleeper, life, pulse)
                except Exception as error:  # noqa: BLE001 - nothing may end this thread for good
                    self._failed(
                        f"the connection to {self._settings.broker} broke: {error!r}", error
                    )
                pause_s = self._pause_s(good_s)
                pulse("waiting to try again", pause_s + TALK_S)
                if self._stopping.wait(pause_s):
                    break
        pulse.rest()

    def _pause_s(self, good_s: float) -> float:
        wait_s = self._backoff.failed(good_s)
        return self._settings.retry_max_s if self._is_ousted() else wait_s

    def _connection(self, sleeper: socket.socket, life: int, pulse: Pulse) -> float:
        """One connection, from the attempt to the end; gives for how long it was good."""
        pulse(f"connecting to {self._settings.broker}", CONNECT_S)
        try:
            link = Link(self._settings, self._clock)
        except (OSError, ValueError) as error:  # ValueError: no name that could be looked up
            self._failed(explain(error, self._settings, self._clock))
            return 0.0
        session: Session | None = None
        began_s = self._clock.now()
        try:
            while life == self._life and link.open and not self._leave(session):
                pulse(f"talking to {self._settings.broker}", TALK_S)
                if session is None and link.connected:
                    session = Session(link, self._parts)
                    began_s = self._clock.now()
                    self._connected()
                if session is not None:
                    session.publish(hurry=self._stopping.is_set())
                link.wait(sleeper, self._wait_s(session))
                if session is not None:
                    session.settle()
                    self.last_error = session.refusal
        finally:
            self._ended(link, life)
        return self._clock.now() - began_s if session else 0.0

    def _connected(self) -> None:
        log.info("connected to the broker %s", self._settings.broker)
        self.last_error = None
        self.connected = True

    def _wait_s(self, session: Session | None) -> float:
        if self._stopping.is_set():
            return STOPPING_TICK_S
        return TICK_S if session is None else session.wait_s()

    def _leave(self, session: Session | None) -> bool:
        """Whether to close the connection now; says goodbye when it is time to."""
        if not self._stopping.is_set():
            return False
        now_s = self._clock.now()
        late = now_s >= self._goodbye_s
        if session is None:
            return late or not (self._outbox is not None and self._outbox.waiting)
        if session.all_delivered or late:
            session.say_goodbye()
        return session.said_goodbye or now_s >= self._deadline_s

    def _ended(self, link: Link, life: int) -> None:
        if life != self._life:  # another thread has taken over long ago
            link.close()
            return
        if link.ousted:
            self._ousted.append(self._clock.now())
        if self._is_ousted():
            self._failed(
                f"the broker {self._settings.broker} ends our connections soon after they began: "
                f"another client seems to have the id {self._settings.client_id}; give one of the "
                "two another [device] id"
            )
        elif link.error is not None:
            self._failed(link.error)
        self.connected = False
        if self._outbox is not None:
            self._outbox.again()
        link.close()

    def _is_ousted(self) -> bool:
        times = self._ousted
        return len(times) == OUSTED_LIMIT and self._clock.now() - times[0] < OUSTED_WINDOW_S

    def _failed(self, words: str, error: Exception | None = None) -> None:
        if words != self.last_error:
            log.warning("%s; trying again", words, exc_info=error)
        self.last_error = words
