"""The broker: name, TCP, TLS, login, a message there and back, the last will, Home Assistant."""

import dataclasses
import secrets
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing

from paho.mqtt.reasoncodes import ReasonCode

from edgecv.assemble import make_discovery, mqtt_settings, with_identity
from edgecv.clock import Clock
from edgecv.config import Config
from edgecv.doctor.bounded import Overtime, within
from edgecv.doctor.finding import Finding, Verdict, failure, ok, unavailable, warning
from edgecv.errors import EdgecvError
from edgecv.sinks.discovery import ONLINE
from edgecv.sinks.mqtt_link import ANSWER_S, Link, MqttSettings, explain
from edgecv.status import StatusDocument

NAME_S = 5.0
TCP_S = 5.0
READ_BACK_S = 5.0
RETAINED_S = 0.5
"""What the broker keeps comes right after the subscription."""
TICK_S = 0.05
ECHO, WILL = "doctor/set", "doctor_will/set"
"""Topics that a device may write and read by the access rules that we recommend (docs/mqtt.md)."""
ACCESS = "let this user write {0}/{1}/# and read {0}/{1}/+/set"


def examine_broker(config: Config, clock: Clock) -> Iterator[Finding]:
    """One step after the other; where one fails, those after it are left out."""
    try:
        config = with_identity(config)
        settings = mqtt_settings(config)
    except EdgecvError as error:
        yield failure("settings", f"{error}", "correct [mqtt]")
        return
    if settings is None:
        yield unavailable("settings", "no broker is configured: MQTT is off")
        return
    for step in (_name, _tcp, _tls):
        finding = step(settings, clock)
        yield finding
        if finding.verdict is Verdict.FAILURE:
            return
    yield from _converse(settings, config, clock)


def _name(settings: MqttSettings, _clock: Clock) -> Finding:
    host = settings.host
    try:
        found = within(NAME_S, lambda: socket.getaddrinfo(host, settings.port, type=1))
    except Overtime:
        return failure(
            "name",
            f"no name server answers for {host} within {NAME_S:.0f} s",
            "look at the network (resolvectl status), or name the broker by its address",
        )
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it can't be a name"
        return failure(
            "name", f"{host}: {reason}", "correct [mqtt] host, or name the broker by its address"
        )
    addresses = dict.fromkeys(str(one[4][0]) for one in found)
    return ok("name", f"{host} is {', '.join(addresses)}")


def _tcp(settings: MqttSettings, clock: Clock) -> Finding:
    began_s = clock.now()
    try:
        socket.create_connection((settings.host, settings.port), TCP_S).close()
    except OSError as error:
        reason = error.strerror or f"no answer within {TCP_S:.0f} s"
        return failure(
            "TCP",
            f"{settings.broker}: {reason}",
            "start the broker, open its firewall, or correct [mqtt] host and port",
        )
    return ok("TCP", f"{settings.broker} answers in {(clock.now() - began_s) * 1e3:.0f} ms")


def _tls(settings: MqttSettings, clock: Clock) -> Finding:
    if settings.tls is None:
        return unavailable("TLS", "off")
    try:
        with socket.create_connection((settings.host, settings.port), TCP_S) as plain:
            plain.settimeout(TCP_S)
            with closing(settings.tls.wrap_socket(plain, server_hostname=settings.host)) as secured:
                return ok("TLS", f"{secured.version()}, the certificate is good")
    except ssl.SSLCertVerificationError as error:
        return failure("TLS", f"{explain(error, settings, clock)}", "see TLS in docs/mqtt.md")
    except (OSError, ValueError) as error:
        return failure("TLS", f"{explain(error, settings, clock)}", "correct [mqtt] port or tls")


class _Visit:
    """A connection under a name of its own: a device of ours that runs is not disturbed."""

    def __init__(self, settings: MqttSettings, clock: Clock, will: str | None = None) -> None:
        """Raises EdgecvError where the broker does not let us in."""
        self.settings = settings
        self.heard: dict[str, bytes] = {}
        self._clock = clock
        guest = dataclasses.replace(settings, guest=f"doctor-{secrets.token_hex(3)}")
        try:
            self.link = Link(guest, clock, will=will, retain_will=False)
        except (OSError, ValueError) as error:
            raise EdgecvError(explain(error, settings, clock)) from error
        self._sleeper, self._waker = socket.socketpair()
        if not self.until(lambda: self.link.connected, ANSWER_S + 1):
            self.close()
            raise EdgecvError(self.link.error or f"no answer from {settings.broker}")

    def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """True when `condition` came about in time, while the connection stood."""
        until_s = self._clock.now() + seconds
        while not condition():
            if not self.link.open or self._clock.now() >= until_s:
                return False
            self.link.wait(self._sleeper, TICK_S)
            while self.link.received:
                message = self.link.received.popleft()
                self.heard[message.topic] = message.payload
        return True

    def close(self) -> None:
        self.link.close()
        self._sleeper.close()
        self._waker.close()


