"""Run by MicroPython's unix port: the controller's own program on a bench instead of pins.

`micropython controller_bench.py PROGRAM_FOLDER PORT`. Lines on standard input press buttons and let
time pass; lines on standard output say what is switched and shown.
"""

import os
import select
import sys
import termios
import time

sys.path.insert(0, sys.argv[1])

from board import Board
from loop import run

STEP_MS = 50
PRESS_MS = 60
LOOKS = 6


class Bench(Board):
    name = "bench"
    boot = "".join(f"{byte:02X}" for byte in os.urandom(2))

    def __init__(self, port: str) -> None:
        self._line = open(port, "r+b")  # noqa: SIM115
        termios.setraw(self._line.fileno())
        self._incoming = select.poll()
        self._incoming.register(self._line, select.POLLIN)
        self._orders = select.poll()
        self._orders.register(sys.stdin, select.POLLIN)
        self._began = time.ticks_ms()
        self._ahead = 0
        self._left = 0
        self._pressed = None
        self._released = 0
        self._looks = 0
        self._millivolts = 5020
        self._switched = (True, True)

    def now(self) -> int:
        return time.ticks_diff(time.ticks_ms(), self._began) + self._ahead

    def read(self) -> bytes:
        data = b""
        while len(data) < 256 and self._incoming.poll(0):
            byte = self._line.read(1)  # more would be waited for
            if not byte:
                break
            data += byte
        return data

    def write(self, data: bytes) -> None:
        self._line.write(data)

    def closed(self):
        """A press and a release each take their time, and some looks however slow this is today."""
        self._looks += 1
        now = self.now()
        if self._pressed and now >= self._released and self._looks > LOOKS:
            self._pressed = None
            self._released = now + PRESS_MS
            self._looks = 0
        return tuple(name == self._pressed for name in ("reset", "pause", "next"))

    def millivolts(self) -> int:
        return self._millivolts

    def switch(self, camera: bool, board: bool) -> None:
        for name, on, before in zip(("camera", "board"), (camera, board), self._switched):
            if on != before:
                self._say(f"{name} {'on' if on else 'off'}")
        self._switched = (camera, board)

    def show(self, view) -> None:
        self._say(f"view {view.count}|{view.top}|{view.bottom}")

    def alive(self) -> None:
        if self._left or self._pressed or self.now() < self._released or self._looks < LOOKS:
            return
        if self._orders.poll(0):
            order = sys.stdin.readline().split()
            if not order:
                sys.exit()
            if order[0] == "press":
                self._pressed = order[1]
                self._released = self.now() + PRESS_MS
                self._looks = 0
            elif order[0] == "millivolts":
                self._millivolts = int(order[1])
            elif order[0] == "pass":
                self._left = int(order[1])

    def sleep(self, milliseconds: int) -> None:
        if not self._left:
            time.sleep_ms(milliseconds)
            return
        step = min(STEP_MS, self._left)
        self._ahead += step
        self._left -= step
        if not self._left:
            self._say("passed")

    def _say(self, text: str) -> None:
        print(text)


run(Bench(sys.argv[2]))
