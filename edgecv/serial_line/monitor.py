"""What is on a serial line, for people who look at it. Pure."""

import re
from typing import NamedTuple

from edgecv.errors import ConfigError
from edgecv.serial_line.protocol import LONGEST, Frame, Parser, decode, encode


class Heard(NamedTuple):
    """A line that came."""

    text: str
    """As it came; what can't be printed is a dot."""
    frame: Frame | None
    """None: it is no frame, or a damaged one."""


class Ear:
    """Bytes in, lines out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Heard]:
        """The lines that are complete now; what is too long for one is a line as well."""
        *lines, rest = re.split(rb"[\r\n]+", self._rest + data)
        while len(rest) > LONGEST:
            lines.append(rest[:LONGEST])
            rest = rest[LONGEST:]
        self._rest = rest
        return [_heard(line) for line in lines if line]


def _heard(line: bytes) -> Heard:
    text = "".join(chr(byte) if 0x20 <= byte <= 0x7E else "." for byte in line)
    at = line.rfind(b"$")
    return Heard(text, decode(line[at:]) if at >= 0 else None)


def frame_of(words: str) -> bytes:
    """What somebody has typed as `KIND key=value …`, as a frame. Raises ConfigError."""
    kind, *pairs = words.split() or [""]
    fields = dict(pair.partition("=")[::2] for pair in pairs)
    written = encode(kind, **fields) if all(word.isascii() for word in (kind, *fields)) else b""
    frames = Parser().feed(written)
    if [Frame(kind, fields)] != frames:
        raise ConfigError(
            f"{words!r} is no frame: expected KIND key=value key=value, in ASCII letters, as in "
            "docs/serial.md"
        )
    return written
