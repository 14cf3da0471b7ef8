"""An open serial port: what is read, written and waited for on it, each within a bound."""

import select
import socket
import threading
from contextlib import suppress
from types import TracebackType

from edgecv.clock import Clock
from edgecv.errors import SerialError
from edgecv.serial_line.ports import close_port, open_port
from edgecv.watchdog import Pulse

OPEN_S = 15.0
CALL_S = 10.0
"""A turn takes some 20 ms, or as long as a write may."""
CLOSE_S = 40.0
"""A driver may wait 30 s for what was not sent (closing_wait in linux/serial_core.h)."""
DRAIN_S = 0.2
TURN_S = 0.02


class Line:
    """Used by one thread; only `wake` may be called by others. Its calls raise SerialError when the
    port is gone, and OSError for whatever else the driver says."""

    def __init__(self, port: str, baud: int, clock: Clock, pulse: Pulse) -> None:
        """Raises SerialError."""
        self._name = port
        self._clock = clock
        self._pulse = pulse
        pulse(f"opening {port}", OPEN_S)
        self._port = open_port(port, baud)
        self._sleeper, self._waker = socket.socketpair()
        self._sleeper.setblocking(False)
        self._waker.setblocking(False)

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pulse(f"closing {self._name}", CLOSE_S)
        with self._sleeper, self._waker:
            close_port(self._port)

    def wake(self) -> None:
        """End the wait in `wait`."""
        with suppress(OSError):  # full: it is awake already; closed: it has ended
            self._waker.send(b"\0")

    def read(self) -> bytes:
        """What has come, without waiting."""
        self._pulse(f"reading from {self._name}", CALL_S)
        data: bytes = self._port.read(self._port.in_waiting)
        return data

    def write(self, data: bytes) -> None:
        if data:
            self._pulse(f"writing to {self._name}", CALL_S)
            self._port.write(data)

    def wait(self, seconds: float) -> None:
        """Until something comes, somebody calls `wake`, or so long."""
        self._pulse(f"waiting for {self._name}", seconds + CALL_S)
        readable, _, _ = select.select([self._port.fileno(), self._sleeper], [], [], seconds)
        if self._sleeper in readable:
            self._sleeper.recv(4096)
        if self._port.fileno() in readable and not self._port.in_waiting:
            raise SerialError(f"the serial line {self._name} was unplugged: plug it in again")

    def drain(self) -> None:
        """Until all that was written is on its way; not for long."""
        until_s = self._clock.now() + DRAIN_S
        while self._port.out_waiting and self._clock.now() < until_s:
            self._clock.wait(threading.Event(), TURN_S)
