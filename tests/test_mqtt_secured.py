"""Brokers that want TLS, certificates, passwords, or speak only MQTT 3.1.1; and bad lines."""

import logging
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme
from paho.mqtt import publish

from edgecv.clock import SystemClock
from edgecv.command_desk import CommandDesk
from edgecv.errors import ConfigError
from edgecv.events import encode
from edgecv.sinks.mqtt_link import make_tls
from tests.broker import Broker, Line, Listener, free_port, wait_until
from tests.messages import state
from tests.test_mqtt import (
    FedSink,
    MakeSink,
    expected_ids,
    first_of_each,
    ids,
    make_sink,
    put_reps,
    wait_for_all,
)
from tests.test_mqtt_session import EXERCISES, make_discovery

__all__ = ["make_sink"]


@dataclass
class Authority:
    """Issues certificates into files."""

    folder: Path
    ca: trustme.CA

    @property
    def file(self) -> str:
        path = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(path))
        return str(path)

    def issue(self, name: str, **when: Any) -> tuple[str, str]:
        """Certificate and key."""
        cert = self.ca.issue_cert(name, **when)
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        cert.cert_chain_pems[0].write_to_path(str(paths[0]))
        cert.private_key_pem.write_to_path(str(paths[1]))
        return str(paths[0]), str(paths[1])

    def broker(self, folder: Path, more: str = "", name: str = "127.0.0.1", **when: Any) -> Broker:
        cert, key = self.issue(name, **when)
        return Broker(folder, more=f"cafile {self.file}\ncertfile {cert}\nkeyfile {key}\n{more}")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Authority(folder, trustme.CA())


def context(authority: Authority, *own: str) -> ssl.SSLContext:
    cert, key = own or ("", "")
    return make_tls(authority.file, cert, key)


def is_delivered(sink: FedSink, count: int = 60) -> None:
    sink.mailbox.put_state(state(1))
    put_reps(sink, range(count))
    sink.start()
    wait_for_all(sink)
    wait_until(lambda: sink.connected, "connected")
    assert sink.last_error is None


def failure_of(sink: FedSink) -> str:
    sink.start()
    wait_until(lambda: sink.last_error is not None, "the failure is known")
    assert sink.last_error is not None
    return sink.last_error


def test_tls_with_an_authority_of_our_own(
    authority: Authority, tmp_path: Path, make_sink: MakeSink
) -> None:
    with authority.broker(tmp_path) as broker:
        is_delivered(make_sink(broker.port, tls=context(authority)))


def test_commands_come_through_tls_even_when_many_come_at_once(
    authority: Authority, tmp_path: Path, make_sink: MakeSink
) -> None:
    """Several messages in one TLS record make the socket readable only once."""
    plain = "per_listener_settings false\nlistener {port} 127.0.0.1"
    port = free_port()
    with authority.broker(tmp_path, plain.format(port=port)) as broker:
        desk = CommandDesk(SystemClock(), EXERCISES)
        sink = make_sink(broker.port, tls=context(authority), desk=desk)
        sink.start()
        wait_until(lambda: sink.connected, "connected")
        press = ("edgecv/gym/add_rep/set", b"PRESS", 1, False)
        publish.multiple([press] * 9, hostname="127.0.0.1", port=port)
        for number in range(9):
            wait_until(lambda: desk.next() is not None, f"command {number}")


def test_a_certificate_of_our_own_is_shown_to_a_broker_that_wants_one(
    authority: Authority, tmp_path: Path, make_sink: MakeSink
) -> None:
    with authority.broker(tmp_path, "require_certificate true") as broker:
        without = make_sink(broker.port, tls=context(authority), retry_min_s=30.0)
        words = failure_of(without)
        assert "certificate required" in words or "no MQTT 5 broker" in words
        own = authority.issue("appliance.example")
        is_delivered(make_sink(broker.port, tls=context(authority, *own)))


