"""The room around the athlete: a wall with a window and a picture, a floor of boards and a mat."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.camera import Camera, Floats
from edgecv.athlete.light import Light
from edgecv.athlete.render import Colour
from edgecv.frames import Image

Grid = NDArray[np.float32]

_WALL_M = 2.2
"""Behind the middle of the floor, as the camera sees it."""
_WALLS: tuple[Colour, ...] = ((200, 203, 203), (208, 202, 190), (192, 206, 200), (206, 198, 196))
_FLOORS: tuple[Colour, ...] = ((112, 138, 160), (128, 150, 170), (96, 118, 140))
_MATS: tuple[Colour, ...] = ((128, 122, 96), (120, 100, 112), (110, 128, 104))
_BOARD: Colour = (226, 230, 232)
_SKY: Colour = (250, 244, 236)
_FRAME_M = 0.05
_BOARD_M = 0.09
_PLANK_M, _PLANK_LENGTH_M = 0.16, 1.9
_MAT_HALF_M = (0.72, 1.05)
_MAT_CORNER_M = 0.05
_GRAIN = 1.5
"""Standard deviation of what makes the paint look like a wall's, grey levels."""
_SMOOTH = 2
"""The room is painted so many times larger and wider, and made smaller again: smooth edges."""


@dataclass(frozen=True)
class _Rays:
    """Where the lines of sight through the pixels of some rows of the picture lead."""

    origin: Floats
    """(3,): the camera; metres in the world."""
    ways: Grid
    """(h, w, 3), not of length 1."""


def paint_room(camera: Camera, width: int, height: int, light: Light, seed: int) -> Image:
    """The picture (height, width, 3) BGR without anybody in it."""
    rng = np.random.default_rng((seed, 5))
    away = camera.axes[2] * (1.0, 0.0, 1.0)
    foot_of_wall = _WALL_M * away / np.linalg.norm(away)
    horizon = round(float(camera.project(foot_of_wall[None])[0, 1]) * _SMOOTH)
    horizon = min(max(horizon, 0), height * _SMOOTH)
    columns = (np.arange(width * _SMOOTH) + 0.5) / _SMOOTH - 0.5 - camera.centre[0]
    rows = (np.arange(height * _SMOOTH) + 0.5) / _SMOOTH - 0.5 - camera.centre[1]
    right, down, forward = (camera.axes * ((1.0,), (1.0,), (camera.focal_px,))).astype(np.float32)
    across = columns.astype(np.float32)[:, None] * right + forward
    ways = rows.astype(np.float32)[:, None, None] * down + across
    parts = (
        _wall(_Rays(camera.position, ways[:horizon]), camera, light, rng),
        _floor(_Rays(camera.position, ways[horizon:]), rng),
    )
    picture = cv2.resize(np.concatenate(parts), (width, height), interpolation=cv2.INTER_AREA)
    grain = rng.normal(0.0, _GRAIN, (height, width, 1)).astype(np.float32)
    lit = picture * light.tint.astype(np.float32) + grain
    painted: Image = np.clip(lit, 0, 255).astype(np.uint8)
    return painted


def _floor(rays: _Rays, rng: np.random.Generator) -> Grid:
    """(h, w, 3): boards that differ in tone, and the mat."""
    colours = np.array((_pick(_FLOORS, rng), _pick(_MATS, rng)), np.float32)
    reach = -rays.origin[1] / rays.ways[:, :, 1]
    x = rays.origin[0] + reach * rays.ways[:, :, 0]
    z = rays.origin[2] + reach * rays.ways[:, :, 2]
    row = np.floor(x / _PLANK_M).astype(int)
    shifts, tones = rng.uniform(0.0, _PLANK_LENGTH_M, 64), rng.uniform(0.93, 1.05, (64, 64))
    beside = (z + shifts[row % 64]) / _PLANK_LENGTH_M
    board = np.floor(beside).astype(int)
    tone = tones[row % 64, board % 64]
    gap = np.minimum(x - row * _PLANK_M, _PLANK_LENGTH_M * (beside - board))
    tone[gap < 0.006] *= 0.86
    outside_x, outside_z = (
        np.maximum(np.abs(place) - half + _MAT_CORNER_M, 0.0)
        for place, half in zip((x, z), _MAT_HALF_M, strict=True)
    )
    outside = np.hypot(outside_x, outside_z)
    mat = outside < _MAT_CORNER_M
    tone = np.where(mat, np.where(outside > _MAT_CORNER_M - 0.02, 0.88, 1.0), tone)
    floor: Grid = colours[mat.astype(int)] * tone.astype(np.float32)[:, :, None]
    return floor


def _wall(rays: _Rays, camera: Camera, light: Light, rng: np.random.Generator) -> Grid:
    """(h, w, 3): brighter on the side that the light comes from, where the window is."""
    away = (camera.axes[2] * (1.0, 0.0, 1.0)) / np.linalg.norm(camera.axes[2, [0, 2]])
    right = camera.axes[0]
    reach = (_WALL_M - rays.origin @ away) / (rays.ways @ away.astype(np.float32))
    along = rays.origin @ right + reach * (rays.ways @ right.astype(np.float32))
    up = rays.origin[1] + reach * rays.ways[:, :, 1]
    side = float(np.sign(light.towards[0]))
    tone = 0.93 + 0.05 * np.tanh(side * along / 2.0) - 0.03 * np.cos(up)
    wall: Grid = np.array(_pick(_WALLS, rng), np.float32) * tone.astype(np.float32)[:, :, None]
    window_at, poster_at = side * rng.uniform(1.5, 1.9), -side * rng.uniform(1.3, 1.8)
    poster = rng.uniform(90.0, 190.0, 3)
    for centre, half_width, half_height, inner in (
        (window_at, 0.55, 0.6, _SKY),
        (poster_at, 0.28, 0.38, poster),
    ):
        distance = np.maximum(np.abs(along - centre) - half_width, np.abs(up - 1.65) - half_height)
        wall[distance < 0.0] = _BOARD
        wall[distance < -_FRAME_M] = inner
    bar = (np.abs(along - window_at) < 0.02) & (np.abs(up - 1.65) < 0.6)
    wall[bar | (up < _BOARD_M)] = _BOARD
    return wall


def _pick(choices: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    return choices[int(rng.integers(len(choices)))]
