"""How often the program had to begin anew: a budget, so that a fault never becomes a crash loop.

Kept in the run-time folder, which a reboot empties, with the boot id, in case it does not.
"""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from edgecv.host.whole_file import write_whole

log = logging.getLogger("edgecv.service")

RESTARTS = 5
WITHIN_S = 600.0
"""So many unclean ends within so long, and the next start is in degraded mode."""
DEGRADED_S = 900.0
"""For so long; then everything is tried again."""


@dataclass(frozen=True, slots=True)
class Start:
    """How this start came about."""

    unclean: int
    """Unclean ends within WITHIN_S, the last one included."""
    reason: str | None
    """Why the last run ended; None after a clean end, and at the first start of this boot."""

    degraded_before: int
    """How often it came to degraded mode in this boot already."""

    @property
    def degraded(self) -> str | None:
        """Why to go on with the least from which we can be helped: too many unclean ends."""
        if self.unclean < RESTARTS:
            return None
        minutes = round(WITHIN_S / 60)
        return f"{self.unclean} unclean ends within {minutes} minutes, the last: {self.reason}"


class RestartBudget:
    """Reads and writes one small file. What can't be written is not counted, and said so once.

    Times are monotonic, which is the same clock for every process of a boot.
    """

    def __init__(self, folder: Path, boot: str) -> None:
        self._path = folder / "restarts.json"
        self._boot = boot
        self._times: list[float] = []
        self._degraded = 0

    def begin(self, now_s: float) -> Start:
        """To be called once at the start; from now on an end that is not told of is unclean."""
        kept = self._read()
        self._times = [t for t in kept.times if 0 <= now_s - t < WITHIN_S]
        if kept.running is not None:
            self._times.append(now_s)
        start = Start(len(self._times), kept.running, kept.degraded)
        self._degraded = kept.degraded + (start.degraded is not None)
        self._write("it crashed or was killed")
        return start

    def fail(self, reason: str) -> None:
        """It is about to end uncleanly, for this reason."""
        self._write(reason)

    def end(self) -> None:
        """It ends as it was told to."""
        self._write(None)

    def forgive(self) -> None:
        """Nothing of before counts any more: degraded mode is over."""
        self._times = []

    def _read(self) -> "_Kept":
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            kept = _Kept(
                str(found["boot"]),
                None if found["running"] is None else str(found["running"]),
                tuple(float(t) for t in found["times"]),
                int(found["degraded"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return _Kept(self._boot, None, (), 0)
        return kept if kept.boot == self._boot else _Kept(self._boot, None, (), 0)

    def _write(self, running: str | None) -> None:
        kept = _Kept(self._boot, running, tuple(self._times), self._degraded)
        text = json.dumps(asdict(kept))
        try:
            self._path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            write_whole(self._path, text.encode())
        except OSError as error:
            log.warning("restarts are not counted: %s: %s", self._path, error.strerror)


@dataclass(frozen=True, slots=True)
class _Kept:
    boot: str
    running: str | None
    """Why the end is unclean, if nothing else is said; None after a clean one."""
    times: tuple[float, ...]
    """Of starts after unclean ends."""
    degraded: int
    """How often it came to degraded mode."""
