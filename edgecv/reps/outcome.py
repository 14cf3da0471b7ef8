"""What the counter says of a movement: a rep, or why it is none."""

from dataclasses import dataclass
from enum import Enum


class Side(str, Enum):
    """Which side of the body did it."""

    BOTH = "both"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long the parts of a rep took, in seconds; None where it was not seen."""

    away_s: float
    """From leaving rest until close to the turn (10 % and 90 % of the way)."""
    hold_s: float
    """Close to the turn."""
    back_s: float
    """From there to rest; up to the frame that completed the rep."""
    rest_s: float | None
    """At rest since the rep before; None for the first of a set."""


@dataclass(frozen=True, slots=True)
class Rep:
    """A movement from rest to a turn and back. Times in seconds on the source's time line."""

    exercise: str
    start_s: float
    turn_s: float
    end_s: float
    amplitude: float
    """How far it went, as a share of a textbook rep."""
    side: Side
    tempo: Tempo
    range: float
    """How far it went, as a share of the person's own median rep in this set."""
    partial: bool
    """It went much less far than the person's own."""
    symmetry: float | None
    """The weaker side's share of the stronger side's way, 0 to 1; None where one was not seen."""
    confidence: float
    """0 to 1: how well it looks like the exercise."""

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Counted:
    """A rep, told once and never taken back."""

    rep: Rep


@dataclass(frozen=True, slots=True)
class SetEnded:
    """No more reps belong to the set."""

    exercise: str
    reason: str
    """In words."""


@dataclass(frozen=True, slots=True)
class Held:
    """A posture was held, and is not any more."""

    exercise: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Refused:
    """A movement that was not counted."""

    exercise: str
    start_s: float
    turn_s: float
    end_s: float
    amplitude: float
    reason: str
    """In words, with the figure that decided."""


Outcome = Counted | SetEnded | Held | Refused


@dataclass(frozen=True, slots=True)
class Standing:
    """How the set stands: what the owner sees."""

    exercise: str | None = None
    """As what it is counted; None before anything was recognised; "unknown": something regular."""
    sure: bool = False
    """Whether that will not change any more in this set."""
    waiting: int = 0
    """Reps that were seen and are not counted yet: they may be taken back."""
    hold_s: float | None = None
    """How long a plank or wall sit has been held; None for everything else."""
    in_rep: bool = False
    """A movement has begun that may become a rep."""
