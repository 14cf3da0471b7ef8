"""The exercises that the athlete knows, one row each: two postures, and what stays where it is.

To add one, add a row to EXERCISES: the posture of rest, the posture at the turn, and which hands
and feet hold on to the floor or a bar. A limb that holds on bends as it must: its angles say in
which plane, and where the body is if it carries it. One that does not follows its angles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from edgecv.athlete.posture import Limb, Posture, blend, mirrored, symmetric


@dataclass(frozen=True)
class Via:
    """A posture on the way from standing down to the posture of rest of an exercise."""

    share: float
    """When, 0 to 1 of the way."""
    posture: Posture
    arrived: tuple[str, ...]
    """The hands and feet that are where they will be; the others are where they were."""


@dataclass(frozen=True)
class Motion:
    """An exercise. A repetition goes from `rest` to `turn` and back."""

    rest: Posture
    turn: Posture
    turn_share: float = 0.5
    """When a repetition turns, 0 to 1."""
    planted: tuple[str, ...] = ()
    """The limbs that end where they do at rest throughout: hands or feet on the floor or a bar."""
    pivots: tuple[str, ...] = ()
    """Those of them that turn about their hold, as on the toes; the others do not turn."""
    carried_by: tuple[str, ...] | None = None
    """Those whose angles say where the body is; all that are planted where it is None."""
    steps: tuple[str, ...] = ()
    """The feet that take a step to the turn and back again."""
    seat: bool = False
    """The hips stay over the same place on the floor."""
    hop_m: float = 0.0
    """How high the body leaves the floor half-way to the turn and back."""
    equipment: tuple[str, ...] = ()
    """What is held: names of `anatomy.EQUIPMENT`."""
    alternating: bool = False
    """The first repetition is as written and the left side's, the next its mirror image."""
    from_standing: tuple[Via, ...] = ()

    def posture(self, weight: float) -> Posture:
        """From rest (0) to a textbook turn (1), or beyond."""
        return blend(self.rest, self.turn, weight)

    def mirrored(self) -> "Motion":
        """The same exercise of the other side."""
        return replace(
            self,
            rest=mirrored(self.rest),
            turn=mirrored(self.turn),
            planted=_others(self.planted),
            pivots=_others(self.pivots),
            carried_by=None if self.carried_by is None else _others(self.carried_by),
            steps=_others(self.steps),
        )


def ease(share: float) -> float:
    """0 to 1 with no speed and no acceleration at either end: the path of least jerk (Flash and
    Hogan 1985), as people move."""
    share = min(max(share, 0.0), 1.0)
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


def _others(limbs: tuple[str, ...]) -> tuple[str, ...]:
    swapped = {"left": "right", "right": "left"}
    return tuple(f"{swapped[side]}_{kind}" for side, kind in (limb.split("_") for limb in limbs))


_HANDS, _FEET = ("left_arm", "right_arm"), ("left_leg", "right_leg")
_STANDING = Limb(forward=4, outward=5, bend=8, twist=12, tip=4)
_HANGING = Limb(forward=2, outward=11, bend=15, twist=60)
_CURLED = Limb(forward=12, outward=11, bend=140, twist=85)
_RAISED = Limb(forward=10, outward=158, turn=45, bend=14, twist=-80)
_RACKED = Limb(forward=35, outward=28, turn=25, bend=130, twist=-40)
_HUNG = Limb(forward=10, outward=158, turn=60, bend=14, twist=-80)
_PULLED_UP = Limb(forward=28, outward=44, turn=45, bend=126, twist=-80)
_PLANK_LEG = Limb(forward=2, outward=4, bend=8)
_SUPINE_LEG = Limb(forward=50, outward=6, bend=98, tip=-42)

STANDING = symmetric(arms=Limb(forward=4, outward=10, bend=14), legs=_STANDING)

