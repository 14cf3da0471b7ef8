"""Pictures that somebody has asked for: the set-up view, a snapshot, the end of a set.

On a thread of their own, and none is drawn otherwise.
"""

import logging
import threading
from collections.abc import Callable

import cv2
import numpy as np

from edgecv.clock import Clock
from edgecv.errors import FrameError
from edgecv.loop import Loop
from edgecv.picture.annotate import annotate, encode_jpeg
from edgecv.picture.live import LatestView
from edgecv.view import View

log = logging.getLogger("edgecv.picture")

WIDEST = 640
"""Pixels: enough to aim a camera, and kind to a broker."""
QUALITY = 75
SETUP_PERIOD_S = 1.0
SETUP_S = 600.0
"""The set-up view ends by itself: nobody shall be shown because somebody forgot it."""
FRESH_S = 2.0
"""A snapshot shows a frame that is not older."""

SETUP, LAST_SET = "picture", "last_set_picture"
"""Where they are published."""


class PicturePublisher:
    """`publish` is called on the thread of the pictures with a name and a JPEG."""

    def __init__(
        self,
        views: LatestView,
        clock: Clock,
        publish: Callable[[str, bytes], None],
        setup_changed: Callable[[bool], None],
    ) -> None:
        """`setup_changed` is called when the set-up view goes on, or off, by itself too."""
        self._views = views
        self._clock = clock
        self._publish = publish
        self._setup_changed = setup_changed
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._once: set[str] = set()
        self._until_s: float | None = None
        self._next_s = 0.0
        self._seen = 0
        self._loop = Loop("pictures", self._run, lambda: None)

    def start(self) -> None:
        self._loop.start()

    def stop(self, timeout_s: float) -> bool:
        """End the set-up view, and the thread; False if it did not end in time."""
        self.setup(False)
        self._loop.ask_to_stop()
        self._wake.set()
        self._views.close()
        return self._loop.join(timeout_s)

    def setup(self, on: bool) -> None:
        """Switch the set-up view; switching it on again makes it stay for as long as the first
        time."""
        with self._lock:
            was_on = self._until_s is not None
            self._until_s = self._clock.now() + SETUP_S if on else None
            if was_on and not on:
                self._once.add("blank")
        if was_on != on:
            self._setup_changed(on)
        self._wake.set()

    def forget(self) -> None:
        """The camera is switched off: end the set-up view, and show nothing of before."""
        self.setup(False)
        self._views.forget()

    def once(self, name: str) -> None:
        """Publish one picture under this name."""
        with self._lock:
            self._once.add(name)
        self._wake.set()

    def _run(self, stop: threading.Event) -> None:
        while True:
            now_s = self._clock.now()
            self._look_at_the_time(now_s)
            with self._lock:
                once, self._once = self._once, set()
                in_setup = self._until_s is not None
            if "blank" in once:
                self._publish(SETUP, blank())
            for name in sorted(once - {"blank"}):
                self._show(name, 0)
            if stop.is_set():
                return
            if in_setup and now_s >= self._next_s:
                self._next_s = now_s + SETUP_PERIOD_S
                self._show(SETUP, self._seen)
            # Set before it was cleared: the next turn sees what was asked for.
            self._wake.clear()
            with self._lock:
                busy = bool(self._once) or stop.is_set()
            if not busy:
                wait_s = self._next_s - self._clock.now() if in_setup else 3600.0
                self._clock.wait(self._wake, wait_s)

    def _look_at_the_time(self, now_s: float) -> None:
        with self._lock:
            over = self._until_s is not None and now_s >= self._until_s
        if over:
            log.info("the set-up view ends after %.0f minutes", SETUP_S / 60)
            self.setup(False)

    def _show(self, name: str, seen: int) -> None:
        view = self._views.wait(seen, 0.0)
        if view is None or self._clock.now() - view.frame.captured_s > FRESH_S:
            return
        self._seen = view.frame.number
        try:
            self._publish(name, picture_of(view))
        except FrameError as error:
            log.debug("no picture: %s", error)


def picture_of(view: View) -> bytes:
    """An annotated JPEG of at most WIDEST pixels."""
    image = annotate(view)
    height, width = image.shape[:2]
    if width > WIDEST:
        size = WIDEST, max(1, round(height * WIDEST / width))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return encode_jpeg(image, QUALITY)


def blank() -> bytes:
    """A grey picture: nobody is seen any more."""
    return encode_jpeg(np.full((180, 320, 3), 64, np.uint8), QUALITY)
