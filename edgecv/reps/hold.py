"""Timed holds: a plank, a wall sit. A posture that is kept still is held."""

import numpy as np

from edgecv.reps.exercises import Exercise
from edgecv.reps.history import History
from edgecv.reps.outcome import Held
from edgecv.reps.progress import column

HOLD_S = 5.0
"""Shorter ones are the pause of somebody who does push-ups."""
GRACE_S = 1.5
"""A hold survives a posture that is lost for no longer."""
LOOK_S = 0.5
STILL_S = 2.0
STILL = {"elbow": 35.0, "shoulder_up": 0.12, "hip_up": 0.12, "wrist_up": 0.25}
"""How far these may go to and fro meanwhile."""
KNOWN = 0.6
"""Share of the posture's signals that must be seen."""


class HoldFinder:
    """Looks twice a second."""

    def __init__(self, name: str, exercise: Exercise) -> None:
        self.name = name
        self._bounds = exercise.rest
        self._looked_s = self._held_s = -np.inf
        self._since_s: float | None = None
        self._rows: list[tuple[float, int]] = []

    def seconds(self) -> float | None:
        """How long it has been held; None before HOLD_S, and when it is not."""
        if self._since_s is None or self._held_s - self._since_s < HOLD_S:
            return None
        return float(self._held_s - self._since_s)

    def update(self, time_s: float, history: History | None) -> Held | None:
        """The hold that is over, if one is. `history` is None while nobody is in view."""
        if time_s - self._looked_s < LOOK_S:
            return None
        self._looked_s = time_s
        if history is not None and self._is_held(time_s, history):
            if self._since_s is None:
                self._since_s = self._rows[0][0]
            self._held_s = time_s
        elif self._since_s is not None and time_s - self._held_s > GRACE_S:
            return self.finish()
        return None

    def finish(self) -> Held | None:
        """End the hold that is under way, if one is."""
        seconds, since_s = self.seconds(), self._since_s
        self._since_s = None
        if seconds is None or since_s is None:
            return None
        return Held(self.name, since_s, since_s + seconds)

    def _is_held(self, time_s: float, history: History) -> bool:
        row = history.rows - 1
        values = history.near(row)
        known = 0
        for signal, (low, high) in self._bounds.items():
            value = float(values[column(signal)])
            if np.isnan(value):
                continue
            known += 1
            if (low is not None and value < low) or (high is not None and value > high):
                self._rows = []
                return False
        if known < KNOWN * len(self._bounds):
            return False
        self._rows = [*(r for r in self._rows if time_s - r[0] <= STILL_S + LOOK_S), (time_s, row)]
        start = max(self._rows[0][1], history.first)
        return time_s - self._rows[0][0] >= STILL_S and all(
            history.span(column(signal), start, row) <= most for signal, most in STILL.items()
        )
