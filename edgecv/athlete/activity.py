"""What somebody can do for a while: rest, go from one stance to another. See also `Repetitions` and
`Walk`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from edgecv.athlete.body import LIMBS
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motion import Side, Via, ease
from edgecv.athlete.stance import Stance, between


@dataclass(frozen=True)
class TrueRep:
    """When a repetition starts, reaches its turn and is finished: seconds since the start."""

    exercise: str
    start_s: float
    turn_s: float
    end_s: float
    amplitude: float = 1.0
    """How far it goes: 1 is as far as in a textbook."""
    full: bool = True
    """False: it was broken off too early to count."""
    side: Side | None = None
    """Where one moves on its own."""

    def later(self, by_s: float) -> "TrueRep":
        """The same one, so many seconds later."""
        return replace(
            self, start_s=self.start_s + by_s, turn_s=self.turn_s + by_s, end_s=self.end_s + by_s
        )


class Activity(Protocol):
    """Something that takes a while. Times are seconds since its start, 0 to `duration_s`."""

    duration_s: float
    exercise: str | None
    reps: Sequence[TrueRep]

    def stance(self, t_s: float) -> Stance: ...


class Rest:
    """Stays as somebody is."""

    reps: Sequence[TrueRep] = ()

    def __init__(self, stance: Stance, duration_s: float, exercise: str | None = None) -> None:
        self.duration_s = duration_s
        self.exercise = exercise
        self._stance = stance

    def stance(self, t_s: float) -> Stance:  # noqa: ARG002
        return self._stance


class Passage:
    """From one stance to another, by way of others, with hands and feet led from hold to hold."""

    exercise: str | None = None
    reps: Sequence[TrueRep] = ()

    def __init__(
        self,
        mannequin: Mannequin,
        start: Stance,
        end: Stance,
        duration_s: float,
        via: Sequence[Via] = (),
    ) -> None:
        self.duration_s = duration_s
        first, last = _held(mannequin, start), _held(mannequin, end)
        self._keys = [(0.0, first)]
        for key in via:
            holds = {
                limb: (last if limb in key.arrived else first).holds[limb]
                for limb in LIMBS
                if limb in key.arrived or limb.endswith("leg")
            }
            heading = first.heading + key.share * (last.heading - first.heading)
            hips = mannequin.carried(key.posture, heading, holds)
            stance = Stance(key.posture, hips, heading, holds)
            self._keys.append((key.share, _held(mannequin, stance)))
        self._keys.append((1.0, last))

    def stance(self, t_s: float) -> Stance:
        share = min(max(t_s / self.duration_s, 0.0), 1.0)
        for (start, before), (end, after) in pairwise(self._keys):
            if share <= end:
                return between(before, after, ease((share - start) / (end - start)))
        return self._keys[-1][1]


def _held(mannequin: Mannequin, stance: Stance) -> Stance:
    """The same, with every hand and foot held where it is."""
    body = mannequin.body(stance)
    return replace(stance, holds={limb: mannequin.hold(body, limb) for limb in LIMBS})


class Backwards:
    """What another activity does, from its end to its start."""

    exercise: str | None = None
    reps: Sequence[TrueRep] = ()

    def __init__(self, activity: Activity) -> None:
        self.duration_s = activity.duration_s
        self._activity = activity

    def stance(self, t_s: float) -> Stance:
        return self._activity.stance(self.duration_s - t_s)
