"""A rung of the ladder on a Jetson: asking for nvargus-daemon, who serves the camera on the ribbon
cable, to be started anew.

We have no right to do that. A path unit of systemd (`edgecv service install` on a Jetson) waits for
the file that is written here. Not tried on a Jetson.
"""

import json
import logging
import os
from pathlib import Path

from edgecv.host.unit import ARGUS_FOLDER, ARGUS_PATH_NAME, ARGUS_REQUEST
from edgecv.host.whole_file import write_whole

log = logging.getLogger("edgecv.watchdog")

COUNT = "restarts.json"
AT_MOST = 3
WITHIN_S = 3600.0
"""What so many within so long have not mended, another will not either."""


def request_folder() -> Path | None:
    """Where requests are waited for; None where the service is not installed for a Jetson."""
    given = os.environ.get("RUNTIME_DIRECTORY", "").split(":")
    return next((Path(one) for one in given if one.endswith(f"/{ARGUS_FOLDER}")), None)


class ArgusRestarts:
    """Counts what it asks for, in the folder of the requests: for all instances, and over restarts
    of the service.

    Times are monotonic, which is the same clock for every process of a boot.
    """

    def __init__(self, folder: Path, boot: str) -> None:
        self._request = folder / ARGUS_REQUEST
        self._path = folder / COUNT
        self._boot = boot
        self.asked = 0
        """Since the start of the program."""

    def ask(self, now_s: float, why: str) -> str | None:
        """None when it was asked for; else why it was not, and what to do."""
        if self._request.exists():
            return f"nobody takes the request for it: systemctl status {ARGUS_PATH_NAME}"
        times = [t for t in self._read() if 0 <= now_s - t < WITHIN_S]
        if len(times) >= AT_MOST:
            return f"nvargus-daemon was restarted {len(times)} times within an hour, in vain"
        try:
            kept = json.dumps({"boot": self._boot, "times": [*times, now_s]})
            write_whole(self._path, kept.encode())
            self._request.write_text(f"{why}\n", encoding="utf-8")
        except OSError as error:  # one that is not counted might be repeated for ever
            return (
                f"nvargus-daemon can't be asked to restart: {self._path.parent}: {error.strerror}"
            )
        self.asked += 1
        log.error("nvargus-daemon is asked to restart: %s", why)
        return None

    def _read(self) -> list[float]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return [float(t) for t in found["times"]] if found["boot"] == self._boot else []
        except (OSError, ValueError, KeyError, TypeError):
            return []
