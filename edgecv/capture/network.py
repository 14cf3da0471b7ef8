"""Network cameras: RTSP (over TCP) and HTTP (MJPEG, `multipart/x-mixed-replace`)."""

import socket
import threading
import time
from urllib.parse import urlsplit

from edgecv.capture.address import without_passwords
from edgecv.capture.opencv import OPEN_S, READ_S, Handle
from edgecv.capture.source import Bounds, Grab, SourceInfo
from edgecv.errors import ConfigError, SourceError

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
RESOLVE_S = 3.0
DIAGNOSE_S = 1.0
SLACK_S = 2.0
BAD_PICTURES = 5
"""A picture that can't be decoded looks like the end of the stream; after that nothing comes."""


class NetworkStream:
    """A stream by FFmpeg. After its first failure it gives nothing more until it is opened anew."""

    live = True
    device = None
    true_reps = None

    def __init__(self, address: str, *, open_s: float = OPEN_S, read_s: float = READ_S) -> None:
        """Raises ConfigError when `address` names no host."""
        self.name = without_passwords(address)
        self._address = address
        self._open_s = open_s
        self._read_s = read_s
        # Opening begins with the name server; a read may meet a bad picture just before its end.
        self.bounds = Bounds(
            open_s=open_s + RESOLVE_S + DIAGNOSE_S + SLACK_S,
            read_s=2 * read_s + SLACK_S,
            by=f"FFmpeg's time-outs (open {open_s:g} s, read {read_s:g} s)",
        )
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or parts.scheme not in PORTS:
            raise ConfigError(
                f"source {self.name}: expected SCHEME://[USER:PASSWORD@]HOST[:PORT]/PATH with "
                f"{', '.join(PORTS)}; in a password write @ as %40, / as %2F, : as %3A"
            ) from None
        self._is_http = parts.scheme.startswith("http")
        self._host = host
        self._port = port or PORTS[parts.scheme]
        self._handle: Handle | None = None

    def open(self, stop: threading.Event) -> SourceInfo:  # noqa: ARG002
        self._resolve()
        began_s = time.monotonic()
        handle = self._handle = Handle.of_address(self._address, self._open_s, self._read_s)
        if not handle.is_open:
            raise SourceError(self._why_not_open(time.monotonic() - began_s))
        # HTTP/MJPEG has no rate; FFmpeg makes one up.
        fps = 0.0 if self._is_http and handle.form == "MJPG" else handle.fps
        return SourceInfo(handle.width, handle.height, fps)

    def read(self, stop: threading.Event) -> Grab | None:  # noqa: ARG002
        assert self._handle is not None
        began_s = time.monotonic()
        for _ in range(BAD_PICTURES):
            image = self._handle.read()
            if image is not None:
                return Grab(image)
            if time.monotonic() - began_s >= 0.9 * self._read_s:
                raise SourceError(f"{self.name} timed out: no frame for {self._read_s:g} s")
        raise SourceError(f"{self.name} ended, or the connection was lost")

    def release(self) -> None:
        if self._handle is not None:
            self._handle.release()
            self._handle = None

    def _resolve(self) -> None:
        """Look the host up before FFmpeg does, which can't be interrupted while it does so."""
        failures: list[str] = []

        def look_up() -> None:
            try:
                socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                failures.append("")
            except (OSError, UnicodeError) as error:
                failures.append(getattr(error, "strerror", None) or str(error))

        thread = threading.Thread(target=look_up, name="name look-up", daemon=True)
        thread.start()
        thread.join(RESOLVE_S)
        if not failures:
            raise SourceError(f"{self.name}: the name server does not answer; try an IP address")
        if failures[0]:
            raise SourceError(f"{self.name}: the host {self._host} is not known ({failures[0]})")

    def _why_not_open(self, tried_s: float) -> str:
        """FFmpeg keeps its reasons to itself: see whether the port can be reached."""
        if tried_s >= 0.9 * self._open_s:
            return f"{self.name} timed out: no video within {self._open_s:g} s"
        try:
            socket.create_connection((self._host, self._port), DIAGNOSE_S).close()
        except ConnectionRefusedError:
            return f"{self.name}: connection refused; is the stream switched on, the port right?"
        except OSError as error:
            return f"{self.name} can't be reached: {error.strerror or error}"
        return f"{self.name} answers, but not with video: check the path, the user and the password"
