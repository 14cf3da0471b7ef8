"""The last seconds of all signals, for looking back over a movement."""

from itertools import pairwise

import numpy as np

from edgecv.reps.joints import Floats
from edgecv.reps.signals import COLUMNS, IN_PLACE, MAX_STEP_S, PAIRED, SINGLE, Signals
from edgecv.reps.smoothing import Flags

FRAMES = 1024
"""Kept; at the 30 frames a second of a camera half a minute."""
MAX_GAP_S = 2.5
"""What a signal did out of sight for no longer counts when it is seen again."""
SIDES_MEMORY_S = 0.3
HIDDEN_S, HIDDEN_RATIO = 0.35, 1.8
"""Without a frame for longer, and for so many times the usual step, a quick movement may have gone
on and come back."""

SIDES = ("", ".left", ".right")
"""Of a paired signal: the mean by how well each side is seen, and each side."""
NAMES = (*(f"{name}{side}" for side in SIDES for name in PAIRED), *SINGLE)
"""What a row of the history holds."""
INDEX = {name: column for column, name in enumerate(NAMES)}

_HALF = len(PAIRED)
_PLACED = np.array([name.split(".")[0] in IN_PLACE for name in COLUMNS])


class History:
    """A ring of frames; rows are counted from the first frame that was ever added."""

    def __init__(self) -> None:
        self.rows = 0
        """Frames so far; the newest is `rows - 1`."""
        self.increments = np.zeros(len(NAMES))
        """The newest frame's changes; 0 where a signal does not hold."""
        self.holds = np.zeros(len(NAMES))
        """1.0 where the newest frame's signal holds."""
        self._times = np.zeros(FRAMES)
        self._values = np.full((FRAMES, len(NAMES)), np.nan)
        self._sums = np.zeros((FRAMES, len(NAMES)))
        self._counts = np.zeros((FRAMES, len(NAMES)))
        self._scales = np.ones(FRAMES)
        self._cuts = np.zeros(FRAMES)
        self._breaks = np.zeros((FRAMES, len(NAMES)))
        self._before = np.full(len(COLUMNS), np.nan)
        self._before_s = np.full(len(COLUMNS), -np.inf)
        self._held = np.zeros(len(COLUMNS), bool)
        self._weight = np.zeros(2 * _HALF)

    @property
    def first(self) -> int:
        """The oldest row that is still there."""
        return max(0, self.rows - FRAMES)

    def add(
        self, time_s: float, values: Floats, holds: Flags, signals: Signals, *, cut: bool
    ) -> None:
        """The next frame: the smoothed `values` of `signals`, which of them hold, and `cut` as
        `Plausibility.cut`."""
        before = (self.rows - 1) % FRAMES
        step_s = time_s - self._times[before] if self.rows else 0.0
        increments, breaks = self._increments(time_s, step_s, values, holds)
        paired = slice(0, 2 * _HALF)
        weight = np.where(holds[paired], np.square(signals.seen[paired]) + 1e-3, 0.0)
        self._weight += (1 - np.exp(-step_s / SIDES_MEMORY_S)) * (weight - self._weight)
        if step_s == 0:
            self._weight = weight
        left, right = (self._weight * holds[paired]).reshape(2, _HALF)
        total = left + right
        seen_at_all = total > 0
        share = left / np.where(seen_at_all, total, 1.0)
        rest = 1 - share
        some_left, some_right = share > 0, rest > 0

        def with_mean(columns: Floats) -> Floats:
            one, other = columns[:_HALF], columns[_HALF : 2 * _HALF]
            # What counts for nothing may be no number.
            mean = share * np.where(some_left, one, 0.0) + rest * np.where(some_right, other, 0.0)
            return np.concatenate((mean, columns))

        self.holds = np.concatenate((seen_at_all, holds)).astype(np.float64)
        self.increments = np.where(self.holds > 0, with_mean(increments), 0.0)
        row = self.rows % FRAMES
        self._times[row] = time_s
        self._values[row] = np.where(self.holds > 0, with_mean(values), np.nan)
        self._sums[row] = self._sums[before] + self.increments
        self._counts[row] = self._counts[before] + self.holds
        self._scales[row] = signals.pixels_per_metre
        self._cuts[row] = self._cuts[before] + cut
        self._breaks[row] = self._breaks[before] + with_mean(breaks)
        self.rows += 1

    def time_s(self, row: int) -> float:
        return float(self._times[row % FRAMES])

    def near(self, row: int) -> Floats:
        """Each signal about a row, the mean of three frames; NaN where it is not known."""
        rows = [r % FRAMES for r in range(max(row - 1, self.first), min(row + 2, self.rows))]
        around = self._values[rows]
        known = np.isfinite(around)
        counts = known.sum(axis=0)
        sums = np.where(known, around, 0.0).sum(axis=0)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

    def is_hidden(self, row: int) -> bool:
        """Whether nobody was seen for a while right before or right after it, unlike usual: the
        movement may have gone on there."""
        around = range(max(row - 1, self.first), min(row + 2, self.rows))
        steps_s = [later - earlier for earlier, later in pairwise(map(self.time_s, around))]
        longest_s = max(steps_s, default=0.0)
        return longest_s > HIDDEN_S and longest_s > HIDDEN_RATIO * min(steps_s)

    def change(self, start: int, end: int) -> Floats:
        """By how much each signal changed from one row to another; NaN where it was out of sight
        for two fifths of the time, or its place was lost on the way."""
        start, end = start % FRAMES, end % FRAMES
        known = (self._share(start, end) > 0.6) & (self._breaks[end] == self._breaks[start])
        return np.where(known, self._sums[end] - self._sums[start], np.nan)

    def span(self, column: int, start: int, end: int) -> float:
        """How far a signal went to and fro between two rows: from its 5th to its 95th percentile;
        0 where it was not seen."""
        rows = np.arange(start, end + 1) % FRAMES
        known = np.isfinite(self._values[rows, column])
        if known.sum() <= 3:
            return 0.0
        low, high = np.percentile(self._sums[rows, column], (5, 95))
        return float(high - low)

    def rescaling(self, start: int, end: int) -> float:
        """The natural logarithm of how much larger the person became; 0 across a cut."""
        if self._cuts[end % FRAMES] != self._cuts[max(start - 1, self.first) % FRAMES]:
            return 0.0
        ratio = self._scales[end % FRAMES] / self._scales[start % FRAMES]
        return float(np.log(ratio))

    def _share(self, start: int, end: int) -> Floats:
        """Of the frames between two slots, in which each signal held."""
        counts = self._counts[end] - self._counts[start]
        return np.asarray(counts / max((end - start) % FRAMES, 1))

    def _increments(
        self, time_s: float, step_s: float, values: Floats, holds: Flags
    ) -> tuple[Floats, Floats]:
        """The changes, and 1 for each place that was lost: it is only followed from frame to frame,
        anything else also across a gap."""
        known = holds & np.isfinite(self._before)
        followed = self._held & (step_s < MAX_STEP_S)
        bridged = np.where(_PLACED, followed, time_s - self._before_s <= MAX_GAP_S)
        lost = (_PLACED & holds & ~followed).astype(np.float64)
        steps = np.where(known & bridged, values - self._before, 0.0)
        self._before = np.where(holds, values, self._before)
        self._before_s = np.where(holds, time_s, self._before_s)
        self._held = holds.copy()
        return steps, lost
