"""What is said and heard over one connection to the broker."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from edgecv.backoff import Backoff
from edgecv.clock import Clock
from edgecv.command_desk import CommandDesk
from edgecv.commands import Command
from edgecv.events import LIVE_EVENTS, Recorded, Refusal, State, encode, encode_delivery, type_of
from edgecv.rates import RateMeter
from edgecv.sinks.discovery import OFFLINE, ONLINE, Discovery
from edgecv.sinks.mailbox import Mailbox
from edgecv.sinks.mqtt_link import IN_FLIGHT, Link, MqttSettings
from edgecv.sinks.outbox import Outbox

log = logging.getLogger("edgecv.mqtt")

TICK_S = 1.0
"""How often the clock is looked at when nothing happens."""
STATE_S = 0.5
"""At least so long between two states: nobody can read faster, and every one is kept by Home
Assistant's recorder."""
SETTLE_S = 0.05
"""What changes together, such as the count of the set and the total, is told together."""
LIVE_S = 10.0
"""An event is announced as it happens, or not at all: after an outage a flood of old announcements
would set off automations."""
BIRTH_S = 1.0
"""Home Assistant says twice that it is there; so long after the last time it is told everything."""


@dataclass(kw_only=True, slots=True)
class Parts:
    """What outlives a connection; `outbox`, `discovery` and `desk` may be left out."""

    settings: MqttSettings
    clock: Clock
    mailbox: Mailbox
    outbox: Outbox | None = None
    """The journal's events."""
    discovery: Discovery | None = None
    """What Home Assistant is told."""
    desk: CommandDesk | None = None
    """Where commands go."""
    announced_before: Callable[[], Mapping[str, str]] = dict
    """What Home Assistant was told of by the last version; see Discovery.payload."""
    on_announced: Callable[[dict[str, str]], None] = lambda _: None
    """Called with what it was told of now, once the broker has it."""
    rate: RateMeter = field(default_factory=RateMeter)
    """Messages that went out."""
    refused: int = 0
    """Times that the broker did not take an event of the journal; it is tried again."""
    acknowledged_s: float | None = None
    """When the broker last acknowledged anything; None before it ever did."""
    state: State | None = None
    """The latest one."""


REFUSED_FIRST_S, REFUSED_LONGEST_S = 5.0, 300.0
"""How long events wait after the broker refused one: somebody may be mending its access rules."""


class _Sent(NamedTuple):
    """A message that the broker has not acknowledged yet."""

    topic: str
    seq: int | None
    """Of an event out of the journal."""
    at_s: float


