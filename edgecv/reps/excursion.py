"""Finds in a figure that rises and falls each movement away from rest and back."""

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from edgecv.reps.exercises import Exercise

OWN_SHARE = 0.5
"""A movement has to reach this share of the person's own median rep."""
RETURN_SHARE = 0.6
"""It is over when this share of the way has been gone back."""
LAST_RETURN_SHARE = 0.25
"""At the end of a recording this much is enough."""
LAST_SHARE = 0.8
"""Then it has to have this share of the own median, or of a textbook rep."""
FORGET_PER_PERIOD = 0.7
"""The person's own size counts for less with each period that a rep is late beyond two."""
LOST_S = 2.5
"""Out of sight for longer: nobody knows what happened meanwhile."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """A movement from rest to a turn and back: rows of the history."""

    start: int
    turn: int
    end: int
    amplitude: float
    """As a share of a textbook rep."""
    last: bool = False
    """Cut off by the end of the recording."""


class ExcursionFinder:
    """Two states: at rest, following the lowest value; away, following the highest.

    The size that a movement must have adapts to the median of the last six that were accepted.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._amplitudes: deque[float] = deque(maxlen=6)
        self._turns_s: deque[float] = deque(maxlen=6)
        self._own = 0.0
        self._period_s = 2.5
        self._accepted_s = -math.inf
        self._seen_s = -math.inf
        self.away = False
        """A movement has begun and is not over."""
        self._fresh = True
        self._low = self._high = 0.0
        self._low_row = self._high_row = 0
        self._low_s = self._high_s = 0.0

    def accept(self, amplitude: float, turn_s: float, end_s: float) -> None:
        """It was a rep: the next ones are measured against it."""
        self._amplitudes.append(amplitude)
        self._turns_s.append(turn_s)
        self._accepted_s = end_s
        self._own = OWN_SHARE * median(self._amplitudes) if len(self._amplitudes) > 1 else 0.0
        turns = list(self._turns_s)
        if len(turns) > 1:
            gaps = [later - earlier for earlier, later in pairwise(turns)]
            self._period_s = max(median(gaps), 0.5)

    def update(self, row: int, time_s: float, value: float) -> Excursion | None:
        """The movement that this value completes, if it does. Not called while too little is
        seen."""
        if self._fresh or time_s - self._seen_s > LOST_S:
            self._fresh = False
            self._rest_at(row, time_s, value)
        self._seen_s = time_s
        threshold = self._threshold(time_s)
        if not self.away:
            if value <= self._low:
                self._rest_at(row, time_s, value)
            if value - self._low < threshold:
                return None
            self.away = True
            self._high = -math.inf
        if value > self._high:
            self._high, self._high_row, self._high_s = value, row, time_s
        amplitude = self._high - self._low
        if self._high - value >= max(RETURN_SHARE * amplitude, 0.6 * threshold):
            excursion = Excursion(self._low_row, self._high_row, row, amplitude)
            self._rest_at(row, time_s, value)
            return excursion
        limit_s = self._exercise.longest_s
        if time_s - self._low_s > limit_s and time_s - self._high_s > limit_s / 2:
            self._rest_at(row, time_s, value)
        return None

    def finish(self, row: int, value: float) -> Excursion | None:
        """The movement that the end of the recording cuts off, when it was as good as done."""
        if not self.away:
            return None
        amplitude = self._high - self._low
        usual = median(self._amplitudes) if self._amplitudes else 1.0
        if amplitude < LAST_SHARE * usual or self._high - value < LAST_RETURN_SHARE * amplitude:
            return None
        self.away = False
        return Excursion(self._low_row, self._high_row, row, amplitude, last=True)

    def _rest_at(self, row: int, time_s: float, value: float) -> None:
        self.away = False
        self._low, self._low_row, self._low_s = value, row, time_s

    def _threshold(self, time_s: float) -> float:
        if self._own <= self._exercise.floor:
            return self._exercise.floor
        late = (time_s - self._accepted_s) / self._period_s - 2
        own = self._own * FORGET_PER_PERIOD**late if late > 0 else self._own
        return max(self._exercise.floor, own)
