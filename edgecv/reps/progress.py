"""How far along every exercise is: a figure each that rises from rest to turn and falls again."""

from collections.abc import Sequence

import numpy as np

from edgecv.reps.exercises import Exercise
from edgecv.reps.history import FRAMES, INDEX, NAMES
from edgecv.reps.joints import Floats
from edgecv.reps.signals import PAIRED

MIN_WEIGHT = 0.25
"""Share of an exercise's weight that must be seen."""


def column(signal: str, side: str = "") -> int:
    """Of a signal in the history; `side` is one of `history.SIDES`."""
    return INDEX[signal + side if signal in PAIRED else signal]


class Progress:
    """Sums, for each of some exercises, the weighted mean of its signals' changes, each as a share
    of its nominal one.

    Fusing changes instead of values lets signals come into sight and go without a step in the sum,
    and makes degrees and metres one. Only differences of the sum mean something: 1 is the way of a
    textbook rep from rest to turn.
    """

    def __init__(self, tracks: Sequence[tuple[Exercise, str]]) -> None:
        """`tracks`: exercises, each with the side that is looked at, one of `history.SIDES`."""
        self._weight = np.zeros((len(tracks), len(NAMES)))
        self._per_change = np.zeros((len(tracks), len(NAMES)))
        for track, (exercise, side) in enumerate(tracks):
            for signal, (change, weight) in exercise.parts.items():
                self._weight[track, column(signal, side)] = weight
                self._per_change[track, column(signal, side)] = weight / change
        self._needed = MIN_WEIGHT * self._weight.sum(axis=1)
        self._sums = np.zeros((FRAMES, len(tracks)))
        self.now = np.zeros(len(tracks))
        """The sums of the newest row."""

    def update(self, row: int, increments: Floats, holds: Floats) -> tuple[Floats, Floats]:
        """The sums after this row of the history, and 1 where enough of the exercise is in
        sight."""
        weight = self._weight @ holds
        steps = self._per_change @ increments
        seen = weight >= self._needed
        self.now = self.now + np.where(seen, steps / np.maximum(weight, 1e-9), 0.0)
        self._sums[row % FRAMES] = self.now
        return self.now, seen

    def between(self, track: int, start: int, end: int) -> Floats:
        """The sums of the rows from `start` to `end`, both included."""
        return np.asarray(self._sums[np.arange(start, end + 1) % FRAMES, track])
