"""16 x 2 letters: a Hitachi HD44780 in 4-bit mode behind a PCF8574 on I2C, as display boards with
four wires have it. Commands and times are those of the HD44780U data sheet."""

from time import sleep_ms

from view import COLUMNS, View

ADDRESSES = (0x27, 0x3F)
"""Of a PCF8574 and a PCF8574A with nothing soldered."""
LETTERS, ENABLE, LIGHT = 0x01, 0x04, 0x08
CLEAR, ENTRY, ON, FUNCTION, ADDRESS = 0x01, 0x06, 0x0C, 0x28, 0x80
SECOND_LINE = 0x40


class Hd44780:
    def __init__(self, i2c: "object", address: int) -> None:
        """`i2c` has `writeto(address, bytes)`. Raises OSError where nothing answers."""
        self._i2c = i2c
        self._address = address
        self._lines = ["", ""]
        sleep_ms(50)
        for _ in range(3):  # from whatever state it is in, to 8 bits …
            self._nibble(0x30, 0)
            sleep_ms(5)
        self._nibble(0x20, 0)  # … and from there to 4
        for command in (FUNCTION, ON, CLEAR, ENTRY):
            self._byte(command, 0)
            sleep_ms(2)

    def show(self, view: View) -> None:
        """Only what is other than before is sent."""
        lower = f"{view.count} {view.bottom}" if view.count else view.bottom
        for row, text in enumerate((view.top, lower)):
            line = f"{text[:COLUMNS]:<{COLUMNS}}"
            if line != self._lines[row]:
                self._lines[row] = line
                self._byte(ADDRESS | row * SECOND_LINE, 0)
                for letter in line:
                    self._byte(ord(letter) if " " <= letter <= "}" else 0x3F, LETTERS)

    def _byte(self, value: int, kind: int) -> None:
        self._nibble(value & 0xF0, kind)
        self._nibble(value << 4 & 0xF0, kind)

    def _nibble(self, high: int, kind: int) -> None:
        """It is taken when `ENABLE` falls."""
        out = high | kind | LIGHT
        self._i2c.writeto(self._address, bytes((out | ENABLE, out)))
