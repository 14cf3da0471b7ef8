"""Exercises that hang from a bar or stand on two."""

from collections.abc import Mapping
from types import MappingProxyType

from edgecv.athlete.motion import HANDS, Motion
from edgecv.athlete.posture import Limb, symmetric

_HUNG = Limb(forward=10, outward=158, turn=60, bend=14, twist=-80)
_PULLED_UP = Limb(forward=28, outward=44, turn=45, bend=126, twist=-80)

BAR_EXERCISES: Mapping[str, Motion] = MappingProxyType(
    {
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
            planted=HANDS,
            equipment=("pull_up_bar",),
        ),
        "dip": Motion(
            rest=symmetric(
                pitch=8,
                neck=-4,
                arms=Limb(forward=4, outward=8, bend=8, tip=-4),
                legs=Limb(forward=4, outward=3, bend=60, tip=-20),
                lift=0.35,
            ),
            turn=symmetric(
                pitch=26,
                neck=-16,
                arms=Limb(forward=-34, outward=14, bend=84),
                legs=Limb(forward=16, outward=3, bend=72, tip=-20),
                lift=0.35,
            ),
            planted=HANDS,
            equipment=("dip_bars",),
        ),
    }
)
