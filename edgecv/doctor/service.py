"""The service: what systemd and its own status say of it."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.host.install import SERVICE
from edgecv.host.unit import CONFIG_FOLDER
from edgecv.running import Instance, Life
from edgecv.status import StatusDocument
from edgecv.words import span

SYSTEMD = Path("/run/systemd/system")
"""There when systemd has started the box: sd_booted(3)."""
WITHIN_S = 5.0
MANY_WAIT = 100
_ASKED = "LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,UnitFileState"


def unit_of(config: Path | None) -> str:
    """The unit that runs with this configuration: `edgecv@NAME` has /etc/edgecv/NAME.toml."""
    if config is None or config.stem == "edgecv" or str(config.parent) != CONFIG_FOLDER:
        return SERVICE
    return f"edgecv@{config.stem}.service"


def unit_properties(unit: str = SERVICE, booted: Path = SYSTEMD) -> Mapping[str, str] | None:
    """What systemd says of the unit; None where it does not run this box or does not answer."""
    if not booted.exists():
        return None
    command = ["systemctl", "show", unit, f"--property={_ASKED}"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {key: value for key, _, value in pairs}


def examine_service(
    properties: Mapping[str, str] | None, instance: Instance | None
) -> Iterator[Finding]:
    yield _unit(properties)
    if properties and int(properties.get("NRestarts") or 0):
        yield warning(
            "restarts",
            f"systemd has started it again {properties['NRestarts']} times",
            f"look for the reason in journalctl -u {SERVICE}",
        )
    if instance is None:
        yield unavailable("running", "no appliance has run since the box was started")
        return
    yield _life(instance)
    if instance.life in (Life.RUNNING, Life.SILENT):
        yield from _restarts(instance.status)
        yield from _parts(instance.status)
        yield from _journal(instance.status)


def _unit(properties: Mapping[str, str] | None) -> Finding:
    if properties is None:
        return unavailable("unit", "systemd does not run this box, or does not answer")
    if properties.get("LoadState") != "loaded":
        return unavailable("unit", "it is not installed (sudo edgecv service install)")
    active = properties.get("ActiveState", "")
    words = f"{active}, {properties.get('SubState', '')}"
    if active == "failed":
        code = properties.get("ExecMainStatus", "")
        return failure(
            "unit",
            f"{words}: {properties.get('Result', '')}, exit code {code}",
            f"look for the reason in journalctl -u {SERVICE}",
        )
    if active not in ("active", "activating"):
        return warning("unit", f"{words}: it does not run", f"sudo systemctl start {SERVICE}")
    if properties.get("UnitFileState") != "enabled":
        return warning(
            "unit",
            f"{words}, and it is not started with the box",
            f"sudo systemctl enable {SERVICE}",
        )
    return ok("unit", words)


def _life(instance: Instance) -> Finding:
    status, ago = instance.status, span(instance.age_s)
    match instance.life:
        case Life.RUNNING:
            up = f" for {span(status.stats.uptime_s)}" if status.stats else ""
            return ok("running", f"{status.state.status.value}{up}, pid {status.pid}")
        case Life.SILENT:
            return failure(
                "running",
                f"pid {status.pid} has not written its status for {ago}",
                f"sudo systemctl restart {SERVICE}, or kill -ABRT {status.pid}",
            )
        case Life.GONE:
            return failure(
                "running",
                f"pid {status.pid} ended {ago} ago without a word: it crashed or was killed",
                f"look for the reason in journalctl -u {SERVICE}, then start it again",
            )
        case Life.ENDED:
            return unavailable("running", f"{status.state.status.value} {ago} ago")


def _restarts(status: StatusDocument) -> Iterator[Finding]:
    watchdog = status.watchdog
    if watchdog.degraded:
        yield failure(
            "restarts",
            f"it rests after too many failures: {watchdog.degraded}",
            "mend what is named there, then press Restart, or systemctl restart edgecv",
        )
    elif watchdog.unclean_ends:
        yield warning(
            "restarts",
            f"{watchdog.unclean_ends} unclean ends within ten minutes, the last: "
            f"{status.state.restart_reason}",
            f"look for the reason in journalctl -u {SERVICE}",
        )
    else:
        yield ok("restarts", status.state.restart_reason or "none that is known of")


def _parts(status: StatusDocument) -> Iterator[Finding]:
    watchdog = status.watchdog
    late = [
        part
        for part in watchdog.parts
        if part.for_s is not None and part.bound_s is not None and part.for_s > part.bound_s
    ]
    for part in late:
        yield failure(
            "parts",
            f"{part.name} is stuck in {part.doing} for {part.for_s:.0f} s",
            "wait: the watchdog puts it right, or ends the program",
        )
    if watchdog.last and not late:
        yield warning(
            "parts", f"put right {watchdog.remedies} times, the last: {watchdog.last}", None
        )
    elif watchdog.parts and not late:
        yield ok("parts", f"all come round: {', '.join(part.name for part in watchdog.parts)}")


def _journal(status: StatusDocument) -> Iterator[Finding]:
    if status.state.problem:
        yield failure(
            "journal",
            f"nothing is written: {status.state.problem}",
            "make room on the disk, or look for its fault with sudo dmesg",
        )
    stats = status.stats
    if stats is None:
        return
    journal = stats.journal
    if journal.dropped:
        yield warning(
            "journal",
            f"{journal.dropped} events were given up",
            "the broker was away for too long, or refused them",
        )
    elif status.mqtt and journal.waiting > MANY_WAIT:
        yield warning("journal", f"{journal.waiting} events wait for the broker", None)
    elif not status.state.problem:
        yield ok("journal", f"written, {journal.waiting} events wait for the broker")