def test_a_certificate_that_has_expired_is_named(
    authority: Authority, tmp_path: Path, make_sink: MakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SystemClock, "synced", lambda _: True)
    then = datetime(2020, 1, 1, tzinfo=timezone.utc)
    before = then - timedelta(days=1)
    with authority.broker(tmp_path, not_before=before, not_after=then) as broker:
        assert "has expired" in failure_of(make_sink(broker.port, tls=context(authority)))


def test_a_certificate_for_another_name_is_named(
    authority: Authority, tmp_path: Path, make_sink: MakeSink
) -> None:
    with authority.broker(tmp_path, name="broker.example") as broker:
        words = failure_of(make_sink(broker.port, tls=context(authority)))
        assert "is for another name" in words


def test_a_clock_that_is_not_set_yet_is_blamed_and_not_the_certificate(
    authority: Authority, tmp_path: Path, make_sink: MakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SystemClock, "synced", lambda _: False)
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    far = tomorrow + timedelta(days=100)
    with authority.broker(tmp_path, not_before=tomorrow, not_after=far) as broker:
        words = failure_of(make_sink(broker.port, tls=context(authority)))
        assert "the clock of this box is not set yet, it says 20" in words


def test_an_authority_that_is_not_known_is_named(
    authority: Authority, tmp_path: Path, make_sink: MakeSink
) -> None:
    with authority.broker(tmp_path) as broker:
        words = failure_of(make_sink(broker.port, tls=make_tls("", "", "")))
        assert "name its certificate in mqtt.ca_file" in words


def test_tls_on_a_port_without_and_the_other_way_round_are_named(
    authority: Authority, tmp_path: Path, make_sink: MakeSink, broker: Broker
) -> None:
    assert "is it the port for TLS" in failure_of(make_sink(broker.port, tls=context(authority)))
    folder = tmp_path / "other"
    folder.mkdir()
    with authority.broker(folder) as secured:
        assert "or it wants TLS" in failure_of(make_sink(secured.port, retry_min_s=30.0))


