"""The frames on the serial line, as docs/serial.md has them; the other side's is
edgecv/serial_line/protocol.py."""

VERSION = 1
LONGEST = 200
KEPT = LONGEST + 1

# CRC-16/CCITT-FALSE of each half byte: polynomial 0x1021, start 0xFFFF.
_STEPS = [0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7]
_STEPS += [0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF]


def crc(data: bytes) -> int:
    value = 0xFFFF
    for byte in data:
        value = (value << 4 & 0xFFFF) ^ _STEPS[value >> 12 ^ byte >> 4]
        value = (value << 4 & 0xFFFF) ^ _STEPS[value >> 12 ^ byte & 0xF]
    return value


def encode(kind: str, fields: "list[tuple[str, object]]") -> bytes:
    """The frame with its end of line."""
    body = " ".join([kind] + [f"{key}={value}" for key, value in fields]).encode()
    return b"$" + body + f"*{crc(body):04X}\r\n".encode()


def decode(line: bytes) -> "tuple[str, dict[str, str]] | None":
    """Kind and fields of a line from its `$` on; None for one that is damaged."""
    if len(line) < 6 or len(line) > LONGEST or line[-5] != 0x2A:
        return None
    body = line[1:-5]
    if line[-4:] != f"{crc(body):04X}".encode() or any(b < 0x20 or b > 0x7E for b in body):
        return None
    kind, *words = body.decode().split(" ")
    if not _is_name(kind):
        return None
    fields = {}
    for word in words:
        key, _, value = word.partition("=")
        if not _is_name(key, "_") or not 0 < len(value) <= 40 or "=" in value or "*" in value:
            return None
        fields[key] = value
    return kind, fields


def _is_name(text: str, more: str = "") -> bool:
    return 0 < len(text) <= 12 and all("a" <= letter <= "z" or letter in more for letter in text)


class Parser:
    """Bytes in, frames out. After rubbish it is in step again at the next `$`."""

    def __init__(self) -> None:
        self._line = bytearray()

    def feed(self, data: bytes) -> "list[tuple[str, dict[str, str]]]":
        """The frames that are complete now."""
        frames = []
        for byte in data:
            if byte == 0x24:  # $
                self._line = bytearray(b"$")
            elif byte in (0x0A, 0x0D):
                frame = decode(bytes(self._line)) if self._line else None
                if frame is not None:
                    frames.append(frame)
                self._line = bytearray()
            elif self._line and len(self._line) < KEPT:
                self._line.append(byte)
        return frames
