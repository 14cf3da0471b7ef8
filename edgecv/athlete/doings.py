"""What the athlete does beside exercises with repetitions: everyday doings, and timed holds.

None of it has a true repetition. To add one, add a row to DOINGS.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from edgecv.athlete import gestures
from edgecv.athlete.activity import Activity, Backwards, Passage, Rest
from edgecv.athlete.fitting import fitted, rest_stance
from edgecv.athlete.floor import PLANK
from edgecv.athlete.gait import Walk
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motion import FEET, Motion
from edgecv.athlete.posture import STANDING, Limb, grounded, symmetric
from edgecv.athlete.script import OnTheSpot, Script
from edgecv.athlete.stance import Stance
from edgecv.athlete.standing import WALL_SIT

Activities = Callable[[Mannequin, float, np.random.Generator], list[Activity]]
_LOOK_EVERY_S = 0.25
_ROOM_M = 1.3
"""How far from the middle people walk about."""
_FROM_AFAR_M = 3.2
"""From where they come in, and where they leave to."""
_SETTLE_S: Mapping[str, float] = {"plank": 3.2, "wall_sit": 1.6}


@dataclass(frozen=True)
class Doing:
    """Something that takes about so many seconds as one likes."""

    activities: Activities
    exercise: str | None = None
    """The timed hold that it is."""
    equipment: tuple[str, ...] = ()


def _stand(mannequin: Mannequin, x: float, z: float, heading: float) -> Stance:
    """Somebody who stands there on both feet."""
    stance = mannequin.standing(STANDING, np.array((x, z)), heading)
    body = mannequin.body(stance)
    return replace(stance, holds={limb: mannequin.hold(body, limb) for limb in FEET})


def _on_the_spot(fill: Callable[[Script, float], None], *, planted: bool = True) -> Activities:
    def activities(
        mannequin: Mannequin, seconds: float, rng: np.random.Generator
    ) -> list[Activity]:
        script = Script(STANDING, rng)
        fill(script, seconds)
        return [OnTheSpot(mannequin, _stand(mannequin, 0, 0, 0), script, planted=planted)]

    return activities


def _walking(mannequin: Mannequin, seconds: float, rng: np.random.Generator) -> list[Activity]:
    """Walks about, stands for a while here and there."""
    x, z = rng.uniform(-_ROOM_M, _ROOM_M, 2).tolist()
    here = _stand(mannequin, x, z, rng.uniform(-180, 180))
    activities: list[Activity] = [Rest(here, 1.0)]
    while sum(activity.duration_s for activity in activities) < seconds:
        x, z = rng.uniform(-_ROOM_M, _ROOM_M, 2).tolist()
        if np.hypot(x - here.hips[0], z - here.hips[2]) < 0.8:
            continue
        there = _stand(mannequin, x, z, rng.uniform(-180, 180))
        activities += [Walk(mannequin, here, there), Rest(there, rng.uniform(0.3, 3.0))]
        here = there
    return activities


def _setting_up(mannequin: Mannequin, seconds: float, rng: np.random.Generator) -> list[Activity]:
    """Comes in, bends to a bar and picks it up, looks about, puts it down again, and leaves."""
    side = rng.choice((-1.0, 1.0))
    stand = _stand(mannequin, 0, 0, 0)
    script = Script(STANDING, rng)
    low_legs = grounded(Limb(forward=108, outward=8, bend=62, twist=12), 64)
    gripping = Limb(forward=68, outward=7, bend=6, twist=-60)
    low = symmetric(pitch=64, spine=6, neck=-30, arms=gripping, legs=low_legs)
    holding = replace(
        STANDING,
        left_arm=Limb(forward=10, outward=7, bend=8, twist=-60),
        right_arm=Limb(forward=10, outward=7, bend=8, twist=-60),
    )
    script.wait(script.between(0.5, 2.0))
    script.to(low, script.between(1.0, 1.8))
    script.wait(script.between(0.4, 1.5))
    script.to(holding, script.between(1.0, 1.8))
    while script.duration_s < seconds:
        script.to(replace(holding, neck=script.between(-10, 20)), script.between(0.8, 2.0))
        script.wait(script.between(0.5, 2.0))
    script.to(low, script.between(1.0, 1.8))
    script.wait(script.between(0.2, 0.8))
    script.back(script.between(1.0, 1.5))
    script.wait(script.between(0.5, 2.0))
    far, near = rng.uniform(-0.5, 0.5, 2)
    return [
        Walk(mannequin, np.array((side * _FROM_AFAR_M, far)), stand),
        OnTheSpot(mannequin, stand, script),
        Walk(mannequin, stand, np.array((-side * _FROM_AFAR_M, near))),
    ]


def _hold(
    motion: Motion,
    exercise: str,
    mannequin: Mannequin,
    seconds: float,
    rng: np.random.Generator,  # noqa: ARG001
) -> list[Activity]:
    motion = fitted(mannequin, motion)
    rest = rest_stance(mannequin, motion)
    stand = _stand(mannequin, 0, 0, 0)
    if motion.planted == FEET:
        ahead = rest.holds[FEET[0]].place[2] - stand.holds[FEET[0]].place[2]
        stand = _stand(mannequin, 0, ahead, 0)
    ready = Passage(mannequin, stand, rest, _SETTLE_S[exercise], motion.from_standing)
    held = Rest(rest, seconds, exercise)
    return [Rest(stand, 1.0), ready, held, Backwards(ready), Rest(stand, 1.0)]


def _timed(exercise: str, motion: Motion) -> Doing:
    return Doing(functools.partial(_hold, motion, exercise), exercise)


DOINGS: Mapping[str, Doing] = MappingProxyType(
    {
        "walking": Doing(_walking),
        "sitting": Doing(_on_the_spot(gestures.sitting), equipment=("chair",)),
        "picking_up": Doing(_on_the_spot(gestures.picking_up)),
        "waving": Doing(_on_the_spot(gestures.waving)),
        "talking": Doing(_on_the_spot(gestures.talking)),
        "jogging": Doing(_on_the_spot(gestures.jogging, planted=False)),
        "dancing": Doing(_on_the_spot(gestures.dancing)),
        "stretching": Doing(_on_the_spot(gestures.stretching)),
        "boxing": Doing(_on_the_spot(gestures.boxing)),
        "setting_up": Doing(_setting_up),
        "plank": _timed("plank", PLANK),
        "wall_sit": _timed("wall_sit", WALL_SIT),
    }
)


def framed(activities: Sequence[Activity]) -> list[Stance]:
    """What a camera has to have in view: all but how they come in and leave."""
    stays = [activity for activity in activities if not isinstance(activity, Walk)]
    watched = stays if isinstance(activities[0], Walk) else activities
    return [
        activity.stance(t)
        for activity in watched
        for t in np.arange(0.0, activity.duration_s, _LOOK_EVERY_S).tolist()
    ]