EXERCISES: Mapping[str, Motion] = MappingProxyType(
    {
        "squat": Motion(
            rest=STANDING,
            turn=symmetric(
                pitch=28,
                neck=-16,
                arms=Limb(forward=86, outward=10, bend=60),
                legs=Limb(forward=98, outward=17, bend=104, twist=12),
            ),
            planted=_FEET,
        ),
        "lunge": Motion(
            rest=STANDING,
            turn=replace(
                symmetric(
                    pitch=6, neck=-4, arms=Limb(forward=8, outward=14, bend=20), legs=_STANDING
                ),
                left_leg=Limb(forward=82, outward=4, bend=86, twist=8),
                right_leg=Limb(forward=-2, outward=4, bend=86, tip=30),
            ),
            planted=("right_leg",),
            pivots=("right_leg",),
            steps=("left_leg",),
            alternating=True,
        ),
        "push_up": Motion(
            rest=symmetric(
                pitch=70,
                neck=-40,
                arms=Limb(forward=72, outward=16, turn=-20, bend=14, twist=-70, cock=88),
                legs=_PLANK_LEG,
            ),
            turn=symmetric(
                pitch=82,
                neck=-44,
                arms=Limb(forward=45, outward=16, turn=-20, bend=95, twist=-70, cock=88),
                legs=_PLANK_LEG,
            ),
            turn_share=0.52,
            planted=_HANDS + _FEET,
            pivots=_FEET,
            carried_by=_FEET,
            from_standing=(
                Via(
                    0.45,
                    symmetric(
                        pitch=62,
                        spine=18,
                        neck=-30,
                        arms=Limb(forward=80, outward=8, turn=-40, bend=20, twist=-70, cock=60),
                        legs=Limb(forward=125, outward=16, bend=125, twist=12),
                    ),
                    arrived=_HANDS,
                ),
                Via(
                    0.72,
                    replace(
                        symmetric(
                            pitch=64,
                            spine=10,
                            neck=-24,
                            arms=Limb(
                                forward=75, outward=10, turn=-40, bend=12, twist=-70, cock=80
                            ),
                            legs=Limb(forward=110, outward=10, bend=115),
                        ),
                        left_leg=Limb(forward=18, outward=4, bend=25),
                    ),
                    arrived=(*_HANDS, "left_leg"),
                ),
            ),
        ),
        "sit_up": Motion(
            rest=symmetric(
                pitch=-86,
                neck=10,
                arms=Limb(forward=34, outward=10, bend=14, twist=60),
                legs=_SUPINE_LEG,
            ),
            turn=symmetric(
                pitch=-34,
                spine=40,
                neck=6,
                arms=Limb(forward=62, outward=10, bend=20, twist=60),
                legs=replace(_SUPINE_LEG, forward=102),
            ),
            planted=_FEET,
            seat=True,
            from_standing=(
                Via(
                    0.4,
                    symmetric(
                        pitch=30,
                        spine=10,
                        arms=Limb(forward=60, outward=14, bend=20),
                        legs=Limb(forward=115, outward=12, bend=128),
                    ),
                    arrived=(),
                ),
                Via(
                    0.65,
                    symmetric(
                        pitch=-34,
                        spine=40,
                        arms=Limb(forward=62, outward=10, bend=20, twist=60),
                        legs=replace(_SUPINE_LEG, forward=102),
                    ),
                    arrived=_FEET,
                ),
            ),
        ),
        "jumping_jack": Motion(
            rest=symmetric(arms=Limb(forward=2, outward=9, turn=40, bend=12), legs=_STANDING),
            turn=symmetric(
                arms=Limb(forward=6, outward=162, turn=85, bend=16),
                legs=Limb(forward=4, outward=22, bend=8, twist=12, tip=4),
            ),
            hop_m=0.05,
        ),
        "biceps_curl": Motion(
            rest=symmetric(arms=_HANGING, legs=_STANDING),
            turn=symmetric(pitch=-1, arms=_CURLED, legs=_STANDING),
            planted=_FEET,
            equipment=("dumbbells",),
        ),
        "alternating_curl": Motion(
            rest=symmetric(arms=_HANGING, legs=_STANDING),
            turn=replace(symmetric(pitch=-1, arms=_HANGING, legs=_STANDING), left_arm=_CURLED),
            planted=_FEET,
            equipment=("dumbbells",),
            alternating=True,
        ),
        "overhead_press": Motion(
            rest=symmetric(arms=_RACKED, legs=_STANDING),
            turn=symmetric(pitch=-1, arms=_RAISED, legs=_STANDING),
            planted=_FEET,
            equipment=("dumbbells",),
        ),
        "pull_up": Motion(
            rest=symmetric(
                arms=_HUNG, legs=Limb(forward=2, outward=4, bend=16, tip=-25), lift=0.22
            ),
            turn=symmetric(
                pitch=-8,
                neck=-6,
                arms=_PULLED_UP,
                legs=Limb(forward=10, outward=4, bend=30, tip=-25),
            ),
            turn_share=0.48,
            planted=_HANDS,
            equipment=("pull_up_bar",),
        ),
    }
)
