"""The frame, and the slot that holds the latest one."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Pixels, uint8, (height, width, 3), BGR."""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A picture as the camera compressed it; whoever takes the frame decodes it."""

    data: bytes
    width: int
    height: int


Content = Image | Jpeg


@dataclass(frozen=True, slots=True)
class Frame:
    """What the camera gave."""

    number: int
    """Counts up from 1 in the order of capture."""
    captured_s: float
    """When it was captured: monotonic, stamped after the grab. Its age counts from here."""
    time_s: float
    """Where it stands on the source's own time line, which counting goes by: the capture time of a
    live source, the recorded time of a file."""
    content: Content


@dataclass(frozen=True, slots=True)
class Books:
    """What became of every frame; `balanced` at every instant."""

    captured: int = 0
    delivered: int = 0
    superseded: int = 0
    skipped: int = 0
    failed: int = 0
    in_flight: int = 0

    @property
    def balanced(self) -> bool:
        settled = self.delivered + self.superseded + self.skipped + self.failed
        return self.captured == settled + self.in_flight


class LatestFrame:
    """A slot for one frame, between one thread that captures and one that takes.

    With `lossless` (files) `put` waits until the slot is empty; otherwise (cameras) a newer frame
    replaces an older one, which is then superseded. A taken frame stays in flight until it is
    settled by `delivered`, `skipped` or `failed`.
    """

    def __init__(self, *, lossless: bool = False) -> None:
        self._lossless = lossless
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._taken = 0
        self._captured = 0
        self._delivered = 0
        self._superseded = 0
        self._skipped = 0
        self._failed = 0
        self._ended = False
        self._closed = False

    def put(self, frame: Frame) -> bool:
        """Offer a frame; False when the slot is closed, and the frame was not taken on."""
        with self._changed:
            if self._lossless:
                self._changed.wait_for(lambda: self._frame is None or self._closed)
            if self._closed:
                return False
            if self._frame is not None:
                self._superseded += 1
            self._frame = frame
            self._captured += 1
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float) -> Frame | None:
        """Wait for a frame and take it; None after `timeout_s`, or at once when none will come."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._frame is not None or self._ended or self._closed, timeout_s
            )
            frame, self._frame = self._frame, None
            if frame is not None:
                self._taken += 1
                self._changed.notify_all()
            return frame

    def delivered(self) -> None:
        """The result of the taken frame has reached the rest of the program."""
        with self._changed:
            self._taken -= 1
            self._delivered += 1

    def skipped(self) -> None:
        """The taken frame was let go on purpose."""
        with self._changed:
            self._taken -= 1
            self._skipped += 1

    def failed(self) -> None:
        """The taken frame could not be processed."""
        with self._changed:
            self._taken -= 1
            self._failed += 1

    def end(self) -> None:
        """The source has ended: nothing comes after what is in the slot."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """End every wait at once; a frame that is left in the slot is skipped."""
        with self._changed:
            self._closed = True
            if self._frame is not None:
                self._frame = None
                self._skipped += 1
            self._changed.notify_all()

    @property
    def exhausted(self) -> bool:
        """True when nothing is in the slot and nothing will come."""
        with self._changed:
            return self._frame is None and (self._ended or self._closed)

    def books(self) -> Books:
        """A snapshot that balances."""
        with self._changed:
            return Books(
                captured=self._captured,
                delivered=self._delivered,
                superseded=self._superseded,
                skipped=self._skipped,
                failed=self._failed,
                in_flight=self._taken + (self._frame is not None),
            )
