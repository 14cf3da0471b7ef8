"""One connection to an MQTT broker: all that touches paho."""

import select
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edgecv.clock import Clock
from edgecv.errors import ConfigError

IN_FLIGHT = 20
"""Messages sent and not yet acknowledged; a broker may ask for fewer (Receive Maximum)."""
ANSWER_S = 5.0
"""For a TCP connection, and once more for the broker's answer to CONNECT."""
SETTLED_S = 10.0
"""A connection that lasted so long was a good one."""
LARGEST = 4096
"""Bytes of a message that we take: a broker of MQTT 5 keeps larger ones to itself."""
RECEIVED = 100
"""Messages that wait to be looked at: a flood drops the oldest."""

_CREDENTIALS = {4, 5, 134, 135}
"""Bad user name or password, not authorized: MQTT 3.1.1, table 3.1, and MQTT 5, section 2.4."""
_EXPIRED, _NOT_YET_VALID, _WRONG_HOST, _WRONG_ADDRESS = 10, 9, 62, 64
_UNKNOWN_AUTHORITY = {18, 19, 20, 21}
"""X509_V_ERR_…, openssl/x509_vfy.h."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MqttSettings:
    """Which broker, and who we are."""

    host: str
    port: int = 1883
    username: str = ""
    password: str | None = field(default=None, repr=False)
    protocol: int = 5
    """5, or 3 for MQTT 3.1.1."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    prefix: str = "edgecv"
    device_id: str
    """Stands in every topic and in the client id; two of the same on a broker oust each other."""
    guest: str = ""
    """Of a connection that comes beside the device's own, and ousts nobody: in the client id."""
    keepalive_s: int = 30
    """A broker that says nothing for about twice as long is given up, and gives us up likewise."""
    acknowledge_s: float = 20.0
    """A broker that acknowledges nothing for so long is given up."""
    retry_min_s: float = 1.0
    retry_max_s: float = 30.0
    stats_interval_s: float = 30.0

    @property
    def broker(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def client_id(self) -> str:
        name = f"{self.prefix}-{self.device_id}"
        return f"{name}-{self.guest}" if self.guest else name

    def topic(self, name: str) -> str:
        return f"{self.prefix}/{self.device_id}/{name}"


class _Socket(ssl.SSLSocket):
    """Closed when the handshake fails: paho would leave it to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def make_tls(ca_file: str, cert_file: str, key_file: str) -> ssl.SSLContext:
    """The authorities that we trust (the system's unless given), and our own certificate.

    Raises ConfigError naming the file that can't be used.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"mqtt.ca_file {ca_file}: {_in_words(error)}") from error
    context.sslsocket_class = _Socket
    if cert_file:
        try:
            context.load_cert_chain(cert_file, key_file or None)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"mqtt.cert_file {cert_file} with key_file {key_file or cert_file}: "
                f"{_in_words(error)}"
            ) from error
    return context


class Message(NamedTuple):
    """What the broker passed on to us; `retained` when it is its copy of an older one."""

    topic: str
    payload: bytes
    retained: bool


class Link:
    """One connection to the broker, used by one thread; of no use any more once it is closed."""

    def __init__(
        self,
        settings: MqttSettings,
        clock: Clock,
        *,
        will: str | None = "availability",
        retain_will: bool = True,
    ) -> None:
        """`will` is where "offline" is said for us when we die. Raises OSError, and ValueError for
        a host that can't be a name."""
        self.connected = False
        self.error: str | None = None
        """Why it is closed, when it was not we who closed it."""
        self.ousted = False
        """It may have been closed because another client came with the same id."""
        self.refusal: str | None = None
        """What the broker would not subscribe us to."""
        self.receive_maximum = IN_FLIGHT
        self.acknowledged: deque[tuple[int, ReasonCode]] = deque()
        """Message ids, QoS 0 included, with what the broker said to it."""
        self.received: deque[Message] = deque(maxlen=RECEIVED)
        self._settings = settings
        self._clock = clock
        self._subscribing: dict[int, Sequence[str]] = {}
        self._client = client = self._make_client()
        if will is not None:
            client.will_set(settings.topic(will), b"offline", qos=1, retain=retain_will)
        properties: Properties | None = None
        if settings.protocol == 5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.MaximumPacketSize = LARGEST
        client.connect(settings.host, settings.port, settings.keepalive_s, properties=properties)
        self._answer_by = clock.now() + ANSWER_S

    @property
    def open(self) -> bool:
        return self._client.socket() is not None

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> int:
        """The message id; a message that does not get out is not tried again here."""
        return self._client.publish(topic, payload, qos, retain).mid

    def subscribe(self, topics: Sequence[str]) -> None:
        """What the broker says to it is in `refusal`."""
        _, mid = self._client.subscribe([(topic, 1) for topic in topics])
        if mid is not None:
            self._subscribing[mid] = topics

    @property
    def subscribed(self) -> bool:
        """The broker has answered all that was asked with `subscribe`."""
        return not self._subscribing

    def wait(self, sleeper: socket.socket, timeout_s: float) -> None:
        """Wait until there is something to read or write, or a byte in `sleeper`; and do it."""
        sock = self._client.socket()
        if sock is None:
            return
        if not self.connected and self._clock.now() >= self._answer_by:
            self.fail(f"no answer from {self._settings.broker}: is it an MQTT broker?")
            return
        writing = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select([sock, sleeper], writing, [], timeout_s)
        if sleeper in readable:
            sleeper.recv(4096)
        if sock in readable:
            self._client.loop_read()
            # What TLS has decrypted already does not make the socket readable again.
            while isinstance(sock, ssl.SSLSocket) and self.open and sock.pending():
                self._client.loop_read()
        if sock in writable:
            self._client.loop_write()
        self._client.loop_misc()

    def fail(self, error: str) -> None:
        """Close it, for this reason."""
        self.error = self.error or error
        self.close()

    def drop(self) -> None:
        """End it without a farewell, as a box does whose plug is pulled."""
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def close(self) -> None:
        """Take leave, so that the last will is not published."""
        self._client.disconnect()
        sock = self._client.socket()
        if sock is not None:  # the farewell does not get out
            sock.close()

    def _make_client(self) -> Client:
        settings = self._settings
        is_5 = settings.protocol == 5
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            # What was sent while we were away is not for us: a stale "restart" must not run.
            clean_session=None if is_5 else True,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
        )
        client.connect_timeout = ANSWER_S
        client.on_connect = lambda _client, _data, _flags, reason, properties: self._answered(
            reason, properties
        )
        client.on_disconnect = lambda _client, _data, flags, reason, _properties: self._closed(
            flags.is_disconnect_packet_from_server, reason
        )
        client.on_publish = lambda _client, _data, mid, reason, _properties: (
            self.acknowledged.append((mid, reason))
        )
        client.on_subscribe = lambda _client, _data, mid, reasons, _properties: self._subscribed(
            mid, reasons
        )
        client.on_message = lambda _client, _data, message: self._took(message)
        if settings.username:
            client.username_pw_set(settings.username, settings.password)
        if settings.tls is not None:
            client.tls_set_context(settings.tls)
        return client

    def _took(self, message: MQTTMessage) -> None:
        self.received.append(Message(message.topic, bytes(message.payload), message.retain))

    def _subscribed(self, mid: int, reasons: Sequence[ReasonCode]) -> None:
        topics = self._subscribing.pop(mid, ())
        refused = [t for t, reason in zip(topics, reasons, strict=False) if reason.is_failure]
        if refused:
            self.refusal = f"the broker does not let us hear {', '.join(refused)}"

    def _answered(self, reason: ReasonCode, properties: Properties | None) -> None:
        self.connected = not reason.is_failure
        self._answered_at = self._clock.now()
        self.receive_maximum = getattr(properties, "ReceiveMaximum", IN_FLIGHT)
        if reason.is_failure:
            who = repr(self._settings.username) if self._settings.username else "no user name"
            hint = f" (with {who})" if reason.value in _CREDENTIALS else ""
            self.error = f"the broker {self._settings.broker} refuses us{hint}: {reason}"

    def _closed(self, by_broker: bool, reason: ReasonCode) -> None:
        if self.error is not None or not (by_broker or reason.is_failure):
            return
        detail = "" if reason == "Unspecified error" else f": {reason}"
        settings = self._settings
        if self.connected:
            how = "closed by the broker" if by_broker else "lost"
            self.error = f"the connection to {settings.broker} was {how}{detail}"
            # Mosquitto 2.1 names a take-over; 2.0 only hangs up.
            soon = not by_broker and self._clock.now() - self._answered_at < SETTLED_S
            self.ousted = soon or reason == "Session taken over"
        else:
            wants = "" if settings.tls else ", or it wants TLS"
            self.error = (
                f"what answers on {settings.broker} is no MQTT {settings.protocol} broker"
                f"{wants}{detail}"
            )


