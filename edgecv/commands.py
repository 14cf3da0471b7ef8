"""What can be asked of the appliance from outside: which commands there are, and how they read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

LONGEST = 64
"""Bytes of a command's payload."""
RATE_PER_S = 2.0
BURST = 10
"""So many at once, and then so many a second: what a hand on a button needs."""


class Command(str, Enum):
    """The names, as they stand in topics."""

    EXERCISE = "exercise"
    CAMERA = "camera"
    SETUP_VIEW = "setup_view"
    MAX_FPS = "max_fps"
    RESET_SET = "reset_set"
    UNDO_REP = "undo_rep"
    ADD_REP = "add_rep"
    SNAPSHOT = "snapshot"
    RESTART = "restart"
    IDENTIFY = "identify"
    UPDATE = "update"


SWITCHES = {Command.CAMERA, Command.SETUP_VIEW}
MAX_FPS_LIMIT = 60.0
PRESS = "PRESS"
INSTALL = "INSTALL"
ON, OFF = "ON", "OFF"


@dataclass(frozen=True, slots=True)
class Order:
    """A command that was understood."""

    command: Command
    text: str
    """As it was sent."""
    on: bool = False
    """Of a switch."""
    number: float = 0.0
    """Of MAX_FPS."""


class NotUnderstood(ValueError):
    """Rubbish: its text says what was expected."""


def parse(command: Command, payload: bytes, exercises: Sequence[str]) -> Order:
    """Raises NotUnderstood for what is no such command; `exercises` are those there are."""
    if len(payload) > LONGEST:
        raise NotUnderstood(f"{len(payload)} bytes: expected at most {LONGEST}")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        raise NotUnderstood("expected text in UTF-8") from None
    if command in SWITCHES:
        _expect(text, (ON, OFF))
        return Order(command, text, on=text == ON)
    if command is Command.EXERCISE:
        _expect(text, exercises)
        return Order(command, text)
    if command is Command.MAX_FPS:
        return Order(command, text, number=_number(text))
    _expect(text, (INSTALL if command is Command.UPDATE else PRESS,))
    return Order(command, text)


def _expect(text: str, allowed: Sequence[str]) -> None:
    if text not in allowed:
        raise NotUnderstood(f"expected {' or '.join(allowed)}")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= MAX_FPS_LIMIT:
        raise NotUnderstood(f"expected a number from 0 to {MAX_FPS_LIMIT:g}")
    return number


class RateLimit:
    """A bucket of BURST that fills at RATE_PER_S."""

    def __init__(self, now_s: float) -> None:
        self._full = float(BURST)
        self._at_s = now_s

    def allows(self, now_s: float) -> bool:
        """Whether one more may pass now."""
        self._full = min(BURST, self._full + RATE_PER_S * max(0.0, now_s - self._at_s))
        self._at_s = now_s
        if self._full < 1:
            return False
        self._full -= 1
        return True
