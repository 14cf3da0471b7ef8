"""The preview over real HTTP: drawn only when somebody looks, once for all, and gone at the end."""

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgecv.clock import FakeClock, SystemClock
from edgecv.errors import ConfigError
from edgecv.picture.live import LatestView, LivePicture
from edgecv.picture.preview import VIEWERS, PreviewServer
from tests.broker import PATIENCE_S, wait_until
from tests.views import make_view

NO_CAP_FPS = 1e6


@pytest.fixture
def preview() -> Iterator[PreviewServer]:
    with PreviewServer(SystemClock(), port=0, fps=NO_CAP_FPS) as server:
        yield server


def get(preview: PreviewServer, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=PATIENCE_S)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def read_to_the_end(client: socket.socket) -> bytes:
    """What still comes; a connection that is cut ends it, too."""
    answer = b""
    with client, suppress(ConnectionResetError):
        while part := client.recv(4096):
            answer += part
    return answer


def is_jpeg(data: bytes) -> bool:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None


class Frames:
    """A new frame whenever it is wanted."""

    def __init__(self, preview: PreviewServer) -> None:
        self._preview = preview
        self._number = 1

    def show(self) -> bool:
        self._number += 1
        self._preview.views(make_view(number=self._number))
        return True


class Viewer:
    """Reads the stream on a thread of its own."""

    def __init__(self, preview: PreviewServer) -> None:
        self._socket = socket.create_connection(("127.0.0.1", preview.port), timeout=PATIENCE_S)
        self._socket.sendall(b"GET /stream HTTP/1.0\r\n\r\n")
        self._response = http.client.HTTPResponse(self._socket)
        self._response.begin()
        self.status = self._response.status
        self.pictures: list[bytes] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def _read(self) -> None:
        with self._socket, suppress(OSError, http.client.HTTPException):
            while line := self._response.readline():
                if length := re.match(rb"Content-Length: (\d+)", line):
                    self._response.readline()
                    self.pictures.append(self._response.read(int(length[1])))


def test_nothing_is_drawn_when_nobody_looks(preview: PreviewServer) -> None:
    for number in range(1, 50):
        preview.views(make_view(number=number))

    assert get(preview, "/").read().startswith(b"<!doctype html>")
    assert preview.pictures.made == 0


