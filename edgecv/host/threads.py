"""How busy the threads of a process are, by what the kernel says of them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

OTHERS = "model, libraries"
"""Threads that are none of Python's: ONNX Runtime's and OpenCV's."""
_UTIME = 11
"""Where it stands behind the name in /proc/PID/task/TID/stat (proc(5)), before stime."""


class Load(NamedTuple):
    """One thread, or all that have no name."""

    name: str
    percent: float
    """Of one core."""


class ThreadLoads:
    """Called now and then; the loads are of the time since the last call."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._before: dict[int, float] = {}
        self._looked_s: float | None = None

    def look(self, pid: int, names: Mapping[str, int], now_s: float) -> list[Load]:
        """The busiest first; empty the first time, and where the process has ended."""
        seconds = cpu_seconds(pid, self._proc)
        span_s = None if self._looked_s is None else now_s - self._looked_s
        before, self._before, self._looked_s = self._before, seconds, now_s
        if not span_s:
            return []
        known = {number: name for name, number in names.items()}
        loads: dict[str, float] = {}
        for number, spent in seconds.items():
            name = known.get(number, OTHERS)
            share = 100 * (spent - before.get(number, spent)) / span_s
            loads[name] = loads.get(name, 0.0) + share
        return sorted((Load(*pair) for pair in loads.items()), key=lambda load: -load.percent)


def cpu_seconds(pid: int, proc: Path = Path("/proc")) -> dict[int, float]:
    """What each thread has used so far, by its number; empty where there is no such process."""
    ticks = os.sysconf("SC_CLK_TCK")
    seconds = {}
    for file in (proc / str(pid) / "task").glob("*/stat"):
        try:
            fields = file.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        seconds[int(file.parent.name)] = sum(map(int, fields[_UTIME : _UTIME + 2])) / ticks
    return seconds
