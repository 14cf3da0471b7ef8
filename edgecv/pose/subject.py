"""Whose pose is wanted: one person is the subject, and stays so while others come and go."""

import math

import numpy as np
from numpy.typing import NDArray

HOLD_S = 3.0
"""So long nobody else takes the place of a subject who is not seen."""
ANCHOR_S = 4.0
"""Time constant with which the place that is kept follows the subject."""
STEP, SPEED, MAX_STEP = 0.25, 0.5, 0.8
"""How far a subject may be from where they were, in their sizes: so much at once, so much more each
second of absence, and no more than that."""
MAX_GROWTH = 1.7
"""How much larger or smaller at once, as a factor."""
SPOT = 0.3
"""Nearer to the anchor than so many sizes, it is exercise that moves the subject."""

Floats = NDArray[np.floating]


class Subject:
    """Chooses among the people in a frame by where they are, how large, and in what posture.

    Exercise is done in one place. Who walks past comes near that place and may hide the subject for
    a moment, but leaves it: so it counts how far somebody is from where the subject was last, and
    whether they leave an anchor, which follows the subject slowly.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Whoever is largest is the next subject."""
        self._points: Floats = np.empty((0, 2))
        self._size = self._anchor_size = 0.0
        self._anchor: Floats = np.zeros(2)
        self._time_s = -math.inf

    def known(self, time_s: float) -> bool:
        """There is a subject who was seen not long ago."""
        return 0 <= time_s - self._time_s <= HOLD_S

    def choose(self, time_s: float, points: Floats, sizes: Floats, scores: Floats) -> int | None:
        """Which of the people is the subject; None when nobody is.

        `points` (people, n, 2) are the same points of everybody, and `sizes` (people,), both in
        pixels of the frame; `scores` is (people,).
        """
        if not len(sizes):
            return None
        if not self.known(time_s):
            return int(np.argmax(sizes * scores))
        reach = min(STEP + SPEED * (time_s - self._time_s), MAX_STEP)
        moved = _lengths(points - self._points).mean(axis=1) / self._size
        left = _lengths(points.mean(axis=1) - self._anchor) / self._anchor_size
        growth = np.log(sizes[:, None] / [self._size, self._anchor_size])
        same_size = np.abs(growth).min(axis=1) <= math.log(MAX_GROWTH)
        possible = (np.minimum(moved, left) <= reach) & same_size
        if not possible.any():
            return None
        cost = moved + 2 * np.maximum(left - SPOT, 0.0)
        return int(np.argmin(np.where(possible, cost, math.inf)))

    def follow(self, time_s: float, points: Floats, size: float) -> None:
        """The subject's points (n, 2) and size are these now."""
        share = 1.0
        if self.known(time_s):
            share = 1 - math.exp(-(time_s - self._time_s) / ANCHOR_S)
        self._anchor = self._anchor + share * (points.sum(axis=0) / len(points) - self._anchor)
        self._anchor_size += share * (size - self._anchor_size)
        self._points, self._size, self._time_s = points, size, time_s


def _lengths(vectors: Floats) -> Floats:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))
