"""The serial line: a port, a controller that answers, and its supply."""

from collections.abc import Iterator, Sequence

from edgecv import __version__
from edgecv.clock import Clock
from edgecv.config import Serial
from edgecv.doctor.bounded import Overtime, within
from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.errors import SerialError
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.serial_line.line import Line
from edgecv.serial_line.ports import FoundPort
from edgecv.serial_line.session import Known, Session
from edgecv.status import StatusDocument
from edgecv.watchdog import Pulse

MEET_S = 30.0
LOOK_S = 0.2
SUPPLY_S = 2.0
"""A controller tells it behind its hello."""
LOW_V = 4.75
"""The least that USB and a Raspberry Pi are made for: 5 V less 5 %."""


def examine_line(settings: Serial, ports: Sequence[FoundPort], clock: Clock) -> Iterator[Finding]:
    """Where no appliance runs."""
    if not settings.port:
        yield unavailable("port", f"none is configured ({_named(ports)})")
        return
    try:
        session = within(MEET_S, lambda: _meet(settings, clock))
    except SerialError as error:
        yield failure("port", f"{error}", "edgecv serial list")
    except Overtime:
        yield failure(
            "port",
            f"{settings.port} does not return from a call",
            "unplug what is on it and plug it in again",
        )
    else:
        yield ok("port", f"{settings.port} can be opened")
        if session is not None and session.controller is not None:
            board, program = session.controller.board, session.controller.program
            yield ok("controller", f"{board}, program {program}")
            yield _supply(session.supply_v)


def _meet(settings: Serial, clock: Clock) -> Session | None:
    """What the controller says of itself; None of a display that only listens. Raises SerialError.

    It is not acknowledged: what it has to tell is for the appliance.
    """
    with Line(settings.port, settings.baud, clock, Pulse(clock)) as line:
        if settings.format == "text":
            return None
        session = Session(
            *(settings.port, Heartbeat(clock), Known()),
            device_id="doctor",
            version=__version__,
            now_s=clock.now(),
        )
        while session.controller is None:
            line.write(session.due(clock.now()))
            line.wait(LOOK_S)
            session.receive(line.read(), clock.now())
            session.check(clock.now())
        until_s = clock.now() + SUPPLY_S
        while session.supply_v is None and clock.now() < until_s:
            line.wait(LOOK_S)
            session.receive(line.read(), clock.now())
        return session


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
    yield _supply(serial.supply_v)
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


def _supply(volts: float | None) -> Finding:
    if volts is None:
        return unavailable("supply", "the controller does not measure it")
    if volts < LOW_V:
        return warning(
            "supply",
            f"{volts:.2f} V, and {LOW_V} V is the least",
            "a stronger supply, a shorter or thicker cable",
        )
    return ok("supply", f"{volts:.2f} V")


def _named(ports: Sequence[FoundPort]) -> str:
    usable = [port.path for port in ports if port.usb and port.problem is None]
    return f"there are {', '.join(usable)}" if usable else "and there is none on USB"
