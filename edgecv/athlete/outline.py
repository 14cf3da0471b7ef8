"""Capsules as the camera sees them: where in the picture, how far away, and how lit.

A capsule with an elliptic cross-section is a round one, stretched along the x of its segment. With
the stretch undone, the camera looks along w at a plane (u, v), in which the capsule is a circle
that slides along u while its radius changes. Perspective is exact from one capsule to the next and
from its start to its end, and left out within a cross-section.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.body import Floats
from edgecv.athlete.camera import Camera

Grid = NDArray[np.float32]

FAR_M = 1e3
"""The depth where nothing is."""
_SHORTEST_PX = 1e-3
"""A ball has no length, but needs one to divide by."""


@dataclass(frozen=True)
class Outlines:
    """n capsules in the picture: pixels, but metres for depth."""

    boxes: NDArray[np.intp]
    """(n, 4): left, top, right, bottom of what each may cover; may lie outside the picture."""
    starts: Grid
    """(n, 3): x, y and depth of the start."""
    plane: Grid
    """(n, 2, 2): from (x, y) to (u, v)."""
    length: Grid
    """(n,): from start to end, along u."""
    lean: Grid
    """(n,): the sine of the angle with the plane, positive when the end is farther away."""
    deeper: Grid
    """(n,): how much deeper the end is than the start."""
    radii: Grid
    """(n, 2): at the start and at the end."""
    nearer: Grid
    """(n, 3): how much nearer than the middle line the surface is for each u, v and bulge."""
    light: Grid
    """(n, 3): light on a normal along u, v and the bulge."""
    sideways: Grid
    """(n, 3): how much of u, v and the bulge is along the stretch."""
    flatness: Grid
    """(n,): 1 - 1 / width², 0 for a round capsule."""

    def surface(self, index: int, columns: Grid, rows: Grid) -> tuple[Grid, Grid]:
        """Depth (metres; FAR_M beside the capsule) and light (-1 to 1, towards the light).

        Both (m, n), of the pixels at `columns` (n,) and `rows` (m, 1).
        """
        x0, y0, depth0 = self.starts[index]
        (ux, uy), (vx, vy) = self.plane[index]
        start, end = self.radii[index]
        x, y = columns - x0, rows - y0
        u: Grid = ux * x + uy * y
        v: Grid = vx * x + vy * y
        v2 = v * v
        share = (start + end) ** 2 / 4 - v2
        np.sqrt(np.maximum(share, 0.0, out=share), out=share)
        share *= -self.lean[index]
        share += u
        share *= 1.0 / self.length[index]
        np.clip(share, 0.0, 1.0, out=share)
        u -= share * self.length[index]
        radius = share * (end - start)
        radius += start
        bulge2 = radius * radius
        bulge2 -= u * u
        bulge2 -= v2
        beside = bulge2 <= 0.0
        bulge = np.sqrt(np.maximum(bulge2, 0.0, out=bulge2), out=bulge2)
        light = _weighted(self.light[index], u, v, bulge)
        light /= radius
        if self.flatness[index]:
            sideways = _weighted(self.sideways[index], u, v, bulge)
            sideways /= radius
            np.clip(sideways, -1.0, 1.0, out=sideways)
            sideways *= sideways
            sideways *= -self.flatness[index]
            sideways += 1.0
            light /= np.sqrt(sideways, out=sideways)
        depth = _weighted(self.nearer[index], u, v, bulge)
        share *= self.deeper[index]
        share += depth0
        np.subtract(share, depth, out=depth)
        np.copyto(depth, FAR_M, where=beside)
        return depth, light


def outlines(
    camera: Camera,
    *,
    towards_light: Floats,
    rotations: Floats,
    starts: Floats,
    ends: Floats,
    radii: Floats,
    widths: Floats,
) -> Outlines:
    """How the camera sees n capsules: rotations (n, 3, 3) of their segments, starts and ends
    (n, 3) in the world, radii (n, 2) at both, widths (n,); `towards_light` (3,) along the camera's
    axes."""
    first, last = camera.project(starts), camera.project(ends)
    px_per_m = camera.focal_px / first[:, 2:]
    radii_px = radii * camera.focal_px / np.stack((first[:, 2], last[:, 2]), axis=1)
    reach = (radii_px.max(axis=1) * np.maximum(widths, 1.0))[:, None]
    low = np.floor(np.minimum(first, last)[:, :2] - reach)
    high = np.ceil(np.maximum(first, last)[:, :2] + reach) + 1

    # The camera's axes in those of the segment, the stretch undone: (n, 3) each.
    undone = np.swapaxes(camera.axes @ rotations, 1, 2).copy()
    undone[:, 0] /= widths[:, None]
    right, down, away = (undone[:, :, axis] for axis in range(3))
    shrink = np.linalg.norm(away, axis=1, keepdims=True)
    w = away / shrink
    step = last - first
    way = right * (step[:, :1] + _SHORTEST_PX) + down * step[:, 1:2] + away * step[:, 2:] * px_per_m
    sink = _dot(way, w)
    u = way - sink * w
    length = np.linalg.norm(u, axis=1, keepdims=True)
    u /= length
    v = np.cross(w, u)

    axes = np.stack((u, v, w), axis=1) @ undone
    plane, depth_of_xy = axes[:, :2, :2], axes[:, 2:, :2]
    depth_of_uv = (depth_of_xy @ np.linalg.inv(plane))[:, 0]
    nearer = np.hstack((depth_of_uv, np.ones_like(shrink))) / (shrink * px_per_m)
    basis = np.stack((u, v, -w), axis=1)
    return Outlines(
        boxes=np.hstack((low, high)).astype(np.intp),
        starts=_grid(first),
        plane=_grid(plane),
        length=_grid(length[:, 0]),
        lean=_grid((sink / np.hypot(sink, length))[:, 0]),
        deeper=_grid(step[:, 2]),
        radii=_grid(radii_px),
        nearer=_grid(nearer),
        light=_grid(basis @ undone @ towards_light),
        sideways=_grid(basis[:, :, 0]),
        flatness=_grid(1.0 - widths**-2),
    )


def _grid(values: Floats) -> Grid:
    return values.astype(np.float32)


def _dot(a: Floats, b: Floats) -> Floats:
    """(n, 1) from two (n, 3)."""
    products: Floats = np.sum(a * b, axis=1, keepdims=True)
    return products


def _weighted(weights: Grid, u: Grid, v: Grid, bulge: Grid) -> Grid:
    a, b, c = weights
    total: Grid = a * u
    total += b * v
    total += c * bulge
    return total
