"""How well a movement of the whole body looks like an exercise."""

from collections.abc import Mapping, Sequence

import numpy as np

from edgecv.reps.exercises import Exercise
from edgecv.reps.joints import Floats
from edgecv.reps.progress import column

COMPARED: Mapping[str, float] = {
    **{"elbow": 60.0, "shoulder": 60.0, "hip": 60.0, "knee": 60.0, "torso": 60.0},
    **{"wrist_over_shoulder": 0.3, "elbow_over_shoulder": 0.2, "hip_over_ankle": 0.3},
    **{"shoulder_over_hip": 0.3, "ankle_over_hip": 0.3, "ankle_distance": 0.3},
    **{"shoulder_up": 0.3, "wrist_up": 0.3, "wrist_spread": 0.5},
}
"""The signals that are compared, each with the change that weighs as much as the others'."""

FULL_QUALITY = 0.7
"""A movement of this quality is as good as any."""
NO_LIKENESS = 0.4
"""The cosine at which two movements have nothing in common."""
LENIENT_SHARE = 0.6

_UNITS = np.array(list(COMPARED.values()))


class Expected:
    """An exercise's expected change of the whole body."""

    def __init__(self, exercise: Exercise, side: str = "") -> None:
        """`side` is one of `history.SIDES`."""
        self._columns = np.array([column(signal, side) for signal in COMPARED])
        self._looked_at = np.array([signal not in exercise.ignored for signal in COMPARED])
        self._change = np.array([exercise.expected.get(s, 0.0) for s in COMPARED]) / _UNITS

    def change(self, changes: Floats) -> Floats:
        """The compared ones of all changes (a row of the history), in their units."""
        return np.asarray(changes[self._columns] / _UNITS)

    def likeness(self, change: Floats) -> float:
        """0 to 1, from the cosine with what is expected; 0 where too little was seen, 1 where
        nothing is expected."""
        if not self._change.any():
            return 1.0
        seen = self._looked_at & np.isfinite(change)
        if seen.sum() < 3:
            return 0.0
        return max(0.0, (_cosine(change[seen], self._change[seen]) - NO_LIKENESS) / 0.6)


def evidence(quality: float, likeness: float, *, strict: bool) -> float:
    """0 to 1: how much a movement speaks for an exercise."""
    share = min(max(quality, 0.0) / FULL_QUALITY, 1.0) * likeness
    return share if strict else LENIENT_SHARE * share


def resemblance(change: Floats, others: Sequence[Floats]) -> float:
    """The cosine of a change with the mean of others; 1 where too little was seen."""
    seen = np.isfinite(change) & np.isfinite(others).all(axis=0)
    if seen.sum() < 3:
        return 1.0
    return _cosine(change[seen], np.mean(others, axis=0)[seen])


def _cosine(one: Floats, other: Floats) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-6))
