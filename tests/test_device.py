"""V4L2 cameras: what is asked of OpenCV and made of its answers.

A stand-in takes the place of `cv2.VideoCapture`, and /dev/null that of the device; the driver's
side of it is in test_kernel_camera.py.
"""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

import edgecv.capture.device
import edgecv.capture.v4l
from edgecv.capture.device import NOT_JPEG, Device
from edgecv.capture.modes import Mode
from edgecv.capture.source import SourceInfo
from edgecv.capture.v4l import Capability
from edgecv.errors import SourceError
from edgecv.frames import Image, Jpeg
from tests.streams import jpeg, nothing_left

NEVER = threading.Event()
BGR = np.full((48, 64, 3), 7, np.uint8)
NAMES = {
    cv2.CAP_PROP_FOURCC: "form",
    cv2.CAP_PROP_FRAME_WIDTH: "width",
    cv2.CAP_PROP_FRAME_HEIGHT: "height",
    cv2.CAP_PROP_FPS: "fps",
    cv2.CAP_PROP_CONVERT_RGB: "convert",
}


def raw(data: bytes) -> Image:
    """As OpenCV gives what it has not converted."""
    return np.frombuffer(data, np.uint8).reshape(1, -1)


class FakeCapture:
    """A camera that gives `frames`, and takes part in what `accepts` says."""

    def __init__(
        self,
        *frames: Image | None,
        form: str = "MJPG",
        opened: bool = True,
        converts: bool = True,
        wait_s: float = 0.0,
    ) -> None:
        self._frames = iter(frames)
        self._opened = opened
        self._converts = converts
        self._wait_s = wait_s
        self._values = {"form": float(cv2.VideoWriter.fourcc(*form)), "width": 64.0, "fps": 15.0}
        self._values["height"] = 48.0
        self.arguments: list[tuple[object, ...]] = []
        self.asked: list[tuple[str, float]] = []
        self.released = 0

    def __call__(self, *arguments: object) -> "FakeCapture":
        self.arguments.append(arguments)
        return self

    def isOpened(self) -> bool:
        return self._opened

    def set(self, key: int, value: float) -> bool:
        self.asked.append((NAMES[key], value))
        return self._converts if key == cv2.CAP_PROP_CONVERT_RGB else False

    def get(self, key: int) -> float:
        return self._values[NAMES[key]]

    def read(self) -> tuple[bool, Image | None]:
        frame = next(self._frames, None)
        if frame is None:
            time.sleep(self._wait_s)
        return frame is not None, frame

    def release(self) -> None:
        self.released += 1


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    with nothing_left():
        yield


@contextlib.contextmanager
def camera(
    fake: FakeCapture, monkeypatch: pytest.MonkeyPatch, path: str = "/dev/null"
) -> Iterator[Device]:
    monkeypatch.setattr(cv2, "VideoCapture", fake)
    device = Device(path, width=640, height=480, fps=30.0)
    try:
        yield device
    finally:
        device.release()
        device.release()


@pytest.fixture
def terminal() -> Iterator[str]:
    """A character device that nobody else has open."""
    controller, terminal = os.openpty()
    try:
        yield os.ttyname(terminal)
    finally:
        os.close(controller)
        os.close(terminal)


def test_the_format_is_asked_for_first_then_the_size_then_the_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeCapture()
    with camera(fake, monkeypatch) as device:
        assert device.open(NEVER) == SourceInfo(64, 48, 15.0, "MJPG")
    assert [key for key, _ in fake.asked] == ["form", "width", "height", "fps", "convert"]
    assert fake.asked[1:] == [("width", 640), ("height", 480), ("fps", 30), ("convert", 0)]
    assert fake.arguments == [("/dev/null", cv2.CAP_V4L2)]  # time-outs would make the open fail
    assert fake.released


def test_what_the_camera_offers_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = [Mode("YUYV", 800, 600, (30.0,)), Mode("H264", 640, 480, (60.0,))]
    monkeypatch.setattr(edgecv.capture.device, "offered", lambda *_: offers)
    fake = FakeCapture(form="YUYV")
    with camera(fake, monkeypatch) as device:
        device.open(NEVER)
    yuyv = cv2.VideoWriter.fourcc(*"YUYV")
    assert fake.asked == [("form", yuyv), ("width", 800), ("height", 600), ("fps", 30)]


def test_the_only_bound_that_v4l2_has_is_set() -> None:
    assert os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] == "1"
    assert os.environ["OPENCV_FFMPEG_IS_THREAD_SAFE"] == "1"


def test_a_camera_that_compresses_gives_its_own_bytes_with_their_own_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = [jpeg(10), jpeg(20, 128, 96)]
    with camera(FakeCapture(*map(raw, pictures)), monkeypatch) as device:
        device.open(NEVER)
        contents = [grab.content for grab in (device.read(NEVER), device.read(NEVER)) if grab]
    assert contents == [Jpeg(pictures[0], 64, 48), Jpeg(pictures[1], 128, 96)]


@pytest.mark.parametrize(
    "fake",
    [FakeCapture(BGR, form="YUYV"), FakeCapture(BGR, converts=False)],
    ids=["has no MJPG", "OpenCV will not leave it as it is"],
)
def test_another_camera_gives_bgr(fake: FakeCapture, monkeypatch: pytest.MonkeyPatch) -> None:
    with camera(fake, monkeypatch) as device:
        device.open(NEVER)
        grab = device.read(NEVER)
    assert grab is not None
    assert grab.content is BGR


