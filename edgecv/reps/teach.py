"""Makes the row of an exercise from reps that somebody demonstrated."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.counter import Counter
from edgecv.reps.demonstration import (
    MOVING,
    VIEWED,
    Demonstration,
    NotLearned,
    find_reps,
    unit,
)
from edgecv.reps.evidence import COMPARED
from edgecv.reps.exercises import EXERCISES, Bounds, Exercise, Sides
from edgecv.reps.outcome import Counted
from edgecv.reps.progress import column
from edgecv.reps.signals import IN_DEGREES, IN_PLACE, PAIRED

PARTS = 8
"""Signals that make the progress, at most."""
PART_SHARE = 0.3
"""They change by at least this share of the one that changes most, each in its unit, …"""
PART_SPREAD = 0.4
"""… and differ by at most this share of it from rep to rep."""
NOISE = 0.1
"""Of a signal, in units: who shows three reps that are alike by chance is no better known."""
HEAVIEST = 1.5
"""Weight of the part that is most alike in all reps."""
ROOM_DEG, TRUNK_ROOM_DEG = 25.0, 35.0
"""On either side of where an angle was at rest and at the turn. That of the trunk to the picture's
vertical depends on how far down the camera looks, too."""
STILL_TIMES = 2.0
"""How much more than was seen a signal that did not take part may move."""
STILL_DEG, STILL_M = (30.0, 60.0), (0.15, 0.4)
"""At least so much; and what may move more than the second figure is no sign of anything."""
NEED = 0.3
"""Least share of its change that the heaviest part has to do."""
BOTH, ONE = 0.5, 0.25
"""The weaker side's share of the stronger one's way: from here on both sides do it together; up to
here one does it alone."""
QUICKER = 0.4
"""Others may take this share of the shortest time that was shown."""
SLOWER = 3.0
"""And so many times the longest."""
WHOLE_BODY_M = 0.2
"""Who moves hips or shoulders up or down by so much moves the whole body."""

_STILL = ("torso", "knee", "hip_over_ankle", "shoulder_up", "hip_across", "ankle_across")
_STILL_ARMS = ("elbow", "wrist_over_shoulder")
_BODY = ("hip_up", "shoulder_up")


@dataclass(frozen=True)
class Lesson:
    """What was learned."""

    exercise: Exercise
    seconds: tuple[tuple[float, float], ...]
    """When each rep began and turned, from the first frame with somebody in view."""
    known_as: str | None
    """The exercise of `exercises` as which the same reps are counted already."""


def learn(
    skeleton: Skeleton,
    samples: Sequence[tuple[float, Pose | None]],
    frame_size: tuple[int, int],
    *,
    reps: int | None = None,
    exercises: Mapping[str, Exercise] = EXERCISES,
) -> Lesson:
    """A row from a demonstration, as for `find_reps`. It is tried on the demonstration itself.

    Raises NotLearned.
    """
    shown = find_reps(skeleton, samples, frame_size, reps=reps)

    def count(named: str | None, rows: Mapping[str, Exercise]) -> list[str]:
        counter = Counter(skeleton, named, exercises=rows)
        outcomes = [o for time_s, pose in samples for o in counter.update(time_s, pose, frame_size)]
        outcomes += counter.finish()
        return [o.rep.exercise for o in outcomes if isinstance(o, Counted)]

    counted: list[int] = []
    for exercise in rows_of(shown):
        counted.append(len(count(_NAME, {_NAME: exercise})))
        if counted[-1] == len(shown.reps):
            break
    else:
        if not counted:
            raise NotLearned("the reps are too unlike: show them again, all alike")
        raise NotLearned(
            f"{len(shown.reps)} reps were shown, and what was learned from them would count "
            f"{counted[0]} in the same recording: show them again, large, all alike, with a pause "
            "before and after"
        )
    known = count(None, exercises)
    return Lesson(
        exercise,
        tuple((shown.seconds(rep.start), shown.seconds(rep.turn)) for rep in shown.reps),
        known[0] if len(known) == len(shown.reps) and len(set(known)) == 1 else None,
    )


_NAME = "taught"


def rows_of(shown: Demonstration) -> Iterator[Exercise]:
    """What the demonstrated reps have in common, the likeliest reading first: what one side seems
    to do may take the whole body."""
    sides = _sides([_Shown(shown, index) for index in range(len(shown.reps))])
    for reading in dict.fromkeys((sides, Sides.UNEVEN)):
        row = _row(shown, reading)
        if row is not None:
            yield row


def _row(shown: Demonstration, sides: Sides) -> Exercise | None:
    """None where no signal is alike in all reps."""
    reps = [_Shown(shown, index) for index in range(len(shown.reps))]
    if sides is not Sides.EITHER:
        for rep in reps:
            rep.side = ""
    changes = {signal: _mean([rep.change(signal) for rep in reps]) for signal in _ALL}
    parts = _parts(changes)
    if not parts:
        return None
    heaviest = max(parts, key=lambda signal: parts[signal][1])
    body_m = np.nan_to_num([changes[signal][0] for signal in _BODY])
    # Heights of somebody who lies depend on how far down the camera looks.
    posture = ["torso", *(s for s in parts if s in IN_DEGREES and s != "torso")]
    away_s = min(rep.away_s for rep in reps)
    durations_s = [rep.duration_s for rep in reps]
    return Exercise(
        parts=parts,
        rest=_bounds(posture, [rep.at_rest for rep in reps]),
        turn=_bounds(posture, [rep.at_turn for rep in reps]),
        still=_still(reps, parts),
        need={heaviest: NEED},
        expected={
            signal: _rounded(signal, changes[signal][0])
            for signal in COMPARED
            if signal not in VIEWED and abs(changes[signal][0]) > 0.15 * COMPARED[signal]
        },
        ignored=frozenset(
            signal
            for signal in COMPARED
            if signal in VIEWED or not changes[signal][1] < 0.5 * COMPARED[signal]
        ),
        sides=sides,
        least_away_s=round(QUICKER * away_s, 2),
        least_s=round(QUICKER * min(durations_s), 2),
        longest_s=round(max(8.0, SLOWER * max(durations_s)), 1),
        min_reps=2,
        whole_body=bool(np.abs(body_m).max() > WHOLE_BODY_M),
        lowers_first=_lowers_first(changes),
    )


class _Shown:
    """A rep: what each signal did."""

    def __init__(self, shown: Demonstration, index: int) -> None:
        history, rep = shown.history, shown.reps[index]
        self._history, self._rep = history, rep
        self._changes = history.change(rep.start, rep.turn)
        ways = {side: self._way(side) for side in (".left", ".right")}
        self.side = max(ways, key=lambda side: ways[side])
        """The one that does more; "" where both are looked at."""
        both = max(ways.values())
        seen = min(ways.values()) > 0
        self.symmetry = min(ways.values()) / both if seen and both > 0 else None
        self.away_s = history.time_s(rep.turn) - history.time_s(rep.start)
        self.duration_s = history.time_s(rep.end) - history.time_s(rep.start)

    def change(self, signal: str) -> float:
        return float(self._changes[column(signal, self.side)])

    def at_rest(self, signal: str) -> float:
        return float(self._history.near(self._rep.start)[column(signal, self.side)])

    def at_turn(self, signal: str) -> float:
        return float(self._history.near(self._rep.turn)[column(signal, self.side)])

    def span(self, signal: str) -> float:
        return self._history.span(column(signal, self.side), self._rep.start, self._rep.end)

    def _way(self, side: str) -> float:
        """How far a side went, in units over its signals; 0 where it was not seen."""
        changes = [self._changes[column(signal, side)] / unit(signal) for signal in _OF_A_SIDE]
        return float(np.sqrt(np.square(np.nan_to_num(changes)).sum()))


_OF_A_SIDE = [signal for signal in MOVING if signal in PAIRED and signal not in IN_PLACE]
_ALL = tuple(dict.fromkeys((*MOVING, *COMPARED)))


def _sides(reps: Sequence[_Shown]) -> Sides:
    shares = [rep.symmetry for rep in reps if rep.symmetry is not None]
    if not shares or min(shares) >= BOTH:
        return Sides.TOGETHER
    return Sides.EITHER if max(shares) <= ONE else Sides.UNEVEN


def _mean(changes: Sequence[float]) -> tuple[float, float]:
    """With the standard deviation; NaN where it was not seen in most reps."""
    known = [change for change in changes if np.isfinite(change)]
    if len(known) < 2 / 3 * len(changes):
        return float("nan"), float("nan")
    return float(np.mean(known)), float(np.std(known))


def _parts(changes: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """The signals that moved far, each with a weight that grows with how alike it was."""
    moved = {s: abs(changes[s][0]) / unit(s) for s in MOVING if np.isfinite(changes[s][0])}
    least = PART_SHARE * max(moved.values(), default=0.0)
    steadiness = {
        signal: far / (changes[signal][1] / unit(signal) + NOISE)
        for signal, far in moved.items()
        if far >= max(least, NOISE) and changes[signal][1] <= PART_SPREAD * abs(changes[signal][0])
    }
    best = sorted(steadiness, key=lambda signal: -steadiness[signal])[:PARTS]
    return {
        signal: (
            _rounded(signal, changes[signal][0]),
            round(HEAVIEST * steadiness[signal] / steadiness[best[0]], 1),
        )
        for signal in best
    }


def _bounds(signals: Sequence[str], where: Sequence[Callable[[str], float]]) -> dict[str, Bounds]:
    """Room about where the reps were; a bound that no body can pass says nothing."""
    bounds: dict[str, Bounds] = {}
    for signal in signals:
        mean, _ = _mean([at(signal) for at in where])
        if np.isfinite(mean):
            room = TRUNK_ROOM_DEG if signal == "torso" else ROOM_DEG
            low, high = round(mean - room), round(mean + room)
            bounds[signal] = (low if low > 10 else None, high if high < 170 else None)
    return bounds


def _still(reps: Sequence[_Shown], parts: Mapping[str, object]) -> dict[str, float]:
    still = {}
    arms_do_it = any("wrist" in part or part in ("elbow", "shoulder") for part in parts)
    for signal in (*_STILL, *(() if arms_do_it else _STILL_ARMS)):
        if signal in parts:
            continue
        least, most = STILL_DEG if signal in IN_DEGREES else STILL_M
        allowed = max(least, STILL_TIMES * max(rep.span(signal) for rep in reps))
        if allowed <= most:
            still[signal] = _rounded(signal, allowed)
    return still


def _lowers_first(changes: Mapping[str, tuple[float, float]]) -> bool:
    """By the part of the body that goes up or down furthest."""
    ways = [changes[s][0] for s in ("shoulder_up", "hip_up", "wrist_up")]
    known = [way for way in ways if np.isfinite(way)]
    return max(known, key=abs, default=0.0) <= 0


def _rounded(signal: str, value: float) -> float:
    return round(value) if signal in IN_DEGREES else round(value, 2)
