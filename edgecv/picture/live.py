"""The newest frame as an annotated JPEG, drawn only when somebody asks."""

import threading
from dataclasses import dataclass

from edgecv.clock import Clock
from edgecv.picture.annotate import annotate, encode_jpeg
from edgecv.view import View


class LatestView:
    """An observer that keeps the newest view and does nothing else."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._view: View | None = None
        self._closed = False

    def __call__(self, view: View) -> None:
        with self._changed:
            self._view = view
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> View | None:
        """The newest view, as soon as it is not that of frame number `seen` (0: none was seen);
        None when it still is after `timeout_s`, or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._is_new(seen), timeout_s)
            return self._view if self._is_new(seen) and not self._closed else None

    def forget(self) -> None:
        """What was seen is not to be shown any more."""
        with self._changed:
            self._view = None

    def close(self) -> None:
        """End every wait at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_new(self, seen: int) -> bool:
        return self._view is not None and self._view.frame.number != seen


@dataclass(frozen=True, slots=True)
class Picture:
    """An annotated frame."""

    number: int
    """The frame's."""
    made_s: float
    jpeg: bytes


class LivePicture:
    """Made once for all who ask, and at most `fps` times a second."""

    def __init__(self, views: LatestView, clock: Clock, *, fps: float, quality: int) -> None:
        self._views = views
        self._clock = clock
        self._period_s = 1 / fps
        self._quality = quality
        self._closed = threading.Event()
        self._making = threading.Lock()
        self._picture: Picture | None = None
        self._due_s = float("-inf")
        self.made = 0
        """Pictures encoded so far."""

    def wait(self, seen: int, timeout_s: float) -> Picture | None:
        """A picture of another frame than number `seen`; None when there is none within
        `timeout_s`, or when closed."""
        asked_s = self._clock.now()
        if self._views.wait(seen, timeout_s) is None:
            return None
        # Whoever comes first makes the picture; those who wait for the lock meanwhile take it.
        with self._making:
            picture = self._picture
            if picture is not None and picture.number != seen:
                made_since = picture.made_s >= asked_s
                if made_since or self._clock.now() < self._due_s:
                    return picture
            self._clock.wait(self._closed, self._due_s - self._clock.now())
            return self._make(seen)

    def close(self) -> None:
        """End every wait at once; nothing is made any more."""
        self._closed.set()
        self._views.close()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def _make(self, seen: int) -> Picture | None:
        view = self._views.wait(seen, 0)
        if view is None:
            return None
        if self._picture is None or self._picture.number != view.frame.number:
            self._due_s = self._clock.now() + self._period_s
            jpeg = encode_jpeg(annotate(view), self._quality)
            self.made += 1
            self._picture = Picture(view.frame.number, self._clock.now(), jpeg)
        return self._picture
