"""A pinhole camera on a circle around the athlete."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FOCAL_PER_DIAGONAL = 0.75
"""Focal length over the picture's diagonal: about 67° across the diagonal, as webcams have."""
_MARGIN = 0.06
"""Share of the picture that is left free on each side."""
_NEAREST_M = 1.5


@dataclass(frozen=True)
class Camera:
    """Looks level across the picture: no roll."""

    position: Floats
    """(3,) metres in the world."""
    axes: Floats
    """(3, 3): rows are to the right in the picture, down in it, and away from the camera."""
    focal_px: float
    centre: tuple[float, float]
    """Of the picture, pixels."""

    def view(self, points: Floats) -> Floats:
        """(n, 3) metres along the camera's axes, from points (n, 3) in the world."""
        seen: Floats = (points - self.position) @ self.axes.T
        return seen

    def project(self, points: Floats) -> Floats:
        """(n, 3): x, y in pixels and the distance along the optical axis in metres."""
        seen = self.view(points)
        seen[:, :2] *= self.focal_px / seen[:, 2:]
        seen[:, :2] += self.centre
        return seen


def camera_around(
    points: Floats, *, azimuth_deg: float, height_m: float, width: int, height: int
) -> Camera:
    """The camera that sees all `points` (n, 3) with a margin, from as near as possible.

    Azimuth 0 sees the person from the front, 90 from the person's left, 180 from behind. It looks
    at the middle of the points.
    """
    target = (points.min(axis=0) + points.max(axis=0)) / 2.0
    azimuth = math.radians(azimuth_deg)
    direction = np.array([math.sin(azimuth), 0.0, math.cos(azimuth)])
    half = np.array([width, height]) * (0.5 - _MARGIN)
    distance = _NEAREST_M
    while True:
        position = target + distance * direction
        position[1] = height_m
        camera = Camera(
            position,
            _axes(target - position),
            _FOCAL_PER_DIAGONAL * math.hypot(width, height),
            (width / 2.0, height / 2.0),
        )
        projected = camera.project(points)
        offset = np.abs(projected[:, :2] - camera.centre)
        if projected[:, 2].min() > 0.3 and (offset <= half).all():
            return camera
        distance *= 1.02


def _axes(forward: Floats) -> Floats:
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    return np.stack((right, np.cross(forward, right), forward))
