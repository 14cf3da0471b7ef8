"""The board's own light, by which a box can be told from its neighbours."""

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

LEDS = Path("/sys/class/leds")
ACTIVITY, POWER = ("ACT", "led0"), ("PWR", "led1")
"""The Raspberry Pi's two lights, under their newer and older names."""
BLINK_S = 0.1

log = logging.getLogger("edgecv.host")


def find_led(names: Sequence[str], leds: Path = LEDS) -> Path | None:
    """The folder of the first light that there is."""
    return next((leds / name for name in names if (leds / name / "trigger").exists()), None)


def blink(seconds: float, leds: Path = LEDS) -> bool:
    """Have the light blink, on a thread of its own, and then do as before; False when there is none
    that we may use. Not tried on hardware."""
    led = find_led((*ACTIVITY, *POWER), leds)
    if led is None:
        return False
    try:
        triggers = (led / "trigger").read_text(encoding="ascii")
        (led / "trigger").write_text("none", encoding="ascii")
    except OSError as error:
        log.info("the light %s can't be used: %s", led, error.strerror)
        return False
    before = triggers.partition("[")[2].partition("]")[0] or "none"
    threading.Thread(
        target=_blink, args=(led, seconds, before), name="identify", daemon=True
    ).start()
    return True


def _blink(led: Path, seconds: float, before: str) -> None:
    never = threading.Event()
    with suppress(OSError):
        for step in range(round(seconds / BLINK_S)):
            (led / "brightness").write_text(str((step + 1) % 2), encoding="ascii")
            never.wait(BLINK_S)
        (led / "trigger").write_text(before, encoding="ascii")