def test_files_that_are_no_certificates_are_named(authority: Authority, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no certificate")
    with pytest.raises(ConfigError, match=r"mqtt.ca_file .*missing.pem: No such file"):
        make_tls(str(tmp_path / "missing.pem"), "", "")
    with pytest.raises(ConfigError, match=r"mqtt.ca_file .*rubbish.pem: "):
        make_tls(str(rubbish), "", "")
    cert, _ = authority.issue("one.example")
    _, key = authority.issue("two.example")
    with pytest.raises(ConfigError, match=r"mqtt.cert_file .*one.example.pem with key_file .*two"):
        make_tls("", cert, key)


# MQTT 3.1.1


def test_a_broker_of_mqtt_3_is_served(tmp_path: Path, make_sink: MakeSink) -> None:
    with Broker(tmp_path) as broker, Listener(broker) as listener:
        desk = CommandDesk(SystemClock(), EXERCISES)
        sink = make_sink(broker.port, protocol=3, desk=desk, discovery=make_discovery())
        is_delivered(sink, 100)
        assert first_of_each(ids(listener, 99)) == expected_ids(range(100))
        assert sink.stop(5)
        listener.wait_for("/availability", b"offline")


def test_a_wrong_password_is_named_by_mqtt_3_too(tmp_path: Path, make_sink: MakeSink) -> None:
    wrong = "battery staple"
    with Broker(tmp_path, users={"gym": "correct horse"}) as broker:
        sink = make_sink(broker.port, protocol=3, username="gym", password=wrong)
        assert "refuses us (with 'gym'): Not authorized" in failure_of(sink)


# Access rules


def test_a_broker_that_does_not_let_us_hear_is_named_and_events_go_out(
    tmp_path: Path, make_sink: MakeSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    acl = "user reader\ntopic read #\nuser gym\ntopic write edgecv/gym/#\n"
    users = {"reader": "r", "gym": "g"}
    with Broker(tmp_path, acl=acl, users=users) as broker:
        desk = CommandDesk(SystemClock(), EXERCISES)
        sink = make_sink(
            broker.port,
            username="gym",
            password=users["gym"],
            desk=desk,
            discovery=make_discovery(),
        )
        sink.start()
        put_reps(sink, range(20))
        wait_for_all(sink)
        words = "the broker refuses messages on homeassistant/device/edgecv_gym/config"
        wait_until(lambda: words in caplog.text, "it is named")
        assert sink.refused == 0


# Commands over the real thing


@pytest.fixture
def commanded(broker: Broker, make_sink: MakeSink) -> tuple[FedSink, CommandDesk]:
    desk = CommandDesk(SystemClock(), EXERCISES)
    sink = make_sink(broker.port, desk=desk, discovery=make_discovery())
    sink.start()
    wait_until(lambda: sink.connected, "connected")
    return sink, desk


def test_commands_arrive_and_those_that_were_sent_while_we_were_away_do_not(
    broker: Broker, make_sink: MakeSink
) -> None:
    topic = "edgecv/gym/restart/set"
    publish.single(topic, b"PRESS", qos=1, hostname="127.0.0.1", port=broker.port)
    publish.single(topic, b"PRESS", qos=1, retain=True, hostname="127.0.0.1", port=broker.port)
    desk = CommandDesk(SystemClock(), EXERCISES)
    with Listener(broker) as listener:
        sink = make_sink(broker.port, desk=desk)
        sink.start()
        wait_until(lambda: desk.stats.rubbish == 1, "the retained one is dropped")
        assert desk.next() is None
        publish.single(topic, b"PRESS", qos=1, hostname="127.0.0.1", port=broker.port)
        wait_until(lambda: (order := desk.next()) is not None and order.text == "PRESS", "it comes")
        wait_until(lambda: len(listener.heard("/result")) == 1, "the refusal is told")


def test_a_flood_of_rubbish_harms_nothing(
    broker: Broker, commanded: tuple[FedSink, CommandDesk]
) -> None:
    sink, desk = commanded
    topics = ("exercise", "max_fps", "restart", "camera", "no_such_thing")
    messages: list[Any] = [
        (f"edgecv/gym/{topic}/set", payload, 1, False)
        for topic in topics
        for payload in (b"", b"\xff" * 100, b"x" * 100_000, b"PRESS" * 20, b"NaN")
    ]
    publish.multiple(messages * 10, hostname="127.0.0.1", port=broker.port)
    put_reps(sink, range(50))
    wait_for_all(sink)
    assert sink.connected
    assert desk.next() is None
    wait_until(lambda: desk.stats.rubbish > 0, "it is counted")


# Bad lines


@pytest.mark.parametrize(
    "fault",
    [{"delay_s": 0.1}, {"piece": 1}, {"delay_s": 0.02, "piece": 40}],
    ids=["slow", "byte by byte", "slow and in pieces"],
)
def test_a_bad_line_delivers_all_in_order(
    fault: dict[str, float], line: Line, listener: Listener, make_sink: MakeSink
) -> None:
    for name, value in fault.items():
        setattr(line, name, value)
    line.up()
    sink = make_sink(line.port)
    sink.mailbox.put_state(state(7))
    sink.start()
    put_reps(sink, range(30))
    wait_for_all(sink)
    assert ids(listener, 29) == expected_ids(range(30))
    listener.wait_for("/state", encode(state(7)))


def test_a_line_that_swallows_everything_is_noticed_and_left(
    line: Line, listener: Listener, make_sink: MakeSink
) -> None:
    line.up()
    sink = make_sink(line.port, acknowledge_s=0.5)
    sink.start()
    wait_until(lambda: sink.connected, "connected")
    line.black_hole = True
    put_reps(sink, range(10))
    wait_until(lambda: "acknowledges nothing for 0.5 s" in str(sink.last_error), "it is named")
    line.black_hole = False
    wait_for_all(sink)
    assert first_of_each(ids(listener, 9)) == expected_ids(range(10))
