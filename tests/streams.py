"""Streams of pictures that misbehave on purpose, and what they must leave behind: nothing."""

import contextlib
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import cv2
import numpy as np

BOUNDARY = b"picture"
HEAD = (
    b"HTTP/1.0 200 OK\r\nCache-Control: no-cache\r\n"
    b"Content-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY + b"\r\n\r\n"
)

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` gives or raises; it is to return at all."""
    given: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            given.append(call())
        except BaseException as error:  # noqa: BLE001 - it is raised again, there
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"no answer after {seconds} s"
    if raised:
        raise raised[0]
    return given[0]


@contextlib.contextmanager
def nothing_left(besides: str = "") -> Iterator[None]:
    """No thread, descriptor or child more afterwards, not even a zombie; `besides` is the name of
    threads that do not count, nor do sockets then."""
    threads, descriptors, children = _threads(besides), _descriptors(besides), _children()
    yield
    for thread in _threads(besides) - threads:
        thread.join(5)
    assert _threads(besides) <= threads
    assert _descriptors(besides) <= descriptors
    assert _children() <= children


def _threads(besides: str) -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name != (besides or None)}


def _descriptors(besides: str) -> set[tuple[str, str]]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one that reads the folder
            found.add((entry.name, str(entry.readlink())))
    return {one for one in found if not (besides and one[1].startswith("socket:"))}


def _children() -> set[str]:
    files = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    found: set[str] = set()
    for file in files:
        with contextlib.suppress(OSError):  # of a thread that has just ended
            found.update(file.read_text(encoding="ascii").split())
    return found


def jpeg(shade: int = 128, width: int = 64, height: int = 48) -> bytes:
    """One grey picture, compressed."""
    done, data = cv2.imencode(".jpg", np.full((height, width, 3), shade, np.uint8))
    assert done
    return data.tobytes()


def part(picture: bytes) -> bytes:
    """One picture as an HTTP/MJPEG stream holds it."""
    head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
    return head % (BOUNDARY, len(picture)) + picture + b"\r\n"


class Viewer:
    """Who has connected, seen from the server."""

    def __init__(self, connection: socket.socket, over: threading.Event) -> None:
        self._connection = connection
        self._over = over

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def pictures(self, *shades: int, width: int = 64, height: int = 48) -> None:
        for shade in shades:
            self.send(part(jpeg(shade, width, height)))

    def live(self, *, fps: float = 50.0) -> None:
        """Pictures for as long as anybody looks."""
        shade = 0
        while not self.pause(1 / fps):
            self.pictures(shade % 256)
            shade += 10

    def pause(self, seconds: float) -> bool:
        """True when the server is being closed."""
        return self._over.wait(seconds)

    def stall(self) -> None:
        """Send nothing more, and keep the connection."""
        self._over.wait()

    def reset(self) -> None:
        """End the connection as a crashed camera does."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


class HttpCamera:
    """Answers every request as `behave` says; 127.0.0.1 only. `port` 0: any that is free."""

    def __init__(self, behave: Callable[[Viewer], None], port: int = 0) -> None:
        self._behave = behave
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/video"
        self.viewers = 0
        self._spawn(self._accept)

    def close(self) -> None:
        """Cut every connection and free the port."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def __enter__(self) -> "HttpCamera":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _spawn(self, body: Callable[[], None]) -> None:
        thread = threading.Thread(target=body, name="camera", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._spawn(lambda connection=connection: self._serve(connection))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                piece = connection.recv(4096)
                if not piece:
                    return
                request += piece
            self.viewers += 1
            self._behave(Viewer(connection, self._over))


RTSP_SERVER = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
for part in ("videotestsrc", "jpegenc", "rtpjpegpay"):
    if Gst.ElementFactory.find(part) is None:
        sys.exit("GStreamer has no " + part)
factory = GstRtspServer.RTSPMediaFactory(shared=True)
factory.set_launch(
    "( videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=120,framerate=20/1"
    " ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=sys.argv[1])
server.get_mount_points().add_factory("/camera", factory)
if not server.attach(None):
    sys.exit("the port is taken")
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"""
"""GStreamer's own server; its Python binding belongs to the system's Python."""


class RtspCamera:
    """A server of its own process: 160 x 120 pixels, 20 fps, /camera. `port` 0: any."""

    def __init__(self, port: int = 0) -> None:
        """Raises RuntimeError, saying what is missing, where there is no such server."""
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-c", RTSP_SERVER, str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate()
            raise RuntimeError(errors.strip().splitlines()[-1] if errors.strip() else "no server")
        self.port = int(line)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
