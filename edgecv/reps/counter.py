"""Counts reps: times and poses in, reps out. Pure; not for use by two threads at a time."""

import math
from collections.abc import Mapping
from itertools import pairwise
from statistics import fmean, median

from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.candidate import Candidate
from edgecv.reps.excursion import LOST_S
from edgecv.reps.exercises import EXERCISES, FAMILIES, Exercise
from edgecv.reps.history import History
from edgecv.reps.hold import HoldFinder
from edgecv.reps.joints import Body, JointReader
from edgecv.reps.one_exercise import TRACKS, Found, OneExercise
from edgecv.reps.outcome import Counted, Outcome, Refused, Rep, SetEnded, Standing
from edgecv.reps.plausibility import Plausibility
from edgecv.reps.progress import Progress
from edgecv.reps.recognition import Recogniser
from edgecv.reps.signals import SignalReader
from edgecv.reps.smoothing import Smoothing
from edgecv.reps.unknown import PATTERNS, UNKNOWN, is_regular

MIN_STEP_S = 1 / 75
"""Frames that come quicker add nothing: people move at no more than some 5 Hz."""
PAUSE_S = 8.0
"""A set is over after so long without a rep, or …"""
PAUSE_PERIODS = 3.0
"""… so many times the time between its reps, whichever is longer."""
MAX_PAUSE_S = 30.0
"""… but not longer than this."""
FRESH = 0.6
"""Least mean evidence of another exercise that ends a set by itself."""
PARTIAL = 0.6
"""A rep that goes less far, as a share of the person's own median, is a partial one."""


