"""Which movements go together as the reps of a set do."""

from collections.abc import Sequence
from itertools import pairwise

from edgecv.reps.candidate import Candidate
from edgecv.reps.evidence import resemblance
from edgecv.reps.exercises import Exercise, Sides
from edgecv.reps.outcome import Side

ALIKE = 3
"""So many movements in a row that are alike are a set, however little each one says."""
OPENING_GAP_S = 5.0
"""Reps that open a set follow one another within this time (of 15 576 reps of RepCount-A, 99 %
follow the one before within 4.9 s)."""
IN_TURN_GAP_S = 0.6
"""… and those of one side after the other within this."""
GESTURE_S, GESTURE_SHARE = 1.2, 0.33
"""An arm that stays near the turn for longer, and for more than this share, is talking, unless it
does just the same again and again."""
JUST_THE_SAME = 1.5
"""How many times as far, or as long, as another a movement goes at most that is just the same …"""
SAME_WAY = 0.85
"""… and the cosine of their changes."""
HALF_HIDDEN = 0.9
"""Least cosine of a rep of both sides and one of a single side for the other to be out of sight."""
PACE, PACE_OF_TWO = 0.15, 0.2
"""Arms need at least this share of a rep for either way."""
OVERLAP = 1 / 3
"""Two movements that share more of the shorter one's time are one …"""
OVERLAP_OF_SIDES = 0.75
"""… and those of left and right, where both do it at once or take turns, more than this."""
HALF_SURE = 0.5
"""Evidence of a movement of the whole body that is as good as a strict one, beside another."""
SMALL = 0.7
"""Arms that go less far, as a share of a textbook rep, are not recognised by themselves."""


def in_rhythm(exercise: Exercise, reps: Sequence[Candidate]) -> bool:
    """Whether two strict reps in a row, or three, are alike and follow one another as in a set:
    arms go up and down for many reasons."""
    run: list[Candidate] = []
    for rep in reps:
        if exercise.like_a_gesture and rep.amplitude < SMALL:
            run = []
            continue
        if run and not _follows(run[-1], rep, exercise):
            run = []
        run.append(rep)
        if _is_set(run[-2:], exercise) or (len(run) >= ALIKE and _is_set(run[-ALIKE:], exercise)):
            return True
    return False


def _is_set(run: Sequence[Candidate], exercise: Exercise) -> bool:
    """Two are one where both sides surely do the same; else three."""
    if not one_pattern(run) or len(run) < 2:
        return False
    same = all(_just_the_same(one, other) for one, other in pairwise(run))
    enough = len(run) >= ALIKE
    if exercise.like_a_gesture:
        pace = PACE if enough else PACE_OF_TWO
        if not (same and all(rep.strict and pace < _pace(rep) < 1 - pace for rep in run)):
            return False
        return enough or not any(map(_gestures, run))
    if exercise.sides is Sides.IN_TURN and run[0].side is run[1].side:
        return False
    if 2 * sum(rep.strict for rep in run) < len(run):
        return False
    sure = all(rep.side is Side.BOTH and _is_sure(rep, exercise) for rep in run)
    both_strict = exercise.whole_body and all(rep.strict for rep in run)
    return enough or (sure and (same or both_strict))


def _pace(rep: Candidate) -> float:
    """How much of the time is gone at the turn."""
    return (rep.turn_s - rep.start_s) / max(rep.duration_s, 1e-6)


def _is_sure(rep: Candidate, exercise: Exercise) -> bool:
    return rep.strict or (exercise.whole_body and rep.evidence >= HALF_SURE)


def _just_the_same(one: Candidate, other: Candidate) -> bool:
    size, time = one.amplitude / other.amplitude, one.duration_s / other.duration_s
    return (
        all(1 / JUST_THE_SAME < ratio < JUST_THE_SAME for ratio in (size, time))
        and resemblance(one.change, [other.change]) >= SAME_WAY
    )


def _gestures(rep: Candidate) -> bool:
    return rep.hold_s > max(GESTURE_S, GESTURE_SHARE * rep.duration_s)


def _follows(before: Candidate, rep: Candidate, exercise: Exercise) -> bool:
    least_s, share = (OPENING_GAP_S, 2.0) if exercise.whole_body else (2.0, 1.5)
    if exercise.sides is Sides.IN_TURN:
        least_s = IN_TURN_GAP_S
    if exercise.like_a_gesture:
        share = 1.0
    if rep.start_s - before.end_s > max(least_s, share * rep.duration_s):
        return False
    if mixed(before, rep) and resemblance(before.change, [rep.change]) < HALF_HIDDEN:
        return False
    return alike(before, rep)


def one_pattern(reps: Sequence[Candidate]) -> bool:
    """All of the same side, or of both, or strictly one after the other."""
    changes = [one.side is not other.side for one, other in pairwise(reps)]
    return all(changes) or not any(changes)


def are_one(one: Candidate, other: Candidate, sides: Sides) -> bool:
    """Whether two that overlap are the same movement."""
    if one.side is other.side or Side.BOTH in (one.side, other.side):
        return one.overlap(other) > OVERLAP
    return sides is Sides.EITHER and one.overlap(other) > OVERLAP_OF_SIDES


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
