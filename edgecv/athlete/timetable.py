"""One activity after the other."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from edgecv.athlete.activity import Activity, TrueRep
from edgecv.athlete.stance import Stance

_SWAY_DEG = 0.3
_SWAY_HZ = (0.19, 0.43)


class Timetable:
    """Which stance when: seconds since the start; before it and after `duration_s`, those of its
    first and last moment."""

    def __init__(self, activities: Sequence[Activity], seed: int) -> None:
        *starts, self.duration_s = accumulate((a.duration_s for a in activities), initial=0.0)
        self._activities = activities
        self._starts = starts
        self._phases = np.random.default_rng((seed, 3)).uniform(0.0, math.tau, (2, len(_SWAY_HZ)))
        self.reps: tuple[TrueRep, ...] = tuple(
            rep.later(start)
            for start, activity in zip(starts, activities, strict=True)
            for rep in activity.reps
        )

    def exercise_at(self, t_s: float) -> str | None:
        """What is being done; None between the exercises and outside the timetable."""
        if not 0.0 <= t_s < self.duration_s:
            return None
        return self._activities[bisect_right(self._starts, t_s) - 1].exercise

    def stance(self, t_s: float) -> Stance:
        """Where the body is, and how."""
        t_s = min(max(t_s, 0.0), self.duration_s)
        index = bisect_right(self._starts, t_s) - 1
        activity = self._activities[index]
        stance = activity.stance(min(t_s - self._starts[index], activity.duration_s))
        pitch, roll = self._sway(t_s)
        posture = stance.posture
        posture = replace(posture, pitch=posture.pitch + pitch, roll=posture.roll + roll)
        return replace(stance, posture=posture)

    def _sway(self, t_s: float) -> tuple[float, float]:
        """Nobody is ever quite still: pitch and roll in degrees."""
        pitch, roll = (
            _SWAY_DEG
            / len(_SWAY_HZ)
            * sum(
                math.sin(math.tau * hz * t_s + phase)
                for hz, phase in zip(_SWAY_HZ, phases, strict=True)
            )
            for phases in self._phases
        )
        return pitch, roll
