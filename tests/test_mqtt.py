"""The MQTT sink against a real broker, in good days and in bad ones."""

import logging
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from edgecv.clock import SystemClock
from edgecv.events import encode
from edgecv.sinks import mqtt, mqtt_link, mqtt_session
from edgecv.sinks.mqtt import MqttSink
from edgecv.sinks.mqtt_link import MqttSettings
from edgecv.sinks.outbox import Outbox
from tests.broker import PATIENCE_S, Broker, Line, Listener, wait_until
from tests.messages import recorded, rep, state, stats

STOP_S = 1.5


class FedSink(MqttSink):
    """With an outbox that holds what the test has put into it."""

    def __init__(self, settings: MqttSettings, **parts: Any) -> None:
        self.outbox = Outbox(lambda: None)
        super().__init__(settings, SystemClock(), outbox=self.outbox, **parts)

    @property
    def events_waiting(self) -> int:
        return self.outbox.waiting


class MakeSink(Protocol):
    def __call__(self, port: int, **settings: Any) -> FedSink: ...


@pytest.fixture
def make_sink() -> Iterator[MakeSink]:
    """Sinks that retry at once and are stopped in the end."""
    sinks: list[FedSink] = []

    def make(port: int, **settings: Any) -> FedSink:
        parts = {name: settings.pop(name) for name in ("discovery", "desk") if name in settings}
        defaults: dict[str, Any] = {
            "host": "127.0.0.1",
            "device_id": "gym",
            "retry_min_s": 0.02,
            "retry_max_s": 0.05,
        }
        sinks.append(FedSink(MqttSettings(port=port, **{**defaults, **settings}), **parts))
        return sinks[-1]

    yield make
    for sink in sinks:
        wait_until(lambda sink=sink: sink.stop(STOP_S), "the sink's thread ends")  # type: ignore[misc]


def put_reps(sink: FedSink, numbers: range) -> None:
    for number in numbers:
        sink.outbox.offer(recorded(number))


def ids(listener: Listener, last: int) -> list[str]:
    """Of all events heard, once the one with number `last` has been heard."""

    def heard() -> list[str]:
        return [msgspec.json.decode(payload)["id"] for payload in listener.payloads("/journal")]

    wait_until(lambda: rep(last).id in heard(), f"event {last}")
    return heard()


def first_of_each(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))


def expected_ids(numbers: range) -> list[str]:
    return [rep(number).id for number in numbers]


def wait_for_all(sink: FedSink) -> None:
    wait_until(lambda: sink.events_waiting == 0, "all events are acknowledged")


def retained(broker: Broker, topic: str) -> list[bytes]:
    """What somebody who subscribes only now is given."""
    with Listener(broker, topics=f"edgecv/gym/{topic}") as late:
        wait_until(lambda: bool(late.heard()), f"a message on {topic}")
        return [one.payload for one in late.heard() if one.retained]


