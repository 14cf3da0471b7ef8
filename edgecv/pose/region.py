"""The region: the rotated rectangle of the frame that a model looks at."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edgecv.errors import FrameError
from edgecv.frames import Image

Matrix = NDArray[np.float64]
"""(2, 3), takes a point of the crop to the frame, both in pixels."""

MARGIN = 1.25
"""How much larger than the person the region is (MediaPipe, pose_landmarks_to_roi.pbtxt and
pose_detection_to_roi.pbtxt)."""


class Border(NamedTuple):
    """What is outside the frame."""

    mode: int
    grey: int = 0


BLACK_BORDER = Border(cv2.BORDER_CONSTANT)
GREY_BORDER = Border(cv2.BORDER_CONSTANT, 114)
"""As YOLO is trained."""
STRETCHED_BORDER = Border(cv2.BORDER_REPLICATE)
"""The outermost pixels of the frame go on."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the frame, in pixels, which may reach beyond it. It has the shape of the crop that
    is made of it, a square for most models."""

    x: float
    y: float
    """Its centre."""
    size: float
    """The length of the longer sides."""
    rotation: float = 0.0
    """Radians, clockwise as seen on the screen."""

    @classmethod
    def whole(cls, width: int, height: int, aspect: float = 1.0) -> "Region":
        """The smallest upright region around a frame of this size: a letterbox. `aspect` is the
        crop's width over its height."""
        return cls.of_box((0.0, 0.0, width, height), 1.0, aspect)

    @classmethod
    def of_box(
        cls, box: tuple[float, float, float, float], margin: float, aspect: float = 1.0
    ) -> "Region":
        """The smallest upright region around a box (left, top, right, bottom) that is made larger
        by the factor `margin`."""
        left, top, right, bottom = box
        size = max((right - left) / min(aspect, 1.0), (bottom - top) * max(aspect, 1.0))
        return cls((left + right) / 2, (top + bottom) / 2, margin * size)

    @classmethod
    def around(cls, centre: NDArray[np.floating], rim: NDArray[np.floating]) -> "Region":
        """The region of a person, upright in its crop.

        `centre` (2,) is the middle of the hips, and `rim` (2,) the point above the head, on the
        circle around the whole body (MediaPipe, alignment_points_to_rects_calculator.cc).
        """
        x, y = float(centre[0]), float(centre[1])
        right, down = float(rim[0]) - x, float(rim[1]) - y
        size = 2 * math.hypot(right, down) * MARGIN
        return cls(x, y, size, rotation=math.pi / 2 - math.atan2(-down, right))

    def to_frame(self, width: int, height: int) -> Matrix:
        """The matrix from a crop of this size, in pixels."""
        scale = self.size / max(width, height)
        cos, sin = scale * math.cos(self.rotation), scale * math.sin(self.rotation)
        x, y = width / 2, height / 2
        return np.array(
            [
                [cos, -sin, self.x - cos * x + sin * y],
                [sin, cos, self.y - sin * x - cos * y],
            ]
        )


def cut_out(
    image: Image, region: Region, crop: Image, border: Border, reduction: int = 1
) -> Matrix:
    """Draw the region of the frame into `crop` (height, width, 3), bilinear and without a copy.

    `image` is the frame, reduced by `reduction`. Gives the matrix that takes points back to the
    frame.
    """
    height, width = crop.shape[:2]
    to_frame = region.to_frame(width, height)
    matrix = to_frame
    if reduction != 1:
        # A pixel of the reduced picture stands in the middle of those that it is made of.
        matrix = to_frame.copy()
        matrix[:, 2] -= (reduction - 1) / 2
        matrix /= reduction
    drawn = cv2.warpAffine(
        image,
        matrix,
        (width, height),
        dst=crop,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=border.mode,
        borderValue=(border.grey,) * 3,
    )
    if drawn is not crop:
        raise ValueError(f"crop of shape {crop.shape} and type {crop.dtype} can't be drawn into")
    return to_frame


def transform(matrix: Matrix, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Apply the matrix to (n, 2) points."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def check_image(image: Image) -> None:
    """Raises FrameError for what is no picture of three channels of bytes."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise FrameError(
            f"a picture of shape {list(image.shape)} and type {image.dtype}: expected height, "
            "width, 3 channels, uint8"
        )
