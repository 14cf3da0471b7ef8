"""Reads every byte of a bundle before a slot is touched: its signature says nothing of them."""

from collections.abc import Callable
from pathlib import Path

from edgecv.errors import EdgecvError

CHUNK = 1 << 20


def read_all(folder: Path, reach: Callable[[float, float], None]) -> None:
    """All files under the mounted bundle; `reach` is called with what is done and how much there is
    to do. Raises EdgecvError for one that can't be read."""
    try:
        files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        total = sum(path.stat().st_size for path in files)
        done = 0
        reach(done, total)
        for path in files:
            with path.open("rb", buffering=0) as file:
                while data := file.read(CHUNK):
                    done += len(data)
                    reach(done, total)
    except OSError as error:
        name = Path(error.filename).name if error.filename else "what it holds"
        raise EdgecvError(
            f"the bundle is damaged: {name} can't be read ({error.strerror}): fetch it again"
        ) from error
