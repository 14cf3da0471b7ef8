"""The timetable of a performance: stand, repeat, stand."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgecv.athlete.motions import Motion
from edgecv.athlete.posture import Posture

_BEFORE_S, _AFTER_S = 1.2, 1.5
_TEMPO_JITTER, _AMPLITUDE_JITTER = 0.04, 0.03
"""Largest deviation of a repetition, as a share."""
_SWAY_DEG = 0.3
_SWAY_HZ = (0.19, 0.43)


@dataclass(frozen=True)
class TrueRep:
    """When a repetition starts, turns back and is finished: seconds since the start."""

    start_s: float
    turn_s: float
    end_s: float


class Performance:
    """Which posture when. Times outside the performance are its first and last moment."""

    def __init__(self, motion: Motion, reps: int, tempo_s: float, seed: int) -> None:
        rng = np.random.default_rng(seed)
        lengths = tempo_s * (1.0 + rng.uniform(-_TEMPO_JITTER, _TEMPO_JITTER, reps))
        starts = _BEFORE_S + np.concatenate(([0.0], np.cumsum(lengths)))
        self._motion = motion
        self._starts: Sequence[float] = starts[:-1].tolist()
        self._amplitudes = 1.0 + rng.uniform(-_AMPLITUDE_JITTER, _AMPLITUDE_JITTER, reps)
        self._sway_phases = rng.uniform(0.0, math.tau, (2, len(_SWAY_HZ)))
        self.reps = tuple(
            TrueRep(start, start + motion.turn_share * (end - start), end)
            for start, end in zip(self._starts, starts[1:].tolist(), strict=True)
        )
        self.duration_s: float = self.reps[-1].end_s + _AFTER_S

    def reps_completed(self, t_s: float) -> int:
        """How many repetitions have ended at `t_s`."""
        return sum(rep.end_s <= t_s for rep in self.reps)

    def posture(self, t_s: float) -> Posture:
        """The posture at `t_s`, seconds since the start."""
        t_s = min(max(t_s, 0.0), self.duration_s)
        index = max(bisect_right(self._starts, t_s) - 1, 0)
        rep = self.reps[index]
        share = min(max((t_s - rep.start_s) / (rep.end_s - rep.start_s), 0.0), 1.0)
        posture = self._motion.posture(share, float(self._amplitudes[index]))
        pitch, roll = self._sway(t_s)
        return replace(posture, pitch=posture.pitch + pitch, roll=posture.roll + roll)

    def _sway(self, t_s: float) -> tuple[float, float]:
        """Nobody stands quite still: pitch and roll in degrees."""
        pitch, roll = (
            _SWAY_DEG
            / len(_SWAY_HZ)
            * sum(
                math.sin(math.tau * hz * t_s + phase)
                for hz, phase in zip(_SWAY_HZ, phases, strict=True)
            )
            for phases in self._sway_phases
        )
        return pitch, roll
