"""Who comes round and who does not: progress of every loop, and what is to be done.

A loop says what it is about to do and within what time it will be back. What is not back is stuck,
whatever the reason; that the process is alive says nothing. Pure but for the look at the stack of a
thread that is stuck.
"""

import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgecv.clock import Clock

REMEDIES = 3
WINDOW_S = 600.0
"""A part's own remedy is tried so often within so long; then the process has to end."""
ASLEEP_S = 3.0
"""Between two looks, which are half a second apart."""
STACK_LINES = 4
"""Innermost calls of a thread that is stuck, for the log."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A loop that has not come round."""

    part: str
    doing: str
    for_s: float
    stack: str
    """Where its thread is: innermost calls, "file:line function", outermost first."""

    @property
    def words(self) -> str:
        return f"{self.part} is stuck in {self.doing} for {self.for_s:.1f} s"


class Pulse:
    """The sign of life of one loop. Called by its thread, looked at by another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now: tuple[str, float, float, int] | None = None

    def __call__(self, doing: str, bound_s: float) -> None:
        """From now on the loop is `doing` this, and will say something else within `bound_s`."""
        self._now = doing, self._clock.now(), bound_s, threading.get_ident()

    def rest(self) -> None:
        """The loop has ended, or has not begun: nothing is expected of it."""
        self._now = None

    @property
    def doing(self) -> tuple[str, float, float] | None:
        """What it is doing, for how long, and what its bound is; None when it has ended."""
        now = self._now
        return None if now is None else (now[0], self._clock.now() - now[1], now[2])

    def late(self, part: str, awake_s: float = float("-inf")) -> Stuck | None:
        """None while all is well; what was before `awake_s` does not count."""
        now = self._now
        if now is None:
            return None
        doing, since_s, bound_s, thread = now
        for_s = self._clock.now() - max(since_s, awake_s)
        if for_s <= bound_s:
            return None
        return Stuck(part, doing, for_s, stack_of(thread))


@dataclass(frozen=True, slots=True)
class Part:
    """Something that has to come round."""

    name: str
    pulse: Callable[[], Pulse]
    """The sign of life of the thread that does the work at present."""
    remedy: Callable[[Stuck], bool] | None = None
    """Puts the part right without the others; False when it can't. None: there is no such way."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One look at all parts."""

    stuck: tuple[Stuck, ...]
    """Those that are stuck now, and for whom no remedy was left."""
    mended: tuple[Stuck, ...]
    """Those that were stuck until just now."""

    @property
    def fatal(self) -> Stuck | None:
        """What the process has to end for."""
        return self.stuck[0] if self.stuck else None


class Watchdog:
    """Looks at every part and climbs the ladder: its own remedy first, then the process."""

    def __init__(self, clock: Clock, parts: Sequence[Part]) -> None:
        self._clock = clock
        self._parts = list(parts)
        self._applied: dict[str, deque[float]] = {}
        self._looked_s = self._awake_s = clock.now()
        self.remedies = 0
        """Applied since the start."""

    @property
    def parts(self) -> Sequence[Part]:
        return self._parts

    def look(self) -> Verdict:
        """To be called now and then, by one thread."""
        self._look_whether_we_slept()
        stuck: list[Stuck] = []
        mended: list[Stuck] = []
        for part in self._parts:
            late = part.pulse().late(part.name, self._awake_s)
            if late is None:
                continue
            (mended if self._mend(part, late) else stuck).append(late)
        return Verdict(tuple(stuck), tuple(mended))

    def _look_whether_we_slept(self) -> None:
        """Where nobody looked, nobody ran: the process was stopped, or the machine stood still.
        Then nobody is late, and everybody begins anew."""
        now_s = self._clock.now()
        if now_s - self._looked_s > ASLEEP_S:
            self._awake_s = now_s
        self._looked_s = now_s

    def _mend(self, part: Part, late: Stuck) -> bool:
        if part.remedy is None:
            return False
        now_s = self._clock.now()
        applied = self._applied.setdefault(part.name, deque(maxlen=REMEDIES))
        if len(applied) == REMEDIES and now_s - applied[0] < WINDOW_S:
            return False
        if not part.remedy(late):
            return False
        applied.append(now_s)
        self.remedies += 1
        return True


def stack_of(thread: int) -> str:
    """The innermost calls of a thread, outermost first; empty when it has ended."""
    frame = sys._current_frames().get(thread)
    if frame is None:
        return ""
    calls = traceback.extract_stack(frame)[-STACK_LINES:]
    return " > ".join(
        f"{call.filename.rpartition('/')[2]}:{call.lineno} {call.name}" for call in calls
    )
