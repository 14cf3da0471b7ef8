"""What the image keeps: whole files or none, on the data partition."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edgecv.config import Tables

REMEMBERED = 50
"""Boot files whose hashes are known."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What this slot knows of boot files."""

    tables: Tables = {}
    """All that was taken over so far, by section and key."""
    taken: list[str] = []
    """SHA-256 of the files that were."""
    refused: dict[str, str] = {}
    """SHA-256 of those that were not, and by which version of edgecv."""

    def knows(self, sha: str, version: str) -> bool:
        """It was looked at; what an older edgecv has refused may be right for this one."""
        return sha in self.taken or self.refused.get(sha) == version


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are kept."""

    slot: Path = Path("/run/slot")
    """What belongs to the slot that runs."""
    shared: Path = Path("/data/shared")
    """What both slots share, in formats that don't change."""
    builtin: Path = Path("/usr/share/edgecv/image.toml")
    """The image's own defaults."""
    timezones: Path = Path("/usr/share/zoneinfo")

    @property
    def config(self) -> Path:
        return self.slot / "config" / "edgecv.toml"

    @property
    def kept(self) -> Path:
        return self.slot / "provision" / "kept.json"

    @property
    def state(self) -> Path:
        return self.slot / "state"

    @property
    def password(self) -> Path:
        return self.shared / "secrets" / "mqtt-password"

    @property
    def networks(self) -> Path:
        return self.shared / "iwd"

    @property
    def wifi_settings(self) -> Path:
        return self.shared / "iwd.conf"

    @property
    def localtime(self) -> Path:
        return self.shared / "localtime"

    @property
    def ssh_keys(self) -> Path:
        return self.shared / "ssh" / "authorized_keys"


def read_kept(path: Path) -> Kept:
    """Nothing for a file that is not there or damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return Kept()


def write_kept(path: Path, kept: Kept) -> None:
    refused = dict(list(kept.refused.items())[-REMEMBERED:])
    short = msgspec.structs.replace(kept, taken=kept.taken[-REMEMBERED:], refused=refused)
    write(path, msgspec.json.format(msgspec.json.encode(short)).decode() + "\n")


def write(path: Path, text: str, *, mode: int = 0o600, group: int = -1) -> None:
    """The whole file or none, on the disk when this returns; unless that stands there already."""
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    with suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            return
    new = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.chown(new, -1, group)
    new.rename(path)
    sync_folder(path.parent)


def link(path: Path, target: Path) -> None:
    new = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        new.unlink()
    new.symlink_to(target)
    new.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What is named in it is so on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
