"""What goes to the broker and when, on a clock that the test moves."""

from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import msgspec
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from edgecv.clock import FakeClock
from edgecv.command_desk import CommandDesk
from edgecv.commands import Command
from edgecv.events import DowntimeEvent, Recorded, SetStartedEvent
from edgecv.sinks.discovery import Discovery, Identity
from edgecv.sinks.entities import Entity, entities
from edgecv.sinks.mailbox import Mailbox
from edgecv.sinks.mqtt_link import Link, Message, MqttSettings
from edgecv.sinks.mqtt_session import Parts, Session
from edgecv.sinks.outbox import Outbox
from tests.messages import recorded, state, stats

SUCCESS = ReasonCode(PacketTypes.PUBACK)
EXERCISES = ("auto", "squat")


class FakeLink:
    """A broker that acknowledges when the test says so."""

    def __init__(self) -> None:
        self.open = True
        self.error: str | None = None
        self.refusal: str | None = None
        self.receive_maximum = 20
        self.acknowledged: deque[tuple[int, ReasonCode]] = deque()
        self.received: deque[Message] = deque()
        self.sent: list[tuple[str, bytes, bool]] = []
        self.subscribed: list[str] = []

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> int:
        assert qos in (0, 1)
        self.sent.append((topic.removeprefix("edgecv/gym/"), payload, retain))
        return len(self.sent)

    def subscribe(self, topics: Sequence[str]) -> None:
        self.subscribed += topics

    def fail(self, error: str) -> None:
        self.error = error
        self.open = False

    def acknowledge_all(self) -> None:
        self.acknowledged = deque((mid, SUCCESS) for mid in range(1, len(self.sent) + 1))

    def on(self, topic: str) -> list[bytes]:
        return [payload for sent, payload, _ in self.sent if sent == topic]


def make_discovery(some: Sequence[Entity] | None = None) -> Discovery:
    return Discovery(
        identity=Identity(
            device_id="gym", name="Gym camera", version="1.2", board="Pi 4", serial="0a1b"
        ),
        entities=entities(EXERCISES, last_set_picture=True, updates=True) if some is None else some,
        prefix="edgecv",
        stats_interval_s=30,
    )


