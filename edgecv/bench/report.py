"""What a benchmark prints: figures beside those of a bound or a peer, and the machine."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, and what it is compared with."""

    group: str
    what: str
    ours: float
    unit: str
    beside: str = ""
    """What `theirs` is; empty where there is nothing to compare with."""
    theirs: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    """What the ratio should reach; None: it is only told."""

    @property
    def ratio(self) -> float | None:
        """Ours over theirs."""
        return self.ours / self.theirs if self.theirs else None

    @property
    def missed(self) -> bool:
        ratio = self.ratio
        if ratio is None:
            return False
        too_low = self.at_least is not None and ratio < self.at_least
        return too_low or (self.at_most is not None and ratio > self.at_most)

    @property
    def verdict(self) -> str:
        bounded = self.at_least is not None or self.at_most is not None
        return "MISSED" if self.missed else "ok" if bounded else ""

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "ratio": self.ratio, "missed": self.missed}


def machine() -> dict[str, str | int]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "opencv": _version("opencv-python-headless", "opencv-python"),
        "onnxruntime": _version("onnxruntime", "onnxruntime-gpu"),
    }


def describe_machine() -> str:
    """The same in two lines."""
    has = machine()
    return (
        f"{has['cores']} cores, {str(has['processor'])[:60]}\nPython {has['python']}, "
        f"OpenCV {has['opencv']}, onnxruntime {has['onnxruntime']}"
    )


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned, the first column to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def describe(figures: Sequence[Figure]) -> str:
    """A table at 80 columns."""
    header = ("", "ours", "", "", "beside", "ratio", "")
    rows: list[Sequence[str]] = []
    groups: list[str] = []
    for group, members in groupby(figures, lambda figure: figure.group):
        for index, figure in enumerate(members):
            groups.append(group if index == 0 else "")
            rows.append(_row(figure))
    head, *lines = columns(header, rows).splitlines()
    grouped = [
        f"{group}\n{line}" if group else line for group, line in zip(groups, lines, strict=True)
    ]
    return "\n".join([head, *grouped])


def _row(figure: Figure) -> tuple[str, ...]:
    theirs = "" if figure.theirs is None else f"{figure.theirs:.2f}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
    ours = f"{figure.ours:.2f}"
    return f"  {figure.what}", ours, figure.unit, figure.beside, theirs, ratio, figure.verdict


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else f"{platform.machine()} ({sys.platform})"


def _version(*distributions: str) -> str:
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "missing"
