"""How somebody does an exercise: nobody's form is the textbook's, and everybody has their own."""

from dataclasses import replace
from typing import Any

import numpy as np

from edgecv.athlete.body import LIMBS
from edgecv.athlete.motion import Motion
from edgecv.athlete.posture import Limb, Posture

_DEPTH, _ANGLE = 0.12, 0.05
"""Standard deviations of how far all goes, and on top of that an angle, as a share of the way."""
_CARRIED_DEG = 7.0
"""Of how a limb that holds on to nothing is carried throughout."""
_ASYMMETRY = 0.25
"""Of these, the share in which left and right differ."""
_MOST = 2.0
"""Nothing is farther out than so many standard deviations."""
_BEND_DEG = 4.0, 150.0


def in_form(motion: Motion, amount: float, rng: np.random.Generator) -> Motion:
    """The same exercise as one person does it: 0 is as written, 1 is as people differ."""
    if amount == 0.0 or motion.down_to is not None:
        return motion

    def draw(scale: float) -> float:
        return amount * scale * float(np.clip(rng.standard_normal(), -_MOST, _MOST))

    depth = 1.0 + draw(_DEPTH)
    rest, turn = motion.rest, motion.turn
    for kind in ("arm", "leg"):
        ways = [draw(_ANGLE) for _ in range(3)]
        carried = [draw(_CARRIED_DEG) for _ in range(3)]
        for limb in (name for name in LIMBS if name.endswith(kind)):
            held = limb in motion.planted + motion.steps
            before, after = _moved(
                getattr(motion.rest, limb),
                getattr(motion.turn, limb),
                [depth + way + draw(_ASYMMETRY * _ANGLE) for way in ways],
                [0.0 if held else c + draw(_ASYMMETRY * _CARRIED_DEG) for c in carried],
            )
            rest, turn = _with_limb(rest, limb, before), _with_limb(turn, limb, after)
    return replace(motion, rest=rest, turn=_leaning(rest, turn, depth))


def _moved(rest: Limb, turn: Limb, ways: list[float], carried: list[float]) -> tuple[Limb, Limb]:
    """A limb at rest and at the turn, each angle's way longer or shorter, all of it carried
    elsewhere."""
    names = ("forward", "outward", "bend")
    before, after = {}, {}
    for name, way, more in zip(names, ways, carried, strict=True):
        start, end = getattr(rest, name), getattr(turn, name)
        before[name], after[name] = start + more, start + more + way * (end - start)
    for angles in (before, after):
        angles["bend"] = min(max(angles["bend"], _BEND_DEG[0]), _BEND_DEG[1])
    return replace(rest, **before), replace(turn, **after)


def _with_limb(posture: Posture, name: str, limb: Limb) -> Posture:
    changed: dict[str, Any] = {name: limb}
    return replace(posture, **changed)


def _leaning(rest: Posture, turn: Posture, depth: float) -> Posture:
    """The turn, with the trunk as far as the limbs."""
    ways = {
        name: getattr(rest, name) + depth * (getattr(turn, name) - getattr(rest, name))
        for name in ("pitch", "roll", "spine", "neck")
    }
    return replace(turn, **ways)