class Talk:
    """A session with everything that it needs."""

    def __init__(self, **parts: Any) -> None:
        self.clock = FakeClock(1000.0)
        self.link = FakeLink()
        self.mailbox = Mailbox()
        self.outbox = Outbox(lambda: None)
        self.desk = CommandDesk(self.clock, EXERCISES)
        self.parts = Parts(
            settings=MqttSettings(host="broker", device_id="gym"),
            clock=self.clock,
            mailbox=self.mailbox,
            outbox=self.outbox,
            **{"discovery": make_discovery(), "desk": self.desk, **parts},
        )
        self.begin()

    def begin(self) -> None:
        """A new connection."""
        self.outbox.again()
        self.link = FakeLink()
        self.session = Session(cast(Link, self.link), self.parts)

    def turn(self, seconds: float = 0.0) -> None:
        """Time passes; the broker acknowledges everything."""
        self.clock.advance(seconds)
        self.session.publish()
        self.link.acknowledge_all()
        self.session.settle()

    def hear(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        self.link.received.append(Message(topic, payload, retained))
        self.turn()


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_everything_is_told_in_the_order_that_home_assistant_needs(talk: Talk) -> None:
    talk.mailbox.put_state(state(1))
    talk.turn()

    assert [(topic, retain) for topic, _, retain in talk.link.sent] == [
        ("homeassistant/device/edgecv_gym/config", True),
        ("availability", True),
        ("state", True),
    ]
    assert set(talk.link.subscribed) == {
        "homeassistant/status",
        *(f"edgecv/gym/{command.value}/set" for command in Command),
    }


def test_states_are_at_most_two_a_second_and_the_last_one_is_told(talk: Talk) -> None:
    for step in range(60 * 30):
        talk.mailbox.put_state(state(step))
        talk.turn(1 / 30)
    talk.turn(1.0)

    assert 100 <= len(talk.link.on("state")) <= 121
    assert msgspec.json.decode(talk.link.on("state")[-1])["set_reps"] == 60 * 30 - 1


def test_what_changes_together_is_told_together(talk: Talk) -> None:
    talk.mailbox.put_state(state(1))
    talk.turn()
    talk.clock.advance(10.0)
    for reps in (2, 3):
        talk.mailbox.put_state(state(reps))
        talk.turn(0.005)
    talk.turn(0.1)

    told = [msgspec.json.decode(payload)["set_reps"] for payload in talk.link.on("state")]
    assert told == [1, 3]


def test_an_event_is_announced_as_it_happens_or_not_at_all(talk: Talk) -> None:
    now_s = talk.clock.now()
    fresh = Recorded(SetStartedEvent(exercise="squat", set=1), now_s - 9)
    old = Recorded(SetStartedEvent(exercise="squat", set=2), now_s - 11)
    of_another_run = Recorded(SetStartedEvent(exercise="squat", set=3), now_s, current=False)
    no_news = Recorded(DowntimeEvent(since=None, reason="it crashed"), now_s)
    for event in (fresh, old, of_another_run, no_news):
        talk.mailbox.put_event(event)
    talk.turn()

    assert [msgspec.json.decode(payload)["set"] for payload in talk.link.on("event")] == [1]


def test_an_announcement_is_not_repeated_on_the_next_connection_but_the_journal_is(
    talk: Talk,
) -> None:
    event = recorded(0, talk.clock.now())
    talk.mailbox.put_event(event)
    talk.outbox.offer(event)
    talk.session.publish()  # and the connection breaks
    assert len(talk.link.on("event")) == len(talk.link.on("journal")) == 1
    first = msgspec.json.decode(talk.link.on("journal")[0])
    assert first["replayed"] is False

    talk.clock.advance(60.0)
    talk.begin()
    talk.turn()
    assert talk.link.on("event") == []
    again = msgspec.json.decode(talk.link.on("journal")[0])
    assert again == {**first, "replayed": True}
    assert talk.outbox.waiting == 0


def test_not_more_is_in_flight_than_the_broker_allows(talk: Talk) -> None:
    talk.link.receive_maximum = 5
    talk.session = Session(cast(Link, talk.link), talk.parts)
    for number in range(100):
        talk.outbox.offer(recorded(number))
    talk.link.sent.clear()
    talk.session.publish()

    assert len(talk.link.sent) + 2 <= 5  # discovery and "online" are in flight as well
    for _ in range(100):
        talk.turn()
    assert talk.outbox.waiting == 0


def test_home_assistants_birth_is_answered_once_with_everything(talk: Talk) -> None:
    talk.mailbox.put_state(state(1))
    talk.turn()
    talk.link.sent.clear()

    talk.hear("homeassistant/status", b"online")
    talk.turn(0.5)
    talk.hear("homeassistant/status", b"online")
    talk.turn(0.9)
    assert talk.link.sent == []
    talk.turn(0.2)
    talk.turn(1.0)
    assert [topic for topic, _, _ in talk.link.sent] == [
        "homeassistant/device/edgecv_gym/config",
        "availability",
        "state",
    ]
    talk.hear("homeassistant/status", b"offline")
    talk.turn(5.0)
    assert len(talk.link.sent) == 3


def test_entities_that_are_no_more_are_taken_away_once() -> None:
    kept: list[dict[str, str]] = []
    talk = Talk(announced_before=lambda: {"gone": "sensor"}, on_announced=kept.append)
    talk.session.publish()
    first = msgspec.json.decode(talk.link.sent[0][1])["components"]
    assert first["gone"] == {"platform": "sensor"}
    assert kept == []

    talk.turn()
    assert kept == [make_discovery().announced]
    talk.begin()
    assert "gone" not in msgspec.json.decode(talk.link.sent[0][1])["components"]


def test_a_connection_over_which_nothing_is_acknowledged_is_given_up(talk: Talk) -> None:
    talk.turn()
    talk.mailbox.put_stats(stats(1))
    talk.session.publish()
    talk.clock.advance(19.0)
    talk.session.settle()
    assert talk.link.error is None
    talk.clock.advance(2.0)
    talk.session.settle()
    assert talk.link.error == "broker:1883 acknowledges nothing for 20 s"


def test_a_slow_broker_is_not_given_up(talk: Talk) -> None:
    for number in range(1000):
        talk.outbox.offer(recorded(number))
    for _ in range(100):
        talk.session.publish()
        talk.clock.advance(15.0)
        talk.link.acknowledged.append((len(talk.link.sent), SUCCESS))
        talk.session.settle()
    assert talk.link.error is None


def test_stats_that_were_measured_while_nobody_listened_are_not_told(talk: Talk) -> None:
    talk.mailbox.put_stats(stats(1))
    talk.begin()
    talk.turn()
    assert talk.link.on("stats") == []


def test_a_command_reaches_the_desk_and_its_result_the_broker(talk: Talk) -> None:
    talk.hear("edgecv/gym/exercise/set", b"squat")
    order = talk.desk.next()
    assert order is not None
    assert (order.command, order.text) == (Command.EXERCISE, "squat")
    talk.mailbox.put_result(talk.desk.done(order, None))
    talk.turn()

    assert [msgspec.json.decode(payload) for payload in talk.link.on("result")] == [
        {"command": "exercise", "value": "squat", "accepted": True, "reason": None}
    ]


def test_a_retained_command_is_not_carried_out(talk: Talk) -> None:
    talk.hear("edgecv/gym/restart/set", b"PRESS", retained=True)
    talk.turn()

    assert talk.desk.next() is None
    (result,) = (msgspec.json.decode(payload) for payload in talk.link.on("result"))
    assert result["accepted"] is False
    assert "retained" in result["reason"]


def test_pictures_are_not_retained_and_only_the_newest_is_sent(talk: Talk) -> None:
    for number in range(5):
        talk.mailbox.put_picture("picture", b"%d" % number)
    talk.turn()
    assert [one for one in talk.link.sent if one[0] == "picture"] == [("picture", b"4", False)]


@pytest.mark.long
def test_an_hour_of_training_stays_within_the_budget(talk: Talk) -> None:
    """A rep every 3 s, nothing else new in the state, stats every 30 s."""
    talk.mailbox.put_state(state(0))
    talk.turn()
    talk.link.sent.clear()
    for second in range(3600):
        if second % 3 == 0:
            event = recorded(second // 3, talk.clock.now())
            talk.mailbox.put_event(event)
            talk.outbox.offer(event)
            talk.mailbox.put_state(state(second // 3 + 1))
        if second % 30 == 0:
            talk.mailbox.put_stats(stats(second))
        for _ in range(10):
            talk.turn(0.1)

    counts = {topic: len(talk.link.on(topic)) for topic in ("state", "stats", "event", "journal")}
    assert counts == {"state": 1200, "stats": 120, "event": 1200, "journal": 1200}
    assert len(talk.link.sent) == sum(counts.values())
    assert sum(len(payload) for _, payload, _ in talk.link.sent) < 3_000_000
