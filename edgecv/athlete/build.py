"""The size and shape of a body, against the average one of 1.75 m that the anatomy describes."""

from dataclasses import dataclass

import numpy as np

HEIGHT_M = 1.75
"""Of the average body."""
# Metres of the average body, close to Winter, Biomechanics and Motor Control of Human Movement.
THIGH, SHIN, ANKLE_HEIGHT = 0.43, 0.42, 0.08
UPPER_ARM, FOREARM = 0.29, 0.26
HIP_HALF_WIDTH, SHOULDER_HALF_WIDTH = 0.095, 0.175
SPINE = 0.12
"""From the hips up to the joint of the spine."""
SHOULDERS, NECK = 0.38, 0.48
"""From the joint of the spine up to the shoulders and to the joint of the head."""

_LEGS = THIGH + SHIN + ANKLE_HEIGHT
_HEAD = HEIGHT_M - _LEGS - SPINE - NECK
_HEIGHTS_M = (1.55, 1.95)
_GIRTHS = (0.88, 1.22)
_LIMBS = (0.96, 1.04)
_SHOULDERS = (0.95, 1.06)


@dataclass(frozen=True)
class Build:
    """Everything is 1 for the average body, but its height."""

    height_m: float = HEIGHT_M
    girth: float = 1.0
    """Of the trunk; the limbs follow with a part of it."""
    legs: float = 1.0
    """Their length for somebody of that height; the trunk makes up for it."""
    arms: float = 1.0
    shoulders: float = 1.0
    """How wide they are, against the height."""

    @property
    def stature(self) -> float:
        """The height, as a share of the average."""
        return self.height_m / HEIGHT_M

    @property
    def trunk(self) -> float:
        """The length of the trunk, as a share of the average."""
        legs = self.stature * self.legs * _LEGS
        return (self.height_m - legs - self.head * _HEAD) / (SPINE + NECK)

    @property
    def head(self) -> float:
        """The size of the head, which differs less than the rest of the body."""
        return float(self.stature**0.5)

    def size(self, segment: str) -> tuple[float, float, float]:
        """Of that segment along its axes (x to the left, y up, z to the front), as shares of the
        average."""
        part = segment.removeprefix("left_").removeprefix("right_")
        across = self.stature * self._thickness(part)
        if part in {"pelvis", "chest"}:
            wide = self.stature * self.shoulders * (0.6 + 0.4 * self.girth)
            return wide, self.trunk, across
        if part == "head":
            return self.head, self.head, self.head
        if part in {"hand", "foot"}:
            return self.stature, self.stature, self.stature
        if part in {"thigh", "shin"}:
            return across, self.stature * self.legs, across
        if part in {"upper_arm", "forearm"}:
            return across, self.stature * self.arms, across
        return 1.0, 1.0, 1.0

    def _thickness(self, part: str) -> float:
        """Of the flesh on it for somebody of that height, as a share of the average."""
        if part in {"pelvis", "chest"}:
            return self.girth
        if part in {"thigh", "shin", "upper_arm", "forearm"}:
            return 0.4 + 0.6 * self.girth
        return 1.0


def build_of(seed: int) -> Build:
    """Somebody: 1.55 to 1.95 m, slim to heavy, with limbs of one's own."""
    rng = np.random.default_rng((seed, 1))
    ranges = (_HEIGHTS_M, _GIRTHS, _LIMBS, _LIMBS, _SHOULDERS)
    return Build(*(float(rng.uniform(*limits)) for limits in ranges))
