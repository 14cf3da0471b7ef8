"""An open serial port: what is read, written and waited for on it, each within a bound."""

import errno
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

import serial

from edgecv.clock import Clock
from edgecv.errors import SerialError
from edgecv.serial_line.ports import close_port, open_port
from edgecv.watchdog import Pulse

OPEN_S = 15.0
CALL_S = 10.0
"""A turn takes some 50 ms, or as long as a write may."""
CLOSE_S = 40.0
"""A driver may wait 30 s for what was not sent (closing_wait in linux/serial_core.h)."""
DRAIN_S = 0.2
TURN_S = 0.05


class Line:
    """Used by one thread; only `wake` may be called by others. Its calls raise SerialError when the
    port is gone or takes nothing."""

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
        with self._explained():
            data: bytes = self._port.read(self._port.in_waiting)
        return data

    def write(self, data: bytes) -> None:
        if data:
            self._pulse(f"writing to {self._name}", CALL_S)
            with self._explained():
                self._port.write(data)

    def wait(self, seconds: float) -> None:
        """Until something comes, somebody calls `wake`, or so long."""
        self._pulse(f"waiting for {self._name}", seconds + CALL_S)
        with self._explained():
            readable, _, _ = select.select([self._port.fileno(), self._sleeper], [], [], seconds)
            if self._sleeper in readable:
                self._sleeper.recv(4096)
            if self._port.fileno() in readable and not self._port.in_waiting:
                raise OSError(errno.ENXIO, "unplugged")  # it can be read, and there is nothing

    def drain(self) -> None:
        """Until all that was written is on its way; not for long."""
        until_s = self._clock.now() + DRAIN_S
        with self._explained():
            while self._port.out_waiting and self._clock.now() < until_s:
                self._clock.wait(threading.Event(), TURN_S)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except serial.SerialTimeoutException as error:
            raise SerialError(
                f"the serial line {self._name} takes nothing any more: look at what is on it"
            ) from error
        except OSError as error:
            raise SerialError(
                f"the serial line {self._name} was lost ({error.strerror or error}): plug it in "
                "again"
            ) from error
