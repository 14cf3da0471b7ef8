"""The one file that touches `cv2.VideoCapture`: how it is opened, asked, read and released."""

import math
import os
from typing import cast

# Read by OpenCV before its first open, some of them once a process. V4L2 has no other bound than
# this one (seconds, 10 by default); without the second, an open that hangs holds up every other;
# the third does without UDP, whose losses smear the picture; the last keeps FFmpeg's own
# complaints, which may hold passwords, out of our log.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
os.environ.setdefault("OPENCV_FFMPEG_IS_THREAD_SAFE", "1")
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2

from edgecv.errors import SourceError
from edgecv.frames import Image

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

OPEN_S = 5.0
READ_S = 3.0
"""FFmpeg's own default is 30 s for both."""


class Handle:
    """An opened video, or one that could not be opened (`is_open`). Used by one thread only:
    `release` during another's `read` is a segmentation fault."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture

    @classmethod
    def of_device(cls, path: str) -> "Handle":
        """FFmpeg's time-outs would make this open fail."""
        return cls(cv2.VideoCapture(path, cv2.CAP_V4L2))

    @classmethod
    def of_address(cls, address: str, open_s: float = OPEN_S, read_s: float = READ_S) -> "Handle":
        """A file or URL, by FFmpeg. Its time-outs take effect only when they are given here."""
        bounds = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(1000 * open_s)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(1000 * read_s)),
        ]
        return cls(cv2.VideoCapture(address, cv2.CAP_FFMPEG, bounds))

    @property
    def is_open(self) -> bool:
        return self._capture.isOpened()

    def ask_for(self, form: str, width: int, height: int, fps: float) -> None:
        """Of a camera; what it really gives is in the properties afterwards.

        The form first: the sizes on offer depend on it, and the rates on the sizes.
        """
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*form))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        self._capture.set(cv2.CAP_PROP_FPS, fps)

    def convert(self, on: bool) -> bool:
        """Whether `read` gives BGR or what the camera gave; False when that can't be chosen."""
        return self._capture.set(cv2.CAP_PROP_CONVERT_RGB, int(on))

    @property
    def form(self) -> str:
        """Such as "MJPG", "YUYV" or "h264"; empty where it is not known."""
        code = int(self._capture.get(cv2.CAP_PROP_FOURCC))
        letters = code.to_bytes(4, "little", signed=code < 0).strip(b"\0 ")
        return letters.decode("ascii", "replace") if letters.isalnum() else ""

    @property
    def width(self) -> int:
        return int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))

    @property
    def height(self) -> int:
        return int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))

    @property
    def fps(self) -> float:
        """0 where it is not known: a driver may give the ratio of two zeros."""
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        return fps if 0 < fps < math.inf else 0.0

    @property
    def frame_count(self) -> int:
        """As a file's header says; 0 where it does not."""
        return max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    @property
    def position_s(self) -> float:
        """When the frame that was read last was recorded."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000

    def read(self) -> Image | None:
        """A new array; None when nothing came in time, or nothing will come.

        Raises SourceError when OpenCV can't cope with what came.
        """
        try:
            taken, image = self._capture.read()
        except cv2.error as error:
            raise SourceError(f"OpenCV can't decode what the source gives: {error.err}") from error
        return cast(Image, image) if taken and image is not None and image.size else None

    def release(self) -> None:
        self._capture.release()
