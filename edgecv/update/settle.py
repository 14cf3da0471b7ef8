"""Puts what is kept in order before the appliance starts in another slot than the last time, or
after an update that did not come to its end:

    python -m edgecv.update.settle

What was counted goes on from what the other slot counted last, where both write it in the same
form; and how an update ended that was cut off or has failed is kept.
"""

import logging
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import msgspec

from edgecv.clock import Clock, SystemClock
from edgecv.errors import EdgecvError
from edgecv.image.store import sync_folder, write
from edgecv.update.install import tidy
from edgecv.update.kept import (
    Outcome,
    Places,
    Trial,
    UpdateStatus,
    installed_version,
    keep,
    read,
    record,
    show,
)
from edgecv.update.slots import (
    LAST_RESORT,
    OTHER,
    boot_order,
    read_cmdline,
    running_slot,
    set_boot_order,
)

LAST_RESORT_WORDS = (
    "no slot has proved good: this one was good last and is started all the same; install an "
    "update, or flash the card anew"
)

log = logging.getLogger("edgecv.update")


def settle_trial(places: Places, slot: str, order: list[str], clock: Clock) -> bool:
    """Counts the start of a new version; says how an update ended whose slot does not run. True:
    the slot that runs has to be the first in the order again. Raises OSError."""
    trial = read(places.trial, Trial)
    if trial is None:
        return False
    if trial.slot == slot:
        started = msgspec.structs.replace(trial, tries=trial.tries + 1)
        keep(places.trial, started)
        log.info("%s is on trial, start %d", trial.version, started.tries)
        return False
    failed = order[:1] == [trial.slot]
    outcome: Outcome = "rolled_back" if failed else "interrupted"
    reason = _why(trial) if failed else "the installation was cut off before it was complete"
    log.error("%s: %s", trial.version, reason)
    record(
        places,
        clock,
        version=trial.version,
        from_version=trial.from_version,
        outcome=outcome,
        reason=reason,
    )
    return failed


def _why(trial: Trial) -> str:
    if trial.tries == 0:
        return "it did not start"
    times = "once" if trial.tries == 1 else f"{trial.tries} times"
    return f"it started {times}: {trial.missing or 'each start ended before it had proved good'}"


def go_on_counting(own: Path, other: Path) -> None:
    """What was counted last, of every journal in the folder `other` that is written in the form of
    that in `own`. Raises OSError."""
    for source in sorted(other.glob("*.sqlite3")):
        target = own / source.name
        try:
            ours, theirs = _form(target), _form(source)
            if ours is not None and ours != theirs:
                log.warning(
                    "%s stays as it is: what the other slot has counted is of form %s, not %s",
                    target,
                    theirs,
                    ours,
                )
                continue
            _copy(source, target)
        except sqlite3.Error as error:
            log.warning("%s: what the other slot has counted can't be read: %s", source, error)


def _form(path: Path) -> int | None:
    """Of a journal (its user_version); None where there is none. Raises sqlite3.Error."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as journal:
        return int(journal.execute("PRAGMA user_version").fetchone()[0])


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all."""
    new = target.with_suffix(".new")
    new.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(new)) as copy:
        old.backup(copy)
    shutil.copymode(source, new)
    owner = target.parent.stat()
    os.chown(new, owner.st_uid, owner.st_gid)
    with new.open("rb") as written:
        os.fsync(written.fileno())
    # What stands in these belongs to the file that is replaced.
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    new.replace(target)
    sync_folder(target.parent)


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    places = Places()
    try:
        cmdline = read_cmdline()
        slot = running_slot(cmdline)
        tidy(places)
        if settle_trial(places, slot, boot_order(), SystemClock()):
            set_boot_order([slot, OTHER[slot]])
        marker = places.data / "shared" / "slot"
        last = marker.read_text("ascii").strip()
        if last != slot:
            folders = {name: places.data / name.lower() / "state" for name in OTHER}
            go_on_counting(folders[slot], folders[OTHER[slot]])
            write(marker, slot + "\n", mode=0o644)
        if LAST_RESORT in cmdline:
            log.error(LAST_RESORT_WORDS)
            installed = installed_version(places)
            show(places.status, UpdateStatus(installed=installed, problem=LAST_RESORT_WORDS))
    except (OSError, EdgecvError) as error:
        log.error("what is kept can't be put in order: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
