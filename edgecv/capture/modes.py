"""What a camera offers, and which of it to use. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

PREFERRED = ("BGR3", "MJPG", "JPEG")
"""BGR needs no conversion; a JPEG is decoded once and only as large as it is needed, and is what
reaches 30 fps over USB 2. What OpenCV converts to BGR, every frame of it, comes after them."""
CONVERTED = ("YUYV", "NV12", "YU12", "YV12", "NV21", "UYVY", "YVYU", "RGB3", "GREY")
"""What OpenCV can convert (modules/videoio/src/cap_v4l.cpp), the cheaper first."""
ENOUGH = 0.95
"""Of the rate that was asked for: 29.97 is 30."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which a camera gives pictures."""

    form: str
    """Its FOURCC, such as "MJPG"."""
    width: int
    height: int
    fps: tuple[float, ...] = ()
    """The rates on offer, the highest first; empty where the driver does not say."""


def choose(modes: Iterable[Mode], width: int, height: int, fps: float) -> tuple[Mode, float] | None:
    """The mode to ask for, and its rate; None when there is none that OpenCV can read.

    First comes the rate, as a rep that is not sampled can't be counted; then the size, the smallest
    that has all the pixels that were asked for; then the format that costs the least.
    """
    known = (*PREFERRED, *CONVERTED)

    def cost(mode: Mode) -> tuple[float, float, int, int]:
        missing = 1 - min(1.0, mode.width / width) * min(1.0, mode.height / height)
        too_slow = 1 - min(1.0, _rate(mode, fps) / (ENOUGH * fps))
        return too_slow, missing, mode.width * mode.height, known.index(mode.form)

    usable = [mode for mode in modes if mode.form in known]
    best = min(usable, key=cost, default=None)
    return None if best is None else (best, _rate(best, fps))


def _rate(mode: Mode, fps: float) -> float:
    """The lowest rate that is enough, or else the highest."""
    enough = [rate for rate in mode.fps if rate >= ENOUGH * fps]
    return min(enough) if enough else max(mode.fps, default=fps)
