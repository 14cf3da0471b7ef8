"""What is kept of updates: whole files or none, in formats that both slots understand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from edgecv import __version__
from edgecv.clock import Clock
from edgecv.host.identity import image_version
from edgecv.host.whole_file import write_whole
from edgecv.image.store import write

Outcome = Literal["good", "rolled_back", "interrupted"]
Doing = Literal["idle", "downloading", "checking", "installing", "restarting"]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """An update under way: written before a slot is touched, gone when it has proved good or not.

    Its slot runs: it is on trial. Another runs: the installation was interrupted, or the trial
    failed.
    """

    slot: str
    """The one that gets the new version: A or B."""
    version: str
    """What is installed there."""
    from_version: str
    camera: bool
    """Frames were coming before."""
    broker: bool
    """The broker acknowledged what was sent to it before."""
    at: str
    """When it began, ISO 8601 in UTC."""
    tries: int = 0
    """Starts of the new version so far."""
    missing: str = ""
    """What the last one lacked, in words."""


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """How the last update ended."""

    version: str
    from_version: str
    outcome: Outcome
    reason: str | None = None
    """In words; null for a good one."""
    at: str
    """When, ISO 8601 in UTC."""


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """What the configured address offers."""

    version: str
    bundle: str
    """The address of the bundle."""
    sha256: str | None = None
    size: int | None = None
    """In bytes."""
    notes: str | None = None
    notes_url: str | None = None
    url: str
    """Where this was asked."""
    at: str
    """When, ISO 8601 in UTC."""


class UpdateStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody on the box can know of updates."""

    installed: str
    latest: str | None = None
    """Null where nothing was asked, or nothing was learnt."""
    notes: str | None = None
    notes_url: str | None = None
    state: Doing = "idle"
    now_s: float = 0.0
    """When this was written: monotonic. Who is not idle writes it anew every few seconds."""
    percent: int | None = None
    """Of the whole of what is being done now, 0 to 100."""
    problem: str | None = None
    """Why the last attempt failed; null after one that did not."""
    last: Last | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are kept."""

    data: Path = Path("/data")
    """The data partition: a folder for each slot (`a`, `b`), and one that both share."""
    run: Path = Path("/run/edgecv-update")
    """In memory: what is gone after a restart."""
    etc: Path = Path("/etc")

    @property
    def folder(self) -> Path:
        """Also where bundles are downloaded to."""
        return self.data / "shared" / "update"

    @property
    def trial(self) -> Path:
        return self.folder / "trial.json"

    @property
    def last(self) -> Path:
        return self.folder / "last.json"

    @property
    def latest(self) -> Path:
        return self.run / "latest.json"

    @property
    def status(self) -> Path:
        return self.run / "status.json"

    @property
    def lock(self) -> Path:
        return self.run / "lock"


_Kept = TypeVar("_Kept", Trial, Last, Latest, UpdateStatus)


def read(path: Path, kind: type[_Kept]) -> _Kept | None:
    """None for a file that is not there, damaged, or not for us to read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


def keep(path: Path, kept: Trial | Last) -> None:
    """On the disk when this returns. Raises OSError."""
    write(path, _text(kept).decode(), mode=0o644)


def record(
    places: Places,
    clock: Clock,
    *,
    version: str,
    from_version: str,
    outcome: Outcome,
    reason: str | None = None,
) -> None:
    """An update has ended, and nothing is on trial. On the disk when this returns. Raises
    OSError."""
    at = clock.wall().isoformat(timespec="seconds")
    last = Last(version=version, from_version=from_version, outcome=outcome, reason=reason, at=at)
    keep(places.last, last)
    places.trial.unlink(missing_ok=True)


def show(path: Path, shown: Latest | UpdateStatus) -> None:
    """In memory. Raises OSError."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_whole(path, _text(shown), 0o644)


def image(places: Places) -> str | None:
    """The version of the appliance image that runs; None where this is none."""
    return image_version(places.etc)


def installed_version(places: Places) -> str:
    """Of the image that runs; elsewhere of edgecv."""
    return image(places) or __version__


def known(places: Places) -> UpdateStatus:
    """What is known while nothing goes on."""
    latest = read(places.latest, Latest)
    return UpdateStatus(
        installed=installed_version(places),
        latest=latest.version if latest else None,
        notes=latest.notes if latest else None,
        notes_url=latest.notes_url if latest else None,
        last=read(places.last, Last),
    )


def version_before(installed: str, trial: Trial | None, last: Last | None) -> str | None:
    """What ran before the version that runs now, and is in the other slot; None: not known."""
    if trial is not None and trial.version == installed:
        return trial.from_version
    if last is not None and last.outcome == "good" and last.version == installed:
        return last.from_version
    return None


def _text(kept: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(kept)) + b"\n"
