"""Where the segments of a body are, and points that are fixed to them.

World: metres; x to the person's left, y up from the floor, z where the person faces. Each segment
has axes of its own, equal to the world's when the person stands upright with the arms hanging:
a limb's segments run along -y from the joint at which they start.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.build import Build

Floats = NDArray[np.float64]
Offset = tuple[float, float, float]

SIDES: Mapping[str, float] = MappingProxyType({"left": 1.0, "right": -1.0})
SEGMENTS = (
    *("pelvis", "chest", "head"),
    *(
        f"{side}_{part}"
        for side in SIDES
        for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")
    ),
    "room",
)
"""Of the body, and the room: upright, with its origin where the hands hold on to it."""
LIMBS = ("left_arm", "right_arm", "left_leg", "right_leg")


@dataclass(frozen=True)
class Anchors:
    """Points that are fixed to segments."""

    segments: NDArray[np.intp]
    """(n,) indices in SEGMENTS."""
    offsets: Floats
    """(n, 3) along the axes of the segment, metres."""

    @classmethod
    def of(cls, points: Sequence[tuple[str, Offset]], build: Build) -> "Anchors":
        """From the name of a segment and an offset on the average body, for each point."""
        sizes = np.array([build.size(segment) for segment, _ in points]).reshape(-1, 3)
        offsets = np.array([offset for _, offset in points], dtype=np.float64).reshape(-1, 3)
        segments = [SEGMENTS.index(segment) for segment, _ in points]
        return cls(np.array(segments, dtype=np.intp), sizes * offsets)


@dataclass(frozen=True)
class Body:
    """Where the segments are."""

    origins: Floats
    """(segments, 3): the joint at which each starts."""
    rotations: Floats
    """(segments, 3, 3): the columns are its axes."""

    def points(self, anchors: Anchors) -> Floats:
        """(n, 3) in the world."""
        turned = self.rotations[anchors.segments] @ anchors.offsets[:, :, None]
        return self.origins[anchors.segments] + turned[:, :, 0]


def about_x(degrees: float) -> Floats:
    """(3, 3): a turn that takes y to z."""
    c, s = _cos_sin(degrees)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def about_y(degrees: float) -> Floats:
    """(3, 3): a turn that takes z to x."""
    c, s = _cos_sin(degrees)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def about_z(degrees: float) -> Floats:
    """(3, 3): a turn that takes x to y."""
    c, s = _cos_sin(degrees)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _cos_sin(degrees: float) -> tuple[float, float]:
    radians = math.radians(degrees)
    return math.cos(radians), math.sin(radians)
