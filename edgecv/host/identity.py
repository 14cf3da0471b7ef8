"""Which box this is: its serial number, its board, and the id that stands in every topic."""

import hashlib
import hmac
import re
import secrets
import socket
from pathlib import Path

from edgecv.errors import ConfigError

DEVICE_TREE = Path("/sys/firmware/devicetree/base")
DMI = Path("/sys/class/dmi/id")
MACHINE_ID = Path("/etc/machine-id")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
DIGITS = 8


def serial_number(device_tree: Path = DEVICE_TREE) -> str | None:
    """What is burnt into the board (Raspberry Pi, Jetson); None where there is none."""
    serial = _read(device_tree / "serial-number")
    return serial if serial and serial.strip("0") else None


def board(device_tree: Path = DEVICE_TREE, dmi: Path = DMI) -> str | None:
    """The name of the board or computer, for people; None where the kernel does not tell."""
    words = [_read(dmi / "sys_vendor"), _read(dmi / "product_name")]
    return _read(device_tree / "model") or " ".join(word for word in words if word) or None


def host_name() -> str:
    """What the box is called, without its domain."""
    return socket.gethostname().partition(".")[0]


def system_name(etc: Path = Path("/etc")) -> str | None:
    """The operating system's name, for people; None where it does not tell (os-release(5))."""
    return _os_release(etc).get("PRETTY_NAME") or None


def image_version(etc: Path = Path("/etc")) -> str | None:
    """Of edgecv's appliance image; None where that is not what the box runs."""
    told = _os_release(etc)
    return told.get("IMAGE_VERSION") if told.get("IMAGE_ID") == "edgecv" else None


def _os_release(etc: Path) -> dict[str, str]:
    lines = (_read(etc / "os-release") or "").splitlines()
    pairs = (line.partition("=") for line in lines)
    return {key: value.strip("\"'") for key, _, value in pairs}


def boot_id(path: Path = BOOT_ID) -> str:
    """New at every boot; empty where the kernel does not tell."""
    return _read(path) or ""


def device_id(
    folder: Path, *, device_tree: Path = DEVICE_TREE, machine_id: Path = MACHINE_ID
) -> str:
    """Eight digits that no other box has: the end of the serial number, or out of the machine id
    (hashed, as machine-id(5) asks for), or drawn once and kept in `folder`.

    Raises ConfigError when there is neither and `folder` can't be written.
    """
    serial = re.sub(r"[^a-z0-9]", "", (serial_number(device_tree) or "").lower())
    if len(serial) >= DIGITS:
        return serial[-DIGITS:]
    machine = _read(machine_id)
    if machine and re.fullmatch("[0-9a-f]{32}", machine):
        return hmac.new(machine.encode(), b"edgecv", hashlib.sha256).hexdigest()[:DIGITS]
    return _drawn(folder / "device-id")


def _drawn(file: Path) -> str:
    kept = _read(file)
    if kept and re.fullmatch(f"[0-9a-f]{{{DIGITS}}}", kept):
        return kept
    drawn = secrets.token_hex(DIGITS // 2)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(drawn + "\n", encoding="ascii")
    except OSError as error:
        raise ConfigError(
            f"this box has no serial number and no machine id, and none can be kept in {file} "
            f"({error.strerror}): name one in [device] id"
        ) from error
    return drawn


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ") or None
    except OSError:
        return None
