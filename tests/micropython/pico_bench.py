"""Run by MicroPython's unix port: the program as it stands on a Pico, on pins that are played.

`micropython pico_bench.py PROGRAM_FOLDER DISPLAY [held]`; what becomes of pins and display is
printed. With `held` the first button is held down at the start.
"""

import sys

sys.path.insert(0, sys.argv[1])


class Pin:
    OUT, IN, PULL_UP = 1, 0, 2
    made = {}

    def __init__(self, number, mode=None, pull=None, value=1):
        self.level = 0 if number == 10 and "held" in sys.argv else value
        self.made[number] = self

    def value(self, level=None):
        if level is not None:
            self.level = level
        return self.level


class Pcf8574:
    """With an HD44780 behind it: what falls with E is taken, in halves."""

    def __init__(self):
        self.letters = [" "] * 128
        self.at = 0
        self.half = None
        self.wide = True
        self.enabled = False

    def write(self, data):
        for byte in data:
            enabled = bool(byte & 4)
            if self.enabled and not enabled:
                self.take(byte >> 4, byte & 1)
            self.enabled = enabled

    def take(self, half, is_letter):
        if self.wide:
            self.wide = half != 2
        elif self.half is None:
            self.half = half
        else:
            value, self.half = self.half << 4 | half, None
            if is_letter:
                self.letters[self.at] = chr(value)
                self.at += 1
            elif value & 0x80:
                self.at = value & 0x7F
            elif value == 1:
                self.letters = [" "] * 128

    def lines(self):
        return ["".join(self.letters[start : start + 16]) for start in (0, 64)]


class Glass:
    """An SSD1306."""

    def write(self, data):
        if data[0] == 0x40:
            self.dots = data[1:]

    def lines(self):
        rows = []
        for y in range(64):
            bits = [self.dots[y // 8 * 128 + x] >> y % 8 & 1 for x in range(128)]
            rows.append("".join("#" if bit else "." for bit in bits))
        return rows


class I2C:
    made = None

    def __init__(self, number, sda, scl, freq):
        I2C.made = self
        self.display = Glass() if sys.argv[2] == "ssd1306" else Pcf8574()

    def scan(self):
        return [0x3C, 0x27]

    def writeto(self, address, data):
        self.display.write(data)


class ADC:
    def __init__(self, number):
        pass

    def read_u16(self):
        return 49_648  # 2.5 V of 3.3 V


class Done(Exception):
    pass


class WDT:
    fed = 0

    def __init__(self, timeout):
        print("watchdog", timeout)

    def feed(self):
        WDT.fed += 1
        if WDT.fed == 5:
            Pin.made[11].level = 0  # pause is pressed
        if WDT.fed == 40:
            raise Done


class Machine:
    pass


machine = Machine()
for part in (Pin, I2C, ADC, WDT):
    setattr(machine, part.__name__, part)
machine.UART = None
sys.modules["machine"] = machine

import settings  # noqa: E402

settings.DISPLAY = sys.argv[2]
try:
    import main  # noqa: F401
except Done:
    pass
for number in (14, 15):
    if number in Pin.made:
        print("switch", number, Pin.made[number].level)
if I2C.made is not None:
    for line in I2C.made.display.lines():
        print("display", line)
