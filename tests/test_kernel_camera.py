"""V4L2 cameras as the kernel really has them: a USB camera of our own, and its test driver `vivid`.

They need root and a kernel with `vhci_hcd`, `uvcvideo` and `vivid`, and are skipped elsewhere;
`scripts/guest` boots such a kernel (Debian's) in an emulator and runs them there.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from edgecv.capture.connection import CaptureState
from edgecv.capture.device import Device
from edgecv.capture.modes import Mode as Offer
from edgecv.capture.opencv import Handle
from edgecv.capture.supervisor import Capture
from edgecv.capture.v4l import is_streaming, offered
from edgecv.clock import SystemClock
from edgecv.errors import SourceError
from edgecv.frames import Frame, Jpeg, LatestFrame
from edgecv.host.held import held_by_us
from tests.broker import wait_until
from tests.streams import jpeg, nothing_left
from tests.usb_camera import HOST, UsbCamera
from tests.vivid import faults, set_control

NEVER = threading.Event()
WAIT_S = 60.0
"""Emulated, everything takes its time."""

VIVID = sorted(
    name.parent.name
    for name in Path("/sys/class/video4linux").glob("video*/name")
    if name.read_text(encoding="utf-8").startswith("vivid-") and "vid-cap" in name.read_text()
)

needs_usb = pytest.mark.skipif(
    not (os.access(HOST / "attach", os.W_OK) and Path("/sys/module/uvcvideo").is_dir()),
    reason="needs root, vhci_hcd and uvcvideo: scripts/guest",
)
needs_vivid = pytest.mark.skipif(not VIVID, reason="needs the test driver vivid: scripts/guest")


@pytest.fixture
def camera() -> Iterator[UsbCamera]:
    with UsbCamera([jpeg(shade, 640, 480) for shade in range(0, 250, 50)]) as plugged_in:
        wait_until(lambda: plugged_in.device() is not None, "the device", WAIT_S)
        yield plugged_in


@pytest.fixture
def link(camera: UsbCamera, tmp_path: Path) -> Path:
    """As udev makes one under /dev/v4l/by-id/."""
    path = tmp_path / "usb-edgecv_tests_Test_camera_0001-video-index0"
    point(path, camera)
    return path


def point(link: Path, camera: UsbCamera) -> str:
    wait_until(lambda: camera.device() is not None, "the device", WAIT_S)
    device = camera.device()
    assert device is not None
    link.unlink(missing_ok=True)
    link.symlink_to(device)
    return device


@contextlib.contextmanager
def capturing(path: Path, **asked: float) -> Iterator[tuple[Capture, LatestFrame, list[Frame]]]:
    """The capture loop on a device; what it captured so far. It leaves nothing behind."""
    frames: list[Frame] = []
    slot = LatestFrame()
    size = {"width": 640, "height": 480, "fps": 30.0, **asked}
    sources = (
        Device(str(path), width=int(size["width"]), height=int(size["height"]), fps=size["fps"])
        for _ in count()
    )
    clock = SystemClock()
    with nothing_left(besides="usb camera"):
        capture = Capture(sources, slot, clock, lambda: None, captured=frames.append)
        capture.start()
        try:
            yield capture, slot, frames
        finally:
            slot.close()
            capture.ask_to_stop()
            assert capture.join(10)
    assert held_by_us(os.path.realpath(path)) == []
    assert capture.still_held == 0


def more(frames: list[Frame], number: int = 5) -> None:
    """Wait until so many more have come."""
    before = len(frames)
    wait_until(lambda: len(frames) >= before + number, "frames", WAIT_S)


@needs_usb
def test_what_a_usb_camera_offers_is_known_before_it_is_opened(camera: UsbCamera) -> None:
    device = camera.device()
    assert device is not None
    assert set(offered(device, 640, 480, 30.0)) == {
        Offer("MJPG", 1280, 720, (30.0,)),
        Offer("MJPG", 640, 480, (30.0, 15.0)),
        Offer("YUYV", 640, 480, (15.0,)),
        Offer("YUYV", 320, 240, (30.0,)),
    }


@needs_usb
@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((640, 480, 30.0), ("MJPG", (640, 480), 30)),
        ((640, 480, 15.0), ("MJPG", (640, 480), 15)),
        ((1000, 700, 30.0), ("MJPG", (1280, 720), 30)),
    ],
)
def test_the_camera_is_told_what_was_chosen(
    camera: UsbCamera, asked: tuple[int, int, float], given: tuple[str, tuple[int, int], int]
) -> None:
    source = Device(camera.device() or "", width=asked[0], height=asked[1], fps=asked[2])
    try:
        info = source.open(NEVER)
        source.read(NEVER)
    finally:
        source.release()
    assert camera.commits[-1] == given
    assert (info.form, (info.width, info.height), info.fps) == given


@needs_usb
def test_the_cameras_own_jpeg_bytes_come_through(link: Path) -> None:
    pictures = {jpeg(shade, 640, 480) for shade in range(0, 250, 50)}
    with capturing(link) as (capture, _, frames):
        more(frames, 20)
        assert capture.status.state is CaptureState.LIVE
    contents = [frame.content for frame in frames]
    assert all(isinstance(content, Jpeg) and content.data in pictures for content in contents)
    times = [frame.captured_s for frame in frames]
    assert times == sorted(times)


@needs_usb
def test_a_camera_that_falls_silent_is_waited_for_a_second_at_a_time(camera: UsbCamera) -> None:
    """The only bound that V4L2 has is in force, and nothing else hangs."""
    handle = Handle.of_device(camera.device() or "")
    try:
        handle.ask_for("MJPG", 640, 480, 30.0)
        assert handle.read() is not None
        camera.hold = True
        clock = SystemClock()
        began_s = clock.now()
        while handle.read() is not None:  # what was in the kernel's buffers
            began_s = clock.now()
        assert 0.9 < clock.now() - began_s < 5
        camera.hold = False
        wait_until(lambda: handle.read() is not None, "a frame", WAIT_S)
    finally:
        handle.release()


@needs_usb
def test_a_camera_that_falls_silent_is_opened_anew_and_comes_back(
    camera: UsbCamera, link: Path
) -> None:
    with capturing(link) as (capture, _, frames):
        more(frames)
        camera.hold = True
        wait_until(lambda: capture.status.state is CaptureState.BACKING_OFF, "backing_off", WAIT_S)
        assert "gives no frames" in capture.status.reason
        assert held_by_us(str(link)) == []
        camera.hold = False
        more(frames)
        assert capture.reconnects >= 1
        assert capture.stalls >= 1


@needs_usb
def test_a_failed_transfer_is_followed_by_a_new_connection(camera: UsbCamera, link: Path) -> None:
    with capturing(link) as (capture, _, frames):
        more(frames)
        camera.stall_once = True
        wait_until(lambda: capture.reconnects > 0, "a new connection", WAIT_S)
        more(frames)


@needs_usb
def test_a_camera_that_comes_back_under_another_number_is_found(
    camera: UsbCamera, link: Path
) -> None:
    with capturing(link) as (capture, _, frames):
        more(frames)
        before = os.path.realpath(link)
        holder = os.open(before, os.O_RDWR | os.O_NONBLOCK)  # keeps the number taken
        try:
            camera.unplug()
            wait_until(
                lambda: capture.status.state is CaptureState.BACKING_OFF, "backing_off", WAIT_S
            )
            assert "was unplugged" in capture.status.reason or "gives no" in capture.status.reason
            camera.plug_in()
            assert point(link, camera) != before
            more(frames)
        finally:
            os.close(holder)


@needs_usb
def test_stopping_while_the_camera_is_silent_or_gone_lets_go_of_it(
    camera: UsbCamera, link: Path
) -> None:
    with capturing(link) as (_, _, frames):
        more(frames)
        camera.hold = True
    camera.hold = False
    with capturing(link) as (capture, _, frames):
        more(frames)
        camera.unplug()
        wait_until(lambda: capture.status.state is not CaptureState.LIVE, "not live", WAIT_S)


@needs_usb
def test_pausing_closes_the_device(link: Path) -> None:
    with capturing(link) as (capture, _, frames):
        more(frames)
        capture.pause(True)
        wait_until(lambda: capture.status.state is CaptureState.PAUSED, "paused", WAIT_S)
        assert held_by_us(str(link)) == []
        capture.pause(False)
        more(frames)


@needs_usb
def test_a_busy_camera_is_said_to_be_and_by_whom(camera: UsbCamera, link: Path) -> None:
    device = camera.device() or ""
    with other_program(device) as other:
        source = Device(str(link), width=640, height=480, fps=30.0)
        with pytest.raises(SourceError, match=rf"is in use by pid {other.pid} \(.*\): stop it"):
            read_one(source)
        with capturing(link) as (capture, _, frames):
            wait_until(lambda: f"pid {other.pid}" in capture.status.reason, "the reason", WAIT_S)
            assert is_streaming(device)
            other.send_signal(signal.SIGKILL)
            other.wait()
            more(frames)
    assert not is_streaming(device)


def read_one(source: Device) -> None:
    try:
        source.open(NEVER)
        source.read(NEVER)
    finally:
        source.release()


@contextlib.contextmanager
def other_program(device: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process that streams from the device, and writes a line for every frame."""
    code = (
        "import sys, threading\n"
        "from edgecv.capture.device import Device\n"
        "device, never = Device(sys.argv[1], width=640, height=480, fps=30.0), threading.Event()\n"
        "device.open(never)\n"
        "while True: print(device.read(never) is not None, flush=True)"
    )
    command = [sys.executable, "-c", code, device]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


