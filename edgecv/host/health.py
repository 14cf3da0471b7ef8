"""What the box says of its own health. None always means: not available with this kernel."""

import os
import shutil
from pathlib import Path

import msgspec

from edgecv.host.temperature import temperature_c

_UNDER_VOLTAGE, _CAPPED, _THROTTLED, _HOT = 1, 2, 4, 8
_SINCE_BOOT = 16
"""Bits of the firmware's get_throttled, and by how many the same since boot stand higher:
https://www.raspberrypi.com/documentation/computers/os.html#get_throttled"""
_CARD_RESET = 0x20
"""WDIOF_CARDRESET, linux/watchdog.h: the last boot was the hardware watchdog's doing."""
_WORDS = {
    _UNDER_VOLTAGE: "under-voltage",
    _CAPPED: "the processor's clock is capped",
    _THROTTLED: "the processor is slowed down",
    _HOT: "the soft temperature limit is reached",
}


class Throttling(msgspec.Struct, frozen=True):
    """What slows the box down, in words."""

    now: list[str]
    since_boot: list[str]


class HardwareWatchdog(msgspec.Struct, frozen=True):
    """What resets the box when its kernel stands still."""

    identity: str
    armed: bool
    timeout_s: int | None
    """After so long without a sign of life."""
    most_s: int | None
    """What the hardware can do at most."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    temperature_c: float | None = None
    throttling: Throttling | None = None
    memory_total_mb: float | None = None
    memory_free_mb: float | None = None
    """What programs could still have."""
    disk_total_mb: float | None = None
    """Where the journal is."""
    disk_free_mb: float | None = None
    disk_read_only: bool | None = None
    watchdog: HardwareWatchdog | None = None
    watchdog_reset: bool | None = None
    """The last boot was the hardware watchdog's doing."""
    uptime_s: float | None = None
    """Of the box."""


def health(folder: Path, sys: Path = Path("/sys"), proc: Path = Path("/proc")) -> Health:
    """As it is now; `folder` is on the disk to be looked at."""
    total_mb, free_mb = _memory(proc)
    disk_mb, disk_free_mb, read_only = _disk(folder)
    return Health(
        temperature_c=temperature_c(sys / "class/thermal"),
        throttling=throttling(sys),
        memory_total_mb=total_mb,
        memory_free_mb=free_mb,
        disk_total_mb=disk_mb,
        disk_free_mb=disk_free_mb,
        disk_read_only=read_only,
        watchdog=hardware_watchdog(sys),
        watchdog_reset=_watchdog_reset(sys),
        uptime_s=_uptime_s(proc),
    )


def throttling(sys: Path = Path("/sys")) -> Throttling | None:
    """Of a Raspberry Pi with its own kernel, or its voltage sensor, or an Intel processor. Not
    tried on hardware."""
    for file in sorted(sys.glob("devices/platform/soc*/*firmware/get_throttled")):
        text = _text(file)
        try:
            bits = int(text or "", 16)
        except ValueError:
            continue
        return Throttling(
            [words for bit, words in _WORDS.items() if bits & bit],
            [words for bit, words in _WORDS.items() if bits & bit << _SINCE_BOOT],
        )
    for name in sorted(sys.glob("class/hwmon/*/name")):
        alarm = _number(name.parent / "in0_lcrit_alarm")
        if _text(name) == "rpi_volt" and alarm is not None:
            words = [_WORDS[_UNDER_VOLTAGE]] if alarm else []
            return Throttling(words, words)
    counts = [
        _number(file) or 0
        for file in sys.glob("devices/system/cpu/cpu*/thermal_throttle/package_throttle_count")
    ]
    if counts:
        return Throttling([], [_WORDS[_THROTTLED]] if any(counts) else [])
    return None


def hardware_watchdog(sys: Path = Path("/sys")) -> HardwareWatchdog | None:
    """The first one there is; who arms it is mostly systemd (RuntimeWatchdogSec)."""
    for folder in sorted(sys.glob("class/watchdog/watchdog*")):
        identity, state = _text(folder / "identity"), _text(folder / "state")
        if identity is None or state is None:
            continue
        return HardwareWatchdog(
            identity=identity,
            armed=state == "active",
            timeout_s=_number(folder / "timeout"),
            most_s=_number(folder / "max_timeout") or None,
        )
    return None


def _watchdog_reset(sys: Path) -> bool | None:
    states = [_number(file) for file in sys.glob("class/watchdog/watchdog*/bootstatus")]
    known = [state for state in states if state is not None]
    return any(state & _CARD_RESET for state in known) if known else None


def _memory(proc: Path) -> tuple[float | None, float | None]:
    lines = (_text(proc / "meminfo") or "").splitlines()
    kilobytes = {line.partition(":")[0]: line.split()[1] for line in lines if line.count(" ")}
    try:
        return int(kilobytes["MemTotal"]) / 1e3, int(kilobytes["MemAvailable"]) / 1e3
    except (KeyError, ValueError):
        return None, None


def _disk(folder: Path) -> tuple[float | None, float | None, bool | None]:
    """The folder may still have to be made: then the one it will be in."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), None)
    if there is None:
        return None, None, None
    try:
        usage = shutil.disk_usage(there)
        read_only = bool(os.statvfs(there).f_flag & os.ST_RDONLY)
    except OSError:
        return None, None, None
    return usage.total / 1e6, usage.free / 1e6, read_only


def _uptime_s(proc: Path) -> float | None:
    try:
        return float((_text(proc / "uptime") or "").split()[0])
    except (IndexError, ValueError):
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def _number(path: Path) -> int | None:
    """Written as 12 or as 0x0c."""
    try:
        return int(_text(path) or "", 0)
    except ValueError:
        return None
