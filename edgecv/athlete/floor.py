"""Exercises on the floor: on hands and toes, or on the back."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from edgecv.athlete.motion import FEET, HANDS, Motion, Via
from edgecv.athlete.posture import STANDING, Limb, symmetric

_PLANK_LEG = Limb(forward=2, outward=4, bend=8)
_PLANK = symmetric(
    pitch=70,
    neck=-40,
    arms=Limb(forward=72, outward=16, turn=-20, bend=14, twist=-70, cock=88),
    legs=_PLANK_LEG,
)
_CROUCH = Via(
    0.45,
    symmetric(
        pitch=62,
        spine=18,
        neck=-30,
        arms=Limb(forward=80, outward=8, turn=-40, bend=20, twist=-70, cock=60),
        legs=Limb(forward=125, outward=16, bend=125, twist=12),
    ),
    arrived=HANDS,
)
_TO_PLANK = (
    _CROUCH,
    Via(
        0.72,
        replace(
            symmetric(
                pitch=64,
                spine=10,
                neck=-24,
                arms=Limb(forward=75, outward=10, turn=-40, bend=12, twist=-70, cock=80),
                legs=Limb(forward=110, outward=10, bend=115),
            ),
            left_leg=Limb(forward=18, outward=4, bend=25),
        ),
        arrived=(*HANDS, "left_leg"),
    ),
)
_SUPINE_LEG = Limb(forward=50, outward=6, bend=98, tip=-42)
_BESIDE = Limb(forward=-3, outward=20, bend=6, twist=-80)
_SUPINE = symmetric(pitch=-88, neck=8, arms=_BESIDE, legs=_SUPINE_LEG)
_SIT, _SAT = (
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
        arrived=FEET,
    ),
)
_TO_BACK = (_SIT, _SAT)

_PUSH_UP = Motion(
    rest=_PLANK,
    turn=symmetric(
        pitch=82,
        neck=-44,
        arms=Limb(forward=45, outward=16, turn=-20, bend=95, twist=-70, cock=88),
        legs=_PLANK_LEG,
    ),
    turn_share=0.52,
    planted=HANDS + FEET,
    pivots=FEET,
    carried_by=FEET,
    from_standing=_TO_PLANK,
)

_ON_FOREARMS = symmetric(
    pitch=82,
    neck=-30,
    arms=Limb(forward=84, outward=4, bend=88, twist=-84),
    legs=_PLANK_LEG,
)
PLANK = replace(_PUSH_UP, rest=_ON_FOREARMS, turn=_ON_FOREARMS)
"""A timed hold, on the forearms."""

FLOOR_EXERCISES: Mapping[str, Motion] = MappingProxyType(
    {
        "push_up": _PUSH_UP,
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
            planted=FEET,
            seat=True,
            from_standing=_TO_BACK,
        ),
        "crunch": Motion(
            rest=symmetric(
                pitch=-86,
                neck=10,
                arms=Limb(forward=34, outward=10, bend=14, twist=60),
                legs=_SUPINE_LEG,
            ),
            turn=symmetric(
                pitch=-81,
                spine=27,
                neck=16,
                arms=Limb(forward=44, outward=10, bend=16, twist=60),
                legs=replace(_SUPINE_LEG, forward=58),
            ),
            planted=FEET,
            seat=True,
            from_standing=_TO_BACK,
            natural_s=2.0,
            counts_as="sit_up",
        ),
        "leg_raise": Motion(
            rest=replace(
                _SUPINE,
                left_leg=Limb(forward=5, outward=3, bend=5, tip=-25),
                right_leg=Limb(forward=5, outward=3, bend=5, tip=-25),
            ),
            turn=replace(
                _SUPINE,
                left_leg=Limb(forward=86, outward=3, bend=8, tip=-15),
                right_leg=Limb(forward=86, outward=3, bend=8, tip=-15),
            ),
            seat=True,
            from_standing=_TO_BACK,
            natural_s=3.0,
        ),
        "glute_bridge": Motion(
            rest=_SUPINE,
            turn=symmetric(
                pitch=-114,
                spine=6,
                neck=26,
                arms=replace(_BESIDE, forward=-24),
                legs=Limb(forward=1, outward=6, bend=90, tip=-25),
            ),
            planted=FEET,
            seat=True,
            from_standing=_TO_BACK,
        ),
        "mountain_climber": Motion(
            rest=_PLANK,
            turn=replace(
                _PLANK,
                pitch=_PLANK.pitch + 10,
                neck=_PLANK.neck - 6,
                left_leg=Limb(forward=130, outward=8, bend=122, tip=-30),
                right_leg=replace(_PLANK_LEG, forward=16),
            ),
            planted=(*HANDS, "right_leg"),
            pivots=("right_leg",),
            carried_by=("right_leg",),
            steps=("left_leg",),
            from_standing=_TO_PLANK,
            alternating=True,
            natural_s=0.7,
        ),
        "burpee": Motion(
            rest=STANDING,
            turn=_PLANK,
            down_to=replace(_PUSH_UP, from_standing=(replace(_CROUCH, share=0.55),)),
            jump_m=0.18,
            natural_s=3.6,
        ),
    }
)
