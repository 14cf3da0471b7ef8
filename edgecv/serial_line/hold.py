"""The request to the outside watchdog to hold off, in a file that outlives a restart of the
program: an update stops the service, and begins it anew minutes later."""

from pathlib import Path

from edgecv.errors import EdgecvError
from edgecv.host.whole_file import write_whole

FILE = "hold"
LONGEST_S = 3600.0
"""Who forgets to end it is guarded again after so long."""


def held_s(folder: Path, now_s: float) -> float:
    """For how many seconds from now; 0 where nobody asks for it. `now_s` is monotonic."""
    try:
        until_s = float((folder / FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0
    return min(max(0.0, until_s - now_s), LONGEST_S)


def hold(folder: Path, now_s: float, seconds: float) -> None:
    """Ask for it; 0 takes it back. Raises EdgecvError where the file can't be written."""
    path = folder / FILE
    try:
        if seconds <= 0:
            path.unlink(missing_ok=True)
            return
        write_whole(path, f"{now_s + seconds:.1f}\n".encode(), 0o644)
    except OSError as error:
        raise EdgecvError(f"{path} can't be written: {error.strerror}") from error