@needs_usb
def test_a_killed_program_leaves_a_camera_that_opens_again(camera: UsbCamera, link: Path) -> None:
    for _ in range(3):
        with other_program(camera.device() or "") as other:
            other.kill()
            other.wait()
            with capturing(link) as (_, _, frames):
                more(frames)


@needs_usb
def test_a_stopped_and_continued_program_goes_on(camera: UsbCamera) -> None:
    with other_program(camera.device() or "") as other:
        other.send_signal(signal.SIGSTOP)
        NEVER.wait(5)
        other.send_signal(signal.SIGCONT)
        assert other.stdout is not None
        assert "True\n" in [other.stdout.readline() for _ in range(200)][100:]


@needs_vivid
def test_a_camera_that_has_bgr_needs_no_conversion() -> None:
    device = Path("/dev", VIVID[0])
    with capturing(device, width=640, height=360, fps=25.0) as (capture, _, frames):
        more(frames)
        assert capture.info is not None
        assert (capture.info.form, capture.info.width, capture.info.height) == ("BGR3", 640, 360)
        contents = [frame.content for frame in frames]
    assert all(isinstance(c, np.ndarray) and c.shape == (360, 640, 3) for c in contents)
    arrays = [content for content in contents if isinstance(content, np.ndarray)]
    assert not any(np.shares_memory(arrays[0], other) for other in arrays[1:])


@needs_vivid
def test_errors_of_the_driver_are_survived() -> None:
    """vivid's own error injection: bad buffers, and calls that fail."""
    device = Path("/dev", VIVID[0])
    assert "Inject Fatal Streaming Error" in faults(str(device))
    with capturing(device, width=320, height=180, fps=25.0) as (capture, _, frames):
        more(frames)
        for fault in faults(str(device)):
            set_control(str(device), fault)
            more(frames, 3)
        assert capture.status.state is CaptureState.LIVE


@needs_vivid
def test_a_device_that_gives_no_pictures_is_named_as_such() -> None:
    others = sorted(
        name.parent.name
        for name in Path("/sys/class/video4linux").glob("video*/name")
        if "vid-out" in name.read_text(encoding="utf-8")
    )
    source = Device(f"/dev/{others[0]}", width=640, height=480, fps=30.0)
    with pytest.raises(SourceError, match="gives no pictures"):
        read_one(source)
