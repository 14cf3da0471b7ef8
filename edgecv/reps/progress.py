"""From joint angles to one figure that rises from rest to the turn of a rep and falls again."""

import numpy as np

from edgecv.one_euro import OneEuro
from edgecv.reps.exercises import Exercise
from edgecv.reps.signals import Angles

MAX_GAP_S = 2.5
"""A joint that was out of sight for longer starts anew; before that, what it did meanwhile counts
when it is seen again."""
MIN_WEIGHT = 0.25
"""Share of the exercise's weight that must be seen."""


class Progress:
    """Sums the weighted mean of the joints' increments, each as a share of its textbook change.

    Fusing increments instead of angles lets joints come into sight and go without a step in the
    sum. Only differences of the sum mean something: 1 is the way of a textbook rep from rest to
    turn.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._change = np.repeat([signal.change_deg for signal in exercise.signals], 2)
        self._weight = np.repeat([signal.weight for signal in exercise.signals], 2)
        self._seen_s = np.full(len(self._weight), -np.inf)
        self._filter = OneEuro(min_cutoff_hz=1.5, beta=0.03)
        self._before = np.zeros(len(self._weight))
        self._sum = 0.0

    def update(self, time_s: float, angles: Angles) -> float | None:
        """The sum after this frame; None when too little of the exercise is in sight."""
        seen = angles.seen
        anew = seen & (time_s - self._seen_s > MAX_GAP_S)
        self._before = np.where(anew, angles.degrees, self._before)
        self._filter.restart(anew, self._before)
        values = self._filter(time_s, np.where(seen, angles.degrees, self._before))
        weight = np.where(seen, self._weight, 0.0)
        increments = (values - self._before) / self._change
        self._before = values
        self._seen_s = np.where(seen, time_s, self._seen_s)
        if weight.sum() < MIN_WEIGHT * self._weight.sum():
            return None
        self._sum += float(weight @ increments / weight.sum())
        return self._sum
