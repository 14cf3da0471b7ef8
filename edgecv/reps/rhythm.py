"""Which movements go together as the reps of a set do."""

from collections.abc import Sequence
from itertools import pairwise

from edgecv.reps.candidate import Candidate
from edgecv.reps.exercises import Exercise, Sides
from edgecv.reps.outcome import Side

ALIKE = 3
"""So many movements in a row that are alike are a set, however little each one says."""
OPENING_GAP_S = 5.0
"""Reps that open a set follow one another within this time (of 15 576 reps of RepCount-A, 99 %
follow the one before within 4.9 s)."""
GESTURE_S, GESTURE_SHARE = 1.0, 0.33
"""An arm that stays near the turn for longer, and for more than this share, is talking."""
SMALL = 0.7
"""Arms that go less far, as a share of a textbook rep, are not recognised by themselves."""


def in_rhythm(exercise: Exercise, reps: Sequence[Candidate]) -> bool:
    """Whether two strict reps in a row, or three, are alike and follow one another as in a set:
    arms go up and down for many reasons."""
    run: list[Candidate] = []
    for rep in reps:
        small = exercise.sides is Sides.EITHER and rep.amplitude < SMALL
        if small or (not exercise.whole_body and _gestures(rep)):
            run = []
            continue
        if run and not _follows(run[-1], rep, whole_body=exercise.whole_body):
            run = []
        run.append(rep)
        both = all(r.strict and r.side is Side.BOTH for r in run)
        if len(run) >= (2 if both else ALIKE) and one_pattern(run[-ALIKE:]):
            return True
    return False


def _gestures(rep: Candidate) -> bool:
    return rep.hold_s > max(GESTURE_S, GESTURE_SHARE * rep.duration_s)


def _follows(before: Candidate, rep: Candidate, *, whole_body: bool) -> bool:
    least_s, share = (OPENING_GAP_S, 2.0) if whole_body else (2.0, 1.5)
    pause_s = rep.start_s - before.end_s
    return pause_s <= max(least_s, share * rep.duration_s) and goes_with(before, rep)


def one_pattern(reps: Sequence[Candidate]) -> bool:
    """All of the same side, or of both, or strictly one after the other."""
    changes = [one.side is not other.side for one, other in pairwise(reps)]
    return all(changes) or not any(changes)


def clash(one: Candidate, other: Candidate) -> bool:
    """Not left and right."""
    return one.side is other.side or Side.BOTH in (one.side, other.side)


def alike(one: Candidate, other: Candidate) -> bool:
    """In size and time."""
    return (
        0.6 < one.amplitude / other.amplitude < 1.67
        and 0.5 < one.duration_s / other.duration_s < 2.0
    )


def mixed(one: Candidate, other: Candidate) -> bool:
    """One of both sides, the other of one."""
    return (one.side is Side.BOTH) != (other.side is Side.BOTH)


def goes_with(one: Candidate, other: Candidate) -> bool:
    """Alike, and both of both sides or both of one."""
    return not mixed(one, other) and alike(one, other)
