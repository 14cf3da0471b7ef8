"""One appliance of a name at a time."""

import errno
import fcntl
import logging
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

from edgecv.errors import ConfigError

log = logging.getLogger("edgecv.service")

SERVICE_STATE = Path("/var/lib/edgecv")
"""Where the service keeps what is its own."""
_NO_ROOM = {errno.EROFS, errno.ENOSPC, errno.EDQUOT}


def state_folder() -> Path:
    """Where the appliance keeps what is its own: systemd's StateDirectory, or the user's."""
    given = os.environ.get("STATE_DIRECTORY")
    if given:
        return Path(given.partition(":")[0])
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "edgecv"


def runtime_folder(device_id: str) -> Path:
    """What is kept there a reboot shall forget: systemd's RuntimeDirectory, or the user's."""
    given = os.environ.get("RUNTIME_DIRECTORY")
    if given:
        return Path(given.partition(":")[0])
    return users_runtime_folder() / device_id


def users_runtime_folder() -> Path:
    """Where those that no service manager has started have theirs."""
    of_user = os.environ.get("XDG_RUNTIME_DIR")
    return Path(of_user) / "edgecv" if of_user else state_folder() / "run"


class InstanceLock:
    """Held while in the `with` block; the kernel lets go of it when the process ends, however."""

    def __init__(self, device_id: str, folder: Path | None = None) -> None:
        self._device_id = device_id
        self._path = (folder or state_folder()) / f"{device_id}.lock"
        self._file: TextIO | None = None

    def __enter__(self) -> "InstanceLock":
        """Raises ConfigError, which says who holds it and what to do."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+", encoding="ascii")
        except OSError as error:
            if error.errno in _NO_ROOM:
                log.warning(
                    "%s can't be written (%s): nothing keeps a second edgecv from starting",
                    *(self._path, error.strerror),
                )
                return self
            raise ConfigError(
                f"the state folder {self._path.parent} can't be used ({error.strerror}): make it "
                "writable, or name another in the environment variable STATE_DIRECTORY"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            pid = file.read().strip() or "?"
            file.close()
            raise ConfigError(
                f"device {self._device_id} is running already, as pid {pid}: stop that one "
                f"(kill {pid}), or give this one another [device] id"
            ) from error
        self._file = file
        with suppress(OSError):  # a full disk: it is locked all the same
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
