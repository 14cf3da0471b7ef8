"""Draws the body: its capsules with a depth buffer, and its shadow on the floor."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.anatomy import Capsule
from edgecv.athlete.body import Anchors, Body, Floats
from edgecv.athlete.camera import Camera
from edgecv.athlete.outline import outlines

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]
"""Blue, green, red: 0 to 255."""
Window = tuple[slice, slice]

_AMBIENT, _DIFFUSE = 0.42, 0.58
_LEVELS = 256
_CREASE_PER_M = 2.2
"""How much darker it is beside what is in front, per metre of depth."""
_SHADOW = 0.6
"""How dark the floor is below what lies on it."""
_SHADOW_FADES_M = 0.9
_SHADOW_SCALE = 4
"""The shadow is soft: it is drawn in a picture so many times smaller."""


class Painter:
    """Draws one body, always with the same camera, into pictures of one size."""

    def __init__(
        self,
        capsules: Sequence[Capsule],
        colours: Mapping[str, Colour],
        camera: Camera,
        background: Image,
    ) -> None:
        size = background.shape[:2]
        self._camera = camera
        self._background = background
        self._starts = Anchors.of([(capsule.segment, capsule.start) for capsule in capsules])
        self._ends = Anchors.of([(capsule.segment, capsule.end) for capsule in capsules])
        self._radii = np.array([(c.start_radius, c.end_radius) for c in capsules])
        self._widths = np.array([capsule.width for capsule in capsules])
        names = list(colours)
        self._materials = [names.index(capsule.material) for capsule in capsules]
        self._palette = _palette(list(colours.values()))
        self._columns = np.arange(size[1], dtype=np.float32)
        self._rows = np.arange(size[0], dtype=np.float32)[:, None]
        self._depth = np.empty(size, np.float32)
        self._light = np.empty(size, np.float32)
        self._material = np.empty(size, np.int32)

    def draw(self, body: Body, out: Image) -> None:
        """Draw the background and `body` into `out` (height, width, 3), BGR."""
        np.copyto(out, self._background)
        starts, ends = body.points(self._starts), body.points(self._ends)
        self._cast_shadow(starts, ends, out)
        shapes = outlines(
            self._camera,
            rotations=body.rotations[self._starts.segments],
            starts=starts,
            ends=ends,
            radii=self._radii,
            widths=self._widths,
        )
        boxes = np.maximum(shapes.boxes, 0)
        whole = _window(np.hstack((boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0))))
        self._depth[whole] = np.inf
        self._light[whole] = 0.0
        self._material[whole] = 0
        for index, material in enumerate(self._materials):
            rows, columns = window = _window(boxes[index])
            depth, light = shapes.surface(index, self._columns[columns], self._rows[rows])
            nearest = depth < self._depth[window]
            np.copyto(self._depth[window], depth, where=nearest)
            np.copyto(self._light[window], light, where=nearest)
            np.copyto(self._material[window], material, where=nearest)
        self._colour(whole, out)

    def _colour(self, window: Window, out: Image) -> None:
        """From depth, light and material to colours, softened as by a lens."""
        depth = self._depth[window]
        drawn = np.isfinite(depth)
        if not drawn.any():
            return
        depth = np.where(drawn, depth, depth.max(where=drawn, initial=0.0) + 0.3)
        crease = np.clip(depth - cv2.blur(depth, (9, 9)), 0.0, 0.12)
        light = np.maximum(self._light[window], 0.0)
        shade = _AMBIENT + _DIFFUSE * light - _CREASE_PER_M * crease
        level = np.clip(shade * (_LEVELS - 1), 0, _LEVELS - 1).astype(np.int32)
        colours = self._palette.take(level + _LEVELS * self._material[window], axis=0)
        view = out[window]
        np.copyto(view, colours, where=drawn[:, :, None])
        cv2.GaussianBlur(view, (3, 3), 0.7, dst=view)

    def _cast_shadow(self, starts: Floats, ends: Floats, out: Image) -> None:
        """Darken the floor below the body, the more the closer the body is to it."""
        height, width = (size // _SHADOW_SCALE for size in out.shape[:2])
        mask = np.zeros((height, width), np.float32)
        middles = (starts + ends) / 2.0
        strengths = np.exp(-np.maximum(middles[:, 1], 0.0) / _SHADOW_FADES_M)
        places = self._camera.project(middles * (1.0, 0.0, 1.0))
        places[:, :2] /= _SHADOW_SCALE
        spread = self._radii.max(axis=1) + np.linalg.norm(ends - starts, axis=1) / 4.0
        radii = spread * self._camera.focal_px / places[:, 2] / _SHADOW_SCALE
        flat = abs(float(self._camera.axes[2, 1])) + 0.1
        for index in np.argsort(strengths):
            centre = (int(places[index, 0]), int(places[index, 1]))
            axes = (max(1, int(radii[index])), max(1, int(radii[index] * flat)))
            cv2.ellipse(mask, centre, axes, 0, 0, 360, float(strengths[index]), -1)
        rows = np.flatnonzero(mask.any(axis=1))
        if rows.size == 0:
            return
        top, bottom = max(int(rows[0]) - 5, 0), min(int(rows[-1]) + 6, height)
        soft = cv2.blur(cv2.blur(mask[top:bottom], (9, 5)), (9, 5))
        floor = out[top * _SHADOW_SCALE : bottom * _SHADOW_SCALE]
        light = cv2.resize(1.0 - _SHADOW * soft, (floor.shape[1], floor.shape[0]))
        np.copyto(floor, floor * light[:, :, None], casting="unsafe")


def _window(box: NDArray[np.intp]) -> Window:
    left, top, right, bottom = box.tolist()
    return slice(top, bottom), slice(left, right)


def _palette(colours: Sequence[Colour]) -> Image:
    """(colours * levels, 3): each colour from its shadow to its highlight."""
    level = np.linspace(0.0, 1.0, _LEVELS)[:, None]
    lit = [np.array(colour) * (0.12 + 0.98 * level) + 14.0 * level**6 for colour in colours]
    return np.clip(np.concatenate(lit), 0, 255).astype(np.uint8)
