"""The serial line: a port, a controller that answers, and its supply."""

from collections.abc import Iterator, Sequence

from edgecv.config import Serial
from edgecv.doctor.bounded import Overtime, within
from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.errors import SerialError
from edgecv.serial_line.ports import FoundPort, close_port, open_port
from edgecv.status import SerialStatus, StatusDocument

OPEN_S = 10.0
LOW_V = 4.75
"""The least that USB and a Raspberry Pi are made for: 5 V less 5 %."""


def examine_ports(settings: Serial, ports: Sequence[FoundPort]) -> Iterator[Finding]:
    """Where no appliance runs."""
    if not settings.port:
        yield unavailable("port", f"none is configured ({_named(ports)})")
        return
    try:
        within(OPEN_S, lambda: close_port(open_port(settings.port, settings.baud)))
    except SerialError as error:
        yield failure("port", f"{error}", "edgecv serial list")
    except Overtime:
        yield failure(
            "port",
            f"{settings.port} could not be opened within {OPEN_S:.0f} s",
            "unplug what is on it and plug it in again",
        )
    else:
        yield ok("port", f"{settings.port} can be opened")


def examine_running_line(status: StatusDocument) -> Iterator[Finding]:
    """As the appliance sees it, which has the port for itself."""
    serial = status.serial
    if serial is None:
        yield unavailable("port", "none is configured in the appliance that runs")
        return
    if not serial.connected:
        yield failure(
            "controller",
            f"not connected on {serial.port}: {serial.error or 'it has not answered yet'}",
            "docs/serial.md has the wiring",
        )
        return
    program = f"{serial.board}, program {serial.program}" if serial.board else "it only listens"
    yield ok("controller", f"{program}, on {serial.port}")
    yield _supply(serial)
    if status.stats and status.stats.serial and status.stats.serial.damaged:
        line = status.stats.serial
        yield warning(
            "frames",
            f"{line.damaged} of {line.received + line.damaged} came damaged",
            "a shorter cable, away from motors, with a common ground; the same baud at both ends",
        )
    if serial.last_cut:
        yield warning(
            "power cut",
            f"the outside watchdog has cut a supply: {serial.last_cut}",
            "journalctl -u edgecv -b -1 has what was before",
        )


def _supply(serial: SerialStatus) -> Finding:
    if serial.supply_v is None:
        return unavailable("supply", "the controller does not measure it")
    if serial.supply_v < LOW_V:
        return warning(
            "supply",
            f"{serial.supply_v:.2f} V, and {LOW_V} V is the least",
            "a stronger supply, a shorter or thicker cable",
        )
    return ok("supply", f"{serial.supply_v:.2f} V")


def _named(ports: Sequence[FoundPort]) -> str:
    usable = [port.path for port in ports if port.usb and port.problem is None]
    return f"there are {', '.join(usable)}" if usable else "and there is none on USB"
