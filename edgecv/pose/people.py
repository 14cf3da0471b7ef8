"""The people that a model found in its input, before one of them is chosen.

Scores mean the same for every model: 0.5 is where its makers draw the line between a key point that
was seen and one that was not; below and above, `comparable` stretches the model's own scale evenly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgecv.errors import ModelError

Floats = NDArray[np.floating]
SURE = 0.5
MAX_COORDINATE = 1e6
"""No coordinate that a sound model gives comes near it, in pixels or in metres."""


@dataclass(frozen=True, slots=True)
class People:
    """In pixels of the model's input, or, moved there, of the frame."""

    keypoints: Floats
    """(people, key points, 3): x, y and a score from 0 to 1."""
    scores: Floats
    """(people,): 0 to 1."""
    boxes: Floats | None = None
    """(people, 4): left, top, right, bottom; None where the model gives no boxes."""

    def __len__(self) -> int:
        return len(self.scores)


def comparable(scores: Floats, threshold: float) -> Floats:
    """Scores from 0 to 1 with `threshold`, between 0 and 1, moved to SURE."""
    lower = SURE * scores / threshold
    upper = SURE + (1 - SURE) * (scores - threshold) / (1 - threshold)
    return np.clip(np.where(scores < threshold, lower, upper), 0.0, 1.0)


def presence(scores: Floats) -> float:
    """How sure it is that there is a person, for a model that does not say: the mean score of the
    better half of the key points, so that half of a body is enough."""
    better = np.sort(scores)[len(scores) // 2 :]
    return float(better.mean())


def require_numbers(values: Floats, what: str) -> None:
    """Raises ModelError unless all are finite and none is absurd."""
    if values.size and not np.abs(values).max() < MAX_COORDINATE:
        raise ModelError(f"the model gives {what} that are no numbers or beyond all bounds")
