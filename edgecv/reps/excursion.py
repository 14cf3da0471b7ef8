"""Finds in a figure that rises and falls each movement away from rest and back."""

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

from edgecv.reps.exercises import Exercise

OWN_SHARE = 0.5
"""A movement has to reach this share of the person's own median rep."""
RETURN_SHARE = 0.6
"""It is over when this share of the way has been gone back."""
FORGET_PER_PERIOD = 0.7
"""The person's own size counts for less with each period that a rep is late beyond two."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """A movement from rest to a turn and back. Times in seconds on the source's time line."""

    start_s: float
    turn_s: float
    end_s: float
    amplitude: float
    """As a share of a textbook rep."""

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


class ExcursionFinder:
    """Two states: at rest, following the lowest value; away, following the highest.

    The size that a movement must have adapts to the median of the last six that were accepted.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._accepted: deque[Excursion] = deque(maxlen=6)
        self._away = False
        self._low = self._high = 0.0
        self._low_s = self._high_s = 0.0
        self._fresh = True

    @property
    def away(self) -> bool:
        """A movement has begun and is not over."""
        return self._away

    def rest(self) -> None:
        """Nothing is known of what happened since: the next value is the position of rest."""
        self._fresh = True
        self._away = False

    def accept(self, excursion: Excursion) -> None:
        """It was a rep: the next ones are measured against it."""
        self._accepted.append(excursion)

    def update(self, time_s: float, value: float) -> Excursion | None:
        """The movement that this value completes, if it does."""
        if self._fresh:
            self._fresh = False
            self._rest_at(time_s, value)
            return None
        if not self._away:
            if value <= self._low + 0.1 * self._threshold(time_s):
                self._low_s = time_s
            self._low = min(self._low, value)
            if value - self._low < self._threshold(time_s):
                return None
            self._away = True
            self._high, self._high_s = value, time_s
        if value > self._high:
            self._high, self._high_s = value, time_s
        amplitude = self._high - self._low
        returned = self._high - value
        if returned >= RETURN_SHARE * max(amplitude, self._threshold(time_s)):
            excursion = Excursion(self._low_s, self._high_s, time_s, amplitude)
            self._away = False
            self._rest_at(time_s, value)
            return excursion
        limit_s = self._exercise.max_rep_s
        if time_s - self._low_s > limit_s and time_s - self._high_s > limit_s / 2:
            self._away = False
            self._rest_at(time_s, value)
        return None

    def _rest_at(self, time_s: float, value: float) -> None:
        self._low, self._low_s = value, time_s

    def _threshold(self, time_s: float) -> float:
        reps = self._accepted
        if len(reps) < 2:
            return self._exercise.floor
        period_s = (reps[-1].turn_s - reps[0].turn_s) / (len(reps) - 1)
        late = max(0.0, (time_s - reps[-1].end_s) / max(period_s, 0.5) - 2)
        own = OWN_SHARE * median(rep.amplitude for rep in reps)
        return max(self._exercise.floor, own * math.pow(FORGET_PER_PERIOD, late))
