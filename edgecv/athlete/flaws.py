"""What goes wrong with poses, besides the habits of the model.

Everything is drawn from a seed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np

from edgecv.athlete.activity import TrueRep
from edgecv.athlete.body import Floats
from edgecv.athlete.camera import Camera
from edgecv.athlete.habits import MODEL_HEIGHT_M, exact, habitual, lasting
from edgecv.athlete.motion import OTHER_SIDE
from edgecv.pose.keypoints import BLAZEPOSE_33, Points, Pose

_SMOOTH_S = 0.15
"""For so long an error lasts."""
_DEPTH_NOISE = 2.0
"""Errors in depth, against those across the picture."""
_OUTSIDE_SCORE = 0.05
_NEAREST_M = 0.3
"""Who is nearer to the camera, or behind it, is not found."""
_HIPS = [BLAZEPOSE_33.index("left_hip"), BLAZEPOSE_33.index("right_hip")]
_TRUNK = [*_HIPS, BLAZEPOSE_33.index("left_shoulder"), BLAZEPOSE_33.index("right_shoulder")]
_MIRROR = [
    BLAZEPOSE_33.index(name.replace("left", "L").replace("right", "left").replace("L", "right"))
    for name in BLAZEPOSE_33.keypoints
]


@dataclass(frozen=True)
class Flaws:
    """What goes wrong, besides the habits that every picture shows."""

    noise: float = 0.0
    """Standard deviation of an error that lasts about 0.15 s, as a share of the body's height;
    twice that in depth."""
    jitter: float = 0.0
    """The same of one that differs in each frame."""
    habits: bool = True
    """What the model always gets wrong (see `habits`); without, all is in view and exact."""
    lost: float = 0.0
    """Share (0 to 1) of the frames in which nobody is found."""
    gap_s: float = 0.0
    """For so long nobody is found ..."""
    gap_every_s: float = 3.0
    """... every so often."""
    crop: Literal["", "feet", "hands", "left", "right"] = ""
    """What is out of the frame for good: all below the knees; what is raised the
    highest; a half."""
    mirror: bool = False
    """Left is right, as with the front camera of a telephone."""
    roll_deg: float = 0.0
    """Of the camera, clockwise in the picture."""
    scale: float = 1.0
    """Of the picture, about its middle: below 1 the camera is farther away."""
    time_scale: float = 1.0
    """How much longer everything takes."""

    def __str__(self) -> str:
        """What differs from no flaws."""
        return "".join(
            f" {field.name}={getattr(self, field.name)}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        )

    def timed(self, reps: Iterable[TrueRep]) -> tuple[TrueRep, ...]:
        """The true repetitions as they are after these flaws."""
        scale = self.time_scale
        return tuple(
            replace(
                rep,
                start_s=rep.start_s * scale,
                turn_s=rep.turn_s * scale,
                end_s=rep.end_s * scale,
                side=OTHER_SIDE[rep.side] if self.mirror and rep.side else rep.side,
            )
            for rep in reps
        )


def flawed(
    times_s: Floats, seen: Floats, camera: Camera, flaws: Flaws, *, height_m: float, seed: int
) -> list[tuple[float, Pose | None]]:
    """What the model makes of the landmarks of somebody of that height, `seen` (n, 33, 3), metres
    along the camera's axes."""
    rng = np.random.default_rng((seed, 6))
    count = len(times_s)
    step_s = float(times_s[1] - times_s[0]) if count > 1 else 1.0
    sighting = habitual(seen, height_m, step_s, rng) if flaws.habits else exact(seen)
    errors = flaws.noise * lasting(rng, seen.shape, step_s, _SMOOTH_S)
    errors += flaws.jitter * rng.standard_normal(seen.shape)
    image = sighting.image + height_m * errors
    errors[..., 2] *= _DEPTH_NOISE
    world = (sighting.world + MODEL_HEIGHT_M * errors).astype(np.float32)
    pixels = np.empty(seen.shape, np.float32)
    pixels[..., :2] = camera.focal_px * image[..., :2] / seen[..., 2:] + camera.centre
    _place(pixels, world, flaws, camera)

    width, height = 2.0 * camera.centre[0], 2.0 * camera.centre[1]
    places = pixels[..., :2]
    inside = np.logical_and(places >= 0.0, places < (width, height))
    outside = ~np.logical_and(inside[..., 0], inside[..., 1])
    pixels[..., 2] = np.where(outside, _OUTSIDE_SCORE, sighting.scores)
    if flaws.mirror:
        pixels, world = pixels[:, _MIRROR], world[:, _MIRROR]
    found = rng.random(count) >= flaws.lost
    found &= ~outside[:, _TRUNK].all(axis=1) & (seen[..., 2] > _NEAREST_M).all(axis=1)
    if flaws.gap_s:
        into_s = times_s * flaws.time_scale % flaws.gap_every_s
        found &= into_s < flaws.gap_every_s - flaws.gap_s
    return [
        (time_s, Pose(BLAZEPOSE_33, pixels[i], world[i], score=0.99) if found[i] else None)
        for i, time_s in enumerate((times_s * flaws.time_scale).tolist())
    ]


def _place(pixels: Points, world: Points, flaws: Flaws, camera: Camera) -> None:
    """Turn, scale, move and mirror the picture."""
    centre = np.array(camera.centre)
    turn = np.radians(flaws.roll_deg)
    c, s = np.cos(turn), np.sin(turn)
    rotation = np.array([[c, s], [-s, c]])
    pixels[..., :2] = flaws.scale * (pixels[..., :2] - centre) @ rotation + centre
    world[..., :2] = world[..., :2] @ rotation
    width, height = 2.0 * centre
    if flaws.crop == "feet":
        knees = [BLAZEPOSE_33.index(name) for name in ("left_knee", "right_knee")]
        pixels[..., 1] += height - float(np.median(pixels[:, knees, 1])) - 0.03 * height
    elif flaws.crop == "hands":
        pixels[..., 1] -= float(np.quantile(pixels[..., 1].min(axis=1), 0.9)) + 0.05 * height
    elif flaws.crop:
        middle = float(np.median(pixels[:, _HIPS, 0]))
        pixels[..., 0] += -middle if flaws.crop == "left" else width - middle
    if flaws.mirror:
        pixels[..., 0] = width - pixels[..., 0]
        world[..., 0] = -world[..., 0]
