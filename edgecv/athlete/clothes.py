"""What the athlete wears and looks like: colours, BGR, and hair."""

from collections.abc import Mapping

import numpy as np

from edgecv.athlete.render import Colour

_FIXED: Mapping[str, Colour] = {
    "eye": (225, 228, 230),
    "iris": (40, 42, 50),
    "metal": (170, 170, 170),
    "rubber": (45, 45, 45),
}
_SKINS: tuple[Colour, ...] = (
    (140, 170, 215),
    (120, 152, 200),
    (105, 138, 188),
    (84, 116, 164),
    (62, 86, 126),
)
_HAIRS: tuple[Colour, ...] = (
    (32, 42, 60),
    (25, 28, 34),
    (40, 62, 92),
    (72, 118, 160),
    (110, 114, 118),
)
_SHIRTS: tuple[Colour, ...] = (
    (165, 85, 50),
    (75, 60, 175),
    (90, 125, 50),
    (60, 150, 205),
    (150, 70, 120),
    (214, 214, 212),
    (70, 66, 64),
)
_TROUSERS: tuple[Colour, ...] = ((66, 62, 60), (82, 62, 48), (60, 66, 78), (110, 106, 102))
_SHOES: tuple[Colour, ...] = ((222, 222, 222), (70, 70, 200), (60, 58, 56), (190, 140, 60))
HAIRCUTS = ("short", "long", "tied")
_SLEEVES = ("short", "short", "short", "long", "none")


def clothes_of(seed: int) -> dict[str, Colour]:
    """A colour for each material of the anatomy: shirts with sleeves of different length,
    trousers or shorts."""
    rng = np.random.default_rng(seed)

    def pick(choices: tuple[Colour, ...]) -> Colour:
        return choices[int(rng.integers(len(choices)))]

    skin, shirt, hair = pick(_SKINS), pick(_SHIRTS), pick(_HAIRS)
    trousers, shoe = pick(_TROUSERS), pick(_SHOES)
    sleeve = _SLEEVES[int(rng.integers(len(_SLEEVES)))]
    shorts = rng.random() < 0.35
    return {
        **_FIXED,
        "skin": skin,
        "nose": _scaled(skin, 1.04),
        "ear": _scaled(skin, 0.92),
        "lips": _mixed(skin, (85, 85, 165), 0.5),
        "hair": hair,
        "brow": _scaled(hair, 0.85),
        "shirt": shirt,
        "sleeve": skin if sleeve == "none" else shirt,
        "forearm": shirt if sleeve == "long" else skin,
        "trousers": trousers,
        "leg": skin if shorts else trousers,
        "sock": (215, 215, 215) if shorts else skin,
        "shoe": shoe,
        "sole": (90, 90, 90) if max(shoe) > 150 else (200, 200, 200),
    }


def haircut_of(seed: int) -> str:
    """One of HAIRCUTS."""
    return HAIRCUTS[int(np.random.default_rng((seed, 6)).integers(len(HAIRCUTS)))]


def _scaled(colour: Colour, factor: float) -> Colour:
    blue, green, red = (min(255, round(value * factor)) for value in colour)
    return blue, green, red


def _mixed(one: Colour, other: Colour, weight: float) -> Colour:
    blue, green, red = (round(a + weight * (b - a)) for a, b in zip(one, other, strict=True))
    return blue, green, red