def test_all_is_published_on_its_topic_in_order(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    sink = make_sink(broker.port)
    sink.mailbox.put_state(state(0))
    put_reps(sink, range(100))
    sink.start()
    wait_for_all(sink)
    sink.mailbox.put_stats(stats(7))
    listener.wait_for("/stats", encode(stats(7)))
    ids(listener, 99)
    heard = listener.heard()
    assert [one.topic for one in heard[:2]] == ["edgecv/gym/availability", "edgecv/gym/state"]
    assert heard[0].payload == b"online"
    assert heard[1].payload == encode(state(0))
    events = [msgspec.json.decode(payload) for payload in listener.payloads("/journal")]
    expected = [msgspec.json.decode(encode(rep(number))) for number in range(100)]
    assert events == [{**event, "replayed": True} for event in expected]
    assert {one.qos for one in heard} == {1}
    assert sink.connected
    assert sink.last_error is None
    assert sink.refused == 0


def test_who_comes_late_is_given_availability_and_state_but_no_events_and_no_stats(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    sink = make_sink(broker.port)
    sink.start()
    sink.mailbox.put_state(state(3))
    put_reps(sink, range(1))
    ids(listener, 0)
    sink.mailbox.put_stats(stats(7))
    listener.wait_for("/stats", encode(stats(7)))
    with Listener(broker) as late:
        late.wait_for("/availability", b"online")
        late.wait_for("/state", encode(state(3)))
        assert all(one.retained for one in late.heard())
        assert {one.topic for one in late.heard()} == {
            "edgecv/gym/availability",
            "edgecv/gym/state",
        }


def test_a_broker_that_appears_later_gets_state_and_every_event(
    absent_broker: Broker, make_sink: MakeSink
) -> None:
    with Line(absent_broker) as line:
        sink = make_sink(line.port)
        sink.mailbox.put_state(state(1))
        put_reps(sink, range(50))
        sink.mailbox.put_stats(stats(1))
        sink.start()
        wait_until(lambda: line.calls >= 3, "several attempts")
        assert not sink.connected
        assert sink.events_waiting == 50
        sink.mailbox.put_state(state(50))
        absent_broker.start()
        with Listener(absent_broker) as listener:
            line.up()
            wait_for_all(sink)
            assert ids(listener, 49) == expected_ids(range(50))
            assert listener.payloads("/state") == [encode(state(50))]
            assert listener.heard("/stats") == []
            assert sink.last_error is None


def test_an_absent_broker_is_named_once_and_found_when_it_is_there(
    absent_broker: Broker, make_sink: MakeSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edgecv.mqtt")
    with Line(absent_broker) as line:
        sink = make_sink(line.port)
        sink.start()
        wait_until(lambda: line.calls >= 5, "several attempts")
        assert len(caplog.records) == 1
        assert sink.stop(STOP_S)
    where = f"127.0.0.1:{absent_broker.port}"
    other = make_sink(absent_broker.port)
    other.start()
    wait_until(lambda: other.last_error is not None, "the failure is known")
    refused = f"can't reach the broker {where}: Connection refused"
    assert other.last_error == refused
    absent_broker.start()
    wait_until(lambda: other.connected, "connected")
    with Listener(absent_broker) as listener:
        listener.wait_for("/availability", b"online")
    assert caplog.messages[-1] == f"connected to the broker {where}"
    assert sum(refused in message for message in caplog.messages) == 1


def test_after_the_broker_was_killed_all_is_published_anew_and_no_event_is_lost(
    broker: Broker, line: Line, make_sink: MakeSink
) -> None:
    line.up()
    sink = make_sink(line.port)
    sink.mailbox.put_state(state(1))
    with Listener(broker) as before:
        sink.start()
        put_reps(sink, range(20))
        wait_for_all(sink)
        assert ids(before, 19) == expected_ids(range(20))
        line.one_way = True  # so that it dies with events that it has not acknowledged
        put_reps(sink, range(20, 60))
        ids(before, 30)
    broker.kill()
    line.down()
    line.one_way = False
    wait_until(lambda: not sink.connected, "the loss is noticed")
    assert sink.events_waiting == 40
    broker.start()
    with Listener(broker) as after:
        line.up()
        wait_for_all(sink)
        assert ids(after, 59) == expected_ids(range(20, 60))
        assert [one.payload for one in after.heard()[:2]] == [b"online", encode(state(1))]
    assert retained(broker, "state") == [encode(state(1))]
    assert retained(broker, "availability") == [b"online"]


def test_an_event_whose_acknowledgement_was_lost_is_repeated_with_the_same_id(
    listener: Listener, line: Line, make_sink: MakeSink
) -> None:
    line.up()
    sink = make_sink(line.port)
    sink.start()
    wait_until(lambda: sink.connected and sink.events_waiting == 0, "connected")
    line.one_way = True
    put_reps(sink, range(5))
    ids(listener, 4)
    assert sink.events_waiting == 5
    line.down()
    line.one_way = False
    line.up()
    wait_for_all(sink)
    put_reps(sink, range(5, 6))
    assert ids(listener, 5) == expected_ids(range(5)) * 2 + expected_ids(range(5, 6))


def test_a_broker_that_stands_still_for_a_moment_gets_everything_once(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    sink = make_sink(broker.port)
    sink.start()
    wait_until(lambda: sink.connected, "connected")
    broker.freeze()
    put_reps(sink, range(60))
    for reps in range(60):
        sink.mailbox.put_state(state(reps))
    broker.thaw()
    wait_for_all(sink)
    assert ids(listener, 59) == expected_ids(range(60))
    listener.wait_for("/state", encode(state(59)))


def test_a_broker_that_stands_still_for_long_is_given_up_and_no_event_is_lost(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    sink = make_sink(broker.port, keepalive_s=1)
    sink.start()
    put_reps(sink, range(10))
    wait_for_all(sink)
    broker.freeze()
    put_reps(sink, range(10, 60))
    wait_until(lambda: not sink.connected, "the broker is given up")
    assert sink.last_error is not None
    assert "Keep alive timeout" in sink.last_error
    broker.thaw()
    wait_for_all(sink)
    assert first_of_each(ids(listener, 59)) == expected_ids(range(60))
    assert retained(broker, "availability") == [b"online"]


def test_superseded_states_are_not_published(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    sink = make_sink(broker.port)
    sink.start()
    wait_until(lambda: sink.connected, "connected")
    broker.freeze()
    for reps in range(100):
        sink.mailbox.put_state(state(reps))
        put_reps(sink, range(reps, reps + 1))
    broker.thaw()
    listener.wait_for("/state", encode(state(99)))
    assert len(listener.payloads("/state")) <= 3
    wait_for_all(sink)
    assert retained(broker, "state") == [encode(state(99))]


def test_a_device_that_dies_is_offline(broker: Broker, listener: Listener) -> None:
    program = (
        "import sys, time\n"
        "from edgecv.clock import SystemClock\n"
        "from edgecv.sinks.mqtt import MqttSink\n"
        "from edgecv.sinks.mqtt_link import MqttSettings\n"
        "settings = MqttSettings(host='127.0.0.1', port=int(sys.argv[1]), device_id='gym')\n"
        "MqttSink(settings, SystemClock()).start()\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(broker.port)])
    try:
        listener.wait_for("/availability", b"online")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
    listener.wait_for("/availability", b"offline")
    assert retained(broker, "availability") == [b"offline"]


def test_a_clean_stop_delivers_the_rest_and_says_offline_exactly_once(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    sink = make_sink(broker.port)
    sink.start()
    wait_until(lambda: sink.connected, "connected")
    put_reps(sink, range(200))
    sink.mailbox.put_state(state(200))
    sink.mailbox.put_stats(stats(200))
    assert sink.stop(PATIENCE_S)
    assert sink.stop(PATIENCE_S)
    assert sink.events_waiting == 0
    assert not sink.connected
    wait_until(lambda: "edgecv-gym disconnected" in broker.log(), "the broker saw it go")
    with Listener(broker, topics="end"):
        pass  # whatever a last will would have set off has been sent by now
    listener.wait_for("/availability", b"offline")
    assert listener.payloads("/availability") == [b"online", b"offline"]
    assert listener.heard()[-1].payload == b"offline"
    assert ids(listener, 199) == expected_ids(range(200))
    assert listener.payloads("/state")[-1] == encode(state(200))
    assert listener.payloads("/stats")[-1] == encode(stats(200))
    assert retained(broker, "availability") == [b"offline"]


def test_what_is_put_right_after_the_start_arrives_even_if_the_stop_follows_at_once(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    sink = make_sink(broker.port)
    sink.start()
    put_reps(sink, range(3))
    assert sink.stop(PATIENCE_S)
    listener.wait_for("/availability", b"offline")
    assert ids(listener, 2) == expected_ids(range(3))


def test_a_stop_while_the_broker_stands_still_ends_and_leaves_offline_behind(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    sink = make_sink(broker.port)
    sink.start()
    wait_until(lambda: sink.connected, "connected")
    broker.freeze()
    put_reps(sink, range(100))
    assert sink.stop(0.5)
    broker.thaw()
    listener.wait_for("/availability", b"offline")
    assert retained(broker, "availability") == [b"offline"]


def test_a_stop_ends_while_the_broker_is_away(absent_broker: Broker, make_sink: MakeSink) -> None:
    sink = make_sink(absent_broker.port, retry_min_s=1.0, retry_max_s=30.0)
    sink.start()
    put_reps(sink, range(3))
    wait_until(lambda: sink.last_error is not None, "it has tried")
    assert sink.stop(STOP_S)
    assert sink.events_waiting == 3


def test_a_stop_ends_while_nobody_answers(make_sink: MakeSink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sink = make_sink(silent.getsockname()[1])
        put_reps(sink, range(3))
        sink.start()
        with silent.accept()[0]:
            assert sink.stop(0.5)


def test_a_stop_returns_while_the_connect_hangs(make_sink: MakeSink) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address):  # from now on nobody gets in, or is refused
            sink = make_sink(address[1])
            sink.start()
            stopper = threading.Thread(target=sink.stop, args=(0.3,), daemon=True)
            stopper.start()
            stopper.join(PATIENCE_S)
            assert not stopper.is_alive()


def test_no_answer_is_named(make_sink: MakeSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt_link, "ANSWER_S", 0.1)
    monkeypatch.setattr(mqtt, "TICK_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sink = make_sink(silent.getsockname()[1])
        sink.start()
        wait_until(lambda: sink.last_error is not None, "it gives up")
        assert sink.last_error is not None
        assert "no answer from" in sink.last_error
        assert sink.stop(STOP_S)


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x20\x02\x00\x01", b""],
    ids=["HTTP", "SSH", "MQTT 3.1.1 only", "nothing"],
)
def test_something_else_on_the_port_is_named(answer: bytes, make_sink: MakeSink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        sink = make_sink(server.getsockname()[1], retry_min_s=30.0)
        sink.start()
        with server.accept()[0] as caller:
            caller.recv(4096)
            caller.sendall(answer)
        wait_until(lambda: sink.last_error is not None, "the failure is known")
        assert sink.last_error is not None
        assert "MQTT 5 broker" in sink.last_error or "Unsupported protocol" in sink.last_error
        assert sink.stop(STOP_S)


@pytest.mark.parametrize("host", ["no-such-broker.invalid", "a" * 70, "two..dots"])
def test_a_host_that_does_not_resolve_is_named(host: str, make_sink: MakeSink) -> None:
    sink = make_sink(1883, host=host)
    sink.start()
    wait_until(lambda: sink.last_error is not None, "the failure is known")
    assert sink.last_error is not None
    assert sink.last_error.startswith(f"can't reach the broker {host}:1883: ")


def test_a_wrong_password_is_named_but_not_shown(
    tmp_path: Path, make_sink: MakeSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    right_one, wrong_one = "correct horse", "battery staple"
    with Broker(tmp_path, users={"gym": right_one}) as broker:
        wrong = make_sink(broker.port, username="gym", password=wrong_one)
        wrong.start()
        wait_until(lambda: wrong.last_error is not None, "the refusal is known")
        assert wrong.last_error is not None
        assert "refuses us (with 'gym'): Not authorized" in wrong.last_error
        wait_until(lambda: broker.log().count("not authorised") >= 3, "it was tried again")
        assert len(caplog.records) == 1
        assert wrong_one not in caplog.text + wrong.last_error + repr(vars(wrong))
        assert wrong.stop(STOP_S)
        right = make_sink(broker.port, username="gym", password=right_one)
        right.start()
        wait_until(lambda: right.connected, "connected")


def test_events_that_the_broker_forbids_are_named_once_kept_and_delivered_when_they_may_be(
    tmp_path: Path,
    make_sink: MakeSink,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt_session, "REFUSED_FIRST_S", 0.1)
    monkeypatch.setattr(mqtt_session, "REFUSED_LONGEST_S", 0.2)
    acl = "topic read #\ntopic write edgecv/gym/availability\ntopic write edgecv/gym/state\n"
    with Broker(tmp_path, acl=acl) as broker:
        sink = make_sink(broker.port)
        sink.start()
        put_reps(sink, range(50))
        wait_until(lambda: sink.refused > 50, "they are tried again")
        assert sink.events_waiting == 50
        assert sink.connected
        words = "the broker refuses messages on edgecv/gym/journal: Not authorized"
        assert sink.last_error == words
        assert sum(words in message for message in caplog.messages) == 1
        with Listener(broker) as listener:
            sink.mailbox.put_state(state(50))
            listener.wait_for("/state", encode(state(50)))
            broker.allow("topic readwrite #\n")
            wait_for_all(sink)
            assert ids(listener, 49) == expected_ids(range(50))


def test_an_error_where_nobody_expects_one_does_not_end_the_thread(
    broker: Broker,
    listener: Listener,
    make_sink: MakeSink,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed = mqtt_link.Link._answered
    failures = iter([ZeroDivisionError("in a callback")])

    def fail_once(*arguments: Any) -> None:
        for failure in failures:
            raise failure
        closed(*arguments)

    monkeypatch.setattr(mqtt_link.Link, "_answered", fail_once)
    sink = make_sink(broker.port)
    sink.start()
    put_reps(sink, range(30))
    wait_for_all(sink)
    assert ids(listener, 29) == expected_ids(range(30))
    assert "ZeroDivisionError('in a callback')" in caplog.text


def test_a_second_device_of_the_same_name_is_noticed_and_loses_no_event(
    broker: Broker, listener: Listener, make_sink: MakeSink
) -> None:
    first = make_sink(broker.port, retry_min_s=0.1, retry_max_s=0.1)
    second = make_sink(broker.port, retry_min_s=0.1, retry_max_s=0.1)
    first.start()
    second.start()
    put_reps(first, range(20))
    words = (
        "another client seems to have the id edgecv-gym; give one of the two another [device] id"
    )
    wait_until(lambda: words in f"{first.last_error} {second.last_error}", "it is named")
    wait_for_all(first)
    assert first_of_each(ids(listener, 19)) == expected_ids(range(20))


def test_whoever_only_needs_the_mailbox_does_not_load_paho() -> None:
    program = "import sys, edgecv.sinks.mailbox; sys.exit('paho' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
