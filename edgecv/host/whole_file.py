"""Files that are whole or as they were, in folders in memory: nothing is flushed to a disk."""

from pathlib import Path


def write_whole(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace it; `mode` is its permissions, where they are not to be the usual ones. Raises
    OSError."""
    temporary = path.with_suffix(".new")
    temporary.write_bytes(data)
    if mode is not None:
        temporary.chmod(mode)
    temporary.replace(path)
