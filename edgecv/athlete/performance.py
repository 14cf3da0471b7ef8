"""Somebody who does something, in an empty room: what happens, before anybody looks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgecv.athlete.activity import Activity, Backwards, Passage, Rest, TrueRep
from edgecv.athlete.body import Body, Floats
from edgecv.athlete.build import Build, build_of
from edgecv.athlete.doings import DOINGS, framed
from edgecv.athlete.fitting import fitted, grip, rest_stance
from edgecv.athlete.form import in_form
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motion import STAND, Motion
from edgecv.athlete.motions import EXERCISES, motion_of
from edgecv.athlete.posture import STANDING
from edgecv.athlete.repetitions import Manner, Repetitions
from edgecv.athlete.scene import require
from edgecv.athlete.stance import Stance
from edgecv.athlete.timetable import Timetable

_BEFORE_S, _AFTER_S = 1.2, 1.5
_GET_DOWN_S, _GET_READY_S = 3.2, 0.8
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


def getting_ready(mannequin: Mannequin, motion: Motion, stand: Stance, rest: Stance) -> Passage:
    """From standing to where an exercise starts."""
    seconds = _GET_DOWN_S if motion.from_standing else _GET_READY_S
    return Passage(mannequin, stand, rest, seconds, motion.from_standing)


def perform(
    exercise: str,
    *,
    reps: int = 8,
    seed: int = 1,
    manner: Manner = _EVEN,
    from_standing: bool = False,
) -> Performance:
    """An exercise, so many times, with a moment of rest before and after; `from_standing`: with
    getting down to it and up again.

    Raises ValueError for what is out of range.
    """
    require(exercise in EXERCISES, "exercise", exercise, f"one of {', '.join(EXERCISES)}")
    require(reps >= 1, "reps", reps, "1 or more")
    motion = motion_of(exercise, seed)
    tempo_s = motion.natural_s if manner.tempo_s is None else manner.tempo_s
    require(0.3 < tempo_s < math.inf, "tempo_s", tempo_s, "more than 0.3 seconds")
    require(0.0 <= manner.partial <= 1.0, "partial", manner.partial, "0 to 1")
    require(0.0 <= manner.uneven <= 1.0, "uneven", manner.uneven, "0 to 1")
    require(0.0 <= manner.form <= 1.0, "form", manner.form, "0 to 1")
    require(manner.pause_every >= 0, "pause_every", manner.pause_every, "0 or more")
    require(0.0 <= manner.pause_s <= 60.0, "pause_s", manner.pause_s, "0 to 60 seconds")
    require(seed >= 0, "seed", seed, "0 or more")
    build = build_of(seed)
    mannequin = Mannequin(build)
    motion = in_form(motion, manner.form, np.random.default_rng((seed, 7)))
    motion = fitted(mannequin, motion)
    rest = rest_stance(mannequin, motion)

    def repetitions(count: int, manner: Manner) -> Repetitions:
        return Repetitions(
            mannequin, exercise, motion, rest=rest, reps=count, manner=manner, seed=seed
        )

    activities: list[Activity] = [
        Rest(rest, _BEFORE_S),
        repetitions(reps, manner),
        Rest(rest, _AFTER_S),
    ]
    textbook = repetitions(2, Manner(1.0))
    seen = [textbook.stance(t) for t in np.linspace(0.0, textbook.duration_s, 33).tolist()]
    if from_standing and motion.rest != STANDING:
        stand = rest_stance(mannequin, STAND)
        ready = getting_ready(mannequin, motion, stand, rest)
        before, after = Rest(stand, _BEFORE_S), Rest(stand, _AFTER_S)
        activities = [before, ready, *activities, Backwards(ready), after]
        seen.append(stand)
    return Performance(
        mannequin,
        build,
        Timetable(activities, seed),
        seen,
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
