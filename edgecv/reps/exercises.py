"""The exercises, one row each: what a rep looks like from any side.

To add one, add a row. Signals are those of `signals.py`; changes go from the posture of rest to the
turn, of an adult of 1.7 m whose rep is just a full one. Nothing here has to be exact: the counter
adapts to the person, and each bound is widened in a set that is under way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType

from edgecv.reps.signals import IN_DEGREES

Bounds = tuple[float | None, float | None]
_OF_THE_ARMS = frozenset(
    {
        *{"elbow", "elbow_over_shoulder", "shoulder", "wrist_over_elbow", "wrist_over_shoulder"},
        *{"wrist_spread", "wrist_to_shoulder", "wrist_up"},
    }
)


class Sides(Enum):
    """What the two sides of the body do in a rep."""

    TOGETHER = "together"
    EITHER = "either"
    """Both at once, one alone, or one after the other: each side's movement is a rep, and both at
    once are one."""
    UNEVEN = "uneven"
    """Both, differently: the sides are not compared."""
    IN_TURN = "in turn"
    """One after the other, always: each side's movement is a rep."""


@dataclass(frozen=True)
class Exercise:
    """A row. Where a signal can't be seen, what is said of it does not count."""

    parts: Mapping[str, tuple[float, float]]
    """The signals that are summed to its progress: nominal change and weight."""
    rest: Mapping[str, Bounds] = field(default_factory=dict)
    """Where signals are at rest …"""
    turn: Mapping[str, Bounds] = field(default_factory=dict)
    """… and at the turn."""
    still: Mapping[str, float] = field(default_factory=dict)
    """How far signals may go to and fro during a rep."""
    need: Mapping[str, float] = field(default_factory=dict)
    """Parts that have to do at least this share of their nominal change."""
    need_one: Mapping[str, float] = field(default_factory=dict)
    """The same; one of them is enough."""
    must_see: tuple[str, ...] = ()
    """Signals without which it can't be told from others."""
    expected: Mapping[str, float] = field(default_factory=dict)
    """How the whole body changes: signals of `evidence.COMPARED`; what is not named stays."""
    ignored: frozenset[str] = frozenset()
    """Those that may do anything."""
    sides: Sides = Sides.TOGETHER
    floor: float = 0.4
    """Least progress of a rep, whatever the person's own are; 1 is the nominal change."""
    quality: float = 0.45
    """Least mean share of the nominal changes."""
    travel_m: float = 0.35
    """How far the hips may travel across the picture."""
    least_away_s: float = 0.0
    """From rest to turn; a rep that is quicker has to look like those before it."""
    least_s: float = 0.3
    """A whole rep."""
    longest_s: float = 8.0
    """Away from rest for longer than this is a new posture, not a rep."""
    prior: float = 1.0
    """How much its evidence counts where another exercise looks alike."""
    min_reps: int = 1
    """With fewer nobody can know."""
    whole_body: bool = False
    """A single rep of it is believed when the set is over."""
    lowers_first: bool = True
    """The way to the turn goes with gravity (eccentric), as in a squat; else against it."""
    hold: bool = False
    """Held, not repeated: `rest` is its posture."""

    @property
    def like_a_gesture(self) -> bool:
        """Only the arms of an upright body do it: so they move for many reasons."""
        least, _ = self.rest.get("torso", (None, None))
        return least is None and _OF_THE_ARMS.issuperset(self.parts)

    @cached_property
    def lenient(self) -> "Lenient":
        return Lenient(self)


class Lenient:
    """The bounds of a row, widened: what may still be a rep of a set that is under way."""

    def __init__(self, exercise: Exercise) -> None:
        self.rest = {name: _wider(name, bounds) for name, bounds in exercise.rest.items()}
        self.turn = {name: _wider(name, bounds) for name, bounds in exercise.turn.items()}
        self.still = {name: 1.8 * most for name, most in exercise.still.items()}
        self.need = {name: 0.4 * share for name, share in exercise.need.items()}
        self.need_one = {name: 0.4 * share for name, share in exercise.need_one.items()}
        self.quality = 0.7 * exercise.quality
        self.travel_m = 1.6 * exercise.travel_m


