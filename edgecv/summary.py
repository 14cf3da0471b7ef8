"""What a run came to."""

from dataclasses import dataclass
from typing import NamedTuple

from edgecv.events import Stats
from edgecv.watchdog import Stuck


class Mark(NamedTuple):
    """Which frame, and when."""

    number: int
    captured_s: float
    time_s: float


@dataclass(frozen=True)
class Summary:
    """The end of a run, in figures."""

    counts: dict[str, int]
    """Reps of each exercise, in the order in which they were done."""
    true_reps: int | None
    """Where the source knows them and has ended."""
    stopped: bool
    """Asked to stop before the source had ended."""
    restart: bool
    """Asked to start anew."""
    stuck: Stuck | None
    """What did not come round, where that ended the run."""
    released: bool
    """The capture thread has let go of the source."""
    live: bool
    first: Mark | None
    """The first delivered frame."""
    last: Mark | None
    stats: Stats

    @property
    def seconds(self) -> float:
        """From the first delivered frame to the last, on the source's time line."""
        return self.last.time_s - self.first.time_s if self.first and self.last else 0.0

    @property
    def camera_fps(self) -> float | None:
        """Captured frames over these seconds; None for a recording, which has no rate."""
        wall_s = self._wall_s
        if not (self.live and wall_s and self.first and self.last):
            return None
        return (self.last.number - self.first.number) / wall_s

    @property
    def pose_fps(self) -> float | None:
        """Delivered frames over the time that it took."""
        wall_s = self._wall_s
        return (self.stats.frames.delivered - 1) / wall_s if wall_s else None

    @property
    def _wall_s(self) -> float:
        return self.last.captured_s - self.first.captured_s if self.first and self.last else 0.0
