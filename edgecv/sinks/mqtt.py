"""Events, state and stats to an MQTT 5 broker, which may be away, come back or refuse us.

One thread does it all, with a new paho client for each connection. paho's own network thread
ends without a word on an exception, does not say why a connect failed, and repeats messages of
the last connection before anything that we say on the new one.
"""

import logging
import socket
import threading
import time
from collections import deque
from contextlib import suppress

from edgecv.events import Event, State, encode
from edgecv.sinks.mailbox import EVENTS_KEPT, Mailbox
from edgecv.sinks.mqtt_link import IN_FLIGHT, SETTLED_S, Link, MqttSettings

log = logging.getLogger("edgecv.mqtt")

TICK_S = 1.0
"""How often the clock is looked at when nothing happens."""
STOPPING_TICK_S = 0.02


class MqttSink:
    """A `Sink`. Its properties may be read from any thread.

    An event is kept until the broker has acknowledged it; when a connection breaks, what was not
    acknowledged is sent again, in order and with the same ids. What the broker refuses for good
    is dropped and counted.
    """

    def __init__(self, settings: MqttSettings, events_kept: int = EVENTS_KEPT) -> None:
        self.mailbox = Mailbox(events_kept, on_change=self._wake)
        self.connected = False
        self.last_error: str | None = None
        """In words, without the password; None while all is well."""
        self._settings = settings
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._waker: socket.socket | None = None
        self._books = threading.Lock()
        """An event moves from one of the three places where it can be to another under it."""
        self._again: deque[Event] = deque()
        self._in_flight: dict[int, tuple[str, Event | None]] = {}
        self._refused = 0
        self._refusals: set[str] = set()
        self._state: State | None = None
        self._state_sent: State | None = None
        self._state_mid = 0
        self._connected_at = 0.0
        self._retry_s = settings.retry_min_s
        self._stopping = threading.Event()
        self._goodbye_at = self._deadline = 0.0
        self._goodbye: int | None = None

    @property
    def stats_interval_s(self) -> float:
        return self._settings.stats_interval_s

    @property
    def events_waiting(self) -> int:
        with self._books:
            in_flight = sum(event is not None for _, event in self._in_flight.values())
            return self.mailbox.events_waiting + len(self._again) + in_flight

    @property
    def events_dropped(self) -> int:
        return self.mailbox.dropped + self._refused

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 1.5) -> bool:
        """Publish what is waiting, then `offline`, and end, as far as `timeout_s` allows.

        False if the thread still sits in a connect that hangs; it ends with it, sending nothing.
        """
        if not self._stopping.is_set():
            now = time.monotonic()
            self._goodbye_at = now + 0.6 * timeout_s
            self._deadline = now + 0.9 * timeout_s
            self._stopping.set()
            self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _wake(self) -> None:
        if self._waker is not None:
            with suppress(OSError):  # full: it is awake already; closed: it has ended
                self._waker.send(b"\0")

    def _run(self) -> None:
        sleeper, self._waker = socket.socketpair()
        sleeper.setblocking(False)
        self._waker.setblocking(False)
        with sleeper, self._waker:
            while True:
                try:
                    self._session(sleeper)
                except Exception as error:  # noqa: BLE001 - nothing may end this thread for good
                    self._failed(
                        f"the connection to {self._settings.broker} broke: {error!r}", error
                    )
                if self._stopping.wait(self._retry_s):
                    return
                self._retry_s = min(2 * self._retry_s, self._settings.retry_max_s)

    def _session(self, sleeper: socket.socket) -> None:
        """One connection, from the attempt to the end."""
        try:
            link = Link(self._settings)
        except (OSError, ValueError) as error:  # ValueError: no name that could be looked up
            reason = (isinstance(error, OSError) and error.strerror) or error
            self._failed(f"can't reach the broker {self._settings.broker}: {reason}")
            return
        try:
            while link.open and not self._leave(link):
                if link.connected and self._goodbye is None:
                    self._publish(link)
                link.wait(sleeper, STOPPING_TICK_S if self._stopping.is_set() else TICK_S)
                self._settle(link)
        finally:
            if link.error is not None:
                self._failed(link.error)
            if self.connected and time.monotonic() - self._connected_at > SETTLED_S:
                self._retry_s = self._settings.retry_min_s
            self.connected = False
            with self._books:
                events = [event for _, event in self._in_flight.values() if event is not None]
                self._again.extendleft(reversed(events))
                self._in_flight.clear()
            link.close()

    def _failed(self, words: str, error: Exception | None = None) -> None:
        if words != self.last_error:
            log.warning("%s; trying again", words, exc_info=error)
        self.last_error = words

    def _publish(self, link: Link) -> None:
        if not self.connected:
            self._greet(link)
        # One place is left for the goodbye, which must not stand behind events in paho's queue.
        room = max(1, min(IN_FLIGHT, link.receive_maximum) - 1)
        if (
            len(self._in_flight) < room
            and self._state_mid not in self._in_flight
            and (state := self._due_state()) is not None
        ):
            self._state_mid = self._send(link, "state", encode(state))
            self._state_sent = state
        while link.open and len(self._in_flight) < room:
            with self._books:
                event = self._again.popleft() if self._again else self.mailbox.take_event()
                if event is None:
                    break
                self._send(link, "event", encode(event), event)
        if (stats := self.mailbox.take_stats()) is not None:
            link.publish(self._settings.topic("stats"), encode(stats), qos=0)

    def _greet(self, link: Link) -> None:
        log.info("connected to the broker %s", self._settings.broker)
        self.last_error = None
        self._refusals.clear()
        self._connected_at = time.monotonic()
        self._send(link, "availability", b"online")
        self._state_sent = None
        self.mailbox.take_stats()  # measured while nobody listened
        self.connected = True

    def _due_state(self) -> State | None:
        """The latest state, when the broker does not have it yet."""
        self._state = self.mailbox.take_state() or self._state
        return None if self._state is self._state_sent else self._state

    def _send(self, link: Link, name: str, payload: bytes, event: Event | None = None) -> int:
        """All but events is retained; Home Assistant ignores events that are."""
        topic = self._settings.topic(name)
        mid = link.publish(topic, payload, qos=1, retain=event is None)
        self._in_flight[mid] = topic, event
        return mid

    def _settle(self, link: Link) -> None:
        """Cross off what the broker has acknowledged."""
        while link.acknowledged:
            mid, reason = link.acknowledged.popleft()
            topic, event = self._in_flight.get(mid, ("", None))
            if topic and reason.is_failure:
                self.last_error = f"the broker refuses messages on {topic}: {reason}"
                if self.last_error not in self._refusals:
                    self._refusals.add(self.last_error)
                    log.error("%s; they are dropped", self.last_error)
            with self._books:
                self._in_flight.pop(mid, None)
                self._refused += event is not None and reason.is_failure

    def _leave(self, link: Link) -> bool:
        """Whether to close the connection now; says goodbye when it is time to."""
        if not self._stopping.is_set():
            return False
        now = time.monotonic()
        delivered = not (self._in_flight or self.events_waiting or self._due_state())
        if not self.connected:
            return delivered or now >= self._goodbye_at
        if self._goodbye is None and (delivered or now >= self._goodbye_at):
            self._publish(link)  # the last stats
            self._goodbye = self._send(link, "availability", b"offline")
        said = self._goodbye is not None and self._goodbye not in self._in_flight
        return said or now >= self._deadline
