"""Updates as the appliance sees them: it tells of them, and may ask for the one that is offered."""

import logging
from pathlib import Path
from typing import NamedTuple

from edgecv.clock import Clock
from edgecv.events import LONGEST_TEXT, Firmware
from edgecv.update.kept import Doing, Last, Places, UpdateStatus, image
from edgecv.update.outcome import in_words
from edgecv.update.progress import look
from edgecv.update.version import is_newer
from edgecv.words import shortened

log = logging.getLogger("edgecv.update")

REQUEST = "update"
"""In the run-time folder: its being there is the request, for edgecv-update.path."""


_SHARES: dict[Doing, tuple[int, int]] = {
    "downloading": (0, 40),
    "checking": (40, 55),
    "installing": (55, 100),
    "restarting": (100, 100),
}
"""Of the whole way, in percent: where each begins and ends, as it is shown in one bar."""


class Told(NamedTuple):
    """Fields of the state."""

    firmware: Firmware
    last_update: str | None
    update_problem: str | None


class Updates:
    """We have no right to install anything: who has takes the bundle that
    the configured address offers, and no other."""

    def __init__(self, runtime_folder: Path, clock: Clock, places: Places | None = None) -> None:
        self._request = runtime_folder / REQUEST
        self._clock = clock
        self._places = places or Places()
        self._is_image = image(self._places) is not None
        self._last: Last | None = None
        self._looked = False

    def look(self) -> Told | None:
        """Reads a few small files; None where this is no appliance image. For one thread."""
        if not self._is_image:
            return None
        status = self._status()
        if status.last != self._last and self._looked and status.last is not None:
            tell = log.info if status.last.outcome == "good" else log.warning
            tell("update: %s", in_words(status.last))
        self._last, self._looked = status.last, True
        newer = status.latest is not None and is_newer(status.latest, status.installed)
        return Told(
            Firmware(
                installed_version=status.installed,
                latest_version=status.latest if newer and status.latest else status.installed,
                release_summary=(newer and status.notes) or "",
                release_url=status.notes_url if newer else None,
                in_progress=status.state != "idle" or self._request.exists(),
                update_percentage=_of_the_way(status),
            ),
            shortened(in_words(status.last), LONGEST_TEXT) if status.last else None,
            shortened(status.problem, LONGEST_TEXT) if status.problem else None,
        )

    def install(self) -> str | None:
        """Ask for it; why not, in words."""
        if not self._is_image:
            return "this is no appliance image: update edgecv as it was installed"
        status = self._status()
        if status.state != "idle" or self._request.exists():
            return "an update is going on already"
        if status.latest is None or not is_newer(status.latest, status.installed):
            return f"nothing newer than {status.installed} is known"
        try:
            self._request.parent.mkdir(parents=True, exist_ok=True)
            self._request.write_text(f"{status.latest}\n", encoding="utf-8")
        except OSError as error:
            return f"it can't be asked for: {error.strerror}"
        return None

    def _status(self) -> UpdateStatus:
        return look(self._places, self._clock.now())


def _of_the_way(status: UpdateStatus) -> int | None:
    """None where it is not known: nothing goes on, or a download of unknown length."""
    begin, end = _SHARES.get(status.state, (0, 0))
    if status.percent is None:
        return begin or None
    return begin + (end - begin) * status.percent // 100
