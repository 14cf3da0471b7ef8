"""A whole workout: somebody comes in, does several exercises with rests between, and leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgecv.athlete.activity import Activity, Backwards, Rest
from edgecv.athlete.build import build_of
from edgecv.athlete.fitting import fitted, grip, rest_stance
from edgecv.athlete.gait import Walk
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motion import STAND
from edgecv.athlete.motions import EXERCISES, motion_of
from edgecv.athlete.performance import getting_ready
from edgecv.athlete.posture import STANDING
from edgecv.athlete.repetitions import Manner, Repetitions
from edgecv.athlete.scene import PassesBy, Scene, View, beside, require
from edgecv.athlete.stance import Stance
from edgecv.athlete.timetable import Timetable


@dataclass(frozen=True)
class Stand:
    """Stand and rest."""

    seconds: float


@dataclass(frozen=True)
class Do:
    """Do so many repetitions of an exercise of `EXERCISES`."""

    exercise: str
    reps: int
    tempo_s: float


WORKOUT: tuple[Stand | Do, ...] = (
    Stand(1.5),
    Do("squat", reps=5, tempo_s=2.4),
    Stand(5.0),
    Do("push_up", reps=4, tempo_s=2.0),
    Stand(2.0),
    Do("jumping_jack", reps=6, tempo_s=1.2),
    Stand(1.5),
)
"""What is done between coming in and leaving; how to get down to the floor and up again is seen
to."""


class Workout(Scene):
    """Somebody who walks in from the left of the picture, does what the script says, and walks out
    to the right. Like an `Athlete`, of which it takes the arguments that are about the view.

    The whole script is in view; before the start and after `duration_s` nobody is.
    Raises ValueError when an argument is out of range.
    """

    def __init__(
        self,
        script: Sequence[Stand | Do] = WORKOUT,
        *,
        azimuth_deg: float = 45.0,
        width: int = 640,
        height: int = 480,
        seed: int = 1,
        camera_height_m: float = 1.2,
        noise: float = 0.0,
        shutter_s: float = 0.0,
        passer_by: PassesBy | None = None,
    ) -> None:
        require(len(script) > 0, "script", script, "one step or more")
        view = View(azimuth_deg, width, height, seed, camera_height_m, noise, shutter_s, passer_by)
        build = build_of(seed)
        mannequin = Mannequin(build)
        stand = rest_stance(mannequin, STAND)
        activities: list[Activity] = []
        for index, step in enumerate(script):
            activities += _activities(step, mannequin, stand, seed + index)
        times = np.arange(0.0, sum(activity.duration_s for activity in activities), 0.2)
        stage = Timetable(activities, seed)
        camera = view.camera(mannequin, (stage.stance(t) for t in times.tolist()), build)
        left, right = beside(camera, width, 0.0)
        done = [EXERCISES[step.exercise] for step in script if isinstance(step, Do)]
        hung = [motion for motion in done if "pull_up_bar" in motion.equipment]
        super().__init__(
            view,
            Timetable(
                [Walk(mannequin, left, stand), *activities, Walk(mannequin, stand, right)], seed
            ),
            camera,
            mannequin=mannequin,
            build=build,
            equipment=sorted({name for motion in done for name in motion.equipment}),
            bar=grip(rest_stance(mannequin, hung[0])) if hung else np.zeros(3),
        )


def _activities(step: Stand | Do, mannequin: Mannequin, stand: Stance, seed: int) -> list[Activity]:
    """What a step of the script consists of, from standing to standing."""
    if isinstance(step, Stand):
        require(step.seconds > 0.0, "seconds", step.seconds, "more than 0")
        return [Rest(stand, step.seconds)]
    known = f"one of {', '.join(EXERCISES)}"
    require(step.exercise in EXERCISES, "exercise", step.exercise, known)
    require(step.reps >= 1, "reps", step.reps, "1 or more")
    require(step.tempo_s > 0.3, "tempo_s", step.tempo_s, "more than 0.3 seconds")
    motion = fitted(mannequin, motion_of(step.exercise, seed))
    rest = rest_stance(mannequin, motion)
    ready = getting_ready(mannequin, motion, stand, rest)
    repetitions = Repetitions(
        mannequin,
        step.exercise,
        motion,
        rest=rest,
        reps=step.reps,
        manner=Manner(step.tempo_s),
        seed=seed,
    )
    if motion.rest == STANDING:
        return [repetitions]
    return [ready, repetitions, Backwards(ready)]
