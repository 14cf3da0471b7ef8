"""Somebody who does something, in an empty room: what happens, before anybody looks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgecv.athlete.activity import Rest, TrueRep
from edgecv.athlete.body import Body, Floats
from edgecv.athlete.build import Build, build_of
from edgecv.athlete.doings import DOINGS, framed
from edgecv.athlete.fitting import fitted, grip, rest_stance
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motions import EXERCISES, motion_of
from edgecv.athlete.repetitions import Manner, Repetitions
from edgecv.athlete.scene import require
from edgecv.athlete.stance import Stance
from edgecv.athlete.timetable import Timetable

_BEFORE_S, _AFTER_S = 1.2, 1.5
_EVEN = Manner()


@dataclass(frozen=True)
class Performance:
    """Who does what, and when."""

    mannequin: Mannequin
    build: Build
    timetable: Timetable
    framed: Sequence[Stance]
    """What a camera has to have in view."""
    bar: Floats
    """(3,): where the hands hold on to something."""
    equipment: tuple[str, ...] = ()
    exercise: str | None = None
    """What it is to the product; None where it is no exercise."""

    @property
    def reps(self) -> tuple[TrueRep, ...]:
        return self.timetable.reps

    def body(self, t_s: float) -> Body:
        """Where the segments are, `t_s` seconds after the start."""
        return self.mannequin.body(self.timetable.stance(t_s))


def perform(exercise: str, *, reps: int = 8, seed: int = 1, manner: Manner = _EVEN) -> Performance:
    """An exercise, so many times, with a moment of rest before and after.

    Raises ValueError for what is out of range.
    """
    require(exercise in EXERCISES, "exercise", exercise, f"one of {', '.join(EXERCISES)}")
    require(reps >= 1, "reps", reps, "1 or more")
    motion = motion_of(exercise, seed)
    tempo_s = motion.natural_s if manner.tempo_s is None else manner.tempo_s
    require(0.3 < tempo_s < math.inf, "tempo_s", tempo_s, "more than 0.3 seconds")
    require(0.0 <= manner.partial <= 1.0, "partial", manner.partial, "0 to 1")
    require(0.0 <= manner.uneven <= 1.0, "uneven", manner.uneven, "0 to 1")
    require(manner.pause_every >= 0, "pause_every", manner.pause_every, "0 or more")
    require(0.0 <= manner.pause_s <= 60.0, "pause_s", manner.pause_s, "0 to 60 seconds")
    require(seed >= 0, "seed", seed, "0 or more")
    build = build_of(seed)
    mannequin = Mannequin(build)
    motion = fitted(mannequin, motion)
    rest = rest_stance(mannequin, motion)

    def repetitions(count: int, manner: Manner) -> Repetitions:
        return Repetitions(
            mannequin, exercise, motion, rest=rest, reps=count, manner=manner, seed=seed
        )

    activities = (Rest(rest, _BEFORE_S), repetitions(reps, manner), Rest(rest, _AFTER_S))
    textbook = repetitions(2, Manner(1.0))
    moments = np.linspace(0.0, textbook.duration_s, 33).tolist()
    return Performance(
        mannequin,
        build,
        Timetable(activities, seed),
        [textbook.stance(t) for t in moments],
        grip(rest),
        motion.equipment,
        motion.counts_as or exercise,
    )


def do(doing: str, *, seconds: float = 30.0, seed: int = 1) -> Performance:
    """One of `DOINGS`, for about so long.

    Raises ValueError for what is out of range.
    """
    require(doing in DOINGS, "doing", doing, f"one of {', '.join(DOINGS)}")
    require(1.0 <= seconds <= 3600.0, "seconds", seconds, "1 to 3600 seconds")
    require(seed >= 0, "seed", seed, "0 or more")
    build = build_of(seed)
    mannequin = Mannequin(build)
    row = DOINGS[doing]
    activities = row.activities(mannequin, seconds, np.random.default_rng((seed, 5)))
    return Performance(
        mannequin,
        build,
        Timetable(activities, seed),
        framed(activities),
        np.zeros(3),
        row.equipment,
        row.exercise,
    )
