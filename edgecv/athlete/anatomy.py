"""What is on the segments of the body: BlazePose's landmarks, flesh and clothes, equipment.

Offsets are metres along the segment's axes: x to the left, y up, z to the front.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from edgecv.athlete.body import SIDES, Anchors, Offset
from edgecv.athlete.build import ANKLE_HEIGHT, FOREARM, SHIN, THIGH, UPPER_ARM, Build

_SOLE = -ANKLE_HEIGHT
_STEP = _SOLE - 0.045
"""The board of a step, below the foot on it."""

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
    flow_m: float = 0.0
    """It flows into what is no more than that in front of it or behind."""


def landmark_anchors(keypoints: Sequence[str], build: Build) -> Anchors:
    """Where the landmarks of those names (as in `BLAZEPOSE_33`) are."""
    places = dict(_MIDDLE_LANDMARKS)
    for part, (segment, offset) in _PAIRED_LANDMARKS.items():
        for side in SIDES:
            name = f"mouth_{side}" if part == "mouth" else f"{side}_{part}"
            places[name] = (_on_side(segment, side), _mirrored(offset, side))
    return Anchors.of([places[name] for name in keypoints], build)


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
                c.flow_m,
            )


def _on_side(segment: str, side: str) -> str:
    return segment if segment in {"pelvis", "chest", "head", "room"} else f"{side}_{segment}"


def _mirrored(offset: Offset, side: str) -> Offset:
    return (SIDES[side] * offset[0], offset[1], offset[2])


_FLOW_M = 0.025

_FLESH: tuple[Capsule, ...] = (
    # head
    Capsule("chest", (0, 0.41, -0.006), (0, 0.50, 0.004), 0.054, 0.050, "skin"),
    Capsule("head", (0, 0.120, 0.000), (0, 0.045, 0.038), 0.092, 0.058, "skin", 0.92),
    Capsule("head", (0, 0.100, 0.088), (0, 0.072, 0.102), 0.010, 0.015, "nose"),
    *paired(
        Capsule("head", (0.027, 0.105, 0.0775), (0.036, 0.105, 0.0745), 0.0105, 0.0095, "eye"),
        Capsule("head", (0.0315, 0.105, 0.0815), (0.0315, 0.105, 0.0815), 0.0078, 0.0078, "iris"),
        Capsule("head", (0.018, 0.131, 0.0870), (0.046, 0.130, 0.0750), 0.0058, 0.0045, "brow"),
        Capsule("head", (0, 0.041, 0.0935), (0.020, 0.043, 0.0890), 0.0065, 0.0045, "lips"),
        Capsule("head", (0.082, 0.112, -0.006), (0.078, 0.078, 0.002), 0.017, 0.012, "ear"),
    ),
    # trunk
    Capsule("pelvis", (0, -0.03, -0.012), (0, 0.08, -0.002), 0.108, 0.098, "trousers", 1.44),
    Capsule("chest", (0, -0.05, 0.004), (0, 0.26, 0.000), 0.098, 0.115, "shirt", 1.43),
    *paired(
        Capsule(
            "pelvis",
            (0.055, -0.035, -0.030),
            (0.068, -0.085, -0.024),
            0.084,
            0.080,
            "trousers",
            1.0,
            _FLOW_M,
        ),
        Capsule(
            "chest", (0, 0.30, -0.004), (0.145, 0.345, -0.004), 0.088, 0.058, "shirt", 1.0, _FLOW_M
        ),
        Capsule(
            "chest", (0, 0.400, -0.026), (0.160, 0.372, -0.008), 0.050, 0.042, "shirt", 1.0, _FLOW_M
        ),
    ),
    # arms
    *paired(
        Capsule(
            "upper_arm", (-0.010, -0.012, 0), (0, -0.09, 0), 0.052, 0.052, "shirt", 1.0, _FLOW_M
        ),
        Capsule("upper_arm", (0, -0.09, 0), (0, -0.175, 0), 0.053, 0.050, "sleeve"),
        Capsule("upper_arm", (0, -0.15, 0), (0, -UPPER_ARM, 0), 0.045, 0.040, "forearm"),
        Capsule("forearm", (0, 0, 0), (0, -0.08, 0), 0.040, 0.044, "forearm"),
        Capsule("forearm", (0, -0.08, 0), (0, -FOREARM, 0), 0.044, 0.029, "forearm"),
        Capsule("hand", (0, 0.02, 0), (0, -0.075, 0), 0.028, 0.039, "skin", 0.72),
        Capsule("hand", (0, -0.08, 0.012), (-0.012, -0.145, 0.010), 0.026, 0.017, "skin", 0.72),
        Capsule("hand", (0, -0.08, -0.014), (-0.012, -0.135, -0.014), 0.024, 0.016, "skin", 0.72),
        Capsule("hand", (0, -0.03, 0.022), (0, -0.078, 0.050), 0.016, 0.012, "skin"),
    ),
    # legs
    *paired(
        Capsule(
            "thigh", (-0.004, -0.02, 0), (0, -0.26, 0.004), 0.094, 0.077, "trousers", 1.0, _FLOW_M
        ),
        Capsule("thigh", (0, -0.25, 0.004), (0, -THIGH, 0.004), 0.076, 0.061, "leg"),
        Capsule("shin", (0, 0, 0.004), (0, -0.13, -0.014), 0.061, 0.060, "leg"),
        Capsule("shin", (0, -0.13, -0.014), (0, -SHIN * 0.93, 0), 0.060, 0.045, "leg"),
        Capsule("shin", (0, -0.34, 0), (0, -SHIN, 0), 0.037, 0.036, "sock"),
        Capsule("foot", (0, -0.005, -0.01), (0, _SOLE + 0.055, -0.025), 0.042, 0.046, "shoe"),
        Capsule("foot", (0, _SOLE + 0.052, -0.02), (0, _SOLE + 0.04, 0.14), 0.047, 0.040, "shoe"),
        Capsule("foot", (0, _SOLE + 0.02, -0.04), (0, _SOLE + 0.02, 0.15), 0.03, 0.032, "sole"),
    ),
)
_CROWN = (
    Capsule("head", (0, 0.142, -0.023), (0, 0.080, -0.042), 0.0985, 0.070, "hair", 0.95),
    *paired(
        Capsule("head", (0, 0.196, 0.026), (0.044, 0.182, 0.020), 0.040, 0.036, "hair", 1.0, 0.01)
    ),
)
_HAIR: Mapping[str, tuple[Capsule, ...]] = MappingProxyType(
    {
        "short": _CROWN,
        "long": (
            *_CROWN,
            Capsule("head", (0, 0.10, -0.042), (0, -0.055, -0.058), 0.078, 0.050, "hair", 1.15),
            *paired(
                Capsule(
                    "head", (0.070, 0.120, 0.010), (0.075, -0.020, -0.025), 0.030, 0.028, "hair"
                ),
            ),
        ),
        "tied": (
            *_CROWN,
            Capsule("head", (0, 0.150, -0.105), (0, 0.140, -0.125), 0.036, 0.034, "hair"),
            Capsule("head", (0, 0.135, -0.130), (0, 0.020, -0.150), 0.032, 0.016, "hair"),
        ),
    }
)


def flesh(haircut: str) -> tuple[Capsule, ...]:
    """Everything that is drawn of a person, with hair as in `clothes.HAIRCUTS`."""
    return _FLESH + _HAIR[haircut]


EQUIPMENT: Mapping[str, tuple[Capsule, ...]] = MappingProxyType(
    {
        "dumbbells": paired(
            Capsule("hand", (0, -0.09, -0.10), (0, -0.09, 0.10), 0.013, 0.013, "metal"),
            Capsule("hand", (0, -0.09, -0.12), (0, -0.09, -0.09), 0.038, 0.038, "rubber"),
            Capsule("hand", (0, -0.09, 0.09), (0, -0.09, 0.12), 0.038, 0.038, "rubber"),
        ),
        "kettlebell": (
            Capsule("left_hand", (-0.05, -0.10, 0), (0.01, -0.10, 0), 0.016, 0.016, "metal"),
            Capsule("left_hand", (-0.02, -0.20, 0), (-0.02, -0.22, 0), 0.095, 0.085, "rubber"),
        ),
        "bench": (
            Capsule("room", (0, 0.33, -0.85), (0, 0.33, 0.05), 0.05, 0.05, "rubber", 2.6),
            Capsule("room", (0, 0, -0.75), (0, 0.3, -0.75), 0.03, 0.03, "metal"),
            Capsule("room", (0, 0, -0.05), (0, 0.3, -0.05), 0.03, 0.03, "metal"),
        ),
        "chair": (
            Capsule("room", (0, 0.36, -0.62), (0, 0.36, -0.30), 0.04, 0.04, "rubber", 5.0),
            Capsule("room", (0, 0.40, -0.66), (0, 0.85, -0.72), 0.03, 0.03, "rubber", 6.0),
            *paired(
                Capsule("room", (0.17, 0, -0.30), (0.17, 0.35, -0.30), 0.018, 0.018, "metal"),
                Capsule("room", (0.17, 0, -0.64), (0.17, 0.35, -0.64), 0.018, 0.018, "metal"),
            ),
        ),
        "box": (
            Capsule(
                "left_foot", (-0.1, _STEP, -0.1), (-0.1, _STEP, 0.2), 0.045, 0.045, "rubber", 5
            ),
            *(
                Capsule("left_foot", (x, _STEP, z), (x, _STEP - 0.25, z), 0.025, 0.025, "metal")
                for x in (-0.28, 0.08)
                for z in (-0.08, 0.18)
            ),
        ),
        "dip_bars": paired(
            Capsule("hand", (0, -0.09, -0.35), (0, -0.09, 0.35), 0.02, 0.02, "metal"),
        ),
        "pull_up_bar": (
            Capsule("room", (-0.65, 0, 0), (0.65, 0, 0), 0.017, 0.017, "metal"),
            *paired(Capsule("room", (0.6, 0, 0), (0.6, 1.5, 0), 0.02, 0.02, "metal")),
        ),
    }
)
