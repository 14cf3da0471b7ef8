"""What an exercise is: two postures, and what stays where it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from edgecv.athlete.posture import STANDING, Posture, blend, mirrored

Side = Literal["left", "right"]
OTHER_SIDE: Mapping[Side, Side] = MappingProxyType({"left": "right", "right": "left"})
HANDS, FEET = ("left_arm", "right_arm"), ("left_leg", "right_leg")


@dataclass(frozen=True)
class Via:
    """A posture on the way to another."""

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
    raised: tuple[str, ...] = ()
    """Those that stand on something: as high above the floor as the posture of rest has them."""
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
    side: Side | None = None
    """The one that moves, where the other does not: the seed says whether it is mirrored."""
    down_to: "Motion | None" = None
    """It turns where that one rests, and gets there as that one does from standing."""
    jump_m: float = 0.0
    """How high the body jumps at the end of a repetition that goes `down_to` another."""
    from_standing: tuple[Via, ...] = ()
    """On the way from standing to the posture of rest."""
    natural_s: float = 2.5
    """How long a repetition takes where nobody says."""
    counts_as: str | None = None
    """The exercise that this is a way to do."""

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
            raised=_others(self.raised),
            carried_by=None if self.carried_by is None else _others(self.carried_by),
            steps=_others(self.steps),
            side=None if self.side is None else OTHER_SIDE[self.side],
        )


STAND = Motion(rest=STANDING, turn=STANDING, planted=FEET)


def ease(share: float) -> float:
    """0 to 1 with no speed and no acceleration at either end: the path of least jerk (Flash and
    Hogan 1985), as people move."""
    share = min(max(share, 0.0), 1.0)
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


def _others(limbs: tuple[str, ...]) -> tuple[str, ...]:
    swapped = {"left": "right", "right": "left"}
    return tuple(f"{swapped[side]}_{kind}" for side, kind in (limb.split("_") for limb in limbs))
