"""The exercises, one row each: which joints bend, by how much, and how quick a rep can be.

To add one, add a row. The angles are of an adult's rep that is just a full one, as it is seen from
any side; the counter adapts to the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Joint = Literal["elbow", "shoulder", "hip", "knee"]

JOINTS: Mapping[Joint, tuple[str, str, str]] = MappingProxyType(
    {
        "elbow": ("shoulder", "elbow", "wrist"),
        "shoulder": ("hip", "shoulder", "elbow"),
        "hip": ("shoulder", "hip", "knee"),
        "knee": ("hip", "knee", "ankle"),
    }
)
"""Key points whose angle is the joint's: 180° is straight."""


@dataclass(frozen=True)
class Signal:
    """A joint, on both sides of the body."""

    joint: Joint
    change_deg: float
    """From the position of rest to the turn: negative where the joint closes."""
    weight: float = 1.0


@dataclass(frozen=True)
class Exercise:
    """What a rep looks like. A progress of 1 is a textbook rep."""

    signals: tuple[Signal, ...]
    min_rep_s: float
    """A quicker movement is not a rep."""
    floor: float = 0.4
    """Least progress of a rep, whatever the person's own are."""
    max_rep_s: float = 8.0
    """Away from rest for longer than this is a new posture, not a rep."""


EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        "squat": Exercise((Signal("knee", -60), Signal("hip", -60, 0.7)), 0.8, floor=0.55),
        "lunge": Exercise((Signal("knee", -50), Signal("hip", -40, 0.5)), 0.7, floor=0.5),
        "deadlift": Exercise((Signal("hip", -70), Signal("knee", -30, 0.3)), 0.8),
        "push_up": Exercise((Signal("elbow", -55),), 0.5),
        "pull_up": Exercise((Signal("elbow", -70), Signal("shoulder", -80)), 0.6),
        "dip": Exercise((Signal("elbow", -50),), 0.6),
        "sit_up": Exercise((Signal("hip", -40),), 0.7, floor=0.35),
        "jumping_jack": Exercise((Signal("shoulder", 100),), 0.3, floor=0.6, max_rep_s=3.0),
        "biceps_curl": Exercise((Signal("elbow", -60),), 0.6),
        "alternating_curl": Exercise((Signal("elbow", -30),), 0.6),
        "overhead_press": Exercise((Signal("elbow", 50), Signal("shoulder", 60)), 0.6),
        "front_raise": Exercise((Signal("shoulder", 65),), 0.5),
    }
)
