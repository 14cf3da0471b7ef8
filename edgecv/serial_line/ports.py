"""The serial ports of this box: which there are, which one is meant, and how one is opened."""

import errno
import fcntl
import os
import re
import termios
from contextlib import suppress
from pathlib import Path

import msgspec
import serial

from edgecv.errors import SerialError
from edgecv.host.held import held_by, holders

WRITE_S = 1.0
"""A port that takes nothing for so long is given up: a frame takes 20 ms at 115 200 baud."""
PICO = "2e8a:0005"
"""USB id of a Raspberry Pi Pico that runs MicroPython."""

_USB = re.compile(r"usb:([0-9a-f]{4}:[0-9a-f]{4})", re.IGNORECASE)
_NO_HARDWARE = "0"
"""PORT_UNKNOWN of linux/serial_core.h: a place for a port that is not there."""


class FoundPort(msgspec.Struct, frozen=True, kw_only=True):
    """A serial port."""

    path: str
    """The name that lasts (/dev/serial/by-id/…) where there is one."""
    device: str
    name: str
    """As the device calls itself; empty for one that is part of the board."""
    usb: str | None = None
    """Its USB id, VENDOR:PRODUCT; null for one that is part of the board."""
    used_by: list[str] = []
    """Programs that hold it open, as far as we may see."""
    problem: str | None = None
    """Why it can't be used, in words."""


def found_ports(sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> list[FoundPort]:
    """Those on USB first."""
    lasting = {os.path.realpath(link): str(link) for link in sorted(dev.glob("serial/by-id/*"))}
    consoles = _read(sys / "class/tty/console/active").split()
    found = []
    for tty in sorted(sys.glob("class/tty/*")):
        if not (tty / "device").exists() or _read(tty / "type") == _NO_HARDWARE:
            continue
        device = str(dev / tty.name)
        usb = _usb_device(tty / "device")
        port = FoundPort(
            path=lasting.get(os.path.realpath(device), device),
            device=device,
            name=_name(usb) if usb else "",
            usb=f"{_read(usb / 'idVendor')}:{_read(usb / 'idProduct')}" if usb else None,
            used_by=holders(device),
            problem=_problem(device, console=tty.name in consoles),
        )
        found.append(port)
    return sorted(found, key=lambda port: port.usb is None)


def resolve(port: str, sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> str:
    """The device of a name, or of `usb:VENDOR:PRODUCT`. Raises SerialError."""
    wanted = _USB.fullmatch(port)
    if wanted is None:
        return os.path.realpath(port)
    found = [one for one in found_ports(sys, dev) if one.usb == wanted[1].lower()]
    if not found:
        raise SerialError(
            f"no serial port has the USB id {wanted[1]}: plug the controller in; edgecv serial "
            "list shows those that there are"
        )
    if len(found) > 1:
        names = ", ".join(one.path for one in found)
        raise SerialError(
            f"{len(found)} serial ports have the USB id {wanted[1]}: name one of {names} in "
            "[serial] port"
        )
    return found[0].device


def open_port(port: str, baud: int) -> "serial.Serial":
    """For us alone, to be read without waiting. Raises SerialError."""
    device = resolve(port)
    try:
        opened = serial.Serial(device, baud, timeout=0, write_timeout=WRITE_S, exclusive=True)
    except (OSError, ValueError) as error:
        raise _explained(port, device, error) from error
    try:
        fcntl.ioctl(opened.fileno(), termios.TIOCEXCL)  # for those who don't ask for a lock
    except OSError as error:
        opened.close()
        raise _explained(port, device, error) from error
    return opened


def close_port(port: "serial.Serial") -> None:
    """Without waiting for what was not sent: a close may otherwise take half a minute."""
    try:
        if port.out_waiting:
            port.reset_output_buffer()
        fcntl.ioctl(port.fileno(), termios.TIOCNXCL)
    except (OSError, termios.error):
        pass  # unplugged
    finally:
        with suppress(OSError):
            port.close()


def _explained(port: str, device: str, error: Exception) -> SerialError:
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO):
        return SerialError(
            f"serial port {port}: no such device; plug the controller in, or choose another: "
            "edgecv serial list"
        )
    if number in (errno.EACCES, errno.EPERM):
        return SerialError(
            f"serial port {port}: permission denied; add the user to the group dialout (sudo "
            "usermod -aG dialout $USER) and log in again"
        )
    if number in (errno.EBUSY, errno.EAGAIN):
        users = ", ".join(_users(device)) or "a program that we may not see"
        return SerialError(
            f"serial port {port} is in use by {users}: stop it, or choose another in [serial] port"
        )
    return SerialError(f"{port} can't be used as a serial port: {error}")


def _users(device: str) -> list[str]:
    if held_by(os.getpid(), device):
        return ["edgecv itself, which waits for its driver", *holders(device)]
    return holders(device)


def _problem(device: str, *, console: bool) -> str | None:
    if console:
        return "the system's console is on it"
    if not os.access(device, os.R_OK | os.W_OK):
        return "permission denied: sudo usermod -aG dialout $USER, and log in again"
    return None


def _usb_device(device: Path) -> Path | None:
    real = Path(os.path.realpath(device))
    return next((up for up in (real, *real.parents) if (up / "idVendor").exists()), None)


def _name(usb: Path) -> str:
    words = [_read(usb / "manufacturer"), _read(usb / "product")]
    return " ".join(word for word in words if word)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
