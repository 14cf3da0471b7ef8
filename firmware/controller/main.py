"""MicroPython runs this when the board starts. Whatever ends it, the board's watchdog starts it
again. With the first button held down it is not run, so that its files can be changed."""

import settings
from machine import Pin

if Pin(settings.BUTTONS[0], Pin.IN, Pin.PULL_UP).value():
    from loop import run
    from pico import Pico

    run(Pico())