def test_a_snapshot_is_the_newest_frame_and_made_once(preview: PreviewServer) -> None:
    preview.views(make_view(number=1, grey=0))
    preview.views(make_view(number=2, grey=200))

    responses = [get(preview, "/snapshot.jpg") for _ in range(3)]
    pictures = [response.read() for response in responses]

    assert [response.headers["Content-Type"] for response in responses] == ["image/jpeg"] * 3
    decoded = cv2.imdecode(np.frombuffer(pictures[0], np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert abs(int(decoded[240, 600, 0]) - 200) < 5
    assert pictures == pictures[:1] * 3
    assert preview.pictures.made == 1


def test_several_viewers_cost_one_picture_a_frame(preview: PreviewServer) -> None:
    preview.views(make_view(number=1, set_reps=1))
    viewers = [Viewer(preview) for _ in range(4)]

    def all_saw(count: int) -> bool:
        """Different pictures: one that is sent again is the same."""
        return all(len(set(viewer.pictures)) == count for viewer in viewers)

    for number in range(1, 8):
        preview.views(make_view(number=number, set_reps=number))
        wait_until(partial(all_saw, number), f"picture {number} for all")
        assert preview.pictures.made == number

    assert set(viewers[0].pictures) == set(viewers[3].pictures)
    assert all(is_jpeg(picture) for picture in viewers[0].pictures)


def test_drawing_ends_with_the_last_viewer(preview: PreviewServer) -> None:
    preview.views(make_view(number=1))
    viewer = Viewer(preview)
    wait_until(lambda: len(viewer.pictures) == 1, "the first picture")
    viewer.leave()
    frames = Frames(preview)
    wait_until(lambda: frames.show() and preview.connections == 0, "the end of the stream")
    made = preview.pictures.made

    for _ in range(20):
        frames.show()

    assert preview.pictures.made == made


def test_there_are_no_more_pictures_a_second_than_allowed() -> None:
    clock, views = FakeClock(), LatestView()
    pictures = LivePicture(views, clock, fps=10, quality=80)
    times = []
    for number in range(1, 6):
        views(make_view(number=number))
        picture = pictures.wait(number - 1, 0)
        assert picture is not None
        assert picture.number == number
        times.append(clock.now())

    np.testing.assert_allclose(times, [0, 0.1, 0.2, 0.3, 0.4])


def test_a_picture_that_is_still_fresh_is_not_made_again() -> None:
    clock, views = FakeClock(), LatestView()
    pictures = LivePicture(views, clock, fps=10, quality=80)
    numbers = []
    for number, seconds in ((1, 0.05), (2, 0.04), (3, 0.5), (4, 0.0)):
        views(make_view(number=number))
        picture = pictures.wait(0, 0)
        assert picture is not None
        numbers.append(picture.number)
        clock.advance(seconds)

    assert numbers == [1, 1, 1, 4]


def test_frame_numbers_may_start_again() -> None:
    views = LatestView()
    views(make_view(number=500))
    views(make_view(number=1))

    view = views.wait(500, 0)

    assert view is not None
    assert view.frame.number == 1


def test_the_number_of_viewers_is_bounded(preview: PreviewServer) -> None:
    preview.views(make_view())
    viewers = [Viewer(preview) for _ in range(VIEWERS)]
    assert [viewer.status for viewer in viewers] == [200] * VIEWERS

    assert get(preview, "/stream").status == 503
    assert get(preview, "/snapshot.jpg").status == 200

    wait_until(lambda: all(viewer.pictures for viewer in viewers), "a picture for all")
    viewers[0].leave()
    frames = Frames(preview)
    wait_until(
        lambda: frames.show() and get(preview, "/stream").status == 200, "a place to become free"
    )


def test_it_listens_on_loopback_only(preview: PreviewServer) -> None:
    assert preview.url == f"http://127.0.0.1:{preview.port}/"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", preview.port), timeout=PATIENCE_S)


def test_a_foreign_web_page_does_not_see_the_camera(preview: PreviewServer) -> None:
    preview.views(make_view())
    for host in ("evil.example", "evil.example:8123", "[::2]:8123", "127.0.0.1.evil.example"):
        assert get(preview, "/snapshot.jpg", Host=host).status == 403
    for host in ("localhost:9", "127.0.0.1", "[::1]:9"):
        response = get(preview, "/snapshot.jpg", Host=host)
        assert response.status == 200
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_other_addresses_and_methods_are_refused(preview: PreviewServer) -> None:
    assert get(preview, "/../etc/passwd").status == 404
    connection = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=PATIENCE_S)
    connection.request("POST", "/")
    assert connection.getresponse().status == 501


def test_a_port_in_use_is_one_clear_line(preview: PreviewServer) -> None:
    with pytest.raises(ConfigError, match=rf"port {preview.port} \(Address already in use\)"):
        PreviewServer(SystemClock(), port=preview.port)
    with pytest.raises(ConfigError, match="port 70000"):
        PreviewServer(SystemClock(), port=70_000)


def test_stopping_ends_every_viewer_at_once_and_frees_the_port() -> None:
    with PreviewServer(SystemClock(), port=0) as preview:
        waiting = socket.create_connection(("127.0.0.1", preview.port), timeout=PATIENCE_S)
        waiting.sendall(b"GET /stream HTTP/1.0\r\n\r\n")
        wait_until(lambda: preview.connections == 1, "a viewer that waits for a first picture")
    answer = read_to_the_end(waiting)
    assert not answer or answer.startswith(b"HTTP/1.0 503 "), "told, or cut off before"

    with PreviewServer(SystemClock(), port=0) as preview:
        preview.views(make_view())
        viewers = [Viewer(preview) for _ in range(3)]
        idle = socket.create_connection(("127.0.0.1", preview.port))
        asleep = get(preview, "/stream")  # takes nothing
        wait_until(lambda: all(viewer.pictures for viewer in viewers), "pictures")
    wait_until(lambda: all(viewer.ended() for viewer in viewers), "the end of the streams")
    wait_until(lambda: preview.connections == 0, "the end of every connection")
    idle.close()
    asleep.close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", preview.port), timeout=PATIENCE_S)
    with PreviewServer(SystemClock(), port=preview.port):
        pass


def test_one_that_was_never_started_can_be_stopped() -> None:
    PreviewServer(SystemClock(), port=0).stop()


def test_viewers_that_break_off_leave_no_trace(
    preview: PreviewServer, capfd: pytest.CaptureFixture[str]
) -> None:
    preview.views(make_view())
    for request in (b"", b"GET", b"GET /stream HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x02\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", preview.port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.sendall(request)
    frames = Frames(preview)
    wait_until(lambda: frames.show() and preview.connections == 0, "the end of every connection")
    assert capfd.readouterr() == ("", "")


def test_edgecv_run_shows_it_and_names_the_address(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "edgecv", "run", "--preview", "0", "--source"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "synthetic:squat?reps=50"], stdout=output, stderr=output
        )
    wait_until(lambda: "person" in log.read_text(), "the first pose")
    address = re.search(r"preview   http://127\.0\.0\.1:(\d+)/", log.read_text())
    assert address, log.read_text()
    connection = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=PATIENCE_S)
    connection.request("GET", "/snapshot.jpg")
    assert is_jpeg(connection.getresponse().read())

    process.send_signal(signal.SIGINT)

    assert process.wait(PATIENCE_S) == 0
    assert "Traceback" not in log.read_text()
