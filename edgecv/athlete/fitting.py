"""Fits an exercise to a body: where it starts, and how it has to lean to reach the floor."""

from dataclasses import replace

import numpy as np

from edgecv.athlete.body import Floats
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motion import Motion
from edgecv.athlete.stance import Hold, Stance

_PALM_M = 0.03
"""Height of the middle of a hand that lies on the floor."""
_PITCH_DEG = 15.0
"""How much a body leans more or less than the average one, at most."""


def fitted(mannequin: Mannequin, motion: Motion) -> Motion:
    """The same exercise; with hands and feet on the floor, the body leans so that both reach it."""
    hands = [limb for limb in motion.planted if limb.endswith("arm")]
    feet = [limb for limb in motion.planted if limb.endswith("leg")]
    if not (hands and feet):
        return motion

    def leaning(more: float) -> Motion:
        rest = replace(motion.rest, pitch=motion.rest.pitch + more)
        return replace(motion, rest=rest, turn=replace(motion.turn, pitch=motion.turn.pitch + more))

    least, most = -_PITCH_DEG, _PITCH_DEG
    for _ in range(20):
        middle = (least + most) / 2.0
        body = mannequin.body(mannequin.standing(leaning(middle).rest, np.zeros(2), 0.0))
        height = mannequin.hold(body, hands[0]).place[1] - mannequin.hold(body, feet[0]).place[1]
        if height > _PALM_M:
            least = middle
        else:
            most = middle
    return leaning(most)


def rest_stance(
    mannequin: Mannequin, motion: Motion, place: tuple[float, float] = (0.0, 0.0)
) -> Stance:
    """The stance in which the repetitions of an exercise that is fitted to the body start, with the
    hips over `place` (x, z)."""
    stance = mannequin.standing(motion.rest, np.array(place), 0.0)
    body = mannequin.body(stance)
    holds = {}
    for limb in {*motion.planted, *motion.steps}:
        hold = mannequin.hold(body, limb)
        if motion.rest.lift == 0.0 and limb not in motion.raised:
            hold.place[1] = 0.0 if limb.endswith("leg") else _PALM_M
        holds[limb] = hold if limb not in motion.pivots else Hold(hold.place)
    carriers = motion.planted if motion.carried_by is None else motion.carried_by
    if motion.seat or not carriers:
        return replace(stance, holds=holds)
    hips = mannequin.carried(motion.rest, 0.0, {limb: holds[limb] for limb in carriers})
    return replace(stance, hips=hips, holds=holds)


def grip(stance: Stance) -> Floats:
    """(3,): the middle between the hands, where they hold on to something."""
    places = [hold.place for limb, hold in stance.holds.items() if limb.endswith("arm")]
    return np.mean(places, axis=0) if places else np.zeros(3)
