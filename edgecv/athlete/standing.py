"""Exercises on the feet, moved by the legs and the hips."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from edgecv.athlete.motion import FEET, Motion
from edgecv.athlete.posture import STANDING, STANDING_LEG, Limb, grounded, symmetric

_AT_CHEST = Limb(forward=42, outward=-4, turn=-12, bend=128, twist=-30)
_WIDE_LEG = Limb(forward=4, outward=13, bend=8, twist=26, tip=4)
_AT_SIDES = Limb(forward=4, outward=12, bend=16)
_RUNNING = Limb(forward=4, outward=10, bend=80)
_HINGED = 58.0
_SWING_LEG = Limb(outward=12, twist=12)

_SEATED = symmetric(
    pitch=-1,
    arms=Limb(forward=30, outward=6, bend=24, twist=-60),
    legs=grounded(Limb(forward=83, outward=8, bend=84, twist=8), -1),
)
WALL_SIT = Motion(rest=_SEATED, turn=_SEATED, planted=FEET)
"""A timed hold, with the back against a wall."""

STANDING_EXERCISES: Mapping[str, Motion] = MappingProxyType(
    {
        "squat": Motion(
            rest=STANDING,
            turn=symmetric(
                pitch=28,
                neck=-16,
                arms=Limb(forward=86, outward=10, bend=60),
                legs=Limb(forward=98, outward=17, bend=104, twist=12),
            ),
            planted=FEET,
        ),
        "goblet_squat": Motion(
            rest=symmetric(arms=_AT_CHEST, legs=_WIDE_LEG),
            turn=symmetric(
                pitch=16,
                neck=-10,
                arms=replace(_AT_CHEST, forward=50),
                legs=Limb(forward=84, outward=38, bend=104, twist=24),
            ),
            planted=FEET,
            counts_as="squat",
        ),
        "lunge": Motion(
            rest=STANDING,
            turn=replace(
                symmetric(
                    pitch=6, neck=-4, arms=Limb(forward=8, outward=14, bend=20), legs=STANDING_LEG
                ),
                left_leg=Limb(forward=82, outward=4, bend=86, twist=8),
                right_leg=Limb(forward=-2, outward=4, bend=86, tip=30),
            ),
            planted=("right_leg",),
            pivots=("right_leg",),
            steps=("left_leg",),
            alternating=True,
        ),
        "split_squat": Motion(
            rest=replace(
                symmetric(pitch=4, arms=_AT_SIDES, legs=STANDING_LEG),
                left_leg=grounded(Limb(forward=32, outward=5, bend=6), 4),
                right_leg=Limb(forward=-20, outward=5, bend=14, tip=-32),
            ),
            turn=replace(
                symmetric(pitch=10, neck=-6, arms=_AT_SIDES, legs=STANDING_LEG),
                left_leg=grounded(Limb(forward=86, outward=5, bend=86), 10),
                right_leg=Limb(forward=4, outward=5, bend=88, tip=30),
            ),
            planted=FEET,
            pivots=("right_leg",),
            carried_by=("left_leg",),
            side="left",
            counts_as="lunge",
        ),
        "step_up": Motion(
            rest=replace(
                symmetric(pitch=12, neck=-6, arms=_AT_SIDES, legs=STANDING_LEG),
                left_leg=grounded(Limb(forward=90, outward=6, bend=83), 12),
                right_leg=grounded(Limb(forward=10, outward=5, bend=4), 12),
            ),
            turn=replace(
                symmetric(pitch=3, arms=_AT_SIDES, legs=STANDING_LEG),
                left_leg=grounded(Limb(forward=6, outward=5, bend=8), 3),
                right_leg=Limb(forward=-6, outward=5, bend=16, tip=-14),
            ),
            planted=("left_leg",),
            raised=("left_leg",),
            equipment=("box",),
        ),
        "deadlift": Motion(
            rest=symmetric(arms=Limb(forward=8, outward=9, bend=6, twist=-60), legs=STANDING_LEG),
            turn=symmetric(
                pitch=68,
                spine=4,
                neck=-34,
                arms=Limb(forward=70, outward=7, bend=5, twist=-60),
                legs=grounded(Limb(forward=108, outward=9, bend=56, twist=12), 68),
            ),
            planted=FEET,
            equipment=("dumbbells",),
            natural_s=3.0,
        ),
        "kettlebell_swing": Motion(
            rest=symmetric(
                pitch=_HINGED,
                spine=4,
                neck=-34,
                arms=Limb(forward=36, outward=-13, bend=5, twist=-60),
                legs=grounded(replace(_SWING_LEG, forward=_HINGED + 32, bend=42), _HINGED),
            ),
            turn=symmetric(
                pitch=-2,
                arms=Limb(forward=86, outward=-12, bend=8, twist=-60),
                legs=grounded(replace(_SWING_LEG, forward=2, bend=6)),
            ),
            planted=FEET,
            equipment=("kettlebell",),
            natural_s=1.8,
        ),
        "hip_abduction": Motion(
            rest=STANDING,
            turn=replace(
                symmetric(arms=Limb(forward=8, outward=24, bend=22), legs=STANDING_LEG),
                left_leg=Limb(forward=2, outward=44, bend=5, twist=4),
                roll=-5.0,
            ),
            planted=("right_leg",),
            side="left",
        ),
        "calf_raise": Motion(
            rest=STANDING,
            turn=symmetric(
                arms=Limb(forward=4, outward=10, bend=14), legs=replace(STANDING_LEG, tip=-34)
            ),
            planted=FEET,
            pivots=FEET,
            natural_s=1.8,
        ),
        "high_knees": Motion(
            rest=symmetric(arms=_RUNNING, legs=STANDING_LEG),
            turn=replace(
                symmetric(pitch=-3, arms=_RUNNING, legs=STANDING_LEG),
                left_leg=Limb(forward=92, outward=4, bend=98, tip=-12),
                left_arm=replace(_RUNNING, forward=-26),
                right_arm=replace(_RUNNING, forward=38),
            ),
            planted=("right_leg",),
            alternating=True,
            natural_s=0.55,
        ),
        "jumping_jack": Motion(
            rest=symmetric(arms=Limb(forward=2, outward=9, turn=40, bend=12), legs=STANDING_LEG),
            turn=symmetric(
                arms=Limb(forward=6, outward=162, turn=85, bend=16),
                legs=Limb(forward=4, outward=22, bend=8, twist=12, tip=4),
            ),
            hop_m=0.05,
            natural_s=1.2,
        ),
        "jump_rope": Motion(
            rest=symmetric(
                arms=Limb(forward=-4, outward=16, turn=38, bend=46, twist=20),
                legs=grounded(Limb(forward=10, outward=3, bend=19, twist=8)),
            ),
            turn=symmetric(
                arms=Limb(forward=-4, outward=19, turn=42, bend=40, twist=20),
                legs=Limb(forward=4, outward=3, bend=8, twist=8, tip=-30),
                lift=0.11,
            ),
            natural_s=0.48,
        ),
    }
)
