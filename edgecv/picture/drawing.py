"""Anti-aliased shapes and text, placed in fractions of a pixel; what lies outside is cut off."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edgecv.frames import Image

Colour = tuple[int, int, int]
"""Blue, green, red."""
Point = tuple[float, float]
"""x, y in pixels."""

_BITS = 4
"""Of the fraction in OpenCV's fixed-point coordinates."""


def line(image: Image, start: Point, end: Point, colour: Colour, width: float) -> None:
    """With round ends; at least a pixel wide."""
    thickness = max(1, round(width))
    cv2.line(image, _fixed(start), _fixed(end), colour, thickness, cv2.LINE_AA, _BITS)


def disc(image: Image, centre: Point, colour: Colour, radius: float) -> None:
    fixed_radius = round(radius * (1 << _BITS))
    cv2.circle(image, _fixed(centre), fixed_radius, colour, cv2.FILLED, cv2.LINE_AA, _BITS)


def blend(layer: Image, opacity: float, image: Image) -> None:
    """Lay `layer` over `image`, which has its shape."""
    cv2.addWeighted(layer, opacity, image, 1 - opacity, 0, image)


@dataclass(frozen=True)
class Type:
    """A size and a weight of type."""

    size: float
    """In pixels of the design."""
    least: int
    """In pixels of the picture, however small that is."""
    weight: int
    """100 (thin) to 900 (black)."""


class Sheet:
    """Text and panels on a picture of any size."""

    CAPITAL = 0.75
    """Height of a capital letter or a digit, as a share of the size of its type."""

    def __init__(self, image: Image, unit: float) -> None:
        """`unit`: pixels of the picture to a pixel of the design."""
        self.height, self.width = image.shape[:2]
        self._image = image
        self._unit = unit
        # A face serves one thread at a time only, and making one costs next to nothing.
        self._face = cv2.FontFace("sans")

    def capital(self, kind: Type) -> int:
        """Height of a capital letter or a digit."""
        return round(self.CAPITAL * self._size(kind))

    def text_width(self, text: str, kind: Type) -> int:
        size = self._size(kind)
        return cv2.getTextSize((0, 0), text, (0, 0), self._face, size, kind.weight)[2]

    def fit(self, texts: Sequence[str], kind: Type, room: float) -> str:
        """The first of `texts` that is no wider than `room`, or as much of the last as fits."""
        for text in texts:
            if self.text_width(text, kind) <= room:
                return text
        text = texts[-1]
        while text and self.text_width(f"{text}…", kind) > room:
            text = text[:-1].rstrip()
        return f"{text}…" if text else ""

    def write(self, text: str, x: float, baseline: float, colour: Colour, kind: Type) -> None:
        origin = round(x), round(baseline)
        size = self._size(kind)
        cv2.putText(self._image, text, origin, colour, self._face, size, kind.weight)

    def panel(
        self,
        corner: Point,
        size: Point,
        radius: float,
        colour: Colour,
        opacity: float,
    ) -> None:
        """A translucent rectangle with round corners; `corner` is its upper left one."""
        left, top = (max(0, round(value)) for value in corner)
        right, bottom = (round(a + b) for a, b in zip(corner, size, strict=True))
        crop = self._image[top:bottom, left:right]
        if crop.size == 0:
            return
        layer = crop.copy()
        height, width = crop.shape[:2]
        cv2.fillConvexPoly(layer, _rounded(width, height, radius), colour, cv2.LINE_AA, _BITS)
        blend(layer, opacity, crop)

    def _size(self, kind: Type) -> int:
        return max(kind.least, round(kind.size * self._unit))


def _rounded(width: int, height: int, radius: float) -> NDArray[np.int32]:
    """Outline of a rectangle with round corners that fills (height, width), in fixed point."""
    far = np.array([width - 1, height - 1]) / 2
    radius = min(radius, *far)
    quarter = np.radians(np.linspace(0, 90, 12))
    arc = np.stack([np.cos(quarter), np.sin(quarter)], axis=1) * radius + (far - radius)
    corners = [arc, arc[::-1] * (-1, 1), arc * (-1, -1), arc[::-1] * (1, -1)]
    return np.rint((np.concatenate(corners) + far) * (1 << _BITS)).astype(np.int32)


def _fixed(point: Point) -> tuple[int, int]:
    return round(point[0] * (1 << _BITS)), round(point[1] * (1 << _BITS))