def test_a_camera_whose_jpeg_is_none_is_read_as_bgr(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeCapture(*[raw(bytes(999))] * NOT_JPEG, BGR)
    with camera(fake, monkeypatch) as device:
        device.open(NEVER)
        grab = device.read(NEVER)
    assert grab is not None
    assert grab.content is BGR
    assert fake.asked[-1] == ("convert", 1)
    assert "gives no JPEG although it says so" in caplog.text


def test_one_broken_picture_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [raw(data) for data in (jpeg(1), bytes(99), b"\xff\xd8\xff", jpeg(2)) * NOT_JPEG]
    with camera(FakeCapture(*frames), monkeypatch) as device:
        device.open(NEVER)
        contents = [grab.content for _ in range(2 * NOT_JPEG) if (grab := device.read(NEVER))]
    assert contents == [Jpeg(jpeg(1), 64, 48), Jpeg(jpeg(2), 64, 48)] * NOT_JPEG


def test_a_camera_that_gives_nothing_for_a_while_has_not_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with camera(FakeCapture(wait_s=0.4), monkeypatch) as device:
        device.open(NEVER)
        assert device.read(NEVER) is None


def test_a_camera_that_fails_at_once_is_not_asked_again_and_again(
    monkeypatch: pytest.MonkeyPatch, terminal: str
) -> None:
    with camera(FakeCapture(), monkeypatch, terminal) as device:
        device.open(NEVER)
        with pytest.raises(SourceError, match="gives no frames: its cable or supply is bad"):
            device.read(NEVER)


def test_a_camera_that_was_unplugged_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    node = tmp_path / "node"
    node.symlink_to("/dev/null")
    with camera(FakeCapture(), monkeypatch, str(node)) as device:
        device.open(NEVER)
        monkeypatch.setattr(os.path, "exists", lambda path: path != "/dev/null")
        with pytest.raises(SourceError, match=f"camera {node} was unplugged"):
            device.read(NEVER)


def test_a_link_is_resolved_again_at_every_opening(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    link = tmp_path / "usb-Cam_1234-video-index0"
    fake = FakeCapture()
    with camera(fake, monkeypatch, str(link)) as device:
        for number in ("/dev/null", "/dev/zero"):
            link.symlink_to(number)
            device.open(NEVER)
            device.release()
            link.unlink()
        with pytest.raises(SourceError, match="no such device"):
            device.open(NEVER)
        assert device.device == device.name == str(link)
    assert [path for path, _ in fake.arguments] == ["/dev/null", "/dev/zero"]


def test_the_group_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    fake = FakeCapture()
    with (
        camera(fake, monkeypatch) as device,
        pytest.raises(SourceError, match=r"permission denied; add the user to the group \w+ "),
    ):
        device.open(NEVER)
    assert fake.arguments == []


def test_what_is_no_device_is_not_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(b"")
    fake = FakeCapture()
    with (
        camera(fake, monkeypatch, str(tmp_path / "video0")) as device,
        pytest.raises(SourceError, match="is not a camera device"),
    ):
        device.open(NEVER)
    assert fake.arguments == []


def test_a_device_that_captures_nothing_is_told_from_a_busy_one(
    monkeypatch: pytest.MonkeyPatch, terminal: str
) -> None:
    with camera(FakeCapture(opened=False), monkeypatch, terminal) as device:
        with pytest.raises(SourceError, match="gives no pictures"):
            device.open(NEVER)
        monkeypatch.setattr(edgecv.capture.v4l, "capability", lambda _: Capability("", True))
        with pytest.raises(SourceError, match="nobody uses it: it gives no format"):
            device.open(NEVER)


def test_that_somebody_else_has_the_device_is_known_also_where_he_is_not_seen(
    monkeypatch: pytest.MonkeyPatch, terminal: str
) -> None:
    monkeypatch.setattr(edgecv.capture.v4l, "capability", lambda _: Capability("", True))
    monkeypatch.setattr(edgecv.capture.v4l, "is_streaming", lambda _: True)
    with (
        camera(FakeCapture(opened=False), monkeypatch, terminal) as device,
        pytest.raises(SourceError, match="is in use by a program of another user, which root sees"),
    ):
        device.open(NEVER)


def test_who_holds_a_busy_device_is_named(monkeypatch: pytest.MonkeyPatch, terminal: str) -> None:
    monkeypatch.setattr(edgecv.capture.v4l, "capability", lambda _: Capability("", True))
    with open(terminal, "rb") as held, subprocess.Popen(["sleep", "60"], stdin=held) as other:
        with (
            camera(FakeCapture(opened=False), monkeypatch, terminal) as device,
            pytest.raises(SourceError, match=rf"is in use by pid {other.pid} \(sleep\): stop it"),
        ):
            device.open(NEVER)
        other.kill()


def test_only_one_file_touches_video_capture() -> None:
    package = Path(edgecv.capture.v4l.__file__).parents[1]
    texts = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert [path.name for path, text in texts.items() if "VideoCapture(" in text] == ["opencv.py"]
