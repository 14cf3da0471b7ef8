"""What state a source is in, and what to do about it. Pure: times are given."""

from dataclasses import dataclass
from enum import Enum

from edgecv.backoff import Backoff

STALLED_S = 3.0
"""An open source that gives no frame for so long is opened anew."""
LOST_S = 30.0
"""Without a frame for so long a source is lost; it is still tried again."""
FROZEN_S = 10.0
"""A camera that gives the very same picture for so long is frozen, or something covers it."""


class CaptureState(str, Enum):
    """Where a source stands."""

    OPENING = "opening"
    LIVE = "live"
    STALLED = "stalled"
    BACKING_OFF = "backing_off"
    LOST = "lost"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CaptureStatus:
    """A state, why, and since when (monotonic)."""

    state: CaptureState
    reason: str
    since_s: float


class Connection:
    """Follows a live source through its ups and downs. Used by one thread; `status` by any."""

    def __init__(self, backoff: Backoff, now_s: float) -> None:
        self._backoff = backoff
        self._opened_s = now_s
        self._frame_s: float | None = None
        """The last frame's time; None before the first one since the source was opened."""
        self._seen_s = now_s
        """The last frame's time, or when it all began."""
        self.status = CaptureStatus(CaptureState.CLOSED, "not opened yet", now_s)
        self.opened = 0
        self.stalls = 0

    def opening(self, now_s: float) -> None:
        """The source is about to be opened."""
        self._frame_s = None
        self._opened_s = now_s
        if self.status.state is not CaptureState.LOST:
            self._set(CaptureState.OPENING, "", now_s)

    def frame(self, now_s: float) -> None:
        """A frame came."""
        if self._frame_s is None:
            self.opened += 1
            self._opened_s = now_s
        self._frame_s = self._seen_s = now_s
        if self.status.state is not CaptureState.LIVE:
            self._set(CaptureState.LIVE, "", now_s)

    def nothing(self, now_s: float) -> bool:
        """No frame came within the source's own wait; True when it should be opened anew."""
        quiet_s = now_s - (self._opened_s if self._frame_s is None else self._frame_s)
        if self.status.state is CaptureState.LIVE:
            self.stalls += 1
            self._set(CaptureState.STALLED, "no frames", now_s)
        return quiet_s >= STALLED_S

    def failed(self, now_s: float, reason: str) -> float:
        """The source has failed and is released; gives the seconds to wait before the next try."""
        good_s = 0.0 if self._frame_s is None else self._frame_s - self._opened_s
        lost = now_s - self._seen_s >= LOST_S
        self._set(CaptureState.LOST if lost else CaptureState.BACKING_OFF, reason, now_s)
        return self._backoff.failed(good_s)

    def paused(self, now_s: float) -> None:
        """Released on request."""
        self._set(CaptureState.PAUSED, "on request", now_s)

    def closed(self, now_s: float, reason: str) -> None:
        """Released for good."""
        self._set(CaptureState.CLOSED, reason, now_s)

    def _set(self, state: CaptureState, reason: str, now_s: float) -> None:
        if (state, reason) != (self.status.state, self.status.reason):
            self.status = CaptureStatus(state, reason, now_s)


class FrozenPicture:
    """Notices that the picture does not change. Real sensors have noise: no two are the same."""

    def __init__(self) -> None:
        self._fingerprint: int | None = None
        self._since_s = 0.0

    def moved(self) -> None:
        """The picture is another one, whatever comes next."""
        self._fingerprint = None

    def update(self, now_s: float, fingerprint: int) -> bool:
        """True when the picture with this fingerprint has been the same for FROZEN_S."""
        if fingerprint != self._fingerprint:
            self._fingerprint = fingerprint
            self._since_s = now_s
        return now_s - self._since_s >= FROZEN_S
