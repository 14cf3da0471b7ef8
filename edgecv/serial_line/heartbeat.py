"""What the outside watchdog is told: a heartbeat only while nothing is stuck."""

from collections.abc import Callable
from typing import NamedTuple

from edgecv.clock import Clock

LOOKED_S = 5.0
"""The main thread looks at every part twice a second: when its last look is older, it is stuck."""
RESTART_S = 120.0
"""So much later there are heartbeats again after a restart that was asked for."""
MAIN = "main"


class Word(NamedTuple):
    """A frame to be sent."""

    kind: str
    fields: dict[str, object]


class Heartbeat:
    """`looked`, `extend`, `restarting` and `ending` are for the main thread, the rest for the
    link's."""

    def __init__(self, clock: Clock, held_s: Callable[[], float] = lambda: 0.0) -> None:
        """`held_s` gives for how many seconds from now somebody wants it to hold off."""
        self._clock = clock
        self._held_s = held_s
        self._until_s = float("-inf")
        self._look: tuple[float, str | None] | None = None
        self._was_held = self._ends_stuck = False

    def looked(self, stuck: str | None) -> None:
        """All parts were looked at just now: the one that is stuck for good, or None when all is
        well."""
        self._look = self._clock.now(), stuck
        self._until_s = float("-inf")

    def extend(self, seconds: float) -> None:
        """What we are doing takes so long, at most, and nobody looks at the parts meanwhile."""
        self._until_s = self._clock.now() + seconds

    def restarting(self) -> None:
        """The program is about to begin anew."""
        self.extend(RESTART_S)

    def ending(self, *, stuck: bool) -> None:
        """The program is about to end: because a part is stuck for good, or as it was told to."""
        self._ends_stuck = stuck

    def word(self) -> Word | None:
        """What to say now; None before anything is known."""
        hold_s = self.hold_s
        if hold_s > 0:
            self._was_held = True
            return Word("hold", {"s": round(hold_s) + 1})
        if self._was_held:
            self._was_held = False
            return Word("hold", {"s": 0})
        if self._look is None:
            return None
        stuck = self._stuck
        return Word("beat", {}) if stuck is None else Word("stuck", {"what": stuck})

    def last_word(self) -> Word | None:
        """At the end of the program: nobody shall miss it. None when it ends because something was
        stuck, so that it is missed if it does not come back."""
        hold_s = self.hold_s
        if hold_s > 0:
            return Word("hold", {"s": round(hold_s) + 1})
        return None if self._ends_stuck else Word("rest", {})

    @property
    def _stuck(self) -> str | None:
        assert self._look is not None
        looked_s, stuck = self._look
        return MAIN if stuck is None and self._clock.now() - looked_s > LOOKED_S else stuck

    @property
    def hold_s(self) -> float:
        """For how many seconds from now nothing shall be done; 0: it is on guard."""
        return max(0.0, self._until_s - self._clock.now(), self._held_s())
