"""A posture: the angle of every joint, each side on its own."""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Limb:
    """An arm or a leg; degrees. All 0: straight down, palm to the thigh or toes to the front."""

    forward: float = 0.0
    """At the shoulder or hip, up to the front."""
    outward: float = 0.0
    """Then away from the middle of the body."""
    turn: float = 0.0
    """Then about its own axis, to the outside."""
    bend: float = 0.0
    """Of the elbow or knee: 180 less the angle between the two segments."""
    twist: float = 0.0
    """Of the hand or foot about the lower segment, to the outside: 90 turns the palm of a hanging
    arm to the front."""
    tip: float = 0.0
    """Then of the hand to the front, or of the toes up to the shin."""
    cock: float = 0.0
    """Then of the hand towards its back: 90 is flat on the floor below an arm that stands on it."""


@dataclass(frozen=True)
class Posture:
    """Joint angles in degrees; all 0 is upright with the arms hanging."""

    left_arm: Limb
    right_arm: Limb
    left_leg: Limb
    right_leg: Limb
    pitch: float = 0.0
    """Of the pelvis, forward: 90 is face down, -90 on the back."""
    roll: float = 0.0
    """Of the pelvis, to the left."""
    spine: float = 0.0
    """Of the chest against the pelvis, forward."""
    neck: float = 0.0
    """Of the head against the chest, forward."""
    lift: float = 0.0
    """Of the lowest point of the body above the floor, metres."""


def symmetric(
    *,
    arms: Limb,
    legs: Limb,
    pitch: float = 0.0,
    spine: float = 0.0,
    neck: float = 0.0,
    lift: float = 0.0,
) -> Posture:
    """A posture with both sides alike."""
    return Posture(arms, arms, legs, legs, pitch=pitch, spine=spine, neck=neck, lift=lift)


def mirrored(posture: Posture) -> Posture:
    """With left and right exchanged."""
    return replace(
        posture,
        left_arm=posture.right_arm,
        right_arm=posture.left_arm,
        left_leg=posture.right_leg,
        right_leg=posture.left_leg,
        roll=-posture.roll,
    )


def blend(start: Posture, end: Posture, weight: float) -> Posture:
    """Every angle on the straight way from `start` (weight 0) to `end` (1), or beyond."""

    def between(a: float, b: float) -> float:
        return a + (b - a) * weight

    def limb(a: Limb, b: Limb) -> Limb:
        return Limb(*(between(getattr(a, name), getattr(b, name)) for name in _LIMB_ANGLES))

    return Posture(
        limb(start.left_arm, end.left_arm),
        limb(start.right_arm, end.right_arm),
        limb(start.left_leg, end.left_leg),
        limb(start.right_leg, end.right_leg),
        **{name: between(getattr(start, name), getattr(end, name)) for name in _TRUNK},
    )


def grounded(leg: Limb, pitch: float = 0.0) -> Limb:
    """The leg with its foot flat on the floor, below a pelvis of that pitch."""
    return replace(leg, tip=pitch - leg.forward + leg.bend)


STANDING_LEG = Limb(forward=4, outward=5, bend=8, twist=12, tip=4)
STANDING = symmetric(arms=Limb(forward=4, outward=10, bend=14), legs=STANDING_LEG)

_LIMB_ANGLES = tuple(field.name for field in fields(Limb))
_TRUNK = ("pitch", "roll", "spine", "neck", "lift")
