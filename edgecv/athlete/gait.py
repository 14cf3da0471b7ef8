"""Walking: feet that stay where they have been put down, and a body above them."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgecv.athlete.activity import TrueRep
from edgecv.athlete.body import SIDES, Floats, about_x, about_y
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motion import ease
from edgecv.athlete.posture import STANDING, Limb, Posture, blend
from edgecv.athlete.stance import Hold, Stance, turned

_SPEED_M_S = 1.15
_STEP_M = 0.6
"""Of the average body, about."""
_HALF_STANCE = 0.56
"""Steps that the body goes while a foot is on the floor, before and after it is above it."""
_HALF_TRACK_M = 0.07
_BOB_M, _LOWER_M = 0.018, 0.022
_LIFT_M = 0.07
_FOOT_M = 0.21
"""From the heel to the toes."""
_ARM_SWING, _HEEL_UP, _TOES_UP = 24.0, 32.0, 14.0
_GO, _STOP = 0.9, 0.75
"""Steps before the first and after the last: to raise a heel, and to put the toes down."""
_TURN_STEPS = 1.5
"""How many steps it takes to turn to the way, or from it."""


class Walk:
    """An activity: a straight walk from `start` to `end`, (x, z) or a stance to stand in.

    Counted in steps `q` from 0 to n, at which the body is above the feet that it puts down.
    """

    exercise: str | None = None
    reps: Sequence[TrueRep] = ()

    def __init__(self, mannequin: Mannequin, start: Stance | Floats, end: Stance | Floats) -> None:
        self._ends = start, end
        self._from, to = _place(start), _place(end)
        way = to - self._from
        length = math.hypot(*way)
        self._steps = max(round(length / _STEP_M), 1)
        self._step_m = length / self._steps
        self._way = way / length
        self._heading = math.degrees(math.atan2(way[0], way[1]))
        stand = mannequin.standing(STANDING, self._from, self._heading)
        self._height = float(stand.hips[1])
        foot = mannequin.hold(mannequin.body(stand), "left_leg").place[[0, 2]] - self._from
        self._toes_m = float(foot @ self._way)
        self._before = _GO if isinstance(start, Stance) else 0.0
        self._after = _STOP if isinstance(end, Stance) else 0.0
        self._pace_s = self._step_m / _SPEED_M_S
        self.duration_s = (self._steps + self._before + self._after) * self._pace_s
        self._first, self._last = _prints(mannequin, start), _prints(mannequin, end)

    def stance(self, t_s: float) -> Stance:
        q = t_s / self._pace_s - self._before
        along = self._hips_along(q)
        x, z = self._from + along * self._step_m * self._way
        bob = _BOB_M * math.cos(math.tau * q) - _LOWER_M
        stance = Stance(
            self._posture(q),
            np.array([x, self._height + bob, z]),
            self._heading_at(q),
            {f"{side}_leg": self._foot(side, q) for side in SIDES},
        )
        start, end = self._ends
        if isinstance(start, Stance) and q < 0.5:
            stance = _mixed(start, stance, ease(q + 0.5))
        if isinstance(end, Stance) and q > self._steps - 0.5:
            stance = _mixed(end, stance, ease(self._steps + 0.5 - q))
        return stance

    def _hips_along(self, q: float) -> float:
        """Steps that the body has gone: it slows down at a stance."""
        if self._before and q < 0.5:
            return max(q + 0.5, 0.0) ** 2 / 2.0
        if self._after and q > self._steps - 0.5:
            return self._steps - max(self._steps + 0.5 - q, 0.0) ** 2 / 2.0
        return q

    def _heading_at(self, q: float) -> float:
        start, end = self._ends
        heading = self._heading
        if isinstance(start, Stance) and q < _TURN_STEPS:
            turn = _least(start.heading - heading)
            heading += turn * (1.0 - ease((q + 0.5) / (_TURN_STEPS + 0.5)))
        if isinstance(end, Stance) and q > self._steps - _TURN_STEPS:
            turn = _least(end.heading - heading)
            heading += turn * ease((q - self._steps + _TURN_STEPS) / (_TURN_STEPS + 0.5))
        return heading

    def _posture(self, q: float) -> Posture:
        swing = _ARM_SWING * math.sin(math.pi * q)
        leg = Limb(forward=12, outward=2, bend=24)
        left, right = (
            Limb(forward=4 + swing * sign, outward=8, bend=22 + 0.4 * swing * sign, twist=10)
            for sign in (1.0, -1.0)
        )
        return Posture(left, right, leg, leg, pitch=4.0, neck=-3.0)

    def _foot(self, side: str, q: float) -> Hold:
        """The left foot is put down at even steps, the right one at odd ones."""
        parity = 0 if side == "left" else 1
        index = 2 * math.floor((q + 1.0 - parity) / 2.0) + parity
        if q > index + _HALF_STANCE:
            start, end = index, index + 2
        elif q < index - _HALF_STANCE:
            start, end = index - 2, index
        else:
            hold = self._print(side, index)
            late = ease((q - index - 0.15) / (_HALF_STANCE - 0.15))
            early = ease((index - 0.3 - q) / (_HALF_STANCE - 0.3))
            moves = self._moves(side, index, index + 2), self._moves(side, index - 2, index)
            return _tilted(hold, _HEEL_UP * late * moves[0] - _TOES_UP * early * moves[1])
        share = (q - start - _HALF_STANCE) / (2.0 - 2.0 * _HALF_STANCE)
        before, after = self._print(side, start), self._print(side, end)
        weight = share * share * (3.0 - 2.0 * share)
        moves_now = self._moves(side, start, end)
        place = before.place + weight * (after.place - before.place)
        place[1] += _LIFT_M * math.sin(math.pi * share) ** 2 * moves_now
        hold = Hold(place, turned(before.rotation, after.rotation, weight))
        return _tilted(hold, moves_now * (_HEEL_UP * (1.0 - share) ** 2 - _TOES_UP * share**2))

    def _moves(self, side: str, start: int, end: int) -> float:
        """How far the foot goes from one print to another, as a share of two full steps."""
        way = self._print(side, end).place - self._print(side, start).place
        return min(1.0, float(np.linalg.norm(way)) / (1.5 * self._step_m))

    def _print(self, side: str, index: int) -> Hold:
        """Where a foot stands that is put down at that step."""
        if self._first and index <= 0:
            return self._first[f"{side}_leg"]
        if self._last and index >= self._steps:
            return self._last[f"{side}_leg"]
        heading = self._heading_at(float(index))
        rotation = about_y(heading)
        middle = self._from + index * self._step_m * self._way
        place = np.array([middle[0], 0.0, middle[1]])
        place += rotation @ (SIDES[side] * _HALF_TRACK_M, 0.0, self._toes_m)
        return Hold(place, rotation)


def _prints(mannequin: Mannequin, end: Stance | Floats) -> dict[str, Hold] | None:
    """Where the feet are in a stance."""
    if not isinstance(end, Stance):
        return None
    body = mannequin.body(end)
    return {limb: mannequin.hold(body, limb) for limb in ("left_leg", "right_leg")}


def _mixed(stand: Stance, walk: Stance, weight: float) -> Stance:
    """Walking, the more the greater the weight (0 to 1), with the feet where they are."""
    return replace(
        walk,
        posture=blend(stand.posture, walk.posture, weight),
        hips=stand.hips + weight * (walk.hips - stand.hips),
    )


def _tilted(hold: Hold, heel_up: float) -> Hold:
    """The foot turned about its toes; with the toes up, about its heel."""
    if not heel_up or hold.rotation is None:
        return hold
    place = hold.place
    if heel_up < 0.0:
        place = place + np.array((0.0, _FOOT_M * math.sin(math.radians(-heel_up)), 0.0))
    return Hold(place, hold.rotation @ about_x(heel_up))


def _place(end: Stance | Floats) -> Floats:
    return end.hips[[0, 2]] if isinstance(end, Stance) else end


def _least(degrees: float) -> float:
    """The same angle, from -180 to 180."""
    return (degrees + 180.0) % 360.0 - 180.0