def explain(error: Exception, settings: MqttSettings, clock: Clock) -> str:
    """For people: why no connection could be begun."""
    broker = settings.broker
    if isinstance(error, ssl.SSLCertVerificationError):
        what = _what_certificate(error, clock)
        return f"the certificate of the broker {broker} {what}"
    if settings.tls and isinstance(error, ssl.SSLError | ConnectionResetError):
        return f"no TLS with {broker}: {_in_words(error)}; is it the port for TLS (8883)?"
    return f"can't reach the broker {broker}: {_in_words(error)}"


def _what_certificate(error: ssl.SSLCertVerificationError, clock: Clock) -> str:
    if error.verify_code in (_EXPIRED, _NOT_YET_VALID) and not clock.synced():
        today = f"{clock.wall():%Y-%m-%d}"
        return f"can't be checked: the clock of this box is not set yet, it says {today}"
    if error.verify_code in _UNKNOWN_AUTHORITY:
        return "is from an authority that we don't know: name its certificate in mqtt.ca_file"
    known = {
        _EXPIRED: "has expired: renew it",
        _NOT_YET_VALID: "is not valid yet",
        _WRONG_HOST: f"is for another name: {error.verify_message}",
        _WRONG_ADDRESS: f"is for another name: {error.verify_message}",
    }
    return known.get(error.verify_code, f"is refused: {error.verify_message}")


def _in_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return str((isinstance(error, OSError) and error.strerror) or error)
