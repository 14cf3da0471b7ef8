"""What is on the segments of the body: BlazePose's landmarks, flesh and clothes, equipment.

Offsets are metres along the segment's axes: x to the left, y up, z to the front.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from edgecv.athlete.body import (
    ANKLE_HEIGHT,
    FOREARM,
    SHIN,
    SIDES,
    THIGH,
    UPPER_ARM,
    Anchors,
    Offset,
)

_SOLE = -ANKLE_HEIGHT

_MIDDLE_LANDMARKS = {"nose": ("head", (0.0, 0.075, 0.118))}
_PAIRED_LANDMARKS = {
    "eye_inner": ("head", (0.018, 0.108, 0.094)),
    "eye": ("head", (0.032, 0.108, 0.090)),
    "eye_outer": ("head", (0.046, 0.108, 0.080)),
    "ear": ("head", (0.078, 0.090, 0.000)),
    "mouth": ("head", (0.024, 0.035, 0.092)),
    "shoulder": ("upper_arm", (0.0, 0.0, 0.0)),
    "elbow": ("forearm", (0.0, 0.0, 0.0)),
    "wrist": ("hand", (0.0, 0.0, 0.0)),
    "pinky": ("hand", (0.0, -0.085, -0.035)),
    "index": ("hand", (0.0, -0.095, 0.025)),
    "thumb": ("hand", (0.0, -0.055, 0.050)),
    "hip": ("thigh", (0.0, 0.0, 0.0)),
    "knee": ("shin", (0.0, 0.0, 0.0)),
    "ankle": ("foot", (0.0, 0.0, 0.0)),
    "heel": ("foot", (0.0, _SOLE + 0.02, -0.055)),
    "foot_index": ("foot", (0.0, _SOLE + 0.02, 0.175)),
}


@dataclass(frozen=True)
class Capsule:
    """A ball that sweeps from one point of a segment to another, changing its radius."""

    segment: str
    start: Offset
    end: Offset
    start_radius: float
    end_radius: float
    material: str
    width: float = 1.0
    """Of its cross-section, over the depth: stretches it along the segment's x."""


def landmark_anchors(keypoints: Sequence[str]) -> Anchors:
    """Where the landmarks of those names (as in `BLAZEPOSE_33`) are."""
    places = dict(_MIDDLE_LANDMARKS)
    for part, (segment, offset) in _PAIRED_LANDMARKS.items():
        for side in SIDES:
            name = f"mouth_{side}" if part == "mouth" else f"{side}_{part}"
            places[name] = (_on_side(segment, side), _mirrored(offset, side))
    return Anchors.of([places[name] for name in keypoints])


def paired(*capsules: Capsule) -> tuple[Capsule, ...]:
    """Capsules of the left side, and their mirror images on the right."""
    return tuple(_mirrored_capsules(capsules))


def _mirrored_capsules(capsules: Sequence[Capsule]) -> Iterator[Capsule]:
    for side in SIDES:
        for c in capsules:
            yield Capsule(
                _on_side(c.segment, side),
                _mirrored(c.start, side),
                _mirrored(c.end, side),
                c.start_radius,
                c.end_radius,
                c.material,
                c.width,
            )


def _on_side(segment: str, side: str) -> str:
    return segment if segment in {"pelvis", "chest", "head"} else f"{side}_{segment}"


def _mirrored(offset: Offset, side: str) -> Offset:
    return (SIDES[side] * offset[0], offset[1], offset[2])


