"""A thread that runs one loop until it is told to stop, and says how it ended."""

import logging
import threading
from collections.abc import Callable

from edgecv.errors import EdgecvError

log = logging.getLogger("edgecv")


class Loop:
    """Runs `body(stop)` on a daemon thread.

    `body` returns when its work is over or soon after `stop` is set. `ended` is called on the
    thread when it has returned, however it did. A daemon, because a thread that hangs in a driver
    must not keep the process from ending.
    """

    def __init__(
        self, name: str, body: Callable[[threading.Event], None], ended: Callable[[], None]
    ) -> None:
        self._body = body
        self._ended = ended
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.over = False
        """The loop has ended; the thread is about to."""
        self.failure: Exception | None = None
        """What ended the loop, when it was not its own decision."""

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Returns at once."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """True when the loop has ended, or never began."""
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._body(self._stop)
        except EdgecvError as error:
            self.failure = error
        except Exception as error:  # the thread's last line: a bug is logged, never silent
            log.exception("the %s thread ended by a bug", self._thread.name)
            self.failure = error
        finally:
            self.over = True
            self._ended()
