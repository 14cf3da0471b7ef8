"""Regular movement that is none of the known exercises."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, pstdev

from edgecv.reps.candidate import Candidate
from edgecv.reps.exercises import Exercise

UNKNOWN = "unknown"
REGULAR = 0.25
"""Largest standard deviation of sizes and of periods, as a share of their mean."""
LEAST = 4
"""Movements that make it regular."""

_ANY = {
    "wrist_over_shoulder": 0.45,
    "elbow": -60.0,
    "hip_over_ankle": -0.3,
    "shoulder_over_hip": -0.25,
    "knee_over_hip": 0.3,
    "shoulder_up": 0.3,
    "torso": 45.0,
}
"""One signal at a time, with the change of an ordinary exercise."""

PATTERNS = {
    f"{UNKNOWN}.{signal}": Exercise(parts={signal: (change, 1)}, least_s=0.5, quality=0.3)
    for signal, change in _ANY.items()
}


def is_regular(reps: Sequence[Candidate]) -> bool:
    """The last ones are alike in size and come at equal times."""
    last = reps[-LEAST - 1 :]
    if len(last) < LEAST:
        return False
    periods = [later.turn_s - earlier.turn_s for earlier, later in pairwise(last)]
    sizes = [rep.amplitude for rep in last]
    return all(pstdev(values) <= REGULAR * fmean(values) for values in (periods, sizes))