FLESH: tuple[Capsule, ...] = (
    # head
    Capsule("chest", (0, 0.36, -0.015), (0, 0.50, 0.004), 0.060, 0.053, "skin"),
    Capsule("head", (0, 0.118, 0.000), (0, 0.034, 0.040), 0.092, 0.056, "skin", 0.90),
    Capsule("head", (0, 0.136, -0.020), (0, 0.075, -0.040), 0.098, 0.064, "hair", 0.91),
    Capsule("head", (0, 0.100, 0.091), (0, 0.070, 0.103), 0.010, 0.016, "nose"),
    *paired(
        Capsule("head", (0.028, 0.104, 0.078), (0.034, 0.104, 0.075), 0.0135, 0.0130, "eye"),
        Capsule("head", (0.031, 0.104, 0.084), (0.031, 0.104, 0.084), 0.0095, 0.0095, "iris"),
        Capsule("head", (0.018, 0.136, 0.088), (0.046, 0.134, 0.075), 0.0065, 0.005, "hair"),
        Capsule("head", (0, 0.030, 0.092), (0.020, 0.037, 0.087), 0.008, 0.006, "lips"),
        Capsule("head", (0.080, 0.112, -0.006), (0.076, 0.078, 0.002), 0.018, 0.013, "ear"),
    ),
    # trunk
    Capsule("pelvis", (0, -0.02, -0.01), (0, 0.06, 0), 0.108, 0.100, "trousers", 1.42),
    Capsule("chest", (0, -0.07, 0), (0, 0.26, -0.004), 0.110, 0.114, "shirt", 1.42),
    Capsule("chest", (-0.09, 0.32, -0.012), (0.09, 0.32, -0.012), 0.083, 0.083, "shirt"),
    *paired(
        Capsule("chest", (0.01, 0.395, -0.03), (0.15, 0.355, -0.008), 0.050, 0.060, "shirt"),
    ),
    # arms
    *paired(
        Capsule("upper_arm", (-0.012, -0.014, 0), (0, -0.18, 0), 0.060, 0.053, "sleeve"),
        Capsule("upper_arm", (0, -0.15, 0), (0, -UPPER_ARM, 0), 0.046, 0.041, "skin"),
        Capsule("forearm", (0, 0, 0), (0, -0.08, 0), 0.041, 0.045, "skin"),
        Capsule("forearm", (0, -0.08, 0), (0, -FOREARM, 0), 0.045, 0.028, "skin"),
        Capsule("hand", (0, -0.02, 0), (0, -0.08, -0.004), 0.033, 0.037, "skin"),
        Capsule("hand", (0, -0.08, -0.004), (0, -0.14, -0.004), 0.035, 0.024, "skin"),
        Capsule("hand", (0, -0.03, 0.022), (0, -0.075, 0.052), 0.017, 0.013, "skin"),
    ),
    # legs
    *paired(
        Capsule("thigh", (-0.010, -0.02, 0), (0, -THIGH, 0.004), 0.092, 0.063, "trousers"),
        Capsule("shin", (0, 0, 0.004), (0, -0.13, -0.014), 0.063, 0.061, "trousers"),
        Capsule("shin", (0, -0.13, -0.014), (0, -SHIN * 0.94, 0), 0.061, 0.046, "trousers"),
        Capsule("shin", (0, -0.36, 0), (0, -SHIN, 0), 0.036, 0.036, "skin"),
        Capsule("foot", (0, -0.005, -0.01), (0, _SOLE + 0.055, -0.025), 0.042, 0.046, "shoe"),
        Capsule("foot", (0, _SOLE + 0.052, -0.02), (0, _SOLE + 0.04, 0.14), 0.047, 0.040, "shoe"),
        Capsule("foot", (0, _SOLE + 0.02, -0.04), (0, _SOLE + 0.02, 0.15), 0.03, 0.032, "sole"),
    ),
)

EQUIPMENT: Mapping[str, tuple[Capsule, ...]] = MappingProxyType(
    {
        "dumbbells": paired(
            Capsule("hand", (0, -0.09, -0.10), (0, -0.09, 0.10), 0.013, 0.013, "metal"),
            Capsule("hand", (0, -0.09, -0.12), (0, -0.09, -0.09), 0.038, 0.038, "rubber"),
            Capsule("hand", (0, -0.09, 0.09), (0, -0.09, 0.12), 0.038, 0.038, "rubber"),
        ),
    }
)
