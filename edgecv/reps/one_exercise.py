"""Counts the reps of one exercise: candidates are found, judged, and believed once they are armed.

A set is armed by evidence: one strong movement, two good ones, or three that are alike. From then
on lenient ones count, too, when they look like the set's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from edgecv.reps.candidate import (
    AT_REST,
    NEAR_TURN,
    SIDE_OF,
    Candidate,
    from_rest,
    from_standstill,
    spent,
)
from edgecv.reps.checks import SYMMETRY, Level, judge
from edgecv.reps.evidence import Expected, evidence, resemblance
from edgecv.reps.excursion import Excursion, ExcursionFinder
from edgecv.reps.exercises import Exercise, Sides
from edgecv.reps.history import History
from edgecv.reps.joints import Floats
from edgecv.reps.outcome import Refused, Side
from edgecv.reps.progress import Progress, column
from edgecv.reps.rhythm import (
    ALIKE,
    OPENING_GAP_S,
    alike,
    are_one,
    goes_with,
    mixed,
    one_pattern,
)

STRONG = 0.7
"""Evidence of a strict movement that opens a set by itself."""
OPENING = 1.35
"""It goes at least so many times as far as the least rep."""
GOOD = 0.3
"""Of two strict ones in a row that do."""
FULL = 0.9
"""… where they go nearly as far as in a textbook; smaller ones need a third."""
VERY_SAME = 0.93
"""Least cosine of a movement that is one more rep whatever the bounds of the row say."""
SIDED = 0.5
"""Of each of three in a row with one arm, or with one after the other …"""
SIDED_S = 1.0
"""… each of which takes at least so long."""
WEAK = 0.15
"""Below it nothing counts."""
SAME = 0.85
"""Least cosine of a lenient movement with the last reps of the set."""
IN_PHASE = 0.5
"""Sides that take turns are not together on their way for more than this share."""
UNEVEN = 1.5
"""Where sides take turns, one does at most so many times the other's way."""
HALF_S = 1.5
"""Who comes into view in mid-rep is at its turn within this time, and goes back …"""
HALF_SHARE = 0.75
"""… at least this share of the way of the reps that follow."""
FORGET_S = 20.0
"""After so long without a rep a set has to be armed anew."""

TRACKS = {
    Sides.TOGETHER: ("",),
    Sides.UNEVEN: ("",),
    Sides.EITHER: ("", ".left", ".right"),
    Sides.IN_TURN: (".left", ".right"),
}
"""The sides of the history (`history.SIDES`) that are followed for an exercise."""
_OTHER = {".left": ".right", ".right": ".left"}


