"""The seam between the capture thread and what gives frames."""

import threading
from dataclasses import dataclass
from typing import Protocol

from edgecv.frames import Image


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source really gives, as far as it says."""

    width: int
    height: int
    fps: float


@dataclass(frozen=True, slots=True)
class Grab:
    """One image out of a source."""

    image: Image
    """An array of its own, which the source does not touch again."""
    recorded_s: float | None = None
    """Its time on the recording's time line; None for a live source."""


class Source(Protocol):
    """Opened, read and released by the capture thread and by nobody else.

    `release` while another thread is in `read` kills the process with a segmentation fault
    (OpenCV drops the GIL in both), so there is no method here that others may call.
    """

    @property
    def name(self) -> str:
        """As it is shown to people."""
        ...

    @property
    def live(self) -> bool:
        """True: frames come when they come. False: a recording, of which no frame is dropped."""
        ...

    @property
    def performs(self) -> str | None:
        """The exercise that is certainly performed; None where nobody knows."""
        ...

    @property
    def true_reps(self) -> int | None:
        """The reps that have certainly been performed so far; None where nobody knows."""
        ...

    def open(self) -> SourceInfo:
        """Raises SourceError."""
        ...

    def read(self, stop: threading.Event) -> Grab | None:
        """The next image; None at the end, or when `stop` was set meanwhile.

        Returns within a bound of about a second. Raises SourceError when the source has failed.
        """
        ...

    def release(self) -> None:
        """Let go of everything; may be called whether or not `open` went well."""
        ...
