"""Finds the reps that somebody demonstrates: the largest movements away from a posture and back
that are alike."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.candidate import from_rest
from edgecv.reps.excursion import Excursion, ExcursionFinder
from edgecv.reps.exercises import Exercise
from edgecv.reps.history import FRAMES, History
from edgecv.reps.joints import Floats, JointReader
from edgecv.reps.plausibility import Plausibility
from edgecv.reps.progress import column
from edgecv.reps.signals import IN_DEGREES, PAIRED, SignalReader
from edgecv.reps.smoothing import Smoothing

LEAST, MOST = 3, 5
"""Reps of a demonstration, where nobody says how many."""
STEP_S = 1 / 30
"""Frames that come quicker are left out; of long demonstrations more are."""
LONGEST_S = 120.0
"""At 8 frames a second, below which counting gets worse, this is what the history holds."""
REST_EVERY_S = 0.25
"""How often a posture is tried as that of rest."""

UNIT_DEG, UNIT_M = 60.0, 0.3
"""What an ordinary rep changes a signal by."""
VIEWED = frozenset(
    {"ankle_spread", "wrist_spread", "hip_across", "shoulder_across", "wrist_across"}
    | {"ankle_across", "chest"}
)
"""Signals that change differently when they are seen from elsewhere, or that only tell how somebody
lies."""
MOVING = tuple(
    signal
    for signal in (*PAIRED, *("torso", "ankle_distance", "stride", "straddle"))
    if signal not in (*VIEWED, "ankle_over_hip")
)
"""Those that a rep is made of; one that only mirrors another is none."""
SMALLEST = 0.6
"""Of a movement, in units over all signals; that of a crunch is 1, of a squat 5."""
LONGEST_REP_S = 15.0
ALIKE, MIRRORED = 0.85, 0.85
"""Least cosine of two reps' changes; of one's and the other's mirror image, where the sides take
turns."""
SIZES, TIMES = 1.67, 2.5
"""How much larger and longer one may be than the next."""
PAUSE_S = 8.0
"""Between two reps, at most."""
READINGS = 0.6
"""Where it is said how many there were, a series of so many may be smaller than the largest."""
OTHERS = 0.5
"""Another series of movements, so large compared to the largest, leaves open what was meant."""

_SIDED = [s for s in MOVING if s in PAIRED]
_WHOLE = [s for s in MOVING if s not in PAIRED]
_COLUMNS = np.array(
    [column(s, side) for side in (".left", ".right") for s in _SIDED] + [column(s) for s in _WHOLE]
)
_OTHER_SIDE = np.concatenate(
    (
        np.arange(len(_SIDED)) + len(_SIDED),
        np.arange(len(_SIDED)),
        np.arange(len(_WHOLE)) + 2 * len(_SIDED),
    )
)


class NotLearned(Exception):
    """Why a demonstration teaches nothing, and what to do, in words."""


def unit(signal: str) -> float:
    return UNIT_DEG if signal in IN_DEGREES else UNIT_M


_UNITS = np.array([unit(s) for s in (*_SIDED, *_SIDED, *_WHOLE)])


@dataclass(frozen=True)
class Demonstration:
    """Reps, and the signals in which they were found."""

    history: History
    reps: tuple[Excursion, ...]
    """In order; their amplitudes are in units over all signals."""

    def seconds(self, row: int) -> float:
        """When a row of the history was, after the first."""
        return self.history.time_s(row) - self.history.time_s(self.history.first)


def find_reps(
    skeleton: Skeleton,
    samples: Sequence[tuple[float, Pose | None]],
    frame_size: tuple[int, int],
    *,
    reps: int | None = None,
) -> Demonstration:
    """`samples` are times in seconds and who was in view, `reps` how many were shown; None: LEAST
    to MOST. Raises NotLearned."""
    history = _watch(skeleton, samples, frame_size)
    postures = np.array([history.near(row)[_COLUMNS] for row in range(history.rows)]) / _UNITS
    series = [
        run
        for rest in _rests(history)
        for run in _runs(history, postures, _movements(history, postures, rest))
    ]
    best = max(series, key=_size, default=())
    if reps is not None:
        large = [run for run in series if len(run) == reps and _size(run) > READINGS * _size(best)]
        best = max(large, key=_size, default=best)
    if not (LEAST <= len(best) <= MOST if reps is None else len(best) == reps):
        raise NotLearned(_why_not(best, reps))
    if any(_apart(run, best) and _size(run) > OTHERS * _size(best) for run in series):
        raise NotLearned(
            "two different movements were repeated, and nobody knows which one is meant: show one"
        )
    return Demonstration(history, best)


def _watch(
    skeleton: Skeleton, samples: Sequence[tuple[float, Pose | None]], frame_size: tuple[int, int]
) -> History:
    """The signals of those frames in which somebody was in view."""
    times = [time_s for time_s, _ in samples if math.isfinite(time_s)]
    seconds = max(times) - min(times) if times else 0.0
    if seconds > LONGEST_S:
        raise NotLearned(
            f"{seconds:.0f} s are too long: cut out the reps, at most {LONGEST_S:.0f} s of them"
        )
    step_s = max(STEP_S, seconds / (FRAMES - 1))
    read, plausible, measure = JointReader(skeleton), Plausibility(), SignalReader()
    smooth, history = Smoothing(), History()
    for time_s, pose in _forward(samples, step_s):
        body = None if pose is None else read(pose, frame_size)
        if body is None or not plausible(time_s, body):
            continue
        signals = measure(time_s, body)
        values, holds = smooth(time_s, signals.values, signals.seen)
        history.add(time_s, values, holds, signals, cut=plausible.cut)
    if history.rows < LEAST:
        raise NotLearned(
            "nobody was in view: stand where the camera sees all of you (edgecv snapshot shows it)"
        )
    return history


def _forward(
    samples: Iterable[tuple[float, Pose | None]], step_s: float
) -> Iterable[tuple[float, Pose | None]]:
    """Those whose times go forward by at least 0.98 steps: recorded times are rounded."""
    last_s = -math.inf
    for time_s, pose in samples:
        if time_s - last_s >= 0.98 * step_s:
            last_s = time_s
            yield time_s, pose


def _rests(history: History) -> list[int]:
    """Rows whose posture may be that of rest."""
    rows = [history.first]
    for row in range(history.first, history.rows):
        if history.time_s(row) - history.time_s(rows[-1]) >= REST_EVERY_S:
            rows.append(row)
    return rows


def _movements(history: History, postures: Floats, rest: int) -> list[Excursion]:
    """Away from the posture of the row `rest`, and back."""
    away = postures - postures[rest]
    known = np.isfinite(away)
    share = known.mean(axis=1)
    squares = np.square(np.where(known, away, 0.0)).sum(axis=1)
    distances = np.sqrt(squares / np.maximum(share, 1e-9))
    finder = ExcursionFinder(Exercise(parts={}, floor=SMALLEST, longest_s=LONGEST_REP_S))
    found = []
    for row in np.flatnonzero(share > 1 / 3).tolist():
        movement = finder.update(row, history.time_s(row), float(distances[row]))
        if movement is not None:
            found.append(_from_rest(movement, distances))
    last = finder.finish(history.rows - 1, float(distances[-1]))
    return found if last is None else [*found, _from_rest(last, distances)]


def _from_rest(movement: Excursion, distances: Floats) -> Excursion:
    return from_rest(movement, distances[movement.start : movement.turn + 1])


def _runs(
    history: History, postures: Floats, movements: Sequence[Excursion]
) -> list[tuple[Excursion, ...]]:
    """Movements that follow one another and are alike."""
    runs: list[list[Excursion]] = []
    for movement in movements:
        if runs and _alike(history, postures, runs[-1][-1], movement):
            runs[-1].append(movement)
        else:
            runs.append([movement])
    return [tuple(run) for run in runs]


def _alike(history: History, postures: Floats, one: Excursion, other: Excursion) -> bool:
    if not 1 / SIZES < one.amplitude / other.amplitude < SIZES:
        return False
    if not 1 / TIMES < _duration_s(history, one) / _duration_s(history, other) < TIMES:
        return False
    if history.time_s(other.start) - history.time_s(one.end) > PAUSE_S:
        return False
    first, second = (postures[m.turn] - postures[m.start] for m in (one, other))
    return _cosine(first, second) > ALIKE or _cosine(first[_OTHER_SIDE], second) > MIRRORED


def _cosine(one: Floats, other: Floats) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    if known.mean() < 1 / 3:
        return 0.0
    one, other = one[known], other[known]
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-6))


def _duration_s(history: History, movement: Excursion) -> float:
    return max(history.time_s(movement.end) - history.time_s(movement.start), 1e-3)


def _size(run: Sequence[Excursion]) -> float:
    return sum(movement.amplitude for movement in run)


def _apart(run: Sequence[Excursion], best: Sequence[Excursion]) -> bool:
    """Another series, of as many as make one, before or after."""
    return len(run) >= LEAST and (run[-1].end <= best[0].start or run[0].start >= best[-1].end)


def _why_not(best: Sequence[Excursion], reps: int | None) -> str:
    wanted = f"{LEAST} to {MOST}" if reps is None else str(reps)
    if not best:
        return (
            f"nothing moved far enough: show {wanted} reps, with all that moves in view of the "
            "camera"
        )
    if len(best) == 1:
        return (
            f"no two movements were alike: show {wanted} reps one after the other, all alike, "
            "each from the same posture and back to it"
        )
    if len(best) < LEAST:
        return f"only {len(best)} movements were alike: show {wanted} reps, all alike"
    hint = f", or say --reps {len(best)} if that is right"
    return f"{len(best)} movements were alike, not {wanted}: show {wanted} reps{hint}"
