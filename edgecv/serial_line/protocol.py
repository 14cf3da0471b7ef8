"""The frames on the serial line: text that people can read, with a check sum. Pure.

    $KIND key=value key=value*C5A1

between a `$` and the end of a line. The check sum is CRC-16/CCITT-FALSE (polynomial 0x1021, start
0xFFFF) over what stands between `$` and `*`, as four hexadecimal digits. docs/serial.md lists the
kinds and their keys; the controller's side of it is firmware/controller/frames.py.
"""

import re
from binascii import crc_hqx
from typing import NamedTuple

VERSION = 1
"""Goes up when a kind or a key changes its meaning. New ones may come at any time: who does not
know them passes over them."""
LONGEST = 200
"""Bytes of a frame, from `$` to the end of the line, which is not counted."""
LONGEST_VALUE = 40

_LINE = re.compile(rb"\$(([a-z]{1,12})((?: [a-z_]{1,12}=[!-#%-)+-<>-~]{1,40})*))\*([0-9A-F]{4})")
_ENDS = re.compile(rb"[\r\n]")


class Frame(NamedTuple):
    """What one side tells the other."""

    kind: str
    fields: dict[str, str]


def crc(data: bytes) -> int:
    """CRC-16/CCITT-FALSE; 0x29B1 of `123456789`."""
    return crc_hqx(data, 0xFFFF)


def encode(kind: str, **fields: object) -> bytes:
    """The frame with its end of line; what is None is left out, and texts become values."""
    words = [kind, *(f"{key}={value_of(v)}" for key, v in fields.items() if v is not None)]
    body = " ".join(words).encode("ascii")
    return b"$%b*%04X\r\n" % (body, crc(body))


def value_of(value: object) -> str:
    """As it may stand in a frame: printable ASCII without spaces, at most 40 characters."""
    text = "_".join(str(value).split()).encode("ascii", "replace").decode()
    text = re.sub(r"[^!-~]|[$*=]", "-", text)
    return text[:LONGEST_VALUE] or "-"


def decode(line: bytes) -> Frame | None:
    """A line from its `$` on, without its end; None for one that is damaged."""
    found = _LINE.fullmatch(line) if len(line) <= LONGEST else None
    if found is None or int(found[4], 16) != crc(found[1]):
        return None
    words = found[3].decode("ascii").split()
    return Frame(found[2].decode("ascii"), dict(word.split("=") for word in words))


class Parser:
    """Bytes in, frames out. After rubbish it is in step again at the next `$`."""

    def __init__(self) -> None:
        self._line = b""
        """What came since the last end of a line, from its last `$` on."""
        self.damaged = 0
        """Frames that had begun and were not whole."""
        self.rubbish = 0
        """Bytes outside of frames, ends of lines apart."""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now."""
        *lines, rest = _ENDS.split(self._line + data)
        frames = [frame for line in lines if (frame := self._decode(self._begin(line)))]
        self._line = self._begin(rest)
        if len(self._line) > LONGEST:
            # It is cut so that it stays too long, and costs no memory.
            self._line = self._line[: LONGEST + 1]
        return frames

    def _begin(self, line: bytes) -> bytes:
        """From the last `$` on; what stands before it is rubbish."""
        before, dollar, rest = line.rpartition(b"$")
        if not dollar:
            self.rubbish += len(line)
            return b""
        begun = before.find(b"$")
        self.damaged += before.count(b"$")
        self.rubbish += len(before) if begun < 0 else begun
        return dollar + rest

    def _decode(self, line: bytes) -> Frame | None:
        if not line:
            return None
        frame = decode(line)
        self.damaged += frame is None
        return frame
