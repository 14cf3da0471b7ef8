"""A stance: a posture at a place in the room, and what the hands and feet hold on to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from edgecv.athlete.body import Floats
from edgecv.athlete.posture import Posture, blend

_STEP_LIFT = 0.3
"""How high a foot is lifted, as a share of how far it goes, up to _HIGHEST_STEP_M."""
_HIGHEST_STEP_M = 0.10


@dataclass(frozen=True)
class Hold:
    """Where the toes of a foot or the grip of a hand is; metres in the world."""

    place: Floats
    """(3,)"""
    rotation: Floats | None = None
    """(3, 3) of the hand or foot; None: it turns about its hold as the posture says."""


@dataclass(frozen=True)
class Stance:
    """All that is needed to know where every segment of a body is."""

    posture: Posture
    hips: Floats
    """(3,): the middle between them, metres in the world."""
    heading: float
    """Where the person faces: degrees from z towards x."""
    holds: Mapping[str, Hold] = field(default_factory=dict)
    """By limb; the others hang as the posture says."""


def between(start: Stance, end: Stance, weight: float) -> Stance:
    """The stance at a share (0 to 1) of the way; the limbs of `end` are led from hold to hold,
    the feet lifted."""
    holds = {
        limb: _led(start.holds[limb], hold, weight, step=limb.endswith("leg"))
        for limb, hold in end.holds.items()
        if limb in start.holds
    }
    return Stance(
        blend(start.posture, end.posture, weight),
        start.hips + weight * (end.hips - start.hips),
        start.heading + weight * (end.heading - start.heading),
        holds,
    )


def stepping(start: Hold, end: Hold, weight: float) -> Hold:
    """A foot at a share (0 to 1) of its way through the air."""
    return _led(start, end, weight, step=True)


def _led(start: Hold, end: Hold, weight: float, *, step: bool) -> Hold:
    way = end.place - start.place
    place = start.place + weight * way
    if step:
        lift = min(_HIGHEST_STEP_M, _STEP_LIFT * float(np.linalg.norm(way)))
        place[1] += lift * np.sin(np.pi * weight) ** 2
    return Hold(place, turned(start.rotation, end.rotation, weight))


def turned(start: Floats | None, end: Floats | None, weight: float) -> Floats | None:
    """(3, 3): the rotation at a share (0 to 1) of the shortest way."""
    if start is None or end is None or start is end:
        return end
    turn, _ = cv2.Rodrigues(start.T @ end)
    part, _ = cv2.Rodrigues(weight * turn)
    rotation: Floats = start @ part
    return rotation
