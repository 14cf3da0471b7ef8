"""A movement that may be a rep, with what speaks for it."""

from dataclasses import dataclass

import numpy as np

from edgecv.reps.excursion import Excursion
from edgecv.reps.history import History
from edgecv.reps.joints import Floats
from edgecv.reps.outcome import Side, Tempo

SIDE_OF = {"": Side.BOTH, ".left": Side.LEFT, ".right": Side.RIGHT}
AT_REST, AT_TURN = 0.1, 0.9
"""Shares of the way between which a rep is under way."""
NEAR_TURN = 0.85
STILL_S, STILL_SHARE = 0.4, 0.06
"""Who moves by no more than this share of the way for so long stands still."""
MIN_REST_SHARE = 0.4
"""What comes after a standstill is at least this share of the way, or it was a pause in a rep."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Times in seconds on the source's time line."""

    side: Side
    start_s: float
    turn_s: float
    end_s: float
    amplitude: float
    away_s: float
    hold_s: float
    strict: bool
    evidence: float
    """0 to 1."""
    change: Floats
    """Of the compared signals from rest to turn, in their units."""
    symmetry: float | None
    began_in_view: bool = True
    """False: it was under way when the person came into view."""
    start_row: int = 0
    """Of the history."""

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def tempo(self, before: "Candidate | None") -> Tempo:
        """`before` is the rep before it in the set."""
        back_s = max(0.0, self.duration_s - self.away_s - self.hold_s)
        rest_s = None if before is None else max(0.0, self.start_s - before.end_s)
        return Tempo(self.away_s, self.hold_s, back_s, rest_s)

    def overlap(self, other: "Candidate") -> float:
        """Of the shorter one, the share of time; negative where there is a pause between them."""
        shared_s = min(self.end_s, other.end_s) - max(self.start_s, other.start_s)
        return shared_s / max(min(self.duration_s, other.duration_s), 1e-6)


def from_rest(movement: Excursion, way: Floats) -> Excursion:
    """The same, begun when it last left rest; `way` is the progress from its start to its turn."""
    resting = np.flatnonzero(way <= way[0] + AT_REST * movement.amplitude)
    start = movement.start + int(resting[-1]) if len(resting) else movement.start
    return Excursion(start, movement.turn, movement.end, movement.amplitude, movement.last)


def from_standstill(
    history: History, movement: Excursion, way: Floats, least: float
) -> Excursion | None:
    """The same, begun where it last stood still on its way to the turn; None when it did not, or
    goes less far than `least` from there. `way` is the progress from its start to its end."""
    turn = movement.turn - movement.start
    top = float(way[turn])
    for end in range(turn - 1, 0, -1):
        if top - way[end] < max(least, MIN_REST_SHARE * movement.amplitude):
            continue
        began = end
        while began > 0 and abs(way[began - 1] - way[end]) <= STILL_SHARE * movement.amplitude:
            began -= 1
        row = movement.start + end
        if began > 0 and history.time_s(row) - history.time_s(movement.start + began) >= STILL_S:
            amplitude = top - float(way[end])
            return Excursion(row, movement.turn, movement.end, amplitude, movement.last)
    return None


def spent(history: History, movement: Excursion, way: Floats, share: float) -> float:
    """Seconds from when `share` of the way was first reached until it was last; `way` is the
    progress from the movement's start to its end."""
    height = movement.amplitude
    turn = way[movement.turn - movement.start]
    near = movement.start + np.flatnonzero(way >= turn - (1 - share) * height)
    return history.time_s(int(near[-1])) - history.time_s(int(near[0]))