class Session:
    """From the broker's welcome to the end of the connection. Used by one thread."""

    def __init__(self, link: Link, parts: Parts) -> None:
        self._link = link
        self._parts = parts
        self._settings = parts.settings
        self._clock = parts.clock
        self._in_flight: dict[int, _Sent] = {}
        # One place is left for the goodbye, which must not stand behind events in paho's queue.
        self._room = max(1, min(IN_FLIGHT, link.receive_maximum) - 1)
        self._refusals: set[str] = set()
        self._state_sent: State | None = None
        self._state_mid = self._announce_mid = 0
        self._state_due_s = 0.0
        self._announce_s: float | None = None
        self._goodbye: int | None = None
        self._refused_wait = Backoff(first_s=REFUSED_FIRST_S, longest_s=REFUSED_LONGEST_S)
        self._refused_until_s: float | None = None
        """Events of the journal are held back till then."""
        self._commands = (
            {self._settings.topic(f"{c.value}/set"): c for c in Command} if parts.desk else {}
        )
        self.refusal: str | None = None
        """What the broker does not let us say or hear, in words."""
        self._greet()

    def publish(self, *, hurry: bool = False) -> None:
        """Send what there is, as far as the broker keeps up; in a hurry the state does not wait."""
        now_s = self._clock.now()
        mailbox, outbox = self._parts.mailbox, self._parts.outbox
        if self._announce_s is not None and now_s >= self._announce_s:
            self._announce()
        if self._state_is_due(now_s, hurry=hurry):
            self._publish_state(now_s)
        while self._has_room() and (result := mailbox.take_result()) is not None:
            topic = "explain" if isinstance(result, Refusal) else "result"
            self._send(topic, encode(result))
        while self._has_room() and (event := mailbox.take_event()) is not None:
            # Once, and never again: who announces it shall not do so twice.
            if self._is_live(event, now_s) and type_of(event.event) in LIVE_EVENTS:
                self._send("event", encode(event.event))
        self._look_at_refused_events(now_s)
        may_send = outbox is not None and self._refused_until_s is None
        while may_send and self._has_room() and outbox and (event := outbox.take()) is not None:
            payload = encode_delivery(event.event, replayed=not self._is_live(event, now_s))
            self._send("journal", payload, seq=event.event.seq)
        if self._has_room() and (stats := mailbox.take_stats()) is not None:
            self._send("stats", encode(stats))
        for name, jpeg in mailbox.take_pictures().items():
            self._link.publish(self._settings.topic(name), jpeg, qos=0)

    def settle(self) -> None:
        """Cross off what the broker has acknowledged, and look at what it has passed on."""
        while self._link.acknowledged:
            mid, reason = self._link.acknowledged.popleft()
            sent = self._in_flight.pop(mid, None)
            if sent is None:  # a picture, which nobody acknowledges
                continue
            self._parts.acknowledged_s = self._clock.now()
            if reason.is_failure:
                self._refuse(f"the broker refuses messages on {sent.topic}: {reason}")
                if sent.seq is not None:
                    self._event_refused()
                continue
            if mid == self._announce_mid and self._parts.discovery is not None:
                self._parts.announced_before = dict
                self._parts.on_announced(self._parts.discovery.announced)
            if sent.seq is not None and self._parts.outbox is not None:
                self._parts.outbox.settle(sent.seq)
        if self._link.refusal is not None:
            self._refuse(self._link.refusal)
            self._link.refusal = None
        self._receive()
        self._look_at_acknowledgements()

    def say_goodbye(self) -> None:
        """The last message: the device is offline."""
        if self._goodbye is None:
            self.publish(hurry=True)
            self._goodbye = self._send("availability", OFFLINE, retain=True)

    @property
    def said_goodbye(self) -> bool:
        """And the broker has heard it."""
        return self._goodbye is not None and self._goodbye not in self._in_flight

    @property
    def all_delivered(self) -> bool:
        waiting = self._parts.outbox is not None and self._parts.outbox.waiting
        return not (self._in_flight or waiting or self._state_is_new())

    def wait_s(self) -> float:
        """How long there is nothing to do unless something happens."""
        now_s = self._clock.now()
        due = [now_s + TICK_S]
        if self._announce_s is not None:
            due.append(self._announce_s)
        if self._state_is_new() and self._state_mid not in self._in_flight:
            due.append(self._state_due_s)
        return max(0.0, min(due) - now_s)

    # Out

    def _greet(self) -> None:
        topics = [*self._commands]
        if self._parts.discovery is not None:
            topics.append(self._parts.discovery.birth_topic)
        if topics:
            self._link.subscribe(topics)
        self._announce()
        self._parts.acknowledged_s = self._clock.now()
        self._parts.mailbox.take_stats()  # measured while nobody listened

    def _announce(self) -> None:
        """Tell everything that who comes new has to know."""
        self._announce_s = None
        discovery = self._parts.discovery
        if discovery is not None:
            payload = discovery.payload(self._parts.announced_before())
            self._announce_mid = self._publish(discovery.topic, payload, retain=True)
        self._send("availability", ONLINE, retain=True)
        self._state_sent = None
        self._state_due_s = 0.0

    def _publish_state(self, now_s: float) -> None:
        assert self._parts.state is not None
        self._state_sent = self._parts.state
        self._state_mid = self._send("state", encode(self._state_sent), retain=True)
        self._state_due_s = now_s + STATE_S

    def _state_is_due(self, now_s: float, *, hurry: bool) -> bool:
        return (
            self._has_room()
            and self._state_mid not in self._in_flight
            and self._state_is_new()
            and (hurry or now_s >= self._state_due_s)
        )

    def _state_is_new(self) -> bool:
        """The broker does not have the latest state yet."""
        parts = self._parts
        newer = parts.mailbox.take_state()
        if newer is not None:
            if parts.state is self._state_sent is not None:  # the first change since it was told
                self._state_due_s = max(self._state_due_s, self._clock.now() + SETTLE_S)
            parts.state = newer
        return parts.state is not None and parts.state is not self._state_sent

    def _is_live(self, recorded: Recorded, now_s: float) -> bool:
        return recorded.current and now_s - recorded.at_s <= LIVE_S

    def _has_room(self) -> bool:
        return self._link.open and len(self._in_flight) < self._room

    def _send(
        self, name: str, payload: bytes, *, seq: int | None = None, retain: bool = False
    ) -> int:
        return self._publish(self._settings.topic(name), payload, seq=seq, retain=retain)

    def _publish(
        self, topic: str, payload: bytes, *, seq: int | None = None, retain: bool = False
    ) -> int:
        now_s = self._clock.now()
        mid = self._link.publish(topic, payload, qos=1, retain=retain)
        self._in_flight[mid] = _Sent(topic, seq, now_s)
        self._parts.rate.add(now_s)
        return mid

    def _event_refused(self) -> None:
        self._parts.refused += 1
        if self._refused_until_s is None:
            self._refused_until_s = self._clock.now() + self._refused_wait.failed()

    def _look_at_refused_events(self, now_s: float) -> None:
        """When the wait is over, and all that was sent is answered, they are sent once more."""
        if self._refused_until_s is None or now_s < self._refused_until_s:
            return
        if not any(sent.seq for sent in self._in_flight.values()):
            assert self._parts.outbox is not None
            self._parts.outbox.again()
            self._refused_until_s = None

    # In

    def _refuse(self, words: str) -> None:
        self.refusal = words
        if words not in self._refusals:
            self._refusals.add(words)
            log.error("%s; look at its access rules", words)

    def _receive(self) -> None:
        desk, discovery = self._parts.desk, self._parts.discovery
        while self._link.received:
            message = self._link.received.popleft()
            command = self._commands.get(message.topic)
            if command is not None and desk is not None:
                result = desk.hand_in(command, message.payload, stale=message.retained)
                if result is not None:
                    self._parts.mailbox.put_result(result)
            elif discovery is not None and message[:2] == (discovery.birth_topic, ONLINE):
                self._announce_s = self._clock.now() + BIRTH_S

    def _look_at_acknowledgements(self) -> None:
        """A connection over which nothing is acknowledged is none, whatever TCP says."""
        oldest_s = min((sent.at_s for sent in self._in_flight.values()), default=None)
        if oldest_s is None or not self._link.open:
            return
        limit_s = self._settings.acknowledge_s
        if self._clock.now() - max(oldest_s, self._parts.acknowledged_s or 0.0) > limit_s:
            self._link.fail(f"{self._settings.broker} acknowledges nothing for {limit_s:g} s")
