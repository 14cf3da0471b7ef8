"""The serial ports of the box, for people. Pure."""

from collections.abc import Iterable, Sequence

from edgecv.screens.text import line
from edgecv.serial_line.ports import FoundPort

NONE = "there is no serial port: plug a controller in, or switch the board's UART on"


def describe(ports: Sequence[FoundPort], columns: int) -> str:
    """A paragraph a port."""
    if not ports:
        return NONE
    return "\n\n".join("\n".join(_paragraph(port, columns)) for port in ports)


def _paragraph(port: FoundPort, columns: int) -> Iterable[str]:
    yield port.path
    kind = f"USB {port.usb}" if port.usb else "part of the board"
    yield line("  name", [port.name, kind, port.device], columns)
    if port.used_by:
        yield line("  in use", [f"by {', '.join(port.used_by)}"], columns)
    if port.problem is not None:
        yield line("  problem", [port.problem], columns)
