"""What Linux says of a camera device before and after OpenCV tries it. Not tried on hardware."""

import fcntl
import grp
import os
import stat
import struct
from pathlib import Path

from edgecv.errors import SourceError
from edgecv.host.held import held_by

_QUERYCAP = 0x80685600
"""VIDIOC_QUERYCAP, linux/videodev2.h: fills a struct v4l2_capability."""
_CAPABILITY = struct.Struct("16s32s32sIII12x")
_HAS_DEVICE_CAPS = 0x80000000
_CAPTURES = 0x00000001 | 0x00001000
"""V4L2_CAP_VIDEO_CAPTURE and its multi-planar form."""


def resolve(path: str) -> str:
    """The device node behind `path` as the links stand now.

    Raises SourceError when there is none, or when we may not use it.
    """
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError as error:
        raise SourceError(f"camera {path}: no such device; {_cameras_here()}") from error
    if not stat.S_ISCHR(status.st_mode):
        raise SourceError(f"camera {path} is not a camera device; {_cameras_here()}")
    if not os.access(real, os.R_OK | os.W_OK):
        group = _group(status.st_gid)
        raise SourceError(
            f"camera {path}: permission denied; add the user to the group {group} "
            f"(sudo usermod -aG {group} $USER) and log in again"
        )
    return real


def why_not_open(path: str, real: str) -> str:
    """For people: why OpenCV could not open the device."""
    if _is_capture_device(real) is False:
        return (
            f"camera {path} gives no pictures (a camera often has several devices; "
            f"try another); {_cameras_here()}"
        )
    if users := holders(real):
        return (
            f"camera {path} is in use by {', '.join(users)}: stop it, or choose another "
            "in [camera] source"
        )
    return (
        f"camera {path} can't be opened, and no program that we may see uses it: it gives no "
        "format that can be read, or the kernel holds it; unplug it, or reboot"
    )


def holders(real: str) -> list[str]:
    """The other processes that hold the device open, as far as we may see: "pid 812 (motion)"."""
    users = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        if int(pid) != os.getpid() and held_by(int(pid), real):
            users.append(f"pid {pid} ({_program(pid)})")
    return users


def _program(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "ended meanwhile"


def _is_capture_device(real: str) -> bool | None:
    """None when the kernel does not say."""
    try:
        descriptor = os.open(real, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(_CAPABILITY.size))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    *_, capabilities, of_device = _CAPABILITY.unpack(answer)
    return bool((of_device if capabilities & _HAS_DEVICE_CAPS else capabilities) & _CAPTURES)


def _cameras_here() -> str:
    by_id = sorted(str(link) for link in Path("/dev/v4l/by-id").glob("*-index0"))
    devices = by_id or sorted(str(device) for device in Path("/dev").glob("video[0-9]*"))
    return f"here are {', '.join(devices)}" if devices else "no camera is plugged in"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
