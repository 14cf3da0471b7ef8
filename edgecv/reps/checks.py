"""Is a movement a rep of an exercise: strictly, at least leniently, or why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from edgecv.reps.excursion import Excursion
from edgecv.reps.exercises import Bounds, Exercise, Sides
from edgecv.reps.history import History
from edgecv.reps.joints import Floats
from edgecv.reps.progress import column
from edgecv.reps.signals import IN_DEGREES, IN_PLACE, PAIRED
from edgecv.words import spaced

AGREEMENT, LENIENT_AGREEMENT = 0.6, 0.4
"""Share of the weight whose signals move the right way …"""
AGREES = 0.15
"""… by at least this share of their nominal change."""
SYMMETRY, LENIENT_SYMMETRY = 0.35, 0.18
"""Of a rep of both sides the weaker one does at least this share of the stronger one's way."""
MAX_RESCALING, LENIENT_RESCALING = 0.35, 0.55
"""Natural logarithm of how much nearer the person may come during a rep."""
LARGEST = 3.5
"""Nobody goes so many times as far as in a textbook."""
DWELL_S, DWELL_SHARE = 1.5, 0.6
"""Who stays near the turn for so long and for that share of the rep is gesturing."""


class Level(IntEnum):
    REFUSED = 0
    LENIENT = 1
    """Good in a set that is under way; opens none by itself."""
    STRICT = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    level: Level
    reason: str = ""
    """Why it is not strict, in words, with the figure that decided."""
    quality: float = 0.0
    """Mean share of the nominal changes, 0 to 1.2."""
    symmetry: float | None = None
    """As in `outcome.Rep`."""


def judge(
    exercise: Exercise,
    side: str,
    history: History,
    movement: Excursion,
    *,
    near_turn_s: float,
    in_set: bool,
) -> Verdict:
    """`side` is one of `history.SIDES`; `near_turn_s` is how long it stayed close to the turn,
    `in_set` whether a set of this exercise is under way."""
    times = [history.time_s(row) for row in (movement.start, movement.turn, movement.end)]
    away_s, back_s, duration_s = times[1] - times[0], times[2] - times[1], times[2] - times[0]
    if duration_s < 0.7 * exercise.least_s:
        return Verdict(Level.REFUSED, f"too quick: {duration_s:.2f} s")
    if away_s > exercise.longest_s or duration_s > 1.6 * exercise.longest_s:
        return Verdict(Level.REFUSED, f"too slow: {duration_s:.1f} s")
    if movement.amplitude > LARGEST:
        return Verdict(Level.REFUSED, f"too large: {movement.amplitude:.1f} textbook reps")
    looks = _Looks(exercise, side, history, movement)
    strict = looks.strict()
    lenient = looks.lenient(in_set=in_set) if strict else ""
    if lenient:
        return Verdict(Level.REFUSED, lenient, looks.quality, looks.symmetry)
    reason = strict
    if exercise.least_away_s and not movement.last:
        pace = min(away_s / exercise.least_away_s, back_s / (0.4 * exercise.least_away_s))
        if pace < 0.5:
            return Verdict(Level.REFUSED, f"too quick: {away_s:.2f} s to the turn", looks.quality)
        if pace < 1:
            reason = reason or f"quick: {away_s:.2f} s to the turn"
    if near_turn_s > DWELL_S and near_turn_s > DWELL_SHARE * duration_s:
        reason = reason or f"held at the turn for {near_turn_s:.1f} s"
    level = Level.LENIENT if reason else Level.STRICT
    return Verdict(level, reason, looks.quality, looks.symmetry)


