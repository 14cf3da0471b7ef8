"""Cameras and video files through OpenCV. The one file that touches `cv2.VideoCapture`."""

import os
import threading
from pathlib import Path
from typing import cast

# Read by OpenCV once a process, before its first open. V4L2 has no other bound than this one
# (seconds, 10 by default); the others keep the libraries' own complaints out of our log.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2

from edgecv.capture.source import Grab, SourceInfo
from edgecv.errors import SourceError
from edgecv.frames import Image

READ_TIMEOUT_MS = 3000
"""FFmpeg's own default is 30 s."""
SILENT_GRABS = 5
"""A camera that gave nothing in so many grabs of a second each has failed."""


class Device:
    """A V4L2 device, live."""

    live = True
    performs = None
    true_reps = None

    def __init__(self, device: str, *, width: int, height: int, fps: float) -> None:
        self.name = device
        self._width = width
        self._height = height
        self._fps = fps
        self._capture: cv2.VideoCapture | None = None

    def open(self) -> SourceInfo:
        if not Path(self.name).exists():
            raise SourceError(f"camera {self.name}: no such device; {_cameras_here()}")
        if not os.access(self.name, os.R_OK | os.W_OK):
            raise SourceError(
                f"camera {self.name}: permission denied; add the user to the group of the device "
                "(sudo usermod -aG video $USER) and log in again"
            )
        capture = cv2.VideoCapture(self.name, cv2.CAP_V4L2)
        self._capture = capture
        if not capture.isOpened():
            raise SourceError(
                f"camera {self.name} can't be opened: it is in use by another program, or not a "
                "camera that gives pictures (a camera often has several devices; try the next)"
            )
        # The format first: the sizes and rates on offer depend on it, and only MJPG reaches
        # 30 fps at most sizes over USB 2.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._height)
        capture.set(cv2.CAP_PROP_FPS, self._fps)
        return _info(capture)

    def read(self, stop: threading.Event) -> Grab | None:
        assert self._capture is not None
        for _ in range(SILENT_GRABS):
            if stop.is_set():
                return None
            image = _read(self._capture)
            if image is not None:
                return Grab(image)
        raise SourceError(
            f"camera {self.name} gives no frames: unplugged, or its cable or supply is bad; "
            "plug it in again"
        )

    def release(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None


class VideoFile:
    """A video file: every frame, at its recorded time."""

    live = False
    performs = None
    true_reps = None

    def __init__(self, path: str) -> None:
        self.name = path
        self._capture: cv2.VideoCapture | None = None
        self._info = SourceInfo(0, 0, 0.0)
        self._recorded_s = -1.0

    def open(self) -> SourceInfo:
        if not Path(self.name).exists():
            raise SourceError(f"video {self.name}: no such file")
        if not Path(self.name).is_file():
            raise SourceError(f"video {self.name} is not a file")
        if not os.access(self.name, os.R_OK):
            raise SourceError(f"video {self.name}: permission denied")
        bounds = [cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
        capture = cv2.VideoCapture(self.name, cv2.CAP_FFMPEG, bounds)
        self._capture = capture
        if not capture.isOpened():
            raise SourceError(f"video {self.name} is damaged, or not a video")
        self._info = _info(capture)
        return self._info

    def read(self, stop: threading.Event) -> Grab | None:  # noqa: ARG002
        assert self._capture is not None
        image = _read(self._capture)
        if image is None:
            if self._recorded_s < 0:
                raise SourceError(f"video {self.name} holds no frame that can be decoded")
            return None
        recorded_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if not recorded_s > self._recorded_s:
            recorded_s = max(self._recorded_s, 0.0) + 1 / (self._info.fps or 30.0)
        self._recorded_s = recorded_s
        return Grab(image, recorded_s)

    def release(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def _read(capture: cv2.VideoCapture) -> Image | None:
    try:
        taken, image = capture.read()
    except cv2.error as error:
        raise SourceError(f"OpenCV can't decode what the source gives: {error.err}") from error
    return cast(Image, image) if taken else None


def _info(capture: cv2.VideoCapture) -> SourceInfo:
    return SourceInfo(
        width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        fps=capture.get(cv2.CAP_PROP_FPS),
    )


def _cameras_here() -> str:
    devices = sorted(str(device) for device in Path("/dev").glob("video*"))
    return f"here are {', '.join(devices)}" if devices else "no camera is plugged in"
