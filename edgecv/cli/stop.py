"""SIGINT and SIGTERM as a wish to stop that never gets lost and never interrupts."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType


class StopSignals:
    """From its construction on, in the main thread, both signals only lead to one call of `then`.

    The call is made on a thread of its own. A Python signal handler that set an Event would run
    between two steps of the main thread, which may be holding that Event's lock.
    """

    def __init__(self) -> None:
        self._then: Callable[[], None] = lambda: None
        self._asked = False
        self._lock = threading.Lock()
        self._read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ignore)
        threading.Thread(target=self._watch, name="signals", daemon=True).start()

    def then(self, call: Callable[[], None]) -> None:
        """Have `call` called at the first signal; at once where that has already come."""
        with self._lock:
            self._then = call
            if self._asked:
                call()

    def _watch(self) -> None:
        os.read(self._read_end, 1)
        with self._lock:
            self._asked = True
            self._then()


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """The byte in the wake-up pipe says it all."""


def end_of_program() -> None:
    """Where StopSignals stood, a signal changes nothing any more. On its way out Python would give
    both back to the kernel, which kills."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is _ignore:
            signal.signal(number, signal.SIG_IGN)
