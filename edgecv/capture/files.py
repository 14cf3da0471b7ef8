"""Video files."""

import logging
import os
import threading
from pathlib import Path

from edgecv.capture.opencv import Handle
from edgecv.capture.source import Bounds, EndOfSource, Grab, SourceInfo
from edgecv.errors import SourceError
from edgecv.frames import Image

log = logging.getLogger("edgecv.capture")

BAD_FRAMES = 50
"""After so many reads in a row without a frame the file is at its end."""
MISSING_S = 0.5
"""Headers are not always exact about how long the video is."""


class VideoFile:
    """Every frame, in order, at its recorded time."""

    live = False
    device = None
    true_reps = None
    bounds = Bounds(open_s=30.0, read_s=30.0, by="the disk")

    def __init__(self, path: str) -> None:
        self.name = path
        self._handle: Handle | None = None
        self._fps = 0.0
        self._recorded_s = -1.0
        self._undecodable = 0

    def open(self, stop: threading.Event) -> SourceInfo:  # noqa: ARG002
        if not Path(self.name).exists():
            raise SourceError(f"video {self.name}: no such file")
        if not Path(self.name).is_file():
            raise SourceError(f"video {self.name} is not a file")
        if not os.access(self.name, os.R_OK):
            raise SourceError(f"video {self.name}: permission denied")
        # An absolute path is no URL, whatever the file is called.
        handle = self._handle = Handle.of_address(os.path.abspath(self.name))
        if not handle.is_open:
            raise SourceError(f"video {self.name} is damaged, or not a video")
        self._fps = handle.fps
        self._recorded_s = -1.0
        self._undecodable = 0
        duration_s = max(0.0, handle.frame_count / handle.fps) if handle.fps else 0.0
        return SourceInfo(handle.width, handle.height, handle.fps, duration_s=duration_s)

    def read(self, stop: threading.Event) -> Grab | None:  # noqa: ARG002
        assert self._handle is not None
        image = self._next()
        if image is None:
            self._check_end()
            raise EndOfSource
        recorded_s = self._handle.position_s
        if not recorded_s > self._recorded_s:
            recorded_s = max(self._recorded_s, 0.0) + 1 / (self._fps or 30.0)
        self._recorded_s = recorded_s
        return Grab(image, recorded_s)

    def release(self) -> None:
        if self._handle is not None:
            self._handle.release()
            self._handle = None

    def _next(self) -> Image | None:
        """A frame that can't be decoded looks like the end of the file; whole ones may follow."""
        assert self._handle is not None
        for undecodable in range(BAD_FRAMES):
            image = self._handle.read()
            if image is not None:
                self._undecodable += undecodable
                return image
        return None

    def _check_end(self) -> None:
        assert self._handle is not None
        if self._recorded_s < 0:
            raise SourceError(f"video {self.name} holds no frame that can be decoded")
        if self._undecodable:
            log.warning("video %s is damaged: %d bad frames", self.name, self._undecodable)
        length_s = self._handle.frame_count / self._fps if self._fps else 0.0
        if self._recorded_s < length_s - MISSING_S:
            log.warning(
                "video %s is incomplete: it ended after %.1f of %.1f s",
                *(self.name, self._recorded_s, length_s),
            )
