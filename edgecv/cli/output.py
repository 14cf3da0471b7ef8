"""Files that a command writes: whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgecv.errors import ConfigError, EdgecvError


def check_writable(path: Path, suffixes: tuple[str, ...]) -> None:
    """Raises ConfigError for a name that ends in none of `suffixes`, EdgecvError where the file
    can't be written."""
    if path.suffix.lower() not in suffixes:
        raise ConfigError(f"{path}: expected a name that ends in {' or '.join(suffixes)}")
    if path.exists() and not path.is_file():
        raise EdgecvError(f"{path} can't be written: it is not a file")
    try:
        temporary = _beside(path)
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path`; the file written there takes the place of `path` when all went well.

    An OSError becomes an EdgecvError that says that `path` can't be written.
    """
    temporary = _beside(path)
    try:
        yield temporary
        temporary.replace(os.path.realpath(path))
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    real = Path(os.path.realpath(path))
    return real.with_name(f".{real.stem}.{os.getpid()}{path.suffix}")


def _unwritable(path: Path, error: OSError) -> EdgecvError:
    return EdgecvError(f"{path} can't be written: {error.strerror or error}")
