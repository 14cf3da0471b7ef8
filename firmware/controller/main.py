"""MicroPython runs this when the board starts. Whatever ends it, the board's watchdog starts it
again."""

from loop import run
from pico import Pico

run(Pico())
