"""Who holds a device or file open: this process, or another."""

import os
from pathlib import Path


def held_by_us(path: str) -> list[str]:
    """Where `path` is held open or mapped, by this process or its children: "pid 7 fd 5",
    "pid 7 map"; empty when everything is released, or where the kernel does not tell.

    A link, such as /dev/v4l/by-id/…, stands for what it points to.
    """
    real = os.path.realpath(path)
    return [where for pid in [os.getpid(), *_children()] for where in held_by(pid, real)]


def _children() -> list[int]:
    pids: list[int] = []
    for file in Path("/proc/self/task").glob("*/children"):
        try:
            pids += map(int, file.read_text(encoding="ascii").split())
        except OSError:  # the thread has ended meanwhile
            continue
    return pids


def held_by(pid: int, real: str) -> list[str]:
    """Where this process holds the path, which is no link; empty for one of another user's."""
    places = []
    try:
        for descriptor in os.scandir(f"/proc/{pid}/fd"):
            try:
                if os.readlink(descriptor.path) == real:
                    places.append(f"pid {pid} fd {descriptor.name}")
            except OSError:  # closed meanwhile
                continue
        maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:  # ended meanwhile, or another user's
        return places
    if any(line.endswith(f" {real}") for line in maps.splitlines()):
        places.append(f"pid {pid} map")
    return places


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
