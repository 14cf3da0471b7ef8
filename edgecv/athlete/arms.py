"""Exercises of the arms, on the feet or on a bench."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from edgecv.athlete.motion import FEET, Motion, Via
from edgecv.athlete.posture import STANDING_LEG, Limb, grounded, symmetric

_HANGING = Limb(forward=2, outward=11, bend=15, twist=60)
_CURLED = Limb(forward=12, outward=11, bend=140, twist=85)
_RAISED = Limb(forward=10, outward=158, turn=45, bend=14, twist=-80)
_RACKED = Limb(forward=35, outward=28, turn=25, bend=130, twist=-40)
_OVERHEAD = Limb(forward=166, outward=-3, bend=14)
_BENT = 52.0
_BENT_LEG = grounded(Limb(forward=_BENT + 26, outward=7, bend=36, twist=12), _BENT)
_BENCH_LEG = grounded(Limb(forward=-4, outward=16, bend=80), -90)

ARM_EXERCISES: Mapping[str, Motion] = MappingProxyType(
    {
        "biceps_curl": Motion(
            rest=symmetric(arms=_HANGING, legs=STANDING_LEG),
            turn=symmetric(pitch=-1, arms=_CURLED, legs=STANDING_LEG),
            planted=FEET,
            equipment=("dumbbells",),
        ),
        "alternating_curl": Motion(
            rest=symmetric(arms=_HANGING, legs=STANDING_LEG),
            turn=replace(symmetric(pitch=-1, arms=_HANGING, legs=STANDING_LEG), left_arm=_CURLED),
            planted=FEET,
            equipment=("dumbbells",),
            alternating=True,
            counts_as="biceps_curl",
        ),
        "overhead_press": Motion(
            rest=symmetric(arms=_RACKED, legs=STANDING_LEG),
            turn=symmetric(pitch=-1, arms=_RAISED, legs=STANDING_LEG),
            planted=FEET,
            equipment=("dumbbells",),
        ),
        "one_arm_curl": Motion(
            rest=symmetric(arms=_HANGING, legs=STANDING_LEG),
            turn=replace(symmetric(pitch=-1, arms=_HANGING, legs=STANDING_LEG), left_arm=_CURLED),
            planted=FEET,
            equipment=("dumbbells",),
            side="left",
            counts_as="biceps_curl",
        ),
        "lateral_raise": Motion(
            rest=symmetric(arms=Limb(forward=6, outward=9, bend=10), legs=STANDING_LEG),
            turn=symmetric(pitch=-1, arms=Limb(forward=14, outward=88, bend=14), legs=STANDING_LEG),
            planted=FEET,
            equipment=("dumbbells",),
        ),
        "front_raise": Motion(
            rest=symmetric(arms=Limb(forward=8, outward=6, bend=8, twist=-80), legs=STANDING_LEG),
            turn=symmetric(
                pitch=-2, arms=Limb(forward=92, outward=3, bend=8, twist=-80), legs=STANDING_LEG
            ),
            planted=FEET,
            equipment=("dumbbells",),
        ),
        "bent_row": Motion(
            rest=symmetric(
                pitch=_BENT,
                spine=4,
                neck=-26,
                arms=Limb(forward=_BENT + 6, outward=5, bend=6, twist=-30),
                legs=_BENT_LEG,
            ),
            turn=symmetric(
                pitch=_BENT - 2,
                spine=2,
                neck=-26,
                arms=Limb(forward=-20, outward=18, bend=84, twist=-10),
                legs=_BENT_LEG,
            ),
            planted=FEET,
            equipment=("dumbbells",),
        ),
        "triceps_pushdown": Motion(
            rest=symmetric(
                pitch=8, arms=Limb(forward=10, outward=8, bend=108, twist=-40), legs=STANDING_LEG
            ),
            turn=symmetric(
                pitch=10, arms=Limb(forward=6, outward=9, bend=12, twist=-60), legs=STANDING_LEG
            ),
            planted=FEET,
        ),
        "triceps_extension": Motion(
            rest=symmetric(pitch=-1, arms=_OVERHEAD, legs=STANDING_LEG),
            turn=symmetric(pitch=-2, arms=replace(_OVERHEAD, bend=118), legs=STANDING_LEG),
            planted=FEET,
            equipment=("dumbbells",),
        ),
        "bench_press": Motion(
            rest=symmetric(
                pitch=-90,
                neck=6,
                arms=Limb(forward=84, outward=10, bend=8, twist=-80),
                legs=_BENCH_LEG,
            ),
            turn=symmetric(
                pitch=-90,
                neck=6,
                arms=Limb(forward=14, outward=56, turn=-8, bend=98, twist=-80),
                legs=_BENCH_LEG,
            ),
            planted=FEET,
            seat=True,
            equipment=("dumbbells", "bench"),
            from_standing=(
                Via(
                    0.5,
                    symmetric(
                        pitch=-4,
                        arms=Limb(forward=30, outward=14, bend=60),
                        legs=grounded(Limb(forward=82, outward=16, bend=80), -4),
                    ),
                    arrived=FEET,
                ),
            ),
        ),
    }
)
