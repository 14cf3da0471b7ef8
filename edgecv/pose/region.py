"""The region: the rotated rectangle of the frame that a model looks at."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""(2, 3), takes a point of the crop to the frame, both in pixels."""

MARGIN = 1.25
"""How much larger than the person the region is (MediaPipe, pose_landmarks_to_roi.pbtxt and
pose_detection_to_roi.pbtxt)."""


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


def transform(matrix: Matrix, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Apply the matrix to (n, 2) points."""
    return points @ matrix[:, :2].T + matrix[:, 2]
