"""The room behind the athlete: a wall, a skirting board, a floor and a mat."""

import cv2
import numpy as np

from edgecv.athlete.camera import Camera, Floats
from edgecv.athlete.render import Colour, Image

_WALL_M = 2.2
"""Behind the middle of the floor, as the camera sees it."""
_WALL: Colour = (196, 202, 204)
_FLOOR: Colour = (112, 138, 160)
_SKIRTING: Colour = (226, 230, 232)
_MAT: Colour = (128, 122, 96)
_MAT_HALF_M = (0.75, 1.0)
_NOISE = 2.0


def paint_room(camera: Camera, width: int, height: int, seed: int) -> Image:
    """The picture (height, width, 3) BGR without anybody in it."""
    foot_of_wall = _foot_of_wall(camera)
    rows = np.arange(height)[:, None, None]
    wall = np.array(_WALL) * (0.86 + 0.16 * rows / max(foot_of_wall, 1.0))
    floor = np.array(_FLOOR) * (0.80 + 0.28 * (rows - foot_of_wall) / height)
    board = max(2.0, 0.02 * height)
    picture = np.where(rows > foot_of_wall, floor, wall)
    picture = np.where((rows > foot_of_wall - board) & (rows <= foot_of_wall), _SKIRTING, picture)
    picture = np.broadcast_to(picture, (height, width, 3)).copy()
    cv2.fillConvexPoly(picture, _mat(camera), _MAT, cv2.LINE_AA)
    noise = np.random.default_rng(seed).normal(0.0, _NOISE, (height, width, 1))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _foot_of_wall(camera: Camera) -> float:
    """The row of the picture at which the wall stands on the floor."""
    away = camera.axes[2] * (1.0, 0.0, 1.0)
    point = _WALL_M * away / np.linalg.norm(away)
    return float(camera.project(point[None])[0, 1])


def _mat(camera: Camera) -> "np.ndarray[tuple[int, ...], np.dtype[np.int32]]":
    x, z = _MAT_HALF_M
    corners: Floats = np.array([(-x, 0, -z), (x, 0, -z), (x, 0, z), (-x, 0, z)], dtype=np.float64)
    return camera.project(corners)[:, :2].round().astype(np.int32)
