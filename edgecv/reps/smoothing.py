"""Smooths signals that come and go (one-Euro filter, see `edgecv.one_euro`)."""

import numpy as np
from numpy.typing import NDArray

from edgecv.one_euro import smoothing
from edgecv.reps.joints import Floats
from edgecv.reps.signals import COLUMNS, IN_DEGREES

MIN_SEEN = 0.5
"""A signal holds when each of its joints has at least this score."""
HOLD_S = 0.3
"""For so long its last value stands in for one that does not hold."""
MAX_SPEED = np.array([1200.0 if name.split(".")[0] in IN_DEGREES else 10.0 for name in COLUMNS])
"""Degrees or metres a second; no exercise is quicker: the model took something else for a limb …"""
BELIEVED_AFTER_S = 0.15
"""… unless it says so for longer than this."""
RESTART_S = 1.0
"""After so long it starts anew."""
MIN_CUTOFF_HZ = 1.5
DERIVATIVE_CUTOFF_HZ = 1.0
BETA = np.array([0.03 if name.split(".")[0] in IN_DEGREES else 6.0 for name in COLUMNS])
"""A quick movement passes: a degree a second, or a metre a second, raises the cut-off so much."""

Flags = NDArray[np.bool_]


class Smoothing:
    """One person's signals, frame by frame."""

    def __init__(self) -> None:
        self._values = np.full(len(COLUMNS), np.nan)
        self._raw = np.full(len(COLUMNS), np.nan)
        self._speed = np.zeros(len(COLUMNS))
        self._held_s = np.full(len(COLUMNS), -np.inf)

    def __call__(self, time_s: float, values: Floats, seen: Floats) -> tuple[Floats, Flags]:
        """The smoothed values, and which of them hold."""
        gap_s = time_s - self._held_s
        leap = np.abs(values - self._raw) > MAX_SPEED * np.maximum(gap_s, 1e-3)
        good = np.isfinite(values) & (seen >= MIN_SEEN) & ~(leap & (gap_s < BELIEVED_AFTER_S))
        self._raw = np.where(good, values, self._raw)
        anew = good & ((gap_s > RESTART_S) | np.isnan(self._values))
        self._values = np.where(anew, values, self._values)
        self._speed[anew] = 0.0
        follow = good & ~anew
        step_s = np.where(follow, np.maximum(gap_s, 1e-3), 1.0)
        change = np.where(follow, values - self._values, 0.0)
        quicker = smoothing(DERIVATIVE_CUTOFF_HZ, step_s) * (change / step_s - self._speed)
        self._speed += np.where(follow, quicker, 0.0)
        cutoff = MIN_CUTOFF_HZ + BETA * np.abs(self._speed)
        self._values = self._values + smoothing(cutoff, step_s) * change
        self._held_s[good] = time_s
        return self._values, good | (gap_s <= HOLD_S)
