"""Which exercise a set is of, and when that is beyond doubt."""

from collections.abc import Mapping

from edgecv.reps.one_exercise import OneExercise
from edgecv.reps.rhythm import in_rhythm
from edgecv.reps.unknown import PATTERNS, is_regular

MEAN, MEAN_OF_LIMBS = 0.35, 0.6
"""Least mean evidence of the reps of an exercise that nobody named, where the whole body does it,
and where only arms or legs do …"""
TOTAL = 0.8
"""… and least sum."""
SINGLE = 0.9
"""Least evidence of a single rep, when the set is over."""
LEADS = (2.0, 1.5)
"""Its score over the next one's at which it is told with two reps, with three …; with more, it is
told if it leads at all."""
OVERTAKE = 1.3
"""What another's score has to be, over that of the one that was told."""
SISTER_EVIDENCE, SISTER_LEAD = 0.35, (1.5, 0.5)
"""Least mean evidence of a sister of the exercise that was named, and her score over its (times,
plus), at which she is believed to be meant."""


class Recogniser:
    """Judges the rows of a counter."""

    def __init__(self, named: str | None, *, count_unknown: bool) -> None:
        """`named`: the exercise that somebody set; `count_unknown`: as for a `Counter`."""
        self._named = named
        self._count_unknown = count_unknown

    def leader(self, rows: Mapping[str, OneExercise], now: str | None, *, sure: bool) -> str | None:
        """Who leads after `now`, who was told if that is `sure`; None while nothing speaks for any.
        In named mode it is the named one, unless a sister explains much more."""
        scores = {name: self._score(row) for name, row in rows.items()}
        if not scores:
            return None
        best = max(scores, key=lambda name: scores[name])
        if self._named is not None:
            if best != self._named and not self._is_meant(rows[best], scores):
                best = self._named
            return best if rows[best].reps else None
        if scores[best] <= 0:
            return now
        if now is None or scores[best] > scores[now] * (OVERTAKE if sure else 1.0):
            return best
        return now

    def believes(self, leader: OneExercise, rows: Mapping[str, OneExercise], *, last: bool) -> bool:
        """Whether its reps can be told; `last`: the set is over."""
        if self._named is not None or leader.name in PATTERNS:
            return True
        count = sum(rep.began_in_view for rep in leader.reps)
        whole_body = leader.exercise.whole_body
        if count == 1:
            return last and whole_body and leader.evidence >= SINGLE
        least = MEAN if whole_body else MEAN_OF_LIMBS
        enough = leader.evidence >= max(TOTAL, least * count)
        if not (enough and in_rhythm(leader.exercise, leader.reps)):
            return False
        lead = LEADS[count - 2] if count - 2 < len(LEADS) else 0.0
        own = self._score(leader)
        return last or all(
            own > lead * self._score(row) and own > self._score_to_come(row)
            for row in rows.values()
            if row is not leader
        )

    def _is_meant(self, sister: OneExercise, scores: Mapping[str, float]) -> bool:
        assert self._named is not None
        times, plus = SISTER_LEAD
        score, reps = scores[sister.name], len(sister.reps)
        regular = reps >= 3 and score / reps > SISTER_EVIDENCE
        return regular and score > times * scores[self._named] + plus

    def _score(self, row: OneExercise) -> float:
        """What speaks for an exercise. Squares, for a few reps that look right say more than many
        that hardly do."""
        if row.name in PATTERNS:
            known = self._count_unknown and is_regular(row.reps)
            return 1e-6 * len(row.reps) if known else 0.0
        seen = [rep.evidence for rep in row.reps if rep.began_in_view]
        if self._named is None and len(seen) < row.exercise.min_reps:
            return 0.0
        return sum(e * e for e in seen) * (1.0 if self._named else row.exercise.prior)

    def _score_to_come(self, row: OneExercise) -> float:
        """When a movement that is under way will have been one more like those before it: of the
        same movement of the body one exercise is done a few frames before another."""
        score, reps = self._score(row), len(row.reps)
        return score * (reps + 1) / reps if reps and row.away else score
