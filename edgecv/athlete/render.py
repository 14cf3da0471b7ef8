"""Draws the body: its capsules with a depth buffer, and its shadow on the floor."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.anatomy import Capsule
from edgecv.athlete.body import Anchors, Body, Floats
from edgecv.athlete.build import Build
from edgecv.athlete.camera import Camera
from edgecv.athlete.light import Light
from edgecv.athlete.outline import FAR_M, Grid, outlines
from edgecv.frames import Image

Colour = tuple[int, int, int]
"""Blue, green, red: 0 to 255."""
Window = tuple[slice, slice]

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
        *,
        build: Build,
        colours: Mapping[str, Colour],
        light: Light,
        camera: Camera,
        size: tuple[int, int],
    ) -> None:
        self._camera = camera
        self._light_source = light
        self._starts = Anchors.of([(c.segment, c.start) for c in capsules], build)
        self._ends = Anchors.of([(c.segment, c.end) for c in capsules], build)
        thickness = np.array([build.size(capsule.segment)[2] for capsule in capsules])
        self._radii = np.array([(c.start_radius, c.end_radius) for c in capsules])
        self._radii *= thickness[:, None]
        self._widths = np.array([capsule.width for capsule in capsules])
        self._flows = [capsule.flow_m for capsule in capsules]
        names = list(colours)
        self._materials = [names.index(capsule.material) for capsule in capsules]
        self._palette = _palette(list(colours.values()), light)
        self._columns = np.arange(size[1], dtype=np.float32)
        self._rows = np.arange(size[0], dtype=np.float32)[:, None]
        self._depth = np.empty(size, np.float32)
        self._light = np.empty(size, np.float32)
        self._material = np.empty(size, np.int32)

    def draw(self, body: Body, out: Image) -> None:
        """Draw `body` and its shadow on `out` (height, width, 3), BGR."""
        starts, ends = body.points(self._starts), body.points(self._ends)
        self._cast_shadow(starts, ends, out)
        shapes = outlines(
            self._camera,
            towards_light=self._light_source.towards,
            rotations=body.rotations[self._starts.segments],
            starts=starts,
            ends=ends,
            radii=self._radii,
            widths=self._widths,
        )
        height, width = self._depth.shape
        boxes = np.clip(shapes.boxes, 0, (width, height, width, height))
        seen = np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(axis=1))
        if seen.size == 0:
            return
        whole = _window(np.hstack((boxes[seen, :2].min(axis=0), boxes[seen, 2:].max(axis=0))))
        self._depth[whole] = FAR_M
        self._light[whole] = 0.0
        self._material[whole] = 0
        for index in seen.tolist():
            rows, columns = window = _window(boxes[index])
            depth, light = shapes.surface(index, self._columns[columns], self._rows[rows])
            self._add(window, depth, light, index)
        self._colour(whole, out)

    def _add(self, window: Window, depth: Grid, light: Grid, index: int) -> None:
        """Put a surface before what is behind it; spoils `depth` and `light`."""
        before, lit = self._depth[window], self._light[window]
        flow_m = self._flows[index]
        if not flow_m:
            nearer = depth < before
            np.copyto(before, depth, where=nearer)
            np.copyto(lit, light, where=nearer)
            np.copyto(self._material[window], self._materials[index], where=nearer)
            return
        weight = before - depth
        weight *= 0.5 / flow_m
        weight += 0.5
        np.clip(weight, 0.0, 1.0, out=weight)
        np.copyto(self._material[window], self._materials[index], where=weight > 0.5)
        depth -= before
        depth *= weight
        before += depth
        light -= lit
        light *= weight
        lit += light

    def _colour(self, window: Window, out: Image) -> None:
        """From depth, light and material to colours, softened as by a lens."""
        depth = self._depth[window]
        drawn = depth < FAR_M / 2.0
        if not drawn.any():
            return
        depth = np.where(drawn, depth, depth.max(where=drawn, initial=0.0) + 0.3)
        crease = np.clip(depth - cv2.blur(depth, (9, 9)), 0.0, 0.12)
        light = np.maximum(self._light[window], 0.0)
        ambient = self._light_source.ambient
        shade = ambient + (1.0 - ambient) * light - _CREASE_PER_M * crease
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
        left, top, wide, high = cv2.boundingRect((mask > 0.0).view(np.uint8))
        if not high:
            return
        rows = slice(max(top - 5, 0), min(top + high + 5, height))
        columns = slice(max(left - 9, 0), min(left + wide + 9, width))
        soft = cv2.blur(cv2.blur(mask[rows, columns], (9, 5)), (9, 5))
        floor = out[_enlarged(rows), _enlarged(columns)]
        light = cv2.resize(1.0 - _SHADOW * soft, (floor.shape[1], floor.shape[0]))
        np.copyto(floor, floor * light[:, :, None], casting="unsafe")


def _window(box: NDArray[np.intp]) -> Window:
    left, top, right, bottom = box.tolist()
    return slice(top, bottom), slice(left, right)


def _enlarged(part: slice) -> slice:
    return slice(part.start * _SHADOW_SCALE, part.stop * _SHADOW_SCALE)


def _palette(colours: Sequence[Colour], light: Light) -> Image:
    """(colours * levels, 3): each colour from its shadow to its highlight."""
    level = np.linspace(0.0, 1.0, _LEVELS)[:, None]
    lit = [np.array(colour) * (0.12 + 0.98 * level) + 14.0 * level**6 for colour in colours]
    return np.clip(np.concatenate(lit) * light.tint, 0, 255).astype(np.uint8)