def _converse(settings: MqttSettings, config: Config, clock: Clock) -> Iterator[Finding]:
    try:
        visit = _Visit(settings, clock)
    except EdgecvError as error:
        yield failure("login", f"{error}", "correct [mqtt] port, username or password_file")
        return
    with closing(visit):
        who = repr(settings.username) if settings.username else "no user name"
        yield ok("login", f"with {who}, MQTT {'5' if settings.protocol == 5 else '3.1.1'}")
        message = _read_back(visit)
        yield message
        if message.verdict is Verdict.OK:
            yield _last_will(visit, clock)
        yield from _home_assistant(visit, config)


def _read_back(visit: _Visit) -> Finding:
    settings, link = visit.settings, visit.link
    topic, token = settings.topic(ECHO), secrets.token_hex(8).encode()
    remedy = ACCESS.format(settings.prefix, settings.device_id)
    link.subscribe([topic])
    visit.until(lambda: link.subscribed, READ_BACK_S)
    if link.refusal is not None:
        return failure("message", f"{link.refusal}", remedy)
    mid = link.publish(topic, token, qos=1)

    def refused() -> list[ReasonCode]:
        return [reason for one, reason in link.acknowledged if one == mid and reason.is_failure]

    came = visit.until(lambda: visit.heard.get(topic) == token or bool(refused()), READ_BACK_S)
    if refused():
        return failure("message", f"the broker refuses messages on {topic}: {refused()[0]}", remedy)
    if not came:
        return failure(
            "message", f"what was published on {topic} did not come back: {link.error}", remedy
        )
    return ok("message", f"published on {topic} and read back")


def _last_will(visit: _Visit, clock: Clock) -> Finding:
    settings, link = visit.settings, visit.link
    topic = settings.topic(WILL)
    link.subscribe([topic])
    visit.until(lambda: link.subscribed, READ_BACK_S)
    try:
        other = _Visit(settings, clock, will=WILL)
    except EdgecvError as error:
        return failure("last will", f"a second connection: {error}", "allow more connections")
    other.link.drop()
    other.close()
    if visit.until(lambda: topic in visit.heard, READ_BACK_S):
        return ok("last will", "the broker spoke for a connection that broke")
    return warning(
        "last will",
        "the broker does not tell when a connection breaks: the device stays online for ever",
        ACCESS.format(settings.prefix, settings.device_id),
    )


def _home_assistant(visit: _Visit, config: Config) -> Iterator[Finding]:
    if not config.homeassistant.discovery:
        yield unavailable("Home Assistant", "discovery is switched off")
        return
    link, birth_topic = visit.link, make_discovery(config).birth_topic
    link.subscribe([birth_topic])
    visit.until(lambda: link.subscribed, READ_BACK_S)
    if link.refusal is not None:
        yield failure("Home Assistant", f"{link.refusal}", f"let this user read {birth_topic}")
        return
    visit.until(lambda: birth_topic in visit.heard, RETAINED_S)
    status = visit.heard.get(birth_topic)
    if status == ONLINE:
        yield ok("Home Assistant", "it is online")
    elif status is not None:
        yield warning("Home Assistant", f"it is {status.decode(errors='replace')}", "start it")
    else:
        yield unavailable(
            "Home Assistant", f"nothing is kept on {birth_topic}: it says so only once"
        )


def examine_running_broker(status: StatusDocument) -> Iterator[Finding]:
    """How the service stands with it."""
    mqtt = status.mqtt
    if mqtt is None:
        return
    if not mqtt.connected:
        yield failure(
            "service",
            f"it is not connected to {mqtt.broker}: {mqtt.error or 'it is about to try'}",
            "see the lines above; it tries again by itself",
        )
    elif mqtt.error is not None:
        yield failure("service", f"connected to {mqtt.broker}, but {mqtt.error}", None)
    else:
        ago = mqtt.acknowledged_s_ago
        when = "" if ago is None else f", last acknowledged {ago:.0f} s ago"
        yield ok("service", f"connected to {mqtt.broker}{when}")
