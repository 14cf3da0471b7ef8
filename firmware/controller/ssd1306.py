"""128 x 64 dots: a Solomon Systech SSD1306 on I2C. Commands are those of its data sheet, the order
is that of its application note."""

import framebuf
from view import View

ADDRESSES = (0x3C, 0x3D)
WIDTH, HEIGHT = 128, 64
LARGE = 4
"""The number is so many times as large as the words."""
LETTER = 8
_INIT = (
    b"\xae"  # off
    b"\xd5\x80\xa8\x3f\xd3\x00\x40"  # clock, 64 rows, no offset, first row
    b"\x8d\x14"  # charge pump
    b"\x20\x00"  # bytes go along the rows
    b"\xa1\xc8\xda\x12"  # how the glass is wired
    b"\x81\x7f\xd9\xf1\xdb\x40"  # contrast, precharge, level
    b"\xa4\xa6\xaf"  # what is in memory, not inverted, on
)
_WHOLE = b"\x21\x00\x7f\x22\x00\x07"
_COMMANDS, _DOTS = b"\x00", b"\x40"


class Ssd1306:
    def __init__(self, i2c: "object", address: int) -> None:
        """`i2c` has `writeto(address, bytes)`. Raises OSError where nothing answers."""
        self._i2c = i2c
        self._address = address
        self.dots = bytearray(WIDTH * HEIGHT // 8)
        self._frame = framebuf.FrameBuffer(self.dots, WIDTH, HEIGHT, framebuf.MONO_VLSB)
        self._letter = framebuf.FrameBuffer(bytearray(LETTER), LETTER, LETTER, framebuf.MONO_VLSB)
        self._send(_COMMANDS + _INIT)

    def show(self, view: View) -> None:
        frame = self._frame
        frame.fill(0)
        frame.text(view.top, 0, 0)
        frame.text(view.bottom, 0, HEIGHT - LETTER)
        size = LETTER * LARGE
        count = view.count[-(WIDTH // size) :]
        for index, letter in enumerate(count):
            self._large(letter, (WIDTH - size * len(count)) // 2 + index * size, 16)
        self._send(_COMMANDS + _WHOLE)
        self._send(_DOTS + self.dots)

    def _large(self, letter: str, left: int, top: int) -> None:
        self._letter.fill(0)
        self._letter.text(letter, 0, 0)
        for y in range(LETTER):
            for x in range(LETTER):
                if self._letter.pixel(x, y):
                    self._frame.fill_rect(left + x * LARGE, top + y * LARGE, LARGE, LARGE, 1)

    def _send(self, data: bytes) -> None:
        self._i2c.writeto(self._address, data)
