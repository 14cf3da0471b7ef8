"""The region: the rotated square of the frame that a model looks at."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edgecv.frames import Image

Matrix = NDArray[np.float64]
"""(2, 3), takes a point of the crop to the frame, both in pixels."""

MARGIN = 1.25
"""How much larger than the person the region is (MediaPipe, pose_landmarks_to_roi.pbtxt and
pose_detection_to_roi.pbtxt)."""

MAX_COORDINATE = 1e6
"""No coordinate that a sound model gives comes near it, in pixels or in metres."""

BLACK_BORDER = cv2.BORDER_CONSTANT
"""Outside the frame is black."""
STRETCHED_BORDER = cv2.BORDER_REPLICATE
"""Outside the frame its outermost pixels go on."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square of the frame, in pixels; parts of it may lie outside the frame."""

    x: float
    y: float
    """Its centre."""
    size: float
    """The length of a side."""
    rotation: float = 0.0
    """Radians, clockwise as seen on the screen."""

    @classmethod
    def whole(cls, width: int, height: int) -> "Region":
        """The smallest upright square around a frame of this size: a letterbox."""
        return cls(width / 2, height / 2, max(width, height))

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

    def to_frame(self, crop_size: int) -> Matrix:
        """The matrix from a square crop with sides of `crop_size` pixels."""
        scale = self.size / crop_size
        cos, sin = scale * math.cos(self.rotation), scale * math.sin(self.rotation)
        half = crop_size / 2
        return np.array(
            [
                [cos, -sin, self.x - half * (cos - sin)],
                [sin, cos, self.y - half * (sin + cos)],
            ]
        )


def cut_out(image: Image, region: Region, crop: Image, border: int, reduction: int = 1) -> Matrix:
    """Draw the region of the frame into `crop` (side, side, 3), bilinear and without a copy.

    `image` is the frame, reduced by `reduction`; `border` is BLACK_BORDER or STRETCHED_BORDER.
    Gives the matrix that takes points back to the frame.
    """
    side = crop.shape[0]
    to_frame = region.to_frame(side)
    matrix = to_frame
    if reduction != 1:
        # A pixel of the reduced picture stands in the middle of those that it is made of.
        matrix = to_frame.copy()
        matrix[:, 2] -= (reduction - 1) / 2
        matrix /= reduction
    drawn = cv2.warpAffine(
        image,
        matrix,
        (side, side),
        dst=crop,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=border,
    )
    if drawn is not crop:
        raise ValueError(f"crop of shape {crop.shape} and type {crop.dtype} can't be drawn into")
    return to_frame


def transform(matrix: Matrix, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Apply the matrix to (n, 2) points."""
    return points @ matrix[:, :2].T + matrix[:, 2]