class _Looks:
    """What a movement looks like, measured once for both judgements."""

    def __init__(
        self, exercise: Exercise, side: str, history: History, movement: Excursion
    ) -> None:
        self._exercise = exercise
        self._side = side
        self._history = history
        self._movement = movement
        changes = history.change(movement.start, movement.turn)
        self._shares = {
            signal: float(changes[column(signal, side)] / change)
            for signal, (change, _) in exercise.parts.items()
            if np.isfinite(changes[column(signal, side)])
        }
        weights = {signal: exercise.parts[signal][1] for signal in self._shares}
        self._seen = sum(weights.values())
        self.quality = 0.0
        self._agreement = 0.0
        if self._seen > 0:
            clipped = {s: min(max(share, -0.5), 1.2) for s, share in self._shares.items()}
            self.quality = sum(weights[s] * clipped[s] for s in weights) / self._seen
            agree = sum(weights[s] for s, share in self._shares.items() if share >= AGREES)
            self._agreement = agree / self._seen
        self.symmetry = self._symmetry(changes) if not side else None
        self._near_start = history.near(movement.start)
        self._near_turn = history.near(movement.turn)
        if history.is_hidden(movement.turn):  # it may have gone further
            self._near_turn = np.full_like(self._near_turn, np.nan)
        self._spans: dict[str, float] = {}
        self._travel_m = self._travel()
        self._rescaling = abs(history.rescaling(movement.start, movement.end))

    def strict(self) -> str:
        """Why it is not a rep beyond doubt; empty when it is."""
        row = self._exercise
        for signal in row.must_see:
            if np.isnan(self._near_turn[column(signal, self._side)]):
                return f"{spaced(signal)} can't be seen"
        return (
            self._fits(AGREEMENT, row.quality, row.need, row.need_one)
            or self._within(row.rest, self._near_start, "at rest")
            or self._within(row.turn, self._near_turn, "at the turn")
            or self._still(row.still)
            or self._even(SYMMETRY)
            or self._stays(row.travel_m, MAX_RESCALING)
        )

    def lenient(self, *, in_set: bool) -> str:
        """Why it can't even be a rep of a set that is under way; empty when it can."""
        row = self._exercise.lenient
        # The side that is turned away is often guessed; that both move is known from the others.
        even = 0.0 if in_set and self._exercise.sides is Sides.TOGETHER else LENIENT_SYMMETRY
        if self._exercise.sides is Sides.EITHER:
            even = SYMMETRY  # less is a rep of one side
        return (
            self._fits(LENIENT_AGREEMENT, row.quality, row.need, row.need_one)
            or self._within(row.rest, self._near_start, "at rest")
            or self._within(row.turn, self._near_turn, "at the turn")
            or self._still(row.still)
            or self._even(even)
            or self._stays(row.travel_m, LENIENT_RESCALING)
        )

    def _fits(
        self,
        agreement: float,
        quality: float,
        need: Mapping[str, float],
        need_one: Mapping[str, float],
    ) -> str:
        total = sum(weight for _, weight in self._exercise.parts.values())
        if self._seen < 0.3 * total:
            return "too little of it was seen"
        if self._agreement < agreement:
            return f"only {self._agreement:.0%} of its signals moved as they should"
        for signal, share in need.items():
            if self._shares.get(signal, 1.0) < share:
                return f"{spaced(signal)}: {self._shares[signal]:.0%} of a textbook rep"
        known = {s: self._shares[s] - share for s, share in need_one.items() if s in self._shares}
        if known and max(known.values()) < 0:
            best = max(known, key=lambda signal: known[signal])
            return f"{spaced(best)}: {self._shares[best]:.0%} of a textbook rep"
        if self.quality < quality:
            return f"too small: {self.quality:.0%} of a textbook rep"
        return ""

    def _within(self, bounds: Mapping[str, Bounds], values: Floats, when: str) -> str:
        for signal, (low, high) in bounds.items():
            value = float(values[column(signal, self._side)])
            if np.isnan(value):
                continue
            if (low is not None and value < low) or (high is not None and value > high):
                limit = low if low is not None and value < low else high
                return f"{spaced(signal)} {when}: {_figure(signal, value, limit)}"
        return ""

    def _still(self, still: Mapping[str, float]) -> str:
        # Who goes further than in a textbook takes the rest of the body along.
        scale = max(1.0, self._movement.amplitude)
        for signal, textbook in still.items():
            most = scale * textbook
            if signal not in self._spans:
                at = column(signal, self._side)
                self._spans[signal] = self._history.span(
                    at, self._movement.start, self._movement.end
                )
            if self._spans[signal] > most:
                return f"{spaced(signal)} moved: {_figure(signal, self._spans[signal], most)}"
        return ""

    def _even(self, least: float) -> str:
        if self._exercise.sides in (Sides.UNEVEN, Sides.IN_TURN) or self.symmetry is None:
            return ""
        if self.symmetry >= least:
            return ""
        return f"one side did {self.symmetry:.0%} of the other's way"

    def _stays(self, travel_m: float, rescaling: float) -> str:
        if self._travel_m > travel_m:
            return f"the hips went {self._travel_m:.2f} m aside"
        if self._rescaling > rescaling:
            return f"came nearer or went away, by a factor of {np.exp(self._rescaling):.1f}"
        return ""

    def _travel(self) -> float:
        changes = self._history.change(self._movement.start, self._movement.end)
        for signal in ("hip_across", "shoulder_across"):
            if np.isfinite(changes[column(signal)]):
                return abs(float(changes[column(signal)]))
        return 0.0

    def _symmetry(self, changes: Floats) -> float | None:
        """Over the signals that both sides show."""
        left = right = 0.0
        compared = False
        for signal, (change, weight) in self._exercise.parts.items():
            if signal not in PAIRED or signal in IN_PLACE:
                continue
            one, other = changes[column(signal, ".left")], changes[column(signal, ".right")]
            if np.isfinite(one) and np.isfinite(other):
                left += weight * one / change
                right += weight * other / change
                compared = True
        if not compared:
            return None
        return max(0.0, float(min(left, right) / max(left, right, 1e-9)))


def _figure(signal: str, value: float, limit: float | None) -> str:
    assert limit is not None
    if signal in IN_DEGREES:
        return f"{value:.0f}° (limit {limit:.0f}°)"
    return f"{value:.2f} m (limit {limit:.2f} m)"
