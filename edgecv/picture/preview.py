"""The preview: the live picture on a web page."""

import logging
import socket
import sys
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any

from edgecv.clock import Clock
from edgecv.errors import ConfigError
from edgecv.picture.live import LatestView, LivePicture

log = logging.getLogger("edgecv.preview")

FPS = 10.0
QUALITY = 80
VIEWERS = 8
"""Streams at a time."""
FIRST_PICTURE_S = 5.0
"""How long a request waits where there is no picture yet."""
REPEAT_S = 2.0
"""Where nothing newer came for so long the last picture is sent again: that a viewer has gone is
only noticed in sending."""
SOCKET_TIMEOUT_S = 10.0
"""A client that takes or sends nothing for so long is let go."""
SEND_BUFFER = 1 << 17
"""Bytes: a slow line shall get fewer pictures, not old ones."""
POLL_S = 0.2
"""How soon the server notices that it is to stop."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PAGE = b"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>edgecv</title>
<link rel="icon" href="data:,">
<style>
  body { margin: 0; height: 100vh; background: #16181c }
  img { width: 100%; height: 100%; object-fit: contain }
</style>
<img src="stream" alt="no picture"
     onerror="setTimeout(() => { this.src = 'stream?' + Date.now() }, 1000)">
</html>
"""


class PreviewServer:
    """`/` is a page with the stream, `/stream` MJPEG, `/snapshot.jpg` one picture.

    Hand `views` to the appliance as its observer. Nothing is drawn while nobody looks.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        port: int,
        host: str = "127.0.0.1",
        fps: float = FPS,
        quality: int = QUALITY,
    ) -> None:
        """Takes the port (0: any that is free); raises ConfigError when that can't be had."""
        self.views = LatestView()
        self.pictures = LivePicture(self.views, clock, fps=fps, quality=quality)
        try:
            self._server = _Server((host, port), self.pictures)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigError(
                f"the preview can't be shown on {host} port {port} ({reason}): choose another port"
            ) from error
        self.port: int = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="preview", daemon=True
        )

    def __enter__(self) -> "PreviewServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def connections(self) -> int:
        """Clients that are connected now."""
        return self._server.connections

    def stop(self) -> None:
        """End every wait and every connection at once, and give the port back."""
        self.pictures.close()
        if self._thread.ident is not None:
            self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def __init__(self, address: tuple[str, int], pictures: LivePicture) -> None:
        self.pictures = pictures
        self.places = threading.BoundedSemaphore(VIEWERS)
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own goes on to look up the host's name, which may wait for a name server.
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._clients.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._clients.discard(request)
        super().shutdown_request(request)

    @property
    def connections(self) -> int:
        with self._lock:
            return len(self._clients)

    def hang_up(self) -> None:
        """Cut every connection."""
        with self._lock:
            for client in self._clients:
                with suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            log.debug("%s:%s has gone: %s", *client_address[:2], error)
        else:
            log.error("ended by a bug, %r", error)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "edgecv"
    sys_version = ""
    timeout = SOCKET_TIMEOUT_S
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if not self._meant_for_us():
            self.send_error(HTTPStatus.FORBIDDEN)
        elif path == "/":
            self._send("text/html; charset=utf-8", PAGE)
        elif path == "/snapshot.jpg":
            self._send_snapshot()
        elif path == "/stream":
            self._send_stream()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)

    def _meant_for_us(self) -> bool:
        """On loopback only loopback's own names: another that leads here is a foreign web page
        which wants to see the camera (DNS rebinding)."""
        if self.server.server_address[0] not in LOOPBACK:
            return True
        host = self.headers.get("Host", "").rpartition(":")
        return (host[0] or host[2]).strip("[]") in ("", *LOOPBACK)

    def _send_snapshot(self) -> None:
        picture = self.server.pictures.wait(0, FIRST_PICTURE_S)
        if picture is None:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "no picture yet")
        else:
            self._send("image/jpeg", picture.jpeg)

    def _send_stream(self) -> None:
        if not self.server.places.acquire(blocking=False):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, f"{VIEWERS} are looking already")
            return
        try:
            self._stream()
        finally:
            self.server.places.release()

    def _stream(self) -> None:
        pictures = self.server.pictures
        picture = pictures.wait(0, FIRST_PICTURE_S)
        if picture is None:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "no picture yet")
            return
        self._send_head("multipart/x-mixed-replace; boundary=frame")
        self.wfile.write(b"--frame\r\n")
        while not pictures.closed:
            # The boundary comes right behind the picture: browsers show it only then.
            head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture.jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + picture.jpeg + b"\r\n--frame\r\n")
            picture = pictures.wait(picture.number, REPEAT_S) or picture

    def _send(self, kind: str, body: bytes) -> None:
        self._send_head(kind, ("Content-Length", str(len(body))))
        self.wfile.write(body)

    def _send_head(self, kind: str, *more: tuple[str, str]) -> None:
        self.send_response(HTTPStatus.OK)
        for name, value in (
            ("Content-Type", kind),
            ("Cache-Control", "no-store"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            *more,
        ):
            self.send_header(name, value)
        self.end_headers()
