"""Annotated pictures as an MP4 file."""

import threading
from pathlib import Path

import cv2
import numpy as np

from edgecv.errors import EdgecvError
from edgecv.picture.annotate import annotate
from edgecv.view import View

FPS_RANGE = (1.0, 240.0)
USUAL_FPS = 30.0


class VideoWriter:
    """An observer that writes every frame. `close` makes the file playable.

    The rate is that of the source; 30 where that says nothing credible.
    """

    def __init__(self, path: Path, *, width: int, height: int, fps: float) -> None:
        """Raises EdgecvError when the file can't be written."""
        low, high = FPS_RANGE
        rate = fps if low <= fps <= high else USUAL_FPS
        codec = cv2.VideoWriter.fourcc(*"mp4v")
        # What FFmpeg complains of is no help to the user; that it can't write is said below.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._writer = cv2.VideoWriter(str(path), codec, rate, (width, height))
        if not self._writer.isOpened():
            raise EdgecvError(f"no video of {width} x {height} at {rate:g} fps can be written")
        self._picture = np.empty((height, width, 3), np.uint8)
        self._closed = False
        # The thread that gives the frames may still be at it when the program goes to its end.
        self._lock = threading.Lock()

    def __call__(self, view: View) -> None:
        with self._lock:
            if not self._closed:
                self._writer.write(annotate(view, self._picture))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._writer.release()
