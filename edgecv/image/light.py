"""The board's light says how edgecv is, to somebody who has nothing else to look at:

    python -m edgecv.image.light

A light that blinks evenly: it starts. One that stays on: it runs. One short flash after another: no
network or no broker. Two: no camera. Three: a fault. Not tried on hardware.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path

from edgecv.clock import SystemClock
from edgecv.errors import EdgecvError
from edgecv.events import Status
from edgecv.host.led import ACTIVITY, LEDS, find_led
from edgecv.status import FILE, StatusDocument, read_status

ROUTES = Path("/proc/net/route")
STATUS = Path("/run/edgecv") / FILE
FLASH_S, GAP_S, PAUSE_S, EVEN_S, ON_S = 0.15, 0.35, 1.5, 0.5, 2.0
STARTING_S = 180.0
"""After so long it should have started."""
STALE_S = 30.0
"""A status is written once a second, and every 10 s on a box that has much to do."""


class Sign(Enum):
    """What the light can say: for how long it is on, off, on, …, in seconds."""

    STARTING = (EVEN_S, EVEN_S)
    RUNNING = (ON_S,)
    NO_NETWORK = (FLASH_S, PAUSE_S)
    NO_CAMERA = (FLASH_S, GAP_S, FLASH_S, PAUSE_S)
    FAULT = (FLASH_S, GAP_S, FLASH_S, GAP_S, FLASH_S, PAUSE_S)


_SIGNS = {
    Status.STARTING: Sign.STARTING,
    Status.BUILDING: Sign.STARTING,
    Status.DEGRADED: Sign.FAULT,
    Status.STOPPED: Sign.FAULT,
}


def sign(status: StatusDocument | None, *, now_s: float, routed: bool) -> Sign:
    """What there is to say. `status` is the last that edgecv wrote; `now_s` is the monotonic time,
    which begins when the box starts; `routed`: there is a network."""
    if status is None:
        return Sign.STARTING if now_s < STARTING_S else Sign.FAULT
    if now_s - status.now_s > STALE_S:
        return Sign.FAULT
    shown = _SIGNS.get(status.state.status, Sign.RUNNING)
    if status.state.status is Status.RUNNING and not status.state.camera:
        shown = Sign.NO_CAMERA
    offline = status.mqtt is not None and not (routed and status.mqtt.connected)
    return Sign.NO_NETWORK if shown is Sign.RUNNING and offline else shown


def has_route(routes: str) -> bool:
    """Of /proc/net/route: there is a way to other networks."""
    return any(line.split()[1:2] == ["00000000"] for line in routes.splitlines())


class Light:
    """One that we may use as we like."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self) -> None:
        """From the kernel, which has it blink with the card. Raises OSError."""
        (self._folder / "trigger").write_text("none", encoding="ascii")

    def show(self, shown: Sign, wait: Callable[[float], None]) -> None:
        """Once. Raises OSError."""
        for number, seconds in enumerate(shown.value):
            brightness = "0" if number % 2 else self._most()
            (self._folder / "brightness").write_text(brightness, encoding="ascii")
            wait(seconds)

    def _most(self) -> str:
        return (self._folder / "max_brightness").read_text(encoding="ascii").strip()


def find_light(leds: Path = LEDS) -> Light | None:
    found = find_led(ACTIVITY, leds)
    return Light(found) if found else None


def look(status: Path = STATUS, routes: Path = ROUTES, now_s: float | None = None) -> Sign:
    document, routed = None, False
    with suppress(EdgecvError):
        document = read_status(status)
    with suppress(OSError):
        routed = has_route(routes.read_text(encoding="ascii"))
    return sign(document, now_s=SystemClock().now() if now_s is None else now_s, routed=routed)


def main() -> None:
    light = find_light()
    if light is None:
        return
    light.take()
    while True:
        light.show(look(), time.sleep)


if __name__ == "__main__":
    main()
