"""A real Mosquitto to start, freeze and kill, a line to it that can be cut, and a listener."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

PATIENCE_S = 10.0
"""How long tests wait for what must happen, on a busy machine as well."""


def find_program(name: str) -> str:
    """Debian puts mosquitto where only root's PATH looks."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise RuntimeError(f"{name} is not installed: apt-get install mosquitto, or scripts/test")
    return path


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Raises AssertionError naming `what`."""
    give_up = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up, f"waited {timeout_s:.0f} s in vain: {what}"
        time.sleep(0.005)


def free_port() -> int:
    """One on loopback that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """Mosquitto on one loopback port, which stays the same over restarts; it keeps nothing."""

    def __init__(
        self,
        folder: Path,
        *,
        users: dict[str, str] | None = None,
        acl: str | None = None,
        more: str = "",
    ) -> None:
        """With `users` (name to password) nobody else gets in; `acl` is an acl_file's text, `more`
        further lines of the configuration."""
        self._reservation = socket.socket()
        """Bound, but not listening: keeps the port from others, and leaves it to mosquitto."""
        self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reservation.bind(("127.0.0.1", 0))
        self.port: int = self._reservation.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        lines = [f"listener {self.port} 127.0.0.1", f"allow_anonymous {str(not users).lower()}"]
        if os.geteuid() == 0:
            lines.append("user root")
        if users:
            passwords = folder / "passwords"
            passwords.touch(mode=0o600)
            for name, password in users.items():
                subprocess.run(
                    [find_program("mosquitto_passwd"), "-b", str(passwords), name, password],
                    check=True,
                    capture_output=True,
                )
            lines.append(f"password_file {passwords}")
        if acl is not None:
            (folder / "acl").write_text(acl)
            (folder / "acl").chmod(0o600)
            lines.append(f"acl_file {folder / 'acl'}")
        lines.append(more)
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        """Returns when it accepts connections."""
        with (self._folder / "mosquitto.log").open("ab") as output:
            self._process = process = subprocess.Popen(
                [find_program("mosquitto"), "-v", "-c", str(self._config)],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: process.poll() is not None or self._accepts(), "broker accepts")
        if process.poll() is not None:
            raise RuntimeError(f"mosquitto did not start:\n{self.log()}")

    def freeze(self) -> None:
        """Connections stay open and nobody answers."""
        process = self._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        status = Path(f"/proc/{process.pid}/stat")
        wait_until(lambda: status.read_text().rpartition(")")[2].split()[0] == "T", "it stops")

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """It takes leave of its clients."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """It can't take leave; retained messages are gone with it."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Not to be started again."""
        self.kill()
        self._reservation.close()

    def allow(self, acl: str) -> None:
        """Other access rules, from now on."""
        assert self._process is not None
        (self._folder / "acl").write_text(acl)
        self._process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        return (self._folder / "mosquitto.log").read_text(errors="replace")

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE_S)
            self._process = None

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class Line:
    """A TCP line to the broker: up, or down (callers are hung up on). While it is down, a test can
    prepare what is on the other end. While it is up it may be a bad one.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._up = False
        self._calls: list[socket.socket] = []
        self._lock = threading.Lock()
        self.one_way = False
        """What the broker says is swallowed."""
        self.black_hole = False
        """What anybody says is swallowed."""
        self.delay_s = 0.0
        """What anybody says arrives so much later."""
        self.piece = 65536
        """Nothing longer arrives at a time."""
        self.calls = 0
        """How often somebody has tried to connect."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def up(self) -> None:
        self._up = True

    def down(self) -> None:
        with self._lock:
            self._up = False
            for call in self._calls:
                _hang_up(call)
            self._calls.clear()

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _hang_up(self._server)
        self._thread.join(PATIENCE_S)
        self._server.close()
        self.down()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            self.calls += 1
            with self._lock:
                try:
                    if not self._up:
                        raise ConnectionRefusedError
                    called = socket.create_connection(("127.0.0.1", self._broker.port))
                except OSError:
                    caller.close()
                    continue
                self._calls += [caller, called]
            for source, target in ((caller, called), (called, caller)):
                threading.Thread(
                    target=self._pass_on, args=(source, target, source is called), daemon=True
                ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, from_broker: bool) -> None:
        try:
            while data := source.recv(self.piece):
                if self.delay_s:
                    time.sleep(self.delay_s)
                if not (self.black_hole or (from_broker and self.one_way)):
                    target.sendall(data)
        except OSError:
            pass  # hung up
        _hang_up(target)
        source.close()


def _hang_up(sock: socket.socket) -> None:
    """Wakes whoever reads from it or accepts on it; `close` alone does not."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class Heard(NamedTuple):
    """A message; `retained` only when it is the broker's copy of an older one."""

    topic: str
    payload: bytes
    retained: bool
    qos: int


class Listener:
    """Records what the broker passes on, from the subscription's acknowledgement onwards."""

    def __init__(
        self, broker: Broker, *, topics: str = "#", user: tuple[str, str] | None = None
    ) -> None:
        """`user` is a name and a password."""
        self._heard: list[Heard] = []
        self._changed = threading.Condition()
        self._topics = topics
        self._subscribed = False
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        if user is not None:
            self._client.username_pw_set(*user)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        self._wait(lambda: self._subscribed, "the subscription")

    def heard(self, topic: str | None = None) -> list[Heard]:
        """What came so far, in order; with `topic`, only what came on topics that end in it."""
        with self._changed:
            return [one for one in self._heard if topic is None or one.topic.endswith(topic)]

    def payloads(self, topic: str) -> list[bytes]:
        return [one.payload for one in self.heard(topic)]

    def send(self, topic: str, payload: str) -> None:
        """As somebody else would."""
        self._client.publish(topic, payload, qos=1).wait_for_publish(PATIENCE_S)

    def wait_for(self, topic: str, payload: bytes) -> None:
        """Raises AssertionError if that is not heard, and has not been."""
        self._wait(
            lambda: any(h.topic.endswith(topic) and h.payload == payload for h in self._heard),
            f"{payload!r} on {topic}",
        )

    def __enter__(self) -> "Listener":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, PATIENCE_S):
                raise AssertionError(f"waited in vain: {what}; heard {self._heard[-30:]}")

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        client.subscribe(self._topics, qos=1)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        _reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        with self._changed:
            self._heard.append(
                Heard(message.topic, bytes(message.payload), message.retain, message.qos)
            )
            self._changed.notify_all()
