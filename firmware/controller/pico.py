"""The pins of a Raspberry Pi Pico (RP2040). Not tried on one."""

import os
import select
import sys
import time

import micropython
import settings
from board import Board
from hd44780 import ADDRESSES as LETTERS
from hd44780 import Hd44780
from machine import ADC, I2C, UART, WDT, Pin
from ssd1306 import ADDRESSES as DOTS
from ssd1306 import Ssd1306

WATCHDOG_MS = 8_000
"""Near the most that the RP2040 can do (8.388 s)."""
AT_ONCE = 256
REFERENCE_MV = 3300


class Pico(Board):
    name = "rp2040"

    def __init__(self) -> None:
        self.boot = "".join(f"{byte:02X}" for byte in os.urandom(2))
        # First of all: both supplies on.
        self._camera = Pin(settings.CAMERA_SWITCH, Pin.OUT, value=1 - settings.CUT)
        self._board = Pin(settings.BOARD_SWITCH, Pin.OUT, value=1 - settings.CUT)
        self._buttons = [Pin(number, Pin.IN, Pin.PULL_UP) for number in settings.BUTTONS]
        self._supply = None if settings.SUPPLY is None else ADC(settings.SUPPLY)
        self._display = _display()
        if settings.LINE == "uart":
            self._in = self._out = UART(0, 115200, tx=Pin(0), rx=Pin(1), timeout=0)
        else:
            micropython.kbd_intr(-1)  # a 3 among rubbish is no Ctrl-C
            self._in, self._out = sys.stdin.buffer, sys.stdout.buffer
        self._incoming = select.poll()
        self._incoming.register(self._in, select.POLLIN)
        self._ticks = time.ticks_ms()
        self._now = 0
        self._watchdog = WDT(timeout=WATCHDOG_MS)

    def now(self) -> int:
        ticks = time.ticks_ms()
        self._now += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._now

    def read(self) -> bytes:
        data = b""
        while len(data) < AT_ONCE and self._incoming.poll(0):
            byte = self._in.read(1)  # more would be waited for
            if not byte:
                break
            data += byte
        return data

    def write(self, data: bytes) -> None:
        self._out.write(data)

    def closed(self) -> "tuple[bool, ...]":
        return tuple(pin.value() == 0 for pin in self._buttons)

    def millivolts(self) -> "int | None":
        if self._supply is None:
            return None
        at_pin = self._supply.read_u16() * REFERENCE_MV / 65535
        return round(at_pin * settings.SUPPLY_RATIO)

    def switch(self, camera: bool, board: bool) -> None:
        self._camera.value(1 - settings.CUT if camera else settings.CUT)
        self._board.value(1 - settings.CUT if board else settings.CUT)

    def show(self, view) -> None:
        """A display that was pulled off must not end the guard."""
        if self._display is not None:
            try:
                self._display.show(view)
            except OSError:
                self._display = None

    def alive(self) -> None:
        self._watchdog.feed()

    def sleep(self, milliseconds: int) -> None:
        time.sleep_ms(milliseconds)


def _display():
    """None where there is none, or where it does not answer."""
    if settings.DISPLAY == "none":
        return None
    i2c = I2C(0, sda=Pin(settings.SDA), scl=Pin(settings.SCL), freq=400_000)
    kind, addresses = (Ssd1306, DOTS) if settings.DISPLAY == "ssd1306" else (Hd44780, LETTERS)
    found = [address for address in addresses if address in i2c.scan()]
    return kind(i2c, found[0]) if found else None
