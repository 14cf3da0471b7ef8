"""Repetitions of an exercise, even or not."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgecv.athlete.activity import Passage, TrueRep
from edgecv.athlete.fitting import fitted, rest_stance
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motion import Motion, Side, ease
from edgecv.athlete.posture import Posture
from edgecv.athlete.stance import Hold, Stance, stepping

STEP_SHARE = 0.85
"""A foot that takes a step is there at this share of the way to the turn."""
_TEMPO_JITTER, _AMPLITUDE_JITTER = 0.04, 0.03
"""Largest deviation of an even repetition, as a share."""
_TEMPO_UNEVEN, _AMPLITUDE_UNEVEN = 0.35, 0.25
_JUMP_SHARE = 0.3
"""The share of the way back to standing that is left when a jump begins."""
_PARTIAL = (0.22, 0.34)
"""How far a partial repetition goes."""


@dataclass(frozen=True)
class Manner:
    """How repetitions are done."""

    tempo_s: float | None = None
    """How long one takes; None: as long as is natural."""
    partial: float = 0.0
    """Share (0 to 1) of the repetitions that are broken off too early to count."""
    uneven: float = 0.0
    """How much (0 to 1) tempo and amplitude differ from one to the next."""
    form: float = 0.0
    """How much (0 to 1) the form is the person's own, by the seed, instead of the textbook's."""
    pause_every: int = 0
    """After so many the athlete pauses, in turns at rest and at the turn; 0: never."""
    pause_s: float = 3.0


class Repetitions:
    """An activity: repetitions one after the other, each from the stance of rest and back."""

    def __init__(
        self,
        mannequin: Mannequin,
        name: str,
        motion: Motion,
        *,
        rest: Stance,
        reps: int,
        manner: Manner,
        seed: int,
    ) -> None:
        self.exercise: str | None = motion.counts_as or name
        way = _Way if motion.down_to is None else _WayDown
        self._ways = [way(mannequin, motion, rest)]
        sides: Sequence[Side | None] = (motion.side,)
        if motion.alternating:
            self._ways.append(way(mannequin, motion.mirrored(), rest))
            sides = ("left", "right")
        rng = np.random.default_rng((seed, 2))
        tempo_s = motion.natural_s if manner.tempo_s is None else manner.tempo_s
        lengths, amplitudes, full = _differences(reps, tempo_s, manner, rng)
        self._holds_s: list[float] = []
        self.reps: Sequence[TrueRep] = []
        start = 0.0
        for index, length in enumerate(lengths):
            pause = 0.0 if manner.pause_every == 0 or (index + 1) % manner.pause_every else 1.0
            pause *= manner.pause_s
            at_turn = manner.pause_every > 0 and (index + 1) // manner.pause_every % 2 == 0
            hold = pause if at_turn else 0.0
            self._holds_s.append(hold)
            self.reps.append(
                TrueRep(
                    self.exercise,
                    start,
                    start + motion.turn_share * length,
                    start + length + hold,
                    amplitudes[index],
                    full[index],
                    sides[index % len(sides)],
                )
            )
            start += length + pause
        self.duration_s: float = self.reps[-1].end_s
        self._starts = [rep.start_s for rep in self.reps]

    def stance(self, t_s: float) -> Stance:
        index = max(bisect_right(self._starts, t_s) - 1, 0)
        rep, hold_s = self.reps[index], self._holds_s[index]
        if t_s <= rep.turn_s + hold_s:
            share = (t_s - rep.start_s) / (rep.turn_s - rep.start_s)
        else:
            share = (rep.end_s - t_s) / (rep.end_s - rep.turn_s - hold_s)
        way = self._ways[index % len(self._ways)]
        return way.stance(share, rep.amplitude, back=t_s > rep.turn_s + hold_s)


def _differences(
    reps: int, tempo_s: float, manner: Manner, rng: np.random.Generator
) -> tuple[list[float], list[float], list[bool]]:
    """How long each repetition takes without its pause, how far it goes, and whether it counts."""
    tempo = rng.uniform(-1.0, 1.0, reps)
    amplitude = rng.uniform(-1.0, 1.0, reps)
    order, short = rng.permutation(reps), rng.uniform(*_PARTIAL, reps)
    lengths = 1.0 + (_TEMPO_JITTER + manner.uneven * _TEMPO_UNEVEN) * tempo
    amplitudes = 1.0 + _AMPLITUDE_JITTER * amplitude
    amplitudes -= manner.uneven * _AMPLITUDE_UNEVEN * (amplitude + 1.0) / 2.0
    full = order >= round(manner.partial * reps)
    return (
        (tempo_s * lengths).tolist(),
        np.where(full, amplitudes, short).tolist(),
        full.tolist(),
    )


class _Way:
    """The stances of a motion from rest to turn, of one side where there are two."""

    def __init__(self, mannequin: Mannequin, motion: Motion, rest: Stance) -> None:
        self._mannequin = mannequin
        self._motion = motion
        self._rest = rest
        self._carriers = motion.planted if motion.carried_by is None else motion.carried_by
        body = mannequin.body(rest)
        self._holds = {limb: mannequin.hold(body, limb) for limb in motion.planted + motion.steps}
        self._holds |= {limb: Hold(self._holds[limb].place) for limb in motion.pivots}
        self._landings = {}
        if motion.steps:
            planted = {limb: self._holds[limb] for limb in motion.planted}
            body = mannequin.body(self._place(motion.turn, planted))
            for limb in motion.steps:
                start, place = self._holds[limb], mannequin.hold(body, limb).place
                place[1] = start.place[1]
                self._landings[limb] = Hold(place, start.rotation)

    def stance(self, share: float, amplitude: float, *, back: bool) -> Stance:  # noqa: ARG002
        """At a share (0 to 1) of the time that it takes to a turn that is so far from rest."""
        weight = ease(share)
        posture = self._motion.posture(weight * amplitude)
        holds = {limb: self._holds[limb] for limb in self._motion.planted}
        for limb, landing in self._landings.items():
            start = self._holds[limb]
            end = Hold(start.place + amplitude * (landing.place - start.place), landing.rotation)
            holds[limb] = stepping(start, end, ease(weight / STEP_SHARE))
        stance = self._place(posture, holds)
        hop = self._motion.hop_m * amplitude * 4.0 * weight * (1.0 - weight)
        return replace(stance, hips=stance.hips + np.array((0.0, hop, 0.0))) if hop else stance

    def _place(self, posture: Posture, holds: Mapping[str, Hold]) -> Stance:
        rest = self._rest
        if self._motion.seat or not self._carriers:
            stance = self._mannequin.standing(posture, rest.hips[[0, 2]], rest.heading)
            return replace(stance, holds=holds)
        carriers = {limb: holds[limb] for limb in self._carriers}
        hips = self._mannequin.carried(posture, rest.heading, carriers)
        return Stance(posture, hips, rest.heading, holds)


class _WayDown:
    """The stances of a motion from standing down to where another rests; it ends with a jump."""

    def __init__(self, mannequin: Mannequin, motion: Motion, rest: Stance) -> None:
        assert motion.down_to
        down = fitted(mannequin, motion.down_to)
        self._passage = Passage(
            mannequin, rest, rest_stance(mannequin, down), 1.0, down.from_standing
        )
        self._jump_m = motion.jump_m

    def stance(self, share: float, amplitude: float, *, back: bool) -> Stance:
        stance = self._passage.stance(min(share * amplitude, 1.0))
        if not back or share > _JUMP_SHARE:
            return stance
        height_m = self._jump_m * amplitude * math.sin(math.pi * share / _JUMP_SHARE) ** 2
        rise = np.array((0.0, height_m, 0.0))
        holds = {limb: Hold(at.place + rise, at.rotation) for limb, at in stance.holds.items()}
        return replace(stance, hips=stance.hips + rise, holds=holds)