def _wider(name: str, bounds: Bounds) -> Bounds:
    by = 20.0 if name in IN_DEGREES else 0.15
    low, high = bounds
    return None if low is None else low - by, None if high is None else high + by


_UPRIGHT: Mapping[str, Bounds] = {"torso": (None, 50)}
_PRONE: Mapping[str, Bounds] = {"chest": (120, None)}
"""On the shared clips prone people's is 142 to 179, that of people on their backs 27 to 77."""
_SUPINE: Mapping[str, Bounds] = {"chest": (None, 95)}
_ARMS = frozenset({"elbow", "elbow_over_shoulder", "wrist_over_shoulder", "wrist_spread"})
_LEGS = frozenset({"hip", "knee", "ankle_over_hip", "hip_over_ankle", "ankle_distance"})

EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        "squat": Exercise(
            parts={
                "knee": (-60, 1),
                "hip": (-60, 0.7),
                "hip_over_ankle": (-0.28, 1.5),
                "ankle_to_hip": (-0.28, 1),
                "shoulder_over_ankle": (-0.3, 1),
                "hip_up": (-0.3, 0.5),
            },
            rest={**_UPRIGHT, "thigh": (125, None)},
            turn={"torso": (None, 75), "stride": (None, 0.28)},
            still={"ankle_spread": 0.3, "ankle_across": 0.5, "ankle_up": 0.3},
            need={"hip_over_ankle": 0.3, "knee": 0.3},
            expected={
                **{"hip": -75, "knee": -65, "hip_over_ankle": -0.33, "shoulder_over_hip": -0.05},
                **{"ankle_over_hip": 0.33, "torso": 20, "shoulder_up": -0.4},
            },
            ignored=_ARMS | {"shoulder", "wrist_up"},
            floor=0.64,
            travel_m=0.6,
            least_away_s=0.35,
            least_s=0.8,
            whole_body=True,
        ),
        "lunge": Exercise(
            parts={
                "knee": (-50, 1),
                "hip_over_ankle": (-0.25, 1.5),
                "shoulder_over_ankle": (-0.25, 1),
                "hip_up": (-0.25, 0.5),
            },
            rest=_UPRIGHT,
            turn={**_UPRIGHT, "stride": (0.3, None)},
            need={"hip_over_ankle": 0.3},
            must_see=("stride",),
            expected={
                **{"hip": -45, "knee": -60, "hip_over_ankle": -0.28, "ankle_over_hip": 0.28},
                **{"ankle_distance": 0.5, "shoulder_up": -0.3},
            },
            ignored=_ARMS | {"shoulder", "wrist_up"},
            sides=Sides.UNEVEN,
            floor=0.52,
            travel_m=0.6,
            least_away_s=0.25,
            least_s=0.55,
            whole_body=True,
        ),
        "step_up": Exercise(
            parts={
                "hip_up": (0.3, 1),
                "shoulder_up": (0.3, 1),
                "nose_up": (0.3, 0.6),
                "wrist_up": (0.3, 0.6),
            },
            rest={
                "torso": (None, 40),
                "knee": (116, None),
                "hip": (105, None),
                "wrist_over_shoulder": (None, 0.1),
            },
            turn={"torso": (None, 40), "knee": (135, None), "wrist_over_shoulder": (None, 0.1)},
            still={"wrist_over_shoulder": 0.3, "elbow": 70, "ankle_spread": 0.45},
            need={"hip_up": 0.6, "shoulder_up": 0.6},
            expected={
                **{"knee": 35, "hip": 40, "shoulder_up": 0.35, "wrist_up": 0.35},
                **{"hip_over_ankle": 0.12, "ankle_over_hip": -0.12, "ankle_distance": -0.25},
            },
            ignored=frozenset({"elbow", "shoulder", "torso", "wrist_spread"}),
            sides=Sides.UNEVEN,
            floor=0.6,
            travel_m=0.6,
            least_away_s=0.3,
            least_s=0.8,
            prior=0.6,
            min_reps=2,
            lowers_first=False,
        ),
        "deadlift": Exercise(
            parts={
                "hip": (-70, 1),
                "torso": (45, 1),
                "shoulder_over_ankle": (-0.45, 1),
                "shoulder_over_hip": (-0.25, 1),
                "shoulder_up": (-0.45, 0.5),
            },
            rest=_UPRIGHT,
            turn={
                "torso": (45, 120),
                "elbow": (120, None),
                "wrist_over_shoulder": (None, -0.25),
            },
            still={"ankle_across": 0.25},
            expected={
                **{"hip": -85, "knee": -35, "hip_over_ankle": -0.12, "ankle_over_hip": 0.12},
                **{"shoulder_over_hip": -0.25, "torso": 50, "shoulder_up": -0.45},
                "wrist_up": -0.45,
            },
            ignored=frozenset({"shoulder"}),
            least_s=0.8,
        ),
        "push_up": Exercise(
            parts={
                "elbow": (-55, 1),
                "wrist_over_shoulder": (0.25, 1.2),
                "shoulder_up": (-0.22, 0.8),
                "nose_over_wrist": (-0.25, 0.8),
                "wrist_to_shoulder": (-0.2, 1),
            },
            rest={
                "torso": (45, 125),
                "wrist_over_shoulder": (None, -0.15),
                "hip": (115, None),
                **_PRONE,
            },
            turn={"torso": (45, 125), "hip": (110, None), **_PRONE},
            still={"wrist_across": 0.25, "wrist_up": 0.2, "knee_over_hip": 0.35},
            need={"shoulder_up": 0.35},
            expected={
                **{"elbow": -55, "wrist_over_shoulder": 0.25, "elbow_over_shoulder": 0.2},
                "shoulder_up": -0.25,
            },
            ignored=frozenset(
                {
                    *{"ankle_over_hip", "hip_over_ankle", "hip", "shoulder"},
                    *{"shoulder_over_hip", "torso", "wrist_spread"},
                }
            ),
            least_away_s=0.25,
            least_s=0.5,
            whole_body=True,
        ),
        "bench_press": Exercise(
            parts={
                "elbow": (-60, 1),
                "wrist_over_shoulder": (-0.28, 1.2),
                "wrist_to_shoulder": (-0.22, 1),
            },
            rest={"torso": (55, 130), "wrist_over_shoulder": (0.1, None), **_SUPINE},
            turn={"torso": (55, 130)},
            still={"shoulder_over_hip": 0.2},
            expected={
                **{"elbow": -60, "wrist_over_shoulder": -0.28, "elbow_over_shoulder": -0.25},
                "wrist_up": -0.28,
            },
            ignored=frozenset({"shoulder", "wrist_spread"}),
        ),
        "pull_up": Exercise(
            parts={
                "elbow": (-70, 1),
                "wrist_over_shoulder": (-0.35, 1.2),
                "shoulder_up": (0.35, 0.8),
                "nose_over_wrist": (0.35, 0.8),
                "wrist_to_shoulder": (-0.2, 0.7),
                "hip_up": (0.35, 0.3),
            },
            rest={**_UPRIGHT, "wrist_over_shoulder": (0.15, None)},
            turn={"torso": (None, 60)},
            still={"wrist_up": 0.25, "wrist_across": 0.25},
            expected={
                **{"elbow": -70, "shoulder": -80, "wrist_over_shoulder": -0.38},
                **{"elbow_over_shoulder": -0.35, "shoulder_up": 0.38},
            },
            ignored=_LEGS | {"wrist_spread"},
            whole_body=True,
            lowers_first=False,
        ),
        "dip": Exercise(
            parts={
                "elbow": (-50, 1),
                "wrist_over_shoulder": (0.25, 1.2),
                "shoulder_up": (-0.25, 0.8),
                "wrist_to_shoulder": (-0.2, 1),
            },
            rest={"torso": (None, 45), "wrist_over_shoulder": (None, -0.3), "chest": (55, 145)},
            turn={"torso": (None, 55)},
            still={"wrist_across": 0.2, "wrist_up": 0.2},
            need={"shoulder_up": 0.4},
            expected={
                **{"elbow": -55, "wrist_over_shoulder": 0.28, "elbow_over_shoulder": 0.2},
                "shoulder_up": -0.3,
            },
            ignored=_LEGS | {"shoulder", "wrist_spread"},
            least_s=0.7,
            whole_body=True,
        ),
        "sit_up": Exercise(
            parts={
                "shoulder_over_hip": (0.25, 1.5),
                "torso": (-35, 1.2),
                "hip": (-30, 1),
                "shoulder_up": (0.25, 0.6),
                "nose_up": (0.3, 0.5),
            },
            rest={"torso": (40, 120), "hip_over_ankle": (None, 0.45), **_SUPINE},
            still={"ankle_up": 0.3},
            expected={
                **{"hip": -50, "shoulder_over_hip": 0.35, "torso": -45, "shoulder_up": 0.38},
                "wrist_up": 0.35,
            },
            ignored=_ARMS | {"shoulder", "knee", "ankle_over_hip", "hip_over_ankle"},
            floor=0.24,
            quality=0.3,
            travel_m=0.5,
            least_away_s=0.2,
            whole_body=True,
            lowers_first=False,
        ),
        "leg_raise": Exercise(
            parts={"ankle_over_hip": (0.55, 1.5), "hip": (-55, 1.2), "knee_over_hip": (0.3, 1)},
            rest={"torso": (60, 120), **_SUPINE},
            turn={"torso": (60, 120)},
            need={"ankle_over_hip": 0.4},
            expected={"hip": -60, "ankle_over_hip": 0.6, "hip_over_ankle": -0.6},
            ignored=frozenset({"knee"}),
            min_reps=2,
            lowers_first=False,
        ),
        "glute_bridge": Exercise(
            parts={"hip": (45, 1.2), "shoulder_over_hip": (-0.25, 1.2), "hip_up": (0.25, 1)},
            rest={"torso": (60, 130), "knee": (30, 120), **_SUPINE},
            turn={"torso": (60, 150)},
            need={"hip_up": 0.4},
            expected={
                **{"hip": 45, "shoulder_over_hip": -0.25, "ankle_over_hip": -0.25},
                **{"hip_over_ankle": 0.25, "torso": 15},
            },
            ignored=frozenset({"knee"}),
            min_reps=2,
            lowers_first=False,
        ),
        "jumping_jack": Exercise(
            parts={
                "wrist_over_shoulder": (0.7, 1.5),
                "shoulder": (100, 1.2),
                "wrist_up": (0.7, 0.6),
                "ankle_spread": (0.4, 1),
                "ankle_distance": (0.4, 0.5),
            },
            rest={**_UPRIGHT, "wrist_over_shoulder": (None, -0.1)},
            turn={
                **_UPRIGHT,
                "wrist_over_shoulder": (-0.1, None),
                "stride": (None, 0.3),
            },
            still={"knee": 75},
            need={"wrist_over_shoulder": 0.3},
            need_one={"ankle_spread": 0.25, "ankle_distance": 0.25},
            expected={
                **{"shoulder": 130, "wrist_over_shoulder": 0.9, "elbow_over_shoulder": 0.45},
                **{"ankle_distance": 0.45, "wrist_up": 0.95, "hip_over_ankle": -0.1},
            },
            ignored=frozenset({"elbow", "wrist_spread"}),
            least_away_s=0.12,
            least_s=0.25,
            longest_s=1.6,
            lowers_first=False,
        ),
        "burpee": Exercise(
            parts={
                "shoulder_over_ankle": (-0.9, 1.5),
                "torso": (70, 1),
                "hip_over_ankle": (-0.5, 1),
                "nose_up": (-1.1, 0.8),
            },
            rest=_UPRIGHT,
            turn={"torso": (55, 150), **_PRONE},
            need={"shoulder_over_ankle": 0.5, "torso": 0.5, "hip_over_ankle": 0.4},
            expected={
                **{"torso": 75, "shoulder_up": -1.0, "hip_over_ankle": -0.6},
                **{"shoulder_over_hip": -0.45, "wrist_up": -0.6},
            },
            ignored=_ARMS | {"hip", "knee", "shoulder", "ankle_distance"},
            travel_m=0.8,
            min_reps=2,
            whole_body=True,
        ),
        "biceps_curl": Exercise(
            parts={
                "elbow": (-60, 1.2),
                "wrist_over_elbow": (0.35, 1.2),
                "wrist_over_shoulder": (0.35, 1),
                "wrist_up": (0.35, 0.6),
                "wrist_to_shoulder": (-0.2, 0.8),
            },
            rest={
                "torso": (None, 50),
                "wrist_over_shoulder": (None, -0.12),
                "upper_arm": (110, None),
            },
            turn={
                "torso": (None, 50),
                "upper_arm": (95, None),
                "wrist_over_shoulder": (None, 0.2),
            },
            still={"hip_over_ankle": 0.15, "shoulder_up": 0.15, "ankle_spread": 0.25},
            expected={
                **{"elbow": -55, "wrist_over_shoulder": 0.4, "wrist_up": 0.4},
                "elbow_over_shoulder": 0.05,
            },
            ignored=frozenset({"wrist_spread"}),
            sides=Sides.EITHER,
            least_away_s=0.45,
            least_s=0.6,
            lowers_first=False,
        ),
        "overhead_press": Exercise(
            parts={
                "wrist_over_shoulder": (0.42, 1.5),
                "elbow": (50, 1),
                "shoulder": (60, 1),
                "wrist_up": (0.42, 0.6),
                "wrist_to_shoulder": (0.15, 0.6),
            },
            rest={**_UPRIGHT, "wrist_over_shoulder": (-0.3, 0.35)},
            turn={**_UPRIGHT, "wrist_over_shoulder": (0.2, None)},
            still={"hip_over_ankle": 0.2, "ankle_spread": 0.25, "shoulder_up": 0.2},
            need={"shoulder": 0.25, "elbow": 0.2},
            expected={
                **{"elbow": 50, "shoulder": 70, "wrist_over_shoulder": 0.45},
                **{"elbow_over_shoulder": 0.3, "wrist_up": 0.45},
            },
            ignored=frozenset({"wrist_spread"}),
            sides=Sides.EITHER,
            least_away_s=0.4,
            least_s=0.6,
            lowers_first=False,
        ),
        "lateral_raise": Exercise(
            parts={
                "shoulder": (60, 1.2),
                "wrist_over_shoulder": (0.45, 1.5),
                "elbow_over_shoulder": (0.22, 1),
                "wrist_up": (0.45, 0.6),
                "wrist_spread": (0.6, 0.8),
            },
            rest={**_UPRIGHT, "wrist_over_shoulder": (None, -0.3)},
            turn={**_UPRIGHT, "wrist_over_shoulder": (-0.3, 0.35)},
            still={"hip_over_ankle": 0.12, "ankle_spread": 0.25, "elbow": 55},
            need={"wrist_spread": 0.3, "shoulder": 0.4},
            expected={
                **{"shoulder": 65, "wrist_over_shoulder": 0.5, "elbow_over_shoulder": 0.25},
                **{"wrist_up": 0.5, "wrist_spread": 0.8},
            },
            least_away_s=0.4,
            least_s=0.6,
            lowers_first=False,
        ),
        "front_raise": Exercise(
            parts={
                "shoulder": (65, 1.2),
                "wrist_over_shoulder": (0.5, 1.5),
                "elbow_over_shoulder": (0.25, 1),
                "wrist_up": (0.5, 0.6),
            },
            rest={**_UPRIGHT, "wrist_over_shoulder": (None, -0.3)},
            turn={**_UPRIGHT, "wrist_over_shoulder": (-0.25, 0.6)},
            still={
                "hip_over_ankle": 0.12,
                "ankle_spread": 0.25,
                "elbow": 60,
                "wrist_spread": 0.5,
            },
            need_one={"shoulder": 0.4, "elbow_over_shoulder": 0.4},
            expected={
                **{"shoulder": 70, "wrist_over_shoulder": 0.55, "elbow_over_shoulder": 0.28},
                "wrist_up": 0.55,
            },
            sides=Sides.EITHER,
            least_away_s=0.4,
            least_s=0.6,
            lowers_first=False,
        ),
        "overhead_raise": Exercise(
            parts={
                "shoulder": (110, 1.2),
                "wrist_over_shoulder": (0.9, 1.5),
                "elbow_over_shoulder": (0.45, 1),
                "wrist_up": (0.9, 0.6),
            },
            rest={**_UPRIGHT, "wrist_over_shoulder": (None, -0.3)},
            turn={**_UPRIGHT, "wrist_over_shoulder": (0.35, None)},
            still={"hip_over_ankle": 0.12, "ankle_spread": 0.2, "elbow": 60},
            need={"shoulder": 0.5, "elbow_over_shoulder": 0.5},
            expected={
                **{"shoulder": 120, "wrist_over_shoulder": 0.95, "elbow_over_shoulder": 0.5},
                "wrist_up": 0.95,
            },
            ignored=frozenset({"elbow", "wrist_spread"}),
            least_away_s=0.4,
            least_s=0.6,
            lowers_first=False,
        ),
        "bent_row": Exercise(
            parts={
                "elbow": (-55, 1.2),
                "elbow_over_shoulder": (0.25, 1.2),
                "wrist_over_shoulder": (0.25, 1),
                "wrist_to_shoulder": (-0.22, 0.8),
            },
            rest={"torso": (25, 100), "wrist_over_shoulder": (None, -0.25), "chest": (90, None)},
            turn={"torso": (25, 100), "elbow_over_shoulder": (-0.3, 0.4)},
            still={"shoulder_up": 0.15, "torso": 22, "hip_over_ankle": 0.15},
            expected={
                **{"elbow": -60, "shoulder": -30, "wrist_over_shoulder": 0.28},
                **{"elbow_over_shoulder": 0.3, "wrist_up": 0.28},
            },
            ignored=frozenset({"wrist_spread"}),
            sides=Sides.EITHER,
            least_away_s=0.4,
            least_s=0.6,
            lowers_first=False,
        ),
        "triceps_pushdown": Exercise(
            parts={
                "elbow": (55, 1.2),
                "wrist_over_elbow": (-0.3, 1.2),
                "wrist_over_shoulder": (-0.3, 1),
                "wrist_up": (-0.3, 0.6),
            },
            rest={**_UPRIGHT, "elbow": (40, 115)},
            turn={**_UPRIGHT, "upper_arm": (120, None), "elbow": (125, None)},
            still={"hip_over_ankle": 0.12, "shoulder_up": 0.12, "ankle_spread": 0.2},
            expected={"elbow": 55, "wrist_over_shoulder": -0.3, "wrist_up": -0.3},
            ignored=frozenset({"wrist_spread"}),
            prior=0.6,
            least_away_s=0.4,
            least_s=0.6,
            lowers_first=False,
        ),
        "triceps_extension": Exercise(
            parts={
                "elbow": (-60, 1.2),
                "wrist_over_elbow": (-0.3, 1.2),
                "wrist_over_shoulder": (-0.35, 1),
            },
            rest={"wrist_over_shoulder": (0.2, None)},
            turn={"upper_arm": (None, 75), "elbow_over_shoulder": (0.05, None)},
            still={"hip_over_ankle": 0.12, "shoulder_up": 0.12},
            expected={"elbow": -60, "wrist_over_shoulder": -0.35, "wrist_up": -0.35},
            ignored=frozenset({"wrist_spread"}),
            sides=Sides.EITHER,
            least_away_s=0.4,
            least_s=0.6,
        ),
        "calf_raise": Exercise(
            parts={"shoulder_up": (0.07, 1), "hip_up": (0.07, 1), "nose_up": (0.07, 1)},
            rest=_UPRIGHT,
            turn=_UPRIGHT,
            still={
                **{"knee": 18, "wrist_over_shoulder": 0.1, "shoulder": 15, "hip": 16},
                "shoulder_across": 0.08,
            },
            expected={"shoulder_up": 0.08, "wrist_up": 0.08},
            floor=0.6,
            quality=0.7,
            least_s=0.9,
            prior=0.6,
            min_reps=3,
            lowers_first=False,
        ),
        "kettlebell_swing": Exercise(
            parts={
                "hip": (60, 1.2),
                "wrist_over_shoulder": (0.6, 1.2),
                "torso": (-40, 1),
                "shoulder_over_ankle": (0.35, 0.8),
                "wrist_up": (0.9, 1),
            },
            rest={"torso": (30, 100)},
            turn=_UPRIGHT,
            still={"ankle_across": 0.25},
            need={"hip": 0.4, "torso": 0.4, "wrist_up": 0.4},
            expected={
                **{"hip": 65, "shoulder": 70, "wrist_over_shoulder": 0.65},
                **{"elbow_over_shoulder": 0.3, "torso": -45, "shoulder_up": 0.4},
                **{"shoulder_over_hip": 0.2, "wrist_up": 1.0},
            },
            least_s=0.5,
            longest_s=4.0,
            min_reps=2,
            lowers_first=False,
        ),
        "hip_abduction": Exercise(
            parts={"straddle": (0.35, 1.2), "ankle_distance": (0.35, 1)},
            rest={**_UPRIGHT, "ankle_distance": (None, 0.45)},
            turn={**_UPRIGHT, "stride": (None, 0.25)},
            still={
                **{"knee": 25, "wrist_over_shoulder": 0.2, "hip_over_ankle": 0.25},
                "hip_across": 0.12,
            },
            expected={"ankle_distance": 0.4},
            least_s=0.5,
            prior=0.6,
            min_reps=2,
            lowers_first=False,
        ),
        "mountain_climber": Exercise(
            parts={"hip": (-50, 1), "thigh": (-45, 1), "ankle_to_hip": (-0.25, 1)},
            rest={"torso": (50, 115), "wrist_over_shoulder": (None, -0.2), **_PRONE},
            turn={"torso": (50, 115)},
            expected={"hip": -55, "knee": -50},
            ignored=frozenset(
                {
                    *{"ankle_distance", "ankle_over_hip", "elbow_over_shoulder", "hip_over_ankle"},
                    *{"shoulder", "torso", "wrist_over_shoulder", "wrist_spread"},
                }
            ),
            sides=Sides.IN_TURN,
            quality=0.4,
            least_s=0.2,
            longest_s=2.5,
            prior=0.5,
            min_reps=4,
            lowers_first=False,
        ),
        "high_knees": Exercise(
            parts={"knee_over_hip": (0.3, 1.2), "hip": (-60, 1), "thigh": (-70, 1)},
            rest=_UPRIGHT,
            turn={**_UPRIGHT, "thigh": (30, 120)},
            still={"hip_up": 0.2},
            need={"knee_over_hip": 0.5},
            expected={"hip": -60, "knee": -60},
            ignored=_ARMS
            | {
                *{"ankle_distance", "ankle_over_hip", "hip_over_ankle", "shoulder"},
                *{"shoulder_over_hip", "shoulder_up", "wrist_up"},
            },
            sides=Sides.IN_TURN,
            floor=0.65,
            travel_m=0.3,
            least_s=0.2,
            longest_s=2.0,
            prior=0.45,
            min_reps=4,
            lowers_first=False,
        ),
        "jump_rope": Exercise(
            parts={
                "hip_up": (0.12, 1),
                "shoulder_up": (0.12, 1),
                "ankle_up": (0.1, 1),
                "nose_up": (0.12, 0.7),
            },
            rest=_UPRIGHT,
            turn=_UPRIGHT,
            still={
                **{"ankle_spread": 0.15, "wrist_over_shoulder": 0.3, "shoulder": 40},
                "hip_across": 0.15,
            },
            need={"ankle_up": 0.3, "hip_up": 0.3},
            expected={"shoulder_up": 0.12, "wrist_up": 0.12},
            floor=0.48,
            least_s=0.2,
            longest_s=0.8,
            prior=0.5,
            min_reps=6,
            lowers_first=False,
        ),
        "plank": Exercise(
            parts={},
            rest={
                "torso": (60, 115),
                **_PRONE,
                "hip": (150, None),
                "knee": (140, None),
                "wrist_over_shoulder": (None, -0.1),
            },
            hold=True,
        ),
        "wall_sit": Exercise(
            parts={},
            rest={"torso": (None, 30), "knee": (60, 125), "hip": (60, 130), "thigh": (60, 120)},
            still={"hip_up": 0.1},
            hold=True,
        ),
    }
)
"""By name, as it is published."""

FAMILIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        name: frozenset(family - {name})
        for family in (
            {"squat", "lunge", "deadlift"},
            {"front_raise", "lateral_raise", "overhead_raise"},
            {"sit_up", "leg_raise"},
            {"bench_press", "overhead_press"},
        )
        for name in family
    }
)
"""Exercises that people call by one another's names."""
