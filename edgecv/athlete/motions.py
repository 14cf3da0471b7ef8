"""The exercises that the athlete knows: key postures, and how a repetition goes through them.

To add one, add a row to EXERCISES: the posture of rest, the posture at the turn (and any between),
and which hands and feet stay where they are. A limb that is planted bends as it must: its angles
only say about how. One that is not planted follows its angles, and the body rests on its lowest
point.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from edgecv.athlete.posture import Limb, Posture, blend, symmetric


@dataclass(frozen=True)
class Motion:
    """An exercise. A repetition starts and ends in the posture of rest, the first key."""

    postures: Mapping[str, Posture]
    keys: tuple[tuple[float, str], ...]
    """When (0 to 1, share of the repetition) it is in which posture; still for a moment there."""
    turn: str
    """The posture at which the movement turns back."""
    planted: tuple[str, ...] = ()
    """The limbs that end where they do at rest throughout: hands or feet on the floor or a bar."""
    equipment: tuple[str, ...] = ()
    """What is held: names of `anatomy.EQUIPMENT`."""

    @property
    def rest(self) -> Posture:
        return self.postures[self.keys[0][1]]

    @property
    def turn_share(self) -> float:
        """When a repetition turns, 0 to 1."""
        return next(share for share, name in self.keys if name == self.turn)

    def posture(self, share: float, amplitude: float = 1.0) -> Posture:
        """The posture at a share (0 to 1) of a repetition; an amplitude of 1 is a textbook one."""
        for (start, before), (end, after) in zip(self.keys, self.keys[1:], strict=False):
            if share <= end:
                weight = ease((share - start) / (end - start))
                posture = blend(self.postures[before], self.postures[after], weight)
                return blend(self.rest, posture, amplitude)
        return self.rest


def ease(share: float) -> float:
    """0 to 1 with no speed and no acceleration at either end: the path of least jerk (Flash and
    Hogan 1985), as people move."""
    share = min(max(share, 0.0), 1.0)
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


_FEET = ("left_leg", "right_leg")
_STANDING = Limb(forward=4, outward=5, bend=8, twist=12, tip=4)

EXERCISES: Mapping[str, Motion] = MappingProxyType(
    {
        "squat": Motion(
            postures={
                "stand": symmetric(arms=Limb(forward=4, outward=9, bend=14), legs=_STANDING),
                "bottom": symmetric(
                    pitch=28,
                    neck=-16,
                    arms=Limb(forward=86, outward=10, bend=60),
                    legs=Limb(forward=98, outward=17, bend=104, twist=12),
                ),
            },
            keys=((0.0, "stand"), (0.5, "bottom"), (1.0, "stand")),
            turn="bottom",
            planted=_FEET,
        ),
        "biceps_curl": Motion(
            postures={
                "hang": symmetric(
                    arms=Limb(forward=2, outward=11, bend=15, twist=60), legs=_STANDING
                ),
                "top": symmetric(
                    pitch=-1,
                    arms=Limb(forward=12, outward=11, bend=140, twist=85),
                    legs=_STANDING,
                ),
            },
            keys=((0.0, "hang"), (0.5, "top"), (1.0, "hang")),
            turn="top",
            planted=_FEET,
            equipment=("dumbbells",),
        ),
    }
)
