"""The appliances that run on this box, or ran: found by the status files that they leave."""

import os
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from edgecv.clock import Clock
from edgecv.errors import EdgecvError
from edgecv.events import Status
from edgecv.host.instance import users_runtime_folder
from edgecv.status import FILE, StatusDocument, read_status

SYSTEM = Path("/run")
"""Where systemd makes the folders of services."""
STALE_S = 5.0
"""A status is written once a second; one that is older says nothing of how things are now."""


class Life(str, Enum):
    """What the status file and the process together say."""

    RUNNING = "running"
    SILENT = "silent"
    """The process is there and does not write its status any more."""
    GONE = "gone"
    """The process is not there any more, and did not say goodbye."""
    ENDED = "ended"


class Instance(NamedTuple):
    """An appliance of a name, as its status tells."""

    path: Path
    status: StatusDocument
    life: Life
    age_s: float
    """Of the status."""


def instances(clock: Clock, device_id: str | None = None) -> list[Instance]:
    """Those that run first, then the latest; with `device_id` only that one. What can't be read as
    a status is passed over."""
    found = []
    for path in status_files():
        try:
            status = read_status(path)
        except EdgecvError:
            continue
        if device_id in (None, status.device_id):
            age_s = clock.now() - status.now_s
            found.append(Instance(path, status, _life(status, age_s), age_s))
    return sorted(found, key=lambda one: (one.life is not Life.RUNNING, -one.status.now_s))


def the_instance(clock: Clock, device_id: str | None) -> Instance:
    """The one that is meant; raises EdgecvError, which says what to do, where there is none."""
    found = instances(clock, device_id)
    if found:
        return found[0]
    others = [one.status.device_id for one in instances(clock)]
    if others:
        raise EdgecvError(f"no appliance {device_id} has run here: known are {', '.join(others)}")
    unreadable = [path for path in status_files() if path.exists()]
    if unreadable:
        read_status(unreadable[0])
    raise EdgecvError(
        "edgecv does not run on this box: start it with edgecv run, or as a service with "
        "sudo edgecv service install"
    )


def status_files() -> list[Path]:
    """Where statuses may be."""
    return [folder / FILE for folder in _folders() if (folder / FILE).exists()]


def _folders() -> Iterator[Path]:
    given = os.environ.get("RUNTIME_DIRECTORY")
    if given:
        yield Path(given.partition(":")[0])
        return
    yield SYSTEM / "edgecv"
    yield from sorted(SYSTEM.glob("edgecv-*"))
    yield from sorted(users_runtime_folder().glob("*"))


def _life(status: StatusDocument, age_s: float) -> Life:
    if status.state.status in (Status.STOPPED, Status.FINISHED):
        return Life.ENDED
    if not _is_there(status.pid):
        return Life.GONE
    return Life.RUNNING if 0 <= age_s < STALE_S else Life.SILENT


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
