"""A server of updates that misbehaves on purpose, with an authority of its own."""

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

import trustme

DATE = "Sat, 21 Nov 2026 12:00:00 GMT"


@dataclass
class Page:
    """What is behind a path."""

    data: bytes = b""
    status: int = 200
    etag: str = '"one"'
    length: int | None = -1
    """What is said of it instead of the truth; None: nothing."""
    cuts: list[int] = field(default_factory=list)
    """After so many bytes the line of the next request is cut, and so on."""
    silent_after: list[int] = field(default_factory=list)
    """The same, and the line stays open."""
    ranges: bool = True
    location: str = ""


class Updates:
    """https://localhost:PORT while in the `with` block."""

    def __init__(self, folder: Path, name: str = "localhost") -> None:
        ca = trustme.CA()
        self.authority = folder / "authority.pem"
        ca.cert_pem.write_to_path(str(self.authority))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(name).configure_cert(context)
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, str | None]] = []
        """Paths, each with the range that was asked for."""
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("localhost", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> "Updates":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def put(self, path: str, page: Page) -> str:
        """Its address."""
        self.pages[path] = page
        return self.url + path


def _handler(updates: Updates) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            updates.asked.append((self.path, self.headers["Range"]))
            page = updates.pages.get(self.path, Page(b"nothing here", 404))
            data, first = page.data, 0
            asked = self.headers["Range"]
            if asked and page.ranges and self.headers["If-Range"] == page.etag:
                first = int(asked.removeprefix("bytes=").rstrip("-"))
                if first >= len(data):
                    self._head(416, 0, page)
                    return
            rest = data[first:]
            self._head(206 if first else page.status, len(rest), page, first)
            cut = page.cuts.pop(0) if page.cuts else None
            if page.silent_after:
                self.wfile.write(rest[: page.silent_after.pop(0)])
                updates.over.wait(10)
                return
            self.wfile.write(rest[:cut])
            if cut is not None or page.length != -1:
                self.close_connection = True

        def _head(self, status: int, length: int, page: Page, first: int = 0) -> None:
            self.send_response(status)
            if page.length is not None:
                self.send_header(
                    "Content-Length", str(length if page.length == -1 else page.length)
                )
            else:
                self.send_header("Connection", "close")
            if page.etag:
                self.send_header("ETag", page.etag)
            if page.location:
                self.send_header("Location", page.location)
            if status == 206:
                last = len(page.data) - 1
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(page.data)}")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
