"""The box: what its kernel says of it. Pure: what is to be judged is given."""

from collections.abc import Iterator

from edgecv.clock import Clock
from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.host.health import Health
from edgecv.words import megabytes, span

WARM_C, HOT_C = 70.0, 80.0
"""A Raspberry Pi slows down from 80 °C on, a Jetson and most others not much later:
https://www.raspberrypi.com/documentation/computers/raspberry-pi.html#frequency-management"""
MEMORY_MB, LEAST_MEMORY_MB = 200.0, 80.0
"""The appliance takes about 200 MB."""
DISK_MB, LEAST_DISK_MB = 500.0, 50.0
"""The journal grows to 60 MB at most."""
OLDEST_YEAR = 2025
EMULATED = "linux,dummy-virt"
"""What QEMU's `virt` machine calls itself."""
IMAGE_IS_FOR = ("Raspberry Pi 3", "Raspberry Pi 4")
"""Debian's kernel knows neither the chips of a Raspberry Pi 5 nor any ribbon-cable camera."""


def examine_box(
    health: Health, clock: Clock, *, board: str | None, system: str | None, image: str | None
) -> Iterator[Finding]:
    """`image` is the version of the appliance image, if the box runs that."""
    yield ok("model", board) if board else unavailable("model", "the kernel does not tell")
    yield ok("system", system) if system else unavailable("system", "no /etc/os-release")
    if image is not None:
        yield _image(image, board or "")
    yield _temperature(health.temperature_c)
    yield _throttling(health)
    yield _memory(health)
    yield _disk(health)
    yield _clock(clock)
    yield from _watchdog(health)
    if health.uptime_s is not None:
        yield ok("uptime", span(health.uptime_s))


def _image(version: str, board: str) -> Finding:
    """What docs/image.md says of what runs where."""
    if board == EMULATED:
        return ok("image", f"{version}, tested in this emulator")
    if board.startswith(IMAGE_IS_FOR):
        return ok("image", f"{version}, for USB cameras; not tried on this board")
    return warning(
        "image",
        f"{version} is not made for this board",
        "install edgecv on the board's own system, with sudo scripts/install",
    )


def _temperature(degrees: float | None) -> Finding:
    if degrees is None:
        return unavailable("temperature", "the kernel does not tell")
    if degrees >= HOT_C:
        return failure(
            "temperature",
            f"{degrees:.0f} °C: the processor slows down",
            "give it air or a fan, or ask for fewer frames in [pose] max_fps",
        )
    if degrees >= WARM_C:
        return warning(
            "temperature", f"{degrees:.0f} °C, and from {HOT_C:.0f} it slows down", "give it air"
        )
    return ok("temperature", f"{degrees:.0f} °C")


def _throttling(health: Health) -> Finding:
    throttling = health.throttling
    if throttling is None:
        return unavailable("throttling", "the kernel does not tell")
    if throttling.now:
        return failure(
            "throttling",
            f"now: {', '.join(throttling.now)}",
            "use the board's own power supply and a short cable; give it air",
        )
    if throttling.since_boot:
        return warning(
            "throttling",
            f"since the box was started: {', '.join(throttling.since_boot)}",
            "use the board's own power supply and a short cable; give it air",
        )
    return ok("throttling", "never since the box was started")


def _memory(health: Health) -> Finding:
    total, free = health.memory_total_mb, health.memory_free_mb
    if total is None or free is None:
        return unavailable("memory", "the kernel does not tell")
    words = f"{megabytes(free)} of {megabytes(total)} free"
    if free < LEAST_MEMORY_MB:
        return failure("memory", words, "stop other programs: the kernel is about to kill some")
    if free < MEMORY_MB:
        return warning("memory", words, "stop programs that are not needed")
    return ok("memory", words)


def _disk(health: Health) -> Finding:
    total, free = health.disk_total_mb, health.disk_free_mb
    if total is None or free is None:
        return unavailable("disk", "the folder of the journal can't be looked at")
    words = f"{megabytes(free)} of {megabytes(total)} free"
    if health.disk_read_only:
        return failure(
            "disk",
            "it is read-only: what is counted is kept in memory and lost at the next start",
            "look for its fault with sudo dmesg; the card may be worn out",
        )
    if free < LEAST_DISK_MB:
        return failure("disk", words, "make room: events can't be kept on a full disk")
    if free < DISK_MB:
        return warning("disk", words, "make room")
    return ok("disk", words)


def _clock(clock: Clock) -> Finding:
    wall = clock.wall()
    if wall.year < OLDEST_YEAR:
        return failure(
            "clock",
            f"it says {wall:%Y-%m-%d}: TLS and dates can't be right",
            "connect the box to a network with a time server (timedatectl)",
        )
    if not clock.synced():
        return warning(
            "clock",
            f"{wall:%Y-%m-%d %H:%M} UTC, set by nobody since the start",
            "connect the box to a network with a time server (timedatectl)",
        )
    return ok("clock", f"{wall:%Y-%m-%d %H:%M} UTC, synchronised")


def _watchdog(health: Health) -> Iterator[Finding]:
    watchdog = health.watchdog
    if watchdog is None:
        yield unavailable("hardware watchdog", "there is none: a kernel that stands still stays so")
        return
    most = f", at most {watchdog.most_s} s" if watchdog.most_s else ""
    if not watchdog.armed:
        yield warning(
            "hardware watchdog",
            f"{watchdog.identity} is not armed{most}",
            "set RuntimeWatchdogSec= in /etc/systemd/system.conf, and restart the box",
        )
    elif watchdog.most_s and (watchdog.timeout_s or 0) > watchdog.most_s:
        yield warning(
            "hardware watchdog",
            f"{watchdog.identity} is asked for {watchdog.timeout_s} s, and its limit is "
            f"{watchdog.most_s} s",
            f"set RuntimeWatchdogSec={watchdog.most_s} in /etc/systemd/system.conf",
        )
    else:
        yield ok("hardware watchdog", f"{watchdog.identity} is armed, {watchdog.timeout_s} s{most}")
    if health.watchdog_reset:
        yield warning(
            "last start",
            "the hardware watchdog has reset the box: its kernel stood still",
            "look for the reason in journalctl -b -1 -p err",
        )
