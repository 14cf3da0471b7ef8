"""A V4L2 camera: /dev/video0, or its lasting name under /dev/v4l/by-id/.

Tried on the kernel's own cameras, on x86-64 (tests/test_kernel_camera.py) and with the image's
wheel on arm64 (firmware/camera_test.py); not tried on hardware. What OpenCV 5.0 was seen to do
there is relied on here: a grab of a silent camera fails after V4L2's select time-out, one of a
camera that is gone at once; without conversion the very bytes of the camera's JPEG come through, as
an array of one row; a device that another handle streams from, be it ours, does not open.
"""

import logging
import os
import threading
import time

from edgecv.capture.mjpeg import START, picture_size
from edgecv.capture.modes import choose
from edgecv.capture.opencv import Handle
from edgecv.capture.source import Bounds, Grab, SourceInfo
from edgecv.capture.v4l import offered, resolve, why_not_open
from edgecv.errors import SourceError
from edgecv.frames import Image, Jpeg

log = logging.getLogger("edgecv.capture")

QUICK_S = 0.3
"""A grab waits a second for a frame; one that gives nothing sooner has failed."""
NOT_JPEG = 5
"""After so many frames in a row that are no JPEG, the camera is read as BGR."""


class Device:
    """Gives the camera's own JPEG bytes where it can, otherwise BGR."""

    live = True
    true_reps = None
    bounds = Bounds(open_s=15.0, read_s=5.0, by="V4L2's select time-out (1 s a frame)")

    def __init__(self, path: str, *, width: int, height: int, fps: float) -> None:
        self.name = path
        self.device = path
        self._width = width
        self._height = height
        self._fps = fps
        self._real = path
        self._handle: Handle | None = None
        self._as_jpeg = False
        self._not_jpeg = 0

    def open(self, stop: threading.Event) -> SourceInfo:  # noqa: ARG002
        self._real = resolve(self.name)
        handle = self._handle = Handle.of_device(self._real)
        if not handle.is_open:
            raise SourceError(why_not_open(self.name, self._real))
        handle.ask_for(*self._choose())
        self._not_jpeg = 0
        self._as_jpeg = handle.form in ("MJPG", "JPEG") and handle.convert(False)
        return SourceInfo(handle.width, handle.height, handle.fps, handle.form or "BGR")

    def read(self, stop: threading.Event) -> Grab | None:
        assert self._handle is not None
        began_s = time.monotonic()
        while not stop.is_set() and time.monotonic() - began_s < 1:
            asked_s = time.monotonic()
            image = self._handle.read()
            if image is None:
                if time.monotonic() - asked_s < QUICK_S:
                    raise SourceError(self._why_no_frames())
                return None
            if not self._as_jpeg:
                return Grab(image)
            if (jpeg := _as_jpeg(image)) is not None:
                self._not_jpeg = 0
                return Grab(jpeg)
            self._count_not_jpeg()
        return None

    def release(self) -> None:
        if self._handle is not None:
            self._handle.release()
            self._handle = None

    def _choose(self) -> tuple[str, int, int, float]:
        """Format, size and rate to ask for."""
        offers = offered(self._real, self._width, self._height, self._fps)
        chosen = choose(offers, self._width, self._height, self._fps)
        if chosen is None:  # the driver does not say: JPEG is the likeliest to be fast
            return "MJPG", self._width, self._height, self._fps
        mode, fps = chosen
        return mode.form, mode.width, mode.height, fps

    def _count_not_jpeg(self) -> None:
        assert self._handle is not None
        self._not_jpeg += 1
        if self._not_jpeg >= NOT_JPEG:
            log.warning("camera %s gives no JPEG although it says so: reading BGR", self.name)
            self._handle.convert(True)
            self._as_jpeg = False

    def _why_no_frames(self) -> str:
        """That another program has it is said by the kernel when it is opened, never later."""
        if not os.path.exists(self._real):
            return f"camera {self.name} was unplugged; plug it in again"
        return f"camera {self.name} gives no frames: its cable or supply is bad; plug it in again"


def _as_jpeg(raw: Image) -> Jpeg | None:
    data = raw.tobytes()
    if not data.startswith(START):
        return None
    try:
        width, height = picture_size(data)
    except ValueError:
        return None
    return Jpeg(data, width, height)
