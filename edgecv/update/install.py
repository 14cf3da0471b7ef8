"""Puts a bundle into the slot that does not run, and starts it."""

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from edgecv.clock import Clock
from edgecv.errors import EdgecvError
from edgecv.image.store import sync_folder
from edgecv.update import kept, rauc
from edgecv.update.before import before, hold_off
from edgecv.update.download import Download
from edgecv.update.kept import Last, Latest, Outcome, Places, Trial
from edgecv.update.outcome import BY_HAND
from edgecv.update.payload import read_all
from edgecv.update.progress import Progress
from edgecv.update.rauc import Bundle, Slots
from edgecv.update.version import is_newer

HOLD_S = 1800.0
"""The outside watchdog leaves us alone for so long, at most."""
_GONE = ".gone"


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt."""

    places: Places
    clock: Clock
    progress: Progress
    restart: bool = True
    """When it is installed."""


@contextmanager
def only_one(places: Places) -> Iterator[None]:
    """Nobody else installs meanwhile. Raises EdgecvError where somebody does."""
    try:
        places.run.mkdir(mode=0o755, parents=True, exist_ok=True)
        lock = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EdgecvError(f"{places.lock} can't be opened: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise EdgecvError(
            "another update is going on: look with edgecv update status, and wait for its end"
        ) from None
    try:
        yield
    finally:
        os.close(lock)


def install_file(job: Job, path: Path) -> None:
    """Raises EdgecvError; until the slot is written nothing has changed then."""
    if not path.is_file():
        raise EdgecvError(f"{path}: there is no such file")
    slots = may_begin(job.places)
    _install(job, path.absolute(), slots)
    _start_it(job)


def install_address(job: Job, url: str, latest: Latest | None = None) -> None:
    """The bundle at an https address; `latest` is what was said of it. Raises EdgecvError."""
    slots = may_begin(job.places)
    tidy(job.places)
    job.progress.begin("downloading", f"downloading {url}")
    path = Download(job.places.folder, job.clock).fetch(
        url,
        job.progress.reach,
        size=latest.size if latest else None,
        sha256=latest.sha256 if latest else None,
    )
    try:
        _install(job, path, slots)
    finally:
        path.unlink(missing_ok=True)
    _start_it(job)


def install_copy(job: Job, path: Path) -> None:
    """A bundle on a medium that RAUC's service can't see, and that may be pulled out at any time.
    Raises EdgecvError."""
    slots = may_begin(job.places)
    tidy(job.places)
    job.progress.begin("downloading", f"copying {path.name}")
    copy = Download(job.places.folder, job.clock).copy(path, job.progress.reach)
    try:
        _install(job, copy, slots)
    finally:
        copy.unlink(missing_ok=True)
    _start_it(job)


def may_begin(places: Places) -> Slots:
    """Raises EdgecvError while an earlier update is not over."""
    slots = rauc.slots()
    trial = kept.read(places.trial, Trial)
    if trial is None:
        return slots
    if trial.slot == slots.booted.bootname:
        raise EdgecvError(
            f"{trial.version} is on trial: wait until it has proved good, or go back with edgecv "
            "update rollback"
        )
    if slots.primary == slots.other.name:
        raise EdgecvError(
            f"{trial.version} is installed and waits for a restart: systemctl reboot, or give it "
            "up with edgecv update rollback"
        )
    places.trial.unlink(missing_ok=True)  # who wrote it was killed before it was installed
    return slots


def tidy(places: Places) -> None:
    """Throw away what an update left behind that was cut off: whole bundles, old data."""
    for bundle in places.folder.glob("*.raucb"):
        bundle.unlink(missing_ok=True)
    for gone in places.data.glob(f"*{_GONE}"):
        shutil.rmtree(gone, ignore_errors=True)


def check(job: Job, path: Path, slots: Slots) -> Bundle:
    """All that can be known of a bundle without touching a slot. Raises EdgecvError."""
    job.progress.begin("checking", f"checking {path.name}")
    bundle = rauc.info(path)
    if bundle.compatible != slots.compatible:
        raise EdgecvError(
            f"{path} is refused: it is for {bundle.compatible}, and this box is "
            f"{slots.compatible}: get the bundle for this one"
        )
    with rauc.mounted(path, job.places.run) as folder:
        read_all(folder, job.progress.reach)
    return bundle


def _install(job: Job, path: Path, slots: Slots) -> None:
    places, progress = job.places, job.progress
    bundle = check(job, path, slots)
    version = bundle.version or path.stem
    installed = kept.installed_version(places)
    if is_newer(installed, version):
        progress.say(f"{version} is older than {installed}, which runs now")
    was = before(job.clock)
    trial = Trial(
        slot=slots.other.bootname,
        version=version,
        from_version=installed,
        camera=was.camera,
        broker=was.broker,
        at=_now(job),
    )
    progress.begin("installing", f"installing {version} in slot {trial.slot}")
    hold_off(job.clock, HOLD_S)
    try:
        with _not_now(progress.say) as signals:
            kept.keep(places.trial, trial)
            _throw_away(places.data / trial.slot.lower())
            rauc.install(path, lambda percent, _: _heard(progress, percent))
            if signals:
                progress.say(f"starting {installed} again next time")
                rauc.mark_active("booted")
    except BaseException as error:
        reason = str(error) or "it was broken off"
        with suppress(OSError):
            _record(job, trial.version, installed, "interrupted", reason)
        hold_off(job.clock, 0)
        raise


def _heard(progress: Progress, percent: int | None) -> None:
    if percent is None:
        progress.alive()
    else:
        progress.reach(percent, 100)


def _start_it(job: Job) -> None:
    if not job.restart:
        job.progress.say("installed; it starts at the next restart: systemctl reboot")
        return
    job.progress.begin("restarting", "installed; restarting")
    reboot()


def reboot() -> None:
    """Raises EdgecvError."""
    try:
        done = subprocess.run(
            ["systemctl", "reboot"], capture_output=True, text=True, check=False, timeout=60
        )
        said = rauc.last_line(done.stderr) if done.returncode else None
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if said is not None:
        raise EdgecvError(f"the box can't be restarted: {said}. Restart it by hand")


def roll_back(job: Job) -> None:
    """Back to the other slot. Raises EdgecvError where it holds nothing that can be started."""
    places, progress = job.places, job.progress
    slots = rauc.slots()
    installed = kept.installed_version(places)
    trial = kept.read(places.trial, Trial)
    other = slots.other
    if trial is not None and trial.slot == other.bootname:
        rauc.mark_active("booted")
        places.trial.unlink(missing_ok=True)
        progress.say(f"{trial.version} is given up; {installed} goes on")
        return
    if not other.good:
        raise EdgecvError(
            f"slot {other.bootname} holds nothing that can be started: install a bundle with "
            "edgecv update install FILE"
        )
    known = other.version or kept.version_before(installed, trial, kept.read(places.last, Last))
    to = known or f"what is in slot {other.bootname}"
    progress.begin(
        "installing",
        f"going back to {to} in slot {other.bootname}",
    )
    rauc.mark_active(other.name)
    _record(job, installed, to, "rolled_back", BY_HAND)
    _start_it(job)


def _record(job: Job, version: str, from_version: str, outcome: Outcome, reason: str) -> None:
    kept.record(
        job.places,
        job.clock,
        version=version,
        from_version=from_version,
        outcome=outcome,
        reason=reason,
    )


def _throw_away(folder: Path) -> None:
    """What the other slot kept: the new version begins with a copy of what this one keeps."""
    gone = folder.with_name(folder.name + _GONE)
    shutil.rmtree(gone, ignore_errors=True)
    if folder.is_dir():
        folder.rename(gone)
        sync_folder(folder.parent)
        shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def _not_now(say: Callable[[str], None]) -> Iterator[list[int]]:
    """Signals to end are kept back, and obeyed at the end: RAUC's service would go on without us,
    and a slot that is half written is of no use to anybody."""
    kept_back: list[int] = []

    def keep_back(number: int, _frame: FrameType | None) -> None:
        if not kept_back:
            say("the slot is finished first, then nothing is started anew")
        kept_back.append(number)

    stopping = (signal.SIGINT, signal.SIGTERM)
    former = {number: signal.signal(number, keep_back) for number in stopping}
    try:
        yield kept_back
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    if kept_back:
        raise KeyboardInterrupt


def _now(job: Job) -> str:
    return job.clock.wall().isoformat(timespec="seconds")
