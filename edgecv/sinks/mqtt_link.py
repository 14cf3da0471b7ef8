"""One connection to an MQTT 5 broker: all that touches paho."""

import select
import socket
import time
from collections import deque
from dataclasses import dataclass, field

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

IN_FLIGHT = 20
"""Messages sent and not yet acknowledged; a broker may ask for fewer (Receive Maximum)."""
ANSWER_S = 5.0
"""For a TCP connection, and once more for the broker's answer to CONNECT."""
SETTLED_S = 10.0
"""A connection that lasted so long was a good one: the next retry is a quick one again."""

_CREDENTIALS = {134, 135}
"""Reason codes "Bad user name or password" and "Not authorized" (MQTT 5, section 2.4)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MqttSettings:
    """Which broker, and who we are."""

    host: str
    port: int = 1883
    username: str = ""
    password: str | None = field(default=None, repr=False)
    prefix: str = "edgecv"
    device_id: str
    """Stands in every topic and in the client id; two of the same on a broker oust each other."""
    keepalive_s: int = 30
    """A broker that says nothing for about twice as long is given up, and gives us up likewise."""
    retry_min_s: float = 1.0
    retry_max_s: float = 30.0
    stats_interval_s: float = 30.0

    @property
    def broker(self) -> str:
        return f"{self.host}:{self.port}"

    def topic(self, name: str) -> str:
        return f"{self.prefix}/{self.device_id}/{name}"


class Link:
    """One connection to the broker, used by one thread; of no use any more once it is closed."""

    def __init__(self, settings: MqttSettings) -> None:
        """Raises OSError, and ValueError for a host that can't be a name."""
        self.connected = False
        self.error: str | None = None
        """Why it is closed, when it was not we who closed it."""
        self.receive_maximum = IN_FLIGHT
        self.acknowledged: deque[tuple[int, ReasonCode]] = deque()
        """Message ids, QoS 0 included, with what the broker said to it."""
        self._settings = settings
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{settings.prefix}-{settings.device_id}",
            protocol=MQTTProtocolVersion.MQTTv5,
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
        client.will_set(settings.topic("availability"), b"offline", qos=1, retain=True)
        if settings.username:
            client.username_pw_set(settings.username, settings.password)
        client.connect(settings.host, settings.port, settings.keepalive_s)
        self._answer_by = time.monotonic() + ANSWER_S

    @property
    def open(self) -> bool:
        return self._client.socket() is not None

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> int:
        """The message id; a message that does not get out is not tried again here."""
        return self._client.publish(topic, payload, qos, retain).mid

    def wait(self, sleeper: socket.socket, timeout_s: float) -> None:
        """Wait until there is something to read or write, or a byte in `sleeper`; and do it."""
        sock = self._client.socket()
        if sock is None:
            return
        if not self.connected and time.monotonic() >= self._answer_by:
            self.error = f"no answer from {self._settings.broker}: is it an MQTT broker?"
            self.close()
            return
        writing = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select([sock, sleeper], writing, [], timeout_s)
        if sleeper in readable:
            sleeper.recv(4096)
        if sock in readable:
            self._client.loop_read()
        if sock in writable:
            self._client.loop_write()
        self._client.loop_misc()

    def close(self) -> None:
        """Take leave, so that the last will is not published."""
        self._client.disconnect()
        sock = self._client.socket()
        if sock is not None:  # the farewell does not get out
            sock.close()

    def _answered(self, reason: ReasonCode, properties: Properties | None) -> None:
        self.connected = not reason.is_failure
        self._answered_at = time.monotonic()
        self.receive_maximum = getattr(properties, "ReceiveMaximum", IN_FLIGHT)
        if reason.is_failure:
            who = repr(self._settings.username) if self._settings.username else "no user name"
            hint = f" (with {who})" if reason.value in _CREDENTIALS else ""
            self.error = f"the broker {self._settings.broker} refuses us{hint}: {reason}"

    def _closed(self, by_broker: bool, reason: ReasonCode) -> None:
        if self.error is not None or not (by_broker or reason.is_failure):
            return
        detail = "" if reason == "Unspecified error" else f": {reason}"
        if self.connected:
            how = "closed by the broker" if by_broker else "lost"
            self.error = f"the connection to {self._settings.broker} was {how}{detail}"
            # Mosquitto 2.1 names a take-over; 2.0 only hangs up.
            soon = not by_broker and time.monotonic() - self._answered_at < SETTLED_S
            if soon or reason == "Session taken over":
                self.error += f"; is there another device {self._settings.device_id!r}?"
        else:
            self.error = f"what answers on {self._settings.broker} is no MQTT 5 broker{detail}"
