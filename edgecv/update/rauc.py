"""RAUC, which checks bundles and writes slots: its program, and what it says (1.13)."""

import json
import os
import re
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from edgecv.errors import EdgecvError

PROGRAM = "rauc"
ANSWER_S = 90.0
"""Its service may have to be started first."""
MOUNT_S = 240.0
"""It may be configured to read all of it before."""
INSTALL_S = 3600.0
"""Writing a slot takes two minutes in an emulator."""
TURN_S = 5.0

_PROGRESS = re.compile(r"\s*(\d{1,3})% (.*)")
_MOUNTED = re.compile(r"Mounted bundle at (.+)\. Use 'umount ")


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says of itself; its signature is good."""

    compatible: str
    """The kind of device that it is for."""
    version: str | None = None


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Where a system can be installed."""

    name: str
    """As RAUC calls it: rootfs.0."""
    bootname: str
    """A or B."""
    booted: bool
    good: bool
    """It can be started: it has tries left."""
    version: str | None = None
    """What was installed there; null where that is not known."""


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """The two of them, and what kind of device this is."""

    compatible: str
    primary: str | None
    """The name of the one that is started next."""
    slots: list[Slot]

    @property
    def booted(self) -> Slot:
        """Raises EdgecvError where the box runs from something else."""
        return self._one(booted=True)

    @property
    def other(self) -> Slot:
        """Raises EdgecvError where there is none."""
        return self._one(booted=False)

    def _one(self, *, booted: bool) -> Slot:
        for slot in self.slots:
            if slot.booted == booted:
                return slot
        raise EdgecvError(
            "rauc status names no slot that runs and another beside it: is this box started from "
            "its own card?"
        )


def info(path: Path) -> Bundle:
    """Checks the signature; what is in the payload is not looked at. Raises EdgecvError."""
    done = _run("info", "--output-format=json", str(path))
    if done.returncode:
        raise EdgecvError(f"{path} is refused: {refusal(done.stderr)}")
    try:
        return msgspec.json.decode(done.stdout, type=Bundle)
    except msgspec.MsgspecError as error:
        raise EdgecvError(f"rauc info {path} says what can't be understood: {error}") from error


def slots() -> Slots:
    """Raises EdgecvError."""
    done = _run("status", "--detailed", "--output-format=json")
    if done.returncode:
        raise EdgecvError(f"rauc status failed: {last_line(done.stderr)}")
    return parse_slots(done.stdout)


def parse_slots(text: str) -> Slots:
    """What `rauc status --detailed --output-format=json` writes. Raises EdgecvError."""
    try:
        told = json.loads(text)
        return Slots(
            compatible=told["compatible"],
            primary=told["boot_primary"],
            slots=[
                _slot(name, slot)
                for one in told["slots"]
                for name, slot in one.items()
                if slot["bootname"]
            ],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EdgecvError(f"rauc status says what can't be understood: {error!r}") from error


def _slot(name: str, told: dict[str, Any]) -> Slot:
    return Slot(
        name=name,
        bootname=told["bootname"],
        booted=told["state"] == "booted",
        good=told["boot_status"] == "good",
        version=told.get("slot_status", {}).get("bundle", {}).get("version"),
    )


@contextmanager
def mounted(path: Path, folder: Path) -> Iterator[Path]:
    """The bundle's content, behind dm-verity: a damaged byte can't be read. `folder` is where the
    mount point is made. Raises EdgecvError."""
    folder.mkdir(parents=True, exist_ok=True)
    prefix = tempfile.mkdtemp(dir=folder, prefix="mount-")
    try:
        done = _run(f"--mount={prefix}", "mount", str(path), within_s=MOUNT_S)
        found = _MOUNTED.search(done.stdout)
        if done.returncode or found is None:
            raise EdgecvError(f"{path} is refused: {refusal(done.stderr)}")
        try:
            yield Path(found[1])
        except BaseException:
            with suppress(EdgecvError):  # there is something worse to tell
                _umount(found[1])
            raise
        _umount(found[1])
    finally:
        with suppress(OSError):
            Path(prefix).rmdir()


def install(path: Path, heard: Callable[[int | None, str], None]) -> None:
    """Write the bundle into the other slot, and start that one next. `heard` is called with each
    line of progress, and with None at least every TURN_S.

    A signal that is meant for us does not reach it: RAUC's service would write on, unheard.
    Raises EdgecvError.
    """
    with subprocess.Popen(
        [PROGRAM, "install", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=_environment(),
        start_new_session=True,
    ) as process:
        said: list[str] = []
        for line in _lines(process):
            step = _PROGRESS.fullmatch(line)
            if step:
                heard(min(100, int(step[1])), step[2])
            elif line:
                said.append(line)
            else:
                heard(None, "")
        code = process.wait()
    if code:
        raise EdgecvError(f"rauc install {path} failed: {_failure(said)}")


def _failure(said: Sequence[str]) -> str:
    for line in said:
        if line.startswith("LastError: "):
            return line.removeprefix("LastError: ")
    return said[-1] if said else "it said nothing"


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    """Whole lines; an empty one every TURN_S while nothing comes."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    rest = b""
    until_s = time.monotonic() + INSTALL_S
    while time.monotonic() < until_s:
        if not select.select([descriptor], [], [], TURN_S)[0]:
            yield ""
            continue
        data = os.read(descriptor, 4096)
        if not data:
            if rest:
                yield rest.decode("utf-8", "replace").rstrip()
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if text := line.decode("utf-8", "replace").rstrip():
                yield text
    process.kill()
    raise EdgecvError(f"rauc install did not end within {INSTALL_S / 60:.0f} minutes")


def mark_active(slot: str) -> None:
    """Start this one next: a name, "booted" or "other". Raises EdgecvError."""
    done = _run("status", "mark-active", slot)
    if done.returncode:
        raise EdgecvError(f"rauc status mark-active {slot} failed: {last_line(done.stderr)}")


def refusal(said: str) -> str:
    """Why a bundle is refused, in words, with RAUC's own last ones."""
    line = last_line(said)
    return f"{_reason(line)} (rauc: {line})"


def last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def _reason(line: str) -> str:
    low = line.lower()
    if "not yet valid" in low or "expired" in low:
        return (
            "its signature is not valid now by this box's clock: look at the clock (timedatectl), "
            "or get a newer bundle"
        )
    if "signature" in low and "verif" in low:
        return (
            "its signature is none that this box trusts: get the bundle from where the image is "
            "from; one that was changed on its way has to be fetched again"
        )
    if "invalid bundle" in low or "identifier" in low:
        return "it is no bundle, or a part of one: fetch it again"
    if "input/output error" in low or "verity" in low or "squashfs" in low:
        return "it is damaged: fetch it again"
    return "rauc can't use it"


def _umount(folder: str) -> None:
    done = subprocess.run(
        ["umount", folder], capture_output=True, text=True, check=False, timeout=ANSWER_S
    )
    if done.returncode:
        raise EdgecvError(f"umount {folder} failed: {last_line(done.stderr)}")
    with suppress(OSError):
        Path(folder).rmdir()


def _run(*arguments: str, within_s: float = ANSWER_S) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=within_s,
            env=_environment(),
        )
    except OSError as error:
        raise EdgecvError(f"{PROGRAM} can't be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        command = next(one for one in arguments if not one.startswith("--"))
        raise EdgecvError(
            f"rauc {command} did not answer within {within_s:.0f} s: look at journalctl -u rauc"
        ) from error


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}
