"""What events go through before anybody hears of them: the journal, or nothing."""

import secrets
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from edgecv.clock import Clock
from edgecv.events import Event, JournalStats, Recorded


class Recorder(Protocol):
    """What events go through before anybody hears of them."""

    def start(
        self, announce: Callable[[Recorded], None], changed: Callable[[], None]
    ) -> Mapping[str, str]:
        """Gives the facts that were remembered. `announce` is called for each event once it is
        kept, `changed` when the totals or the problem are other than before."""
        ...

    def record(self, event: Event) -> None: ...

    def remember(self, name: str, value: str | None) -> None:
        """Have a fact kept over restarts; None forgets it."""
        ...

    @property
    def total(self) -> int | None:
        """Reps in all; None when that is not known."""
        ...

    @property
    def today(self) -> int | None:
        """Reps since midnight, local time; None when that is not known."""
        ...

    @property
    def problem(self) -> str | None:
        """Why nothing is kept, in words; None while all is well."""
        ...

    @property
    def failure(self) -> Exception | None:
        """The bug that ended it; None while it goes on."""
        ...

    @property
    def stats(self) -> JournalStats: ...

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was recorded has been told of."""
        ...

    def stop(self, timeout_s: float) -> bool:
        """Keep what there is, and close; False if that took longer."""
        ...


class Unrecorded:
    """Events are told of at once, and kept nowhere."""

    total = None
    today = None
    problem = None
    failure = None
    stats = JournalStats()

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._run = secrets.token_hex(4)
        self._announce: Callable[[Recorded], None] = lambda _: None
        self._ids = 0

    def start(
        self,
        announce: Callable[[Recorded], None],
        changed: Callable[[], None],  # noqa: ARG002
    ) -> Mapping[str, str]:
        self._announce = announce
        return {}

    def record(self, event: Event) -> None:
        self._ids += 1
        stamped = msgspec.structs.replace(
            event,
            id=f"{self._run}-{self._ids}",
            seq=self._ids,
            time=self._clock.wall().isoformat(timespec="milliseconds"),
            clock_synced=self._clock.synced(),
        )
        self._announce(Recorded(stamped, self._clock.now()))

    def remember(self, name: str, value: str | None) -> None:
        """Nothing is."""

    def drain(self, timeout_s: float) -> bool:  # noqa: ARG002
        return True

    def stop(self, timeout_s: float) -> bool:  # noqa: ARG002
        return True