class Counter:
    """Frame by frame. With no exercise named, all are followed at once, and the one for which there
    is most evidence is counted once it leads clearly."""

    def __init__(
        self,
        skeleton: Skeleton,
        exercise: str | None = None,
        *,
        exercises: Mapping[str, Exercise] = EXERCISES,
        pause_s: float = PAUSE_S,
        count_partial: bool = True,
        count_unknown: bool = False,
    ) -> None:
        """`pause_s` without a rep end the set; `count_unknown`: regular movement that is none of
        the exercises counts, too. Raises KeyError for an exercise that is not in `exercises`.
        """
        if exercise is not None:
            exercises[exercise]
        self._named = exercise
        self._recogniser = Recogniser(exercise, count_unknown=count_unknown)
        self._pause_s = pause_s
        self._count_partial = count_partial
        self._count_unknown = count_unknown
        self._read = JointReader(skeleton)
        names = [name for name in exercises if not exercises[name].hold]
        if exercise is not None:
            names = [exercise, *(n for n in names if n in FAMILIES.get(exercise, ()))]
            names = [name for name in names if not exercises[name].hold]
        rows: dict[str, Exercise] = {name: exercises[name] for name in names}
        if exercise is None:
            rows |= PATTERNS
        tracks = [(row, side) for row in rows.values() for side in TRACKS[row.sides]]
        self._progress = Progress(tracks)
        self._rows: dict[str, OneExercise] = {}
        first = 0
        for name, row in rows.items():
            self._rows[name] = OneExercise(name, row, self._progress, first)
            first += len(TRACKS[row.sides])
        self._holds = [
            HoldFinder(name, row)
            for name, row in exercises.items()
            if row.hold and exercise in (None, name)
        ]
        self._history = History()
        self._plausible = Plausibility()
        self._signals = SignalReader()
        self._smooth = Smoothing()
        self._values: list[float] = []
        self.body: Body | None = None
        """Of the last frame; None where nobody was in view."""
        self._time_s = -math.inf
        self._seen_s = -math.inf
        self._leader: str | None = None
        self._sure = False
        self._told: list[Candidate] = []
        """Reps of this set that were counted."""
        self._last_s = -math.inf
        """When the last movement ended that may have been a rep."""

    @property
    def standing(self) -> Standing:
        """How the set stands."""
        leader = self._rows.get(self._leader or "")
        if leader is not None:
            return Standing(
                exercise=self._label(leader.name),
                sure=self._sure,
                waiting=len(self._untold(leader)),
                in_rep=self._away(),
            )
        for hold in self._holds:
            if (seconds := hold.seconds()) is not None:
                return Standing(exercise=hold.name, sure=True, hold_s=round(seconds, 1))
        regular = [len(row.reps) for row in self._regular()]
        if regular:
            return Standing(exercise=UNKNOWN, waiting=max(regular), in_rep=self._away())
        return Standing(in_rep=self._away())

    @property
    def signals(self) -> Mapping[str, float]:
        """How far along each exercise is, in textbook reps; only differences mean something."""
        return {
            name: self._values[row.first_track] for name, row in self._rows.items() if self._values
        }

    def update(
        self, time_s: float, pose: Pose | None, frame_size: tuple[int, int]
    ) -> list[Outcome]:
        """What this frame leads to. `pose` is None when nobody is in view; a frame whose time does
        not go forward is ignored."""
        if not math.isfinite(time_s) or time_s - self._time_s < MIN_STEP_S:
            return []
        self._time_s = time_s
        outcomes = self._see(time_s, pose, frame_size)
        in_view = time_s - self._seen_s < LOST_S and self._history.rows > 0
        for hold in self._holds:
            held = hold.update(time_s, self._history if in_view else None)
            if held is not None:
                outcomes.append(held)
        if self._set_is_over(time_s):
            outcomes += self.end_set("a pause")
        return outcomes

    def finish(self) -> list[Outcome]:
        """The end of the recording: a movement that was as good as done counts."""
        outcomes: list[Outcome] = []
        if self._history.rows:
            found = {
                name: row.finish(self._history, self._values) for name, row in self._rows.items()
            }
            outcomes += self._take(found)
        outcomes += [held for hold in self._holds if (held := hold.finish()) is not None]
        return outcomes + self.end_set("the end of the recording")

    def end_set(self, reason: str) -> list[Outcome]:
        """No more reps belong to the set that is under way, if one is."""
        return self._end_set(reason)

    def _end_set(self, reason: str, keep_after_s: float = math.inf) -> list[Outcome]:
        """What began after `keep_after_s` is part of the next set."""
        outcomes: list[Outcome] = []
        leader = self._rows.get(self._leader or "")
        if leader is not None:
            if not self._sure and self._recogniser.believes(leader, self._rows, last=True):
                outcomes += self._tell(leader)
            elif not self._sure:
                outcomes += [
                    _refused(leader.name, rep, f"too little for a set ({rep.evidence:.2f})")
                    for rep in leader.reps
                ]
            if self._told:
                outcomes.append(SetEnded(self._label(leader.name), reason))
        for row in self._rows.values():
            row.end_set(keep_after_s)
        self._leader, self._sure, self._told = None, False, []
        kept = [rep.end_s for row in self._rows.values() for rep in row.reps]
        self._last_s = max(kept, default=-math.inf)
        return outcomes

    def _see(self, time_s: float, pose: Pose | None, frame_size: tuple[int, int]) -> list[Outcome]:
        body = self.body = None if pose is None else self._read(pose, frame_size)
        if body is None or not self._plausible(time_s, body):
            return []
        signals = self._signals(time_s, body)
        values, holds = self._smooth(time_s, signals.values, signals.seen)
        self._history.add(time_s, values, holds, signals, cut=self._plausible.cut)
        row = self._history.rows - 1
        if time_s - self._seen_s > LOST_S:
            for exercise in self._rows.values():
                exercise.begin_view(row)
        self._seen_s = time_s
        now, seen = self._progress.update(row, self._history.increments, self._history.holds)
        self._values, in_sight = now.tolist(), seen.tolist()
        return self._take(
            {
                name: found
                for name, exercise in self._rows.items()
                if (found := exercise.update(self._history, self._values, in_sight)) is not None
            }
        )

    def _take(self, found: Mapping[str, Found]) -> list[Outcome]:
        """What follows from what the exercises found."""
        outcomes: list[Outcome] = []
        news = False
        for name, one in found.items():
            if one.reps:
                news = True
            if one.reps and (self._count_unknown or name not in PATTERNS):
                self._last_s = max(self._last_s, *(rep.end_s for rep in one.reps))
            of_interest = name in (self._named, self._leader) or self._leader is None
            if of_interest and name not in PATTERNS:
                outcomes += one.refused
        if news:
            outcomes += self._turn_over()
            self._leader = self._recogniser.leader(self._rows, self._leader, sure=self._sure)
            leader = self._rows.get(self._leader or "")
            if leader is not None and (
                self._sure or self._recogniser.believes(leader, self._rows, last=False)
            ):
                outcomes += self._tell(leader)
        return outcomes

    def _turn_over(self) -> list[Outcome]:
        """End the set when another exercise has begun: since the last rep that was counted there
        was none of the old one, and enough of another."""
        if self._named is not None or not self._told:
            return []
        assert self._leader is not None
        last = self._told[-1]
        if any(rep.turn_s > last.turn_s for rep in self._rows[self._leader].reps):
            return []
        for name, row in self._rows.items():
            fresh = [rep for rep in row.reps if rep.start_s >= last.turn_s]
            known = len(fresh) >= max(2, row.exercise.min_reps)
            if (
                name not in (self._leader, *PATTERNS)
                and known
                and fmean(r.evidence for r in fresh) >= FRESH
            ):
                return self._end_set("another exercise began", keep_after_s=last.turn_s)
        return []

    def _tell(self, leader: OneExercise) -> list[Outcome]:
        """Count what was not counted yet: of another exercise only what came after that."""
        self._sure = True
        outcomes: list[Outcome] = []
        for candidate in self._untold(leader):
            rep = self._rep(leader.name, candidate)
            self._told.append(candidate)
            if rep.partial and not self._count_partial:
                outcomes.append(_refused(rep.exercise, candidate, f"partial: {rep.range:.0%}"))
            else:
                outcomes.append(Counted(rep))
        return outcomes

    def _untold(self, leader: OneExercise) -> list[Candidate]:
        after_s = self._told[-1].end_s if self._told else -math.inf
        told = {id(rep) for rep in self._told}
        same = bool(self._told) and any(rep is self._told[-1] for rep in leader.reps)
        reps = [
            rep
            for rep in leader.reps
            if id(rep) not in told and (rep.turn_s > after_s or (same and not rep.began_in_view))
        ]
        return sorted(reps, key=lambda rep: rep.end_s)

    def _rep(self, exercise: str, candidate: Candidate) -> Rep:
        before = self._told[-1] if self._told else None
        usual = median([*(rep.amplitude for rep in self._told), candidate.amplitude])
        share = candidate.amplitude / usual
        return Rep(
            exercise=self._label(exercise),
            start_s=candidate.start_s,
            turn_s=candidate.turn_s,
            end_s=candidate.end_s,
            amplitude=candidate.amplitude,
            side=candidate.side,
            tempo=candidate.tempo(before),
            range=share,
            partial=share < PARTIAL or not candidate.began_in_view,
            symmetry=candidate.symmetry,
            confidence=candidate.evidence,
        )

    def _label(self, name: str) -> str:
        return self._named or (UNKNOWN if name in PATTERNS else name)

    def _regular(self) -> list[OneExercise]:
        return [
            row for name, row in self._rows.items() if name in PATTERNS and is_regular(row.reps)
        ]

    def _away(self) -> bool:
        names = [self._leader] if self._leader else list(self._rows)
        return any(self._rows[name].away for name in names)

    def _set_is_over(self, time_s: float) -> bool:
        if self._last_s == -math.inf:
            return False
        since_s = time_s - self._last_s
        if since_s <= self._pause_s:
            return False
        leader = self._rows.get(self._leader or "")
        turns = [rep.turn_s for rep in leader.reps] if leader else []
        periods = [later - earlier for earlier, later in pairwise(turns)]
        pause_s = max(self._pause_s, PAUSE_PERIODS * median(periods)) if periods else self._pause_s
        if since_s > max(MAX_PAUSE_S, self._pause_s):
            return True
        return since_s > pause_s and not (leader is not None and leader.away)


def _refused(exercise: str, candidate: Candidate, reason: str) -> Refused:
    return Refused(
        exercise,
        candidate.start_s,
        candidate.turn_s,
        candidate.end_s,
        candidate.amplitude,
        reason,
    )
