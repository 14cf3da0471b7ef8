"""The light in the room."""

from dataclasses import dataclass

import numpy as np

from edgecv.athlete.body import Floats

_AMBIENT = 0.42
_BRIGHTNESS = (0.82, 1.12)
_WARMTH = (-0.5, 1.0)
_WARMEST = np.array([0.90, 0.99, 1.04])
"""BGR, against white light."""


@dataclass(frozen=True)
class Light:
    """A lamp or a window, and what the walls give back."""

    towards: Floats
    """(3,) of length 1, along the camera's axes: to the right, down, away from it."""
    brightness: float = 1.0
    warmth: float = 0.0
    """-1 as on a grey day, 1 as of a lamp."""
    ambient: float = _AMBIENT
    """Share of the light that comes from everywhere."""

    @property
    def tint(self) -> Floats:
        """(3,) BGR: factors of what it lights."""
        factors: Floats = self.brightness * _WARMEST**self.warmth
        return factors


def light_of(seed: int) -> Light:
    """From the upper left or right, somewhat from the front."""
    rng = np.random.default_rng((seed, 4))
    aside = float(rng.choice((-1.0, 1.0)) * rng.uniform(0.25, 0.6))
    towards = np.array([aside, -rng.uniform(0.45, 0.75), -0.75])
    return Light(
        towards / np.linalg.norm(towards),
        brightness=float(rng.uniform(*_BRIGHTNESS)),
        warmth=float(rng.uniform(*_WARMTH)),
        ambient=_AMBIENT + float(rng.uniform(-0.04, 0.08)),
    )
