"""How this controller is wired; docs/serial.md has the drawing. To be edited."""

LINE = "usb"
"""usb: the cable that it is programmed by. uart: GP0 (out) and GP1 (in), 115200 baud."""
DISPLAY = "hd44780"
"""hd44780: 16 x 2 letters, with a PCF8574 board on I2C. ssd1306: 128 x 64 dots on I2C. none."""
SDA, SCL = 4, 5
BUTTONS = (10, 11, 12)
"""Reset, pause, next exercise: each closes its pin to ground."""
CAMERA_SWITCH, BOARD_SWITCH = 14, 15
CUT = 1
"""The level of a switch's pin that cuts its supply. Without a level both supplies have to be on."""
SUPPLY = 26
"""The pin that measures the supply; None where it is not measured."""
SUPPLY_RATIO = 2.0
"""The supply, divided by what is on that pin: 2 for two resistors of the same value."""
