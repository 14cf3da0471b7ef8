"""The cameras of this box that Linux knows as video devices."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from edgecv.capture.modes import Mode
from edgecv.capture.v4l import capability, offered, resolve, users
from edgecv.config import Camera
from edgecv.errors import SourceError


class FoundCamera(msgspec.Struct, frozen=True, kw_only=True):
    """A device that gives pictures, or one that can't be asked."""

    path: str
    """The name that lasts (/dev/v4l/by-id/…) where there is one."""
    device: str
    name: str
    """As the camera calls itself; empty where it can't be asked."""
    modes: list[Mode]
    """What it offers; a range by its ends, and by what is asked for."""
    used_by: list[str]
    """Programs that hold it open, as far as we may see."""
    problem: str | None = None
    """Why it can't be asked."""


def found_cameras(wanted: Camera | None = None, dev: Path = Path("/dev")) -> list[FoundCamera]:
    """In the order of their numbers; `wanted` is what the modes are asked for."""
    asked = wanted or Camera()
    lasting = {os.path.realpath(link): str(link) for link in sorted(dev.glob("v4l/by-id/*"))}
    cameras = []
    for device in _devices(dev):
        path = lasting.get(str(device), str(device))
        try:
            real = resolve(str(device))
        except SourceError as error:
            camera = FoundCamera(
                path=path, device=str(device), name="", modes=[], used_by=[], problem=str(error)
            )
            cameras.append(camera)
            continue
        says = capability(real)
        if says is None or not says.captures:
            continue
        modes = offered(real, asked.width, asked.height, asked.fps)
        camera = FoundCamera(
            path=path, device=real, name=says.name, modes=modes, used_by=users(real)
        )
        cameras.append(camera)
    return cameras


def _devices(dev: Path) -> Iterator[Path]:
    found = [file for file in dev.glob("video*") if file.name[5:].isdecimal()]
    yield from sorted(found, key=lambda file: int(file.name[5:]))
