"""The last rung: asking for the whole box to be restarted.

We have no right to do that. Where it is wanted (`edgecv service install --may-reboot`, and on the
image) a path unit of systemd waits for the file that is written here. Not tried on hardware.
"""

import logging
from pathlib import Path

log = logging.getLogger("edgecv.watchdog")

REQUEST = "reboot"
"""In the run-time folder: its being there is the request."""
COUNT = "reboots"
"""In the state folder: how many were asked for in a row."""
IN_A_ROW = 2
"""If so many did not help, another will not either."""
WELL_S = 3600.0
"""After so long without a fatal fault the row is over."""


class Reboots:
    """Counts what it asks for."""

    def __init__(self, runtime_folder: Path, state_folder: Path) -> None:
        self._request = runtime_folder / REQUEST
        self._count = state_folder / COUNT

    def ask(self, reason: str) -> bool:
        """False when it was asked for too often already, or can't be counted."""
        count = self._read()
        if count >= IN_A_ROW:
            log.error("%d reboots in a row did not help: none is asked for any more", count)
            return False
        try:
            self._count.parent.mkdir(parents=True, exist_ok=True)
            self._count.write_text(f"{count + 1}\n", encoding="ascii")
            self._request.parent.mkdir(parents=True, exist_ok=True)
            self._request.write_text(f"{reason}\n", encoding="utf-8")
        except OSError as error:  # one that is not counted might be repeated for ever
            log.error("a reboot can't be asked for: %s", error.strerror)
            return False
        log.critical("the box is asked to restart: %s", reason)
        return True

    def well(self) -> None:
        """All has been well for WELL_S."""
        if self._read():
            self._count.unlink(missing_ok=True)

    def _read(self) -> int:
        try:
            return int(self._count.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0
