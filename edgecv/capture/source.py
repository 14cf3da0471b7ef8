"""The seam between the capture thread and what gives frames."""

import threading
from dataclasses import dataclass
from typing import Protocol

from edgecv.frames import Content


class EndOfSource(Exception):
    """The recording is over."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source really gives, as far as it says."""

    width: int
    height: int
    fps: float
    """0 where it is not known."""
    form: str = "BGR"
    """How the pictures come: "MJPG", "YUYV", "BGR", …"""
    duration_s: float = 0.0
    """Of a recording; 0 where it is not known."""


@dataclass(frozen=True, slots=True)
class Grab:
    """One picture out of a source."""

    content: Content
    """An array or bytes of its own, which the source does not touch again."""
    recorded_s: float | None = None
    """Its time on the recording's time line; None for a live source."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long the calls of a source may take before they are stuck."""

    open_s: float
    read_s: float
    by: str
    """What enforces them, for people: "FFmpeg's time-outs"."""


class Source(Protocol):
    """Opened, read and released by the capture thread and by nobody else.

    `release` while another thread is in `read` kills the process with a segmentation fault
    (OpenCV drops the GIL in both), so there is no method here that others may call.
    """

    @property
    def name(self) -> str:
        """As it is shown to people: without passwords."""
        ...

    @property
    def live(self) -> bool:
        """True: frames come when they come. False: a recording, of which no frame is dropped."""
        ...

    @property
    def bounds(self) -> Bounds: ...

    @property
    def device(self) -> str | None:
        """The path that nobody may hold any more after `release`; None where there is none."""
        ...

    @property
    def true_reps(self) -> int | None:
        """The reps that have certainly been performed so far; None where nobody knows."""
        ...

    def open(self, stop: threading.Event) -> SourceInfo:
        """Raises SourceError, also when it gave up because `stop` was set. May be called again
        after `release`."""
        ...

    def read(self, stop: threading.Event) -> Grab | None:
        """The next picture; None when none came within about a second, or `stop` was set.

        Raises SourceError when the source has failed, EndOfSource when a recording is over.
        """
        ...

    def release(self) -> None:
        """Let go of everything; may be called whether or not `open` went well, and twice."""
        ...
