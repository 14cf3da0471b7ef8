"""A Jetson's camera on the ribbon cable: a program that reads it, and nvargus-daemon behind that.

A daemon that hangs lets every program hang that asks it for pictures. A program is killed and
replaced soon; when that was in vain for some times, it is the daemon's turn. Not tried on a Jetson.
"""

import logging
import threading
from collections.abc import Callable

from edgecv.capture.child import FIRST_PICTURE_S, ChildProcess
from edgecv.capture.source import Grab, SourceInfo
from edgecv.clock import Clock
from edgecv.errors import SourceError

log = logging.getLogger("edgecv.capture")

IN_VAIN = 3
"""So many programs in a row that gave no picture, or none for long."""
WELL_S = 10.0
"""One that gives pictures for so long ends the row."""


class ArgusCamera(ChildProcess):
    """Asks for the daemon to be restarted before it starts the next program in vain."""

    def __init__(
        self,
        command: Callable[[], list[str]],
        clock: Clock,
        *,
        name: str,
        fps: float,
        ask: Callable[[str], str | None] | None,
        first_picture_s: float = FIRST_PICTURE_S,
    ) -> None:
        """See ChildProcess. `ask` asks for a restart, for a reason, and gives None or why it did
        not; None: nobody can be asked."""
        # gst-launch-1.0 tears its pipeline down at SIGINT alone; a client that is gone without a
        # word is what the daemon copes with badly.
        super().__init__(
            command,
            name=name,
            fps=fps,
            first_picture_s=first_picture_s,
            interrupt=True,
        )
        self._clock = clock
        self._ask = ask
        self._failed = False
        self._in_vain = 0
        self._opened_s = 0.0
        self._refused: str | None = None

    def open(self, stop: threading.Event) -> SourceInfo:
        self._in_vain += self._failed
        self._failed = False
        if self._in_vain >= IN_VAIN:
            self._ask_for_the_daemon()
        self._opened_s = self._clock.now()
        try:
            return super().open(stop)
        except SourceError:
            # What could not even be started is not the daemon's fault.
            self._failed = self._process is not None and not stop.is_set()
            raise

    def read(self, stop: threading.Event) -> Grab | None:
        try:
            grab = super().read(stop)
        except SourceError:
            self._failed = True
            raise
        if grab is None:
            self._failed = not stop.is_set()
        else:
            self._failed = False
            if self._clock.now() - self._opened_s >= WELL_S:
                self._in_vain = 0
                self._refused = None
        return grab

    def _ask_for_the_daemon(self) -> None:
        """Raises SourceError when it was asked for: the daemon needs some time."""
        if self._ask is None:
            return
        why = f"{self._in_vain} programs in a row got no pictures of {self.name}"
        refused = self._ask(why)
        if refused is None:
            self._in_vain = 0
            raise SourceError(f"{why}: nvargus-daemon is being restarted")
        if refused != self._refused:
            self._refused = refused
            log.error("%s; %s", why, refused)
