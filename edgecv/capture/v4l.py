"""What Linux says of a camera device before and after OpenCV tries it."""

import errno
import fcntl
import grp
import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from edgecv.capture.modes import Mode
from edgecv.errors import SourceError
from edgecv.host.held import holders

_QUERYCAP = 0x80685600
"""VIDIOC_QUERYCAP, linux/videodev2.h: fills a struct v4l2_capability."""
_CAPABILITY = struct.Struct("16s32s32sIII12x")
_HAS_DEVICE_CAPS = 0x80000000
_CAPTURES = 0x00000001 | 0x00001000
"""V4L2_CAP_VIDEO_CAPTURE and its multi-planar form."""

_ENUM_FMT = 0xC0405602
_ENUM_FRAMESIZES = 0xC02C564A
_ENUM_FRAMEINTERVALS = 0xC034564B
"""VIDIOC_…, linux/videodev2.h: each fills a struct for an index until there is none (EINVAL)."""
_BUFFER_TYPES = (1, 9)
"""V4L2_BUF_TYPE_VIDEO_CAPTURE and its multi-planar form."""
_REQBUFS = 0xC0145608
"""VIDIOC_REQBUFS: for no buffer at all it changes nothing, and fails with EBUSY while the stream is
another's (media/common/videobuf2, tried on uvcvideo and vivid)."""
_MEMORY_MMAP = 1
UNSEEN = "a program of another user, which root sees (sudo edgecv cameras)"
_DISCRETE = 1
_MANY = 256
"""No camera has so many of anything: a driver that never says no must not hold us up."""


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


def offered(real: str, width: int, height: int, fps: float) -> list[Mode]:
    """What the camera says it can give, also while another program uses it; empty where the driver
    does not say. Where it offers ranges, their ends stand for them, and what is asked for."""
    try:
        descriptor = os.open(real, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        return [
            Mode(form.decode("ascii", "replace"), *size, _rates(descriptor, form, size, fps))
            for form in _forms(descriptor)
            for size in _sizes(descriptor, form, (width, height))
        ]
    finally:
        os.close(descriptor)


def _forms(descriptor: int) -> Iterator[bytes]:
    for buffer_type in _BUFFER_TYPES:
        for answer in _enumerate(descriptor, _ENUM_FMT, 64, struct.pack("I", buffer_type)):
            yield bytes(answer[44:48])


def _sizes(descriptor: int, form: bytes, asked: tuple[int, int]) -> set[tuple[int, int]]:
    sizes: set[tuple[int, int]] = set()
    for answer in _enumerate(descriptor, _ENUM_FRAMESIZES, 44, form):
        kind, *values = struct.unpack_from("7I", answer, 8)
        if kind == _DISCRETE:
            sizes.add((values[0], values[1]))
            continue
        least_w, most_w, step_w, least_h, most_h, step_h = values
        sizes |= {(least_w, least_h), (most_w, most_h)}
        width = _in_range(asked[0], least_w, most_w, step_w)
        sizes.add((width, _in_range(asked[1], least_h, most_h, step_h)))
    return sizes


def _rates(descriptor: int, form: bytes, size: tuple[int, int], asked: float) -> tuple[float, ...]:
    """Frames a second: the driver's intervals are fractions of a second."""
    rates: set[float] = set()
    question = form + struct.pack("II", *size)
    for answer in _enumerate(descriptor, _ENUM_FRAMEINTERVALS, 52, question):
        kind, *values = struct.unpack_from("7I", answer, 16)
        fractions = [values[:2]] if kind == _DISCRETE else [values[:2], values[2:4]]
        ends = {down / up for up, down in fractions if up and down}
        rates |= ends
        if kind != _DISCRETE and ends and min(ends) <= asked <= max(ends):
            rates.add(asked)
    return tuple(sorted(rates, reverse=True))


def _enumerate(descriptor: int, request: int, size: int, question: bytes) -> Iterator[bytearray]:
    """The answers for index 0, 1, … to a struct of `size` bytes that begins with the index and the
    question."""
    for index in range(_MANY):
        answer = bytearray(size)
        answer[:4] = struct.pack("I", index)
        answer[4 : 4 + len(question)] = question
        try:
            fcntl.ioctl(descriptor, request, answer)
        except OSError:
            return
        yield answer


def _in_range(asked: int, least: int, most: int, step: int) -> int:
    """The value on offer that is next above what is asked for."""
    step = max(step, 1)
    return min(most, max(least, least + -(-(asked - least) // step) * step))


def why_not_open(path: str, real: str) -> str:
    """For people: why OpenCV could not open the device."""
    says = capability(real)
    if says is not None and not says.captures:
        return (
            f"camera {path} gives no pictures (a camera often has several devices; "
            f"try another); {_cameras_here()}"
        )
    if by := users(real):
        return (
            f"camera {path} is in use by {', '.join(by)}: stop it, or choose another "
            "in [camera] source"
        )
    return (
        f"camera {path} can't be opened, and nobody uses it: it gives no format that can be read, "
        "or the driver hangs; unplug it, or reboot"
    )


def users(real: str) -> list[str]:
    """The other programs that use it, as far as is known: the service sees none of other users."""
    return holders(real) or ([UNSEEN] if is_streaming(real) else [])


def is_streaming(real: str) -> bool:
    """Whoever it is takes pictures from it, ourselves included: the kernel says so also of
    programs that we may not see. False where it does not say."""
    try:
        descriptor = os.open(real, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return error.errno == errno.EBUSY
    try:
        return any(_refuses_buffers(descriptor, kind) for kind in _BUFFER_TYPES)
    finally:
        os.close(descriptor)


def _refuses_buffers(descriptor: int, buffer_type: int) -> bool:
    question = struct.pack("III8x", 0, buffer_type, _MEMORY_MMAP)
    try:
        fcntl.ioctl(descriptor, _REQBUFS, question)
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


class Capability(NamedTuple):
    """What a device says of itself."""

    name: str
    """Of the camera, for people; empty where the device is none."""
    captures: bool
    """It gives pictures."""


def capability(real: str) -> Capability | None:
    """None when the kernel does not say."""
    try:
        descriptor = os.open(real, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(_CAPABILITY.size))
    except OSError:
        return Capability("", False)
    finally:
        os.close(descriptor)
    _, card, _, _, capabilities, of_device = _CAPABILITY.unpack(answer)
    flags = of_device if capabilities & _HAS_DEVICE_CAPS else capabilities
    name = card.partition(b"\0")[0].decode("utf-8", "replace")
    return Capability(name, bool(flags & _CAPTURES))


def _cameras_here() -> str:
    by_id = sorted(str(link) for link in Path("/dev/v4l/by-id").glob("*-index0"))
    devices = by_id or sorted(str(device) for device in Path("/dev").glob("video[0-9]*"))
    return f"here are {', '.join(devices)}" if devices else "no camera is plugged in"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
