"""What a plot of a recording shows: a lane for each exercise that matters."""

from collections import Counter as Multiset
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgecv.findings import Findings, Told
from edgecv.picture.drawing import Colour
from edgecv.reps.outcome import Refused

LANES = 3
LANE_GAP = 14
ABOVE, BELOW = 40, 12
"""Room in a lane over the highest value, for its name and marks, and under the lowest; pixels."""
ABSENT_S = 1.0
"""Nobody in view for so long is shown."""
COLOURS: tuple[Colour, ...] = ((178, 114, 0), (0, 94, 213), (115, 158, 0))
"""Blue, vermilion and green out of the palette of Okabe and Ito, which colour-blind people can tell
apart."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Lane:
    """One exercise, with its place in the picture."""

    exercise: str
    colour: Colour
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    told: list[Told]
    refused: list[tuple[str, Refused]]
    """Each with its letter, or with none."""
    top: float
    bottom: float

    def height(self, value: float) -> float:
        """Where a value lies, in pixels."""
        low, high = self.span
        bottom, top = self.bottom - BELOW, self.top + ABOVE
        return bottom - (value - low) / (high - low) * (bottom - top)

    @property
    def span(self) -> tuple[float, float]:
        """The lowest value and the highest: at least a textbook rep apart."""
        if not len(self.values):
            return 0.0, 1.0
        low, high = float(self.values.min()), float(self.values.max())
        return low, max(high, low + 1.0)

    def at(self, time_s: float) -> float:
        """The value at a time."""
        return float(np.interp(time_s, self.times, self.values)) if len(self.times) else 0.0


def exercises_shown(findings: Findings) -> list[str]:
    """What is drawn: what was counted, in its order; else what was refused most often."""
    told = list(dict.fromkeys(told.rep.exercise for told in findings.told))
    if told:
        return told[:LANES]
    refused = Multiset(one.exercise for one in findings.refused)
    return [name for name, _ in refused.most_common(LANES)]


def most_of(refused: Sequence[Refused], room: int) -> list[Refused]:
    """Those that went farthest, in the order of their turns: as many as there is room for, with
    the last place kept for saying that there are more."""
    if len(refused) > room:
        farthest = sorted(refused, key=lambda one: one.amplitude, reverse=True)
        refused = farthest[: room - 1]
    return sorted(refused, key=lambda one: one.turn_s)


def make_lanes(
    findings: Findings, listed: Sequence[Refused], top: float, bottom: float
) -> list[Lane]:
    """From `top` to `bottom`, in pixels; those `listed` get letters in their order."""
    shown = exercises_shown(findings)
    height = (bottom - top - (len(shown) - 1) * LANE_GAP) / max(1, len(shown))
    letters = {id(one): letter for letter, one in zip(LETTERS, listed, strict=False)}
    lanes = []
    for place, exercise in enumerate(shown):
        known = [m for m in findings.moments if exercise in m.signals]
        begins = top + place * (height + LANE_GAP)
        lanes.append(
            Lane(
                exercise=exercise,
                colour=COLOURS[place % len(COLOURS)],
                times=np.array([m.time_s for m in known], np.float64),
                values=np.array([m.signals[exercise] for m in known], np.float64),
                told=[told for told in findings.told if told.rep.exercise == exercise],
                refused=[
                    (letters.get(id(one), ""), one)
                    for one in findings.refused
                    if one.exercise == exercise
                ],
                top=begins,
                bottom=begins + height,
            )
        )
    return lanes


def absences(findings: Findings) -> list[tuple[float, float]]:
    """Times without anybody in view."""
    found: list[tuple[float, float]] = []
    since_s: float | None = None
    for moment in findings.moments:
        if not moment.seen and since_s is None:
            since_s = moment.time_s
        elif moment.seen and since_s is not None:
            found.append((since_s, moment.time_s))
            since_s = None
    if since_s is not None:
        found.append((since_s, findings.ended_s))
    return [(begin, end) for begin, end in found if end - begin >= ABSENT_S]