@dataclass(slots=True)
class Found:
    """What a frame led to."""

    reps: list[Candidate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


class OneExercise:
    """Follows one exercise; its tracks in `progress` are `first_track` and those after it."""

    def __init__(self, name: str, exercise: Exercise, progress: Progress, first_track: int) -> None:
        self.name = name
        self.exercise = exercise
        self.reps: list[Candidate] = []
        """Of the set that is under way."""
        self.first_track = first_track
        self._progress = progress
        self._sides = TRACKS[exercise.sides]
        self._tracks = {side: first_track + i for i, side in enumerate(self._sides)}
        self._finders = {side: ExcursionFinder(exercise) for side in self._sides}
        self._expected = {side: Expected(exercise, side) for side in self._sides}
        self._pending: list[Candidate] = []
        self._view_row: int | None = None

    @property
    def away(self) -> bool:
        """A movement has begun that may become a rep."""
        return any(finder.away for finder in self._finders.values())

    @property
    def evidence(self) -> float:
        """Summed over the set's reps."""
        return sum(rep.evidence for rep in self.reps)

    def update(
        self, history: History, values: Sequence[float], seen: Sequence[bool]
    ) -> Found | None:
        """After a row was added to history and progress: `values` and `seen` are the latter's. None
        while no movement ends, as in most frames."""
        found: Found | None = None
        row, time_s = history.rows - 1, history.time_s(history.rows - 1)
        for side, track in self._tracks.items():
            if not seen[track]:
                continue
            movement = self._finders[side].update(row, time_s, values[track])
            if movement is not None:
                found = found or Found()
                self._consider(history, side, movement, found)
        return found

    def begin_view(self, row: int) -> None:
        """The person came into view."""
        self._view_row = row

    def finish(self, history: History, values: Sequence[float]) -> Found:
        """The end of the recording: what was as good as done counts."""
        found = Found()
        for side, track in self._tracks.items():
            movement = self._finders[side].finish(history.rows - 1, float(values[track]))
            if movement is not None:
                self._consider(history, side, movement, found)
        return found

    def end_set(self, keep_after_s: float) -> None:
        """The next set has to be armed anew; reps that began after `keep_after_s` belong to it."""
        self.reps = [rep for rep in self.reps if rep.start_s >= keep_after_s]
        self._pending = []

    def _consider(self, history: History, side: str, movement: Excursion, found: Found) -> None:
        if movement.start < history.first:
            return  # slower than anybody looks back
        way = self._progress.between(self._tracks[side], movement.start, movement.end)
        movement = from_rest(movement, way[: movement.turn - movement.start + 1])
        self._judge(history, side, movement, found)

    def _judge(
        self,
        history: History,
        side: str,
        movement: Excursion,
        found: Found,
        *,
        again: bool = True,
    ) -> None:
        """Refused, it is looked at `again` from where it last stood still: who gets down and begins
        at once rests there for the first time."""
        way = self._progress.between(self._tracks[side], movement.start, movement.end)
        near_turn_s = spent(history, movement, way, NEAR_TURN)
        verdict = judge(
            self.exercise,
            side,
            history,
            movement,
            near_turn_s=near_turn_s,
            in_set=len(self.reps) >= 2,
        )
        if again and verdict.level is Level.REFUSED:
            later = from_standstill(history, movement, way, self.exercise.floor)
            if later is not None:
                self._judge(history, side, later, found, again=False)
                return
        other_share = self._other_side(history, side, movement)
        reason = verdict.reason
        level = verdict.level
        if self.exercise.sides is Sides.IN_TURN and other_share > IN_PHASE:
            level, reason = Level.REFUSED, "both sides at once"
        elif self.exercise.sides is Sides.EITHER and side and not other_share < SYMMETRY:
            return  # both sides at once, or nobody knows: they are counted together
        expected = self._expected[side]
        change = expected.change(history.change(movement.start, movement.turn))
        if level is Level.REFUSED and self._is_one_more(side, history, movement, change):
            level = Level.LENIENT
        if level is Level.STRICT and self._swings(side, history, movement):
            level, reason = Level.LENIENT, "one arm, and as quick as a swing"
        strict = level is Level.STRICT
        hold_s = spent(history, movement, way, 0.9)
        start_s, turn_s = history.time_s(movement.start), history.time_s(movement.turn)
        candidate = Candidate(
            side=SIDE_OF[side],
            start_s=start_s,
            turn_s=turn_s,
            end_s=history.time_s(movement.end),
            amplitude=movement.amplitude,
            away_s=max(0.0, turn_s - start_s - hold_s / 2),
            hold_s=hold_s,
            strict=strict,
            evidence=evidence(verdict.quality, expected.likeness(change), strict=strict),
            change=change,
            symmetry=verdict.symmetry,
            start_row=movement.start,
        )
        if level is not Level.REFUSED:
            self._finders[side].accept(candidate.amplitude, turn_s, candidate.end_s)
            sides = self.exercise.sides
            if any(are_one(rep, candidate, sides) for rep in self.reps[-2:]):
                return
            reason = self._believe(history, candidate, found, reason)
        if reason:
            found.refused.append(
                Refused(
                    self.name,
                    start_s,
                    turn_s,
                    candidate.end_s,
                    candidate.amplitude,
                    reason,
                )
            )

    def _is_one_more(
        self, side: str, history: History, movement: Excursion, change: Floats
    ) -> bool:
        """Whether it is so like the last reps of the set that it is one, whatever a bound says."""
        same = [r for r in self.reps[-4:] if r.began_in_view and r.side is SIDE_OF[side]]
        if len(same) < ALIKE:
            return False
        seconds = history.time_s(movement.end) - history.time_s(movement.start)
        return (
            0.7 < movement.amplitude / median(r.amplitude for r in same) < 1.5
            and 0.5 < seconds / median(r.duration_s for r in same) < 2.0
            and resemblance(change, [r.change for r in same]) >= VERY_SAME
        )

    def _swings(self, side: str, history: History, movement: Excursion) -> bool:
        """Arms that go one after the other, as in a walk or a dance."""
        seconds = history.time_s(movement.end) - history.time_s(movement.start)
        return bool(side) and self.exercise.sides is Sides.EITHER and seconds < SIDED_S

    def _believe(self, history: History, candidate: Candidate, found: Found, doubt: str) -> str:
        """Count it now, or later, or say why not; empty when it was counted."""
        if self.reps and candidate.start_s - self.reps[-1].end_s < FORGET_S:
            reason = self._belongs(candidate, doubt)
            if not reason:
                self._count(history, [candidate], found)
            return reason
        if candidate.evidence >= STRONG and self._opens(candidate):
            likewise = [
                before
                for before in self._pending
                if candidate.start_s - before.end_s < OPENING_GAP_S and goes_with(before, candidate)
            ]
            self._count(history, [*likewise, candidate], found)
            return ""
        if candidate.evidence < WEAK:
            return doubt or f"it does not look like one (evidence {candidate.evidence:.2f})"
        if self._pending and candidate.start_s - self._pending[-1].end_s >= OPENING_GAP_S:
            self._pending = []
        self._pending = [c for c in self._pending if goes_with(c, candidate)] + [candidate]
        if self._enough() and self._takes_turns(self._pending):
            self._count(history, self._pending, found)
            return ""
        return doubt or f"waits for more like it (evidence {candidate.evidence:.2f})"

    def _belongs(self, candidate: Candidate, doubt: str) -> str:
        """Why it does not belong to the set that is under way; empty when it does."""
        if candidate.evidence < WEAK:
            return doubt or f"it does not look like one (evidence {candidate.evidence:.2f})"
        last = self.reps[-1]
        if mixed(last, candidate) and not any(alike(rep, candidate) for rep in self.reps[-3:]):
            return "one side only, unlike the others"
        if candidate.strict:
            return ""
        if candidate.amplitude < 0.5 * median(rep.amplitude for rep in self.reps):
            return f"{doubt}, and smaller than the others"
        same = [
            rep.change for rep in self.reps[-4:] if rep.began_in_view and rep.side == candidate.side
        ]
        if same and resemblance(candidate.change, same) < SAME:
            return f"{doubt}, and unlike the others"
        return ""

    def _count(self, history: History, candidates: list[Candidate], found: Found) -> None:
        self.reps += candidates
        found.reps += candidates
        self._pending = []
        if self._view_row is not None and len(self.reps) >= 2:
            half = self._half(history, self._view_row)
            self._view_row = None
            if half is not None:
                self.reps.insert(0, half)
                found.reps.insert(0, half)

    def _half(self, history: History, view_row: int) -> Candidate | None:
        """The second half of a rep that was under way when the person came into view: a way back as
        long as those of the reps that followed."""
        first = self.reps[0]
        track = self._tracks.get("")
        if track is None or view_row < history.first or first.start_row - view_row < 3:
            return None
        way = self._progress.between(track, view_row, first.start_row)
        top = int(np.argmax(way))
        rest = top + int(np.argmin(way[top:]))
        amplitude = float(way[top] - way[rest])
        usual = median(rep.amplitude for rep in self.reps[:3])
        view_s, top_s = history.time_s(view_row), history.time_s(view_row + top)
        back = top + int(np.flatnonzero(way[top:] <= way[rest] + AT_REST * amplitude)[0])
        end_s = history.time_s(view_row + back)
        usual_s = max(median(rep.end_s - rep.turn_s for rep in self.reps[:3]), 0.3)
        if top_s - view_s > HALF_S or amplitude < HALF_SHARE * usual:
            return None
        if end_s - top_s > 3 * usual_s:
            return None
        return replace(
            first,
            start_s=view_s,
            turn_s=top_s,
            end_s=end_s,
            amplitude=amplitude,
            away_s=top_s - view_s,
            hold_s=0.0,
            strict=False,
            evidence=0.0,
            began_in_view=False,
        )

    def _opens(self, candidate: Candidate) -> bool:
        """Whether a single one may open a set: arms swing by themselves, one after the other."""
        far = candidate.amplitude >= OPENING * self.exercise.floor
        return candidate.strict and far and candidate.side is Side.BOTH

    def _enough(self) -> bool:
        """Whether those that wait are a set."""
        waiting = self._pending
        one_sided = any(c.side is not Side.BOTH for c in waiting)
        if one_sided and self.exercise.sides is Sides.EITHER:
            good = all(c.strict and c.evidence >= SIDED for c in waiting)
            return len(waiting) >= ALIKE and good and one_pattern(waiting)
        if all(c.strict and c.evidence >= GOOD for c in waiting):
            full = min(c.amplitude for c in waiting) >= FULL
            return len(waiting) >= (2 if full else ALIKE)
        return len(waiting) >= ALIKE

    def _takes_turns(self, candidates: list[Candidate]) -> bool:
        """Whether both sides are seen to do it, where they have to."""
        if self.exercise.sides is not Sides.IN_TURN:
            return True
        left = [c.amplitude for c in candidates if c.side is Side.LEFT]
        right = [c.amplitude for c in candidates if c.side is Side.RIGHT]
        if min(len(left), len(right)) < max(len(left), len(right)) / 3:
            return False
        return 1 / UNEVEN < median(left) / median(right) < UNEVEN

    def _other_side(self, history: History, side: str, movement: Excursion) -> float:
        """How far the other side went on the way to the turn, as a share of this one's; NaN where
        it was not seen."""
        if not side:
            return 0.0
        changes = history.change(movement.start, movement.turn)
        columns = [column(signal, _OTHER[side]) for signal in self.exercise.parts]
        if not np.isfinite(changes[columns]).any():
            return float("nan")
        other = self._progress.between(self._tracks[_OTHER[side]], movement.start, movement.turn)
        own = self._progress.between(self._tracks[side], movement.start, movement.turn)
        return float((other[-1] - other[0]) / max(own[-1] - own[0], 1e-6))
