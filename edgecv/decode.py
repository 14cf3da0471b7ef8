"""From what the camera gave to pixels, no more of them than are needed."""

import cv2
import numpy as np

from edgecv.errors import FrameError
from edgecv.frames import Content, Image, Jpeg

REDUCTIONS = (1, 2, 4, 8)
"""The scales at which a JPEG can be decoded for less than the price of the whole (DCT scaling)."""

_FLAGS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def size_of(content: Content) -> tuple[int, int]:
    """Width and height in pixels."""
    if isinstance(content, Jpeg):
        return content.width, content.height
    return content.shape[1], content.shape[0]


def decode(content: Content, reduction: int = 1) -> tuple[Image, int]:
    """The picture, and by how much it is smaller than the frame: `reduction` for a JPEG, 1 for
    pixels, which are passed on as they are.

    `reduction` is one of REDUCTIONS. Raises FrameError for a JPEG that is damaged.
    """
    if not isinstance(content, Jpeg):
        return content, 1
    flags = _FLAGS[reduction] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(content.data, np.uint8), flags)
    except cv2.error:  # an empty one, or absurd dimensions
        image = None
    if image is None:
        raise FrameError(f"a JPEG of {len(content.data)} bytes can't be decoded")
    return np.asarray(image, np.uint8), reduction


def brightness(content: Content) -> float:
    """The picture's mean, 0 to 255, roughly. Raises FrameError as `decode` does."""
    image, _ = decode(content, REDUCTIONS[-1])
    step = max(1, max(image.shape[:2]) // 64)
    return float(image[::step, ::step].mean())


def largest_reduction(side: float, needed: float) -> int:
    """By how much something of `side` pixels may be reduced so that `needed` pixels are left."""
    return max(r for r in REDUCTIONS if r == 1 or side >= r * needed)
