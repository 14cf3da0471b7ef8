"""What the counter says of a recording, from its first frame to its last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import to_builtins

from edgecv.config import Counting
from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.counter import Counter
from edgecv.reps.outcome import Counted, Held, Outcome, Refused, Rep, SetEnded
from edgecv.reps.unknown import UNKNOWN
from edgecv.traces import Sample

RECORDING_ENDED = "the recording ended"
AS_SHIPPED = Counting()


@dataclass(frozen=True, slots=True)
class Told:
    """A rep, and the time of the frame with which it was told, in seconds on the source's line."""

    rep: Rep
    time_s: float


@dataclass(frozen=True, slots=True)
class FoundSet:
    """Reps without a long pause; at least one."""

    exercise: str
    told: tuple[Told, ...]
    why_ended: str

    @property
    def start_s(self) -> float:
        return min(told.rep.start_s for told in self.told)

    @property
    def end_s(self) -> float:
        return max(told.rep.end_s for told in self.told)


@dataclass(frozen=True, slots=True)
class Moment:
    """The signals of one frame."""

    time_s: float
    signals: Mapping[str, float]
    seen: bool
    """Somebody was in view."""


class Findings:
    """Counts poses as the live loop does, and keeps what was said of them."""

    def __init__(
        self,
        skeleton: Skeleton,
        exercise: str | None,
        *,
        settings: Counting = AS_SHIPPED,
        keep_signals: bool = False,
    ) -> None:
        """`exercise`, whatever the settings say: None for auto mode; KeyError for one that is not
        ours."""
        self._counter = Counter(
            skeleton,
            exercise,
            pause_s=settings.set_pause_s,
            count_partial=settings.partial,
            count_unknown=settings.unknown,
        )
        self._keep_signals = keep_signals
        self._open: list[Told] = []
        self._shown: str | None = None
        self.frames = 0
        self.began_s: float | None = None
        self.ended_s = 0.0
        """Times of the first frame and the last, in seconds on the source's line."""
        self.told: list[Told] = []
        self.refused: list[Refused] = []
        """In the end without those that were counted after all, when more like them had come."""
        self.sets: list[FoundSet] = []
        self.held: list[Held] = []
        self.label_changes = 0
        """How often the exercise that was shown became another one within a set."""
        self.last_label: str | None = None
        """The exercise that was shown last, told or not."""
        self.moments: list[Moment] = []

    @property
    def seconds(self) -> float:
        return 0.0 if self.began_s is None else self.ended_s - self.began_s

    def see(self, time_s: float, pose: Pose | None, frame_size: tuple[int, int]) -> None:
        """The next frame; `frame_size` is its width and height in pixels."""
        if self.began_s is None:
            self.began_s = time_s
        self.ended_s = max(self.ended_s, time_s)
        self.frames += 1
        self._hear(self._counter.update(time_s, pose, frame_size))
        self._watch_label(self._counter.standing.exercise)
        if self._keep_signals:
            self.moments.append(Moment(time_s, dict(self._counter.signals), pose is not None))

    def finish(self) -> None:
        """The recording is over; what that completes is told with its last frame."""
        self._hear(self._counter.finish())
        if self._open:
            self._end_set(self._open[-1].rep.exercise, RECORDING_ENDED)
        counted = {(told.rep.exercise, told.rep.turn_s) for told in self.told}
        self.refused = [one for one in self.refused if (one.exercise, one.turn_s) not in counted]

    def _hear(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Counted):
                told = Told(outcome.rep, self.ended_s)
                self.told.append(told)
                self._open.append(told)
            elif isinstance(outcome, Refused):
                self.refused.append(outcome)
            elif isinstance(outcome, Held):
                self.held.append(outcome)
            elif isinstance(outcome, SetEnded):
                self._end_set(outcome.exercise, outcome.reason)

    def _end_set(self, exercise: str, why: str) -> None:
        if self._open:
            self.sets.append(FoundSet(exercise, tuple(self._open), why))
        self._open = []
        self._shown = None

    def _watch_label(self, now: str | None) -> None:
        if now in (None, UNKNOWN):
            return
        self.label_changes += self._shown not in (None, now)
        self.last_label = now
        self._shown = now


def describe_refused(findings: Findings) -> str:
    """A line for each movement that was not counted, in the order of their turns."""
    if not findings.refused:
        return f"{'refused':<9} no movement"
    ordered = sorted(findings.refused, key=lambda one: one.turn_s)
    return "\n".join(
        f"{'' if number else 'refused':<9} {one.turn_s:7.1f} s  "
        f"{one.exercise.replace('_', ' ')}: {one.reason}"
        for number, one in enumerate(ordered)
    )


def plain(findings: Findings) -> dict[str, Any]:
    """For JSON; times in seconds on the recording's time line."""
    return {
        "frames": findings.frames,
        "seconds": round(findings.seconds, 3),
        "count": len(findings.told),
        "label_changes": findings.label_changes,
        "sets": [
            {
                "exercise": one.exercise,
                "reps": len(one.told),
                "start_s": round(one.start_s, 3),
                "end_s": round(one.end_s, 3),
                "why_ended": one.why_ended,
            }
            for one in findings.sets
        ],
        "reps": [{**_rounded(told.rep), "told_s": round(told.time_s, 3)} for told in findings.told],
        "held": [_rounded(one) for one in findings.held],
        "refused": [_rounded(one) for one in findings.refused],
    }


def _rounded(value: object) -> Any:
    """Its fields, with numbers of a sensible length."""
    plain = to_builtins(value)
    return {
        name: round(one, 3) if isinstance(one, float) else one for name, one in _flat(plain).items()
    }


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a field in its place: those of a rep's tempo beside those of the rep."""
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        flat |= value if isinstance(value, dict) else {name: value}
    return flat


def find(
    samples: Iterable[Sample],
    skeleton: Skeleton,
    exercise: str | None,
    frame_size: tuple[int, int],
    *,
    keep_signals: bool = False,
) -> Findings:
    """Of all that was recorded; for the arguments see Findings."""
    findings = Findings(skeleton, exercise, keep_signals=keep_signals)
    for sample in samples:
        findings.see(sample.time_s, sample.pose, frame_size)
    findings.finish()
    return findings
