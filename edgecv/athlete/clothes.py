"""The colours of the athlete, BGR."""

from collections.abc import Mapping

import numpy as np

from edgecv.athlete.render import Colour

_FIXED: Mapping[str, Colour] = {
    "eye": (235, 235, 235),
    "iris": (35, 35, 40),
    "lips": (85, 85, 165),
    "shoe": (222, 222, 222),
    "sole": (90, 90, 90),
    "metal": (170, 170, 170),
    "rubber": (45, 45, 45),
}
_SKINS: tuple[Colour, ...] = ((140, 170, 215), (120, 152, 200), (105, 138, 188))
_HAIRS: tuple[Colour, ...] = ((32, 42, 60), (25, 28, 34), (40, 62, 92))
_SHIRTS: tuple[Colour, ...] = ((165, 85, 50), (75, 60, 175), (90, 125, 50))
_TROUSERS: tuple[Colour, ...] = ((66, 62, 60), (82, 62, 48), (60, 66, 78))


def colours(seed: int) -> dict[str, Colour]:
    """A colour for each material of the anatomy."""
    rng = np.random.default_rng(seed)

    def pick(choices: tuple[Colour, ...]) -> Colour:
        return choices[int(rng.integers(len(choices)))]

    skin, shirt = pick(_SKINS), pick(_SHIRTS)
    return {
        **_FIXED,
        "skin": skin,
        "nose": _scaled(skin, 1.05),
        "ear": _scaled(skin, 0.9),
        "hair": pick(_HAIRS),
        "shirt": shirt,
        "sleeve": _scaled(shirt, 0.88),
        "trousers": pick(_TROUSERS),
    }


def _scaled(colour: Colour, factor: float) -> Colour:
    blue, green, red = (min(255, round(value * factor)) for value in colour)
    return blue, green, red
