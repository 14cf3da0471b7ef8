"""How the last run of the program ended, told by what it left in the journal. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

RUNNING = "running"
"""The fact under which the boot id is kept while the program runs; gone after a clean end."""
ENDED = "ended"
"""The fact under which the reason of a clean end is kept."""
ALIVE = "alive"
"""The last sign of life; written by the journal."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """The end of a run."""

    reason: str
    since: str | None
    """The last sign of life, ISO 8601; None when the clock could not be relied on."""


def last_run(remembered: Mapping[str, str], boot: str) -> LastRun | None:
    """What became of the last run; None when this is the first one. `boot` is this boot's id."""
    before = remembered.get(RUNNING)
    if before is None and ENDED not in remembered:
        return None
    if before is None:
        reason = remembered[ENDED]
    elif before == boot:
        reason = "it crashed or was killed"
    else:
        reason = "the power failed, or the box was reset"
    return LastRun(reason, remembered.get(ALIVE))
