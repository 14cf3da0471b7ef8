"""Cuts a stream of JPEG pictures, one after the other, into pictures.

Markers: ITU-T T.81, table B.1. Inside entropy-coded data 0xFF is always followed by 0x00 or by a
restart marker, so that the end marker can't be part of it; before it, segments say how long they
are, so that the thumbnail in one of them is not taken for the picture.
"""

import struct

START = b"\xff\xd8"
END = b"\xff\xd9"
_MARKER = 0xFF
_SCAN = 0xDA
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
_FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
LARGEST = 16 * 1024 * 1024
"""Bytes; what grows beyond that without an end is no picture."""


class MjpegSplitter:
    """Takes the stream in pieces of any size; what is between pictures, or broken, is dropped."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self._scan_from = 0
        """Where to go on looking for the end of the picture; 0 while its head is not complete."""
        self.dropped_bytes = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The pictures that this piece completes."""
        self._buffer += piece
        pictures = []
        while (picture := self._next()) is not None:
            pictures.append(picture)
        if len(self._buffer) > self._largest:
            self._drop(len(self._buffer))
        return pictures

    def _next(self) -> bytes | None:
        while True:
            if not self._scan_from:
                start = self._buffer.find(START)
                if start < 0:
                    self._drop(max(0, len(self._buffer) - 1))  # half of the marker may be here
                    return None
                self._drop(start)
                try:
                    head = _head_length(self._buffer)
                except ValueError:
                    self._drop(len(START))
                    continue
                if head is None:
                    return None
                self._scan_from = head
            end = self._buffer.find(END, self._scan_from)
            broken_off = self._buffer.find(START, self._scan_from, None if end < 0 else end)
            if broken_off >= 0:
                self._drop(broken_off)
                continue
            if end < 0:
                self._scan_from = max(self._scan_from, len(self._buffer) - 1)
                return None
            end += len(END)
            picture = bytes(memoryview(self._buffer)[:end])
            del self._buffer[:end]
            self._scan_from = 0
            return picture

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._scan_from = 0
        self.dropped_bytes += count


def _head_length(picture: bytearray) -> int | None:
    """Bytes up to the entropy-coded data; None when they are not all there.

    Raises ValueError for what is no JPEG.
    """
    at = len(START)
    while at + 4 <= len(picture):
        if picture[at] != _MARKER:
            raise ValueError
        marker = picture[at + 1]
        if marker == _MARKER:  # a fill byte
            at += 1
            continue
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        length = int.from_bytes(picture[at + 2 : at + 4], "big")
        if length < 2 or marker < 0xC0:
            raise ValueError
        at += 2 + length
        if marker == _SCAN:
            return at if at <= len(picture) else None
    return None


def picture_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height as the picture's frame header says (ITU-T T.81, B.2.2).

    Raises ValueError when it has none.
    """
    at = len(START)
    while at + 9 <= len(jpeg) and jpeg[at] == _MARKER:
        marker = jpeg[at + 1]
        if marker == _MARKER:
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        elif marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", jpeg, at + 5)
            if width and height:
                return width, height
            break
        elif marker == _SCAN:
            break
        else:
            at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    raise ValueError("no JPEG picture")
