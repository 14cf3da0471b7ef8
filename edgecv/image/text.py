"""The text of a file that somebody wrote with whatever editor, and the same put back."""

import codecs
from typing import NamedTuple

from edgecv.errors import ConfigError

AT_MOST = 65_536
"""Bytes. The commented example has 3000."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class Text(NamedTuple):
    """Lines end in a line feed alone here, whatever they end in there."""

    text: str
    encoding: str
    mark: bytes
    """Of the encoding, at the beginning of the file."""
    windows: bool
    """Its lines end as Windows wants it."""

    def encode(self, text: str) -> bytes:
        """As the file is written."""
        lines = text.replace("\n", "\r\n") if self.windows else text
        return self.mark + lines.encode(self.encoding)


def read_text(data: bytes, name: str) -> Text:
    """UTF-8 or UTF-16, as Windows' Notepad writes them, with or without a mark at the beginning.

    Raises ConfigError for what is no text, or far too long.
    """
    if len(data) > AT_MOST:
        raise ConfigError(
            f"{name} is longer than {AT_MOST // 1024} kB, which no boot file is: begin with the "
            "commented example again"
        )
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    encoding = _MARKS.get(mark) or _unmarked(data)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{name} is no text in UTF-8 (byte {len(mark) + error.start + 1}): save it as plain "
            "text in UTF-8"
        ) from error
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return Text(plain, encoding, mark, "\r\n" in text)


def _unmarked(data: bytes) -> str:
    # TOML's keys are ASCII: every other byte of UTF-16 is zero.
    if data[1:2] == b"\0" != data[:1]:
        return "utf-16-le"
    return "utf-16-be" if data[:1] == b"\0" != data[1:2] else "utf-8"
