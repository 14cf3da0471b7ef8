"""What the counter makes of one labelled recording."""

import time
from collections import Counter as Multiset
from collections.abc import Iterable
from dataclasses import dataclass, field

from edgecv.bench.reps.baselines import BASELINES
from edgecv.bench.reps.clip import Clip
from edgecv.bench.reps.labels import Label, exercise_named
from edgecv.findings import Findings, Told, find
from edgecv.reps.exercises import EXERCISES

MATCH_S = 1.0
"""A rep matches a label whose turning point is no further away."""
COMMON = ("squat", "push_up", "biceps_curl", "jumping_jack")
"""What is counted in recordings of something else, to see how often it is taken for that."""


@dataclass(frozen=True, slots=True)
class ModeScore:
    """What was found beside the label."""

    told: tuple[Told, ...]
    error: int | None
    """From the nearest of the accepted counts; None where nobody counted."""
    matched: int | None
    """Reps that a labelled one matches; None where no times are labelled."""
    label: str | None
    """What most of the reps were told as; where none was told, what was shown last."""
    label_changes: int
    wrong_label_reps: int
    """Told as something else than what was done; those in a recording of nothing aside."""

    @property
    def count(self) -> int:
        return len(self.told)


@dataclass(frozen=True, slots=True)
class ClipScore:
    """A recording with all that was found in it."""

    label: Label
    exercise: str | None
    """Our name of what is done; None when it is nothing, or nothing that we have."""
    frames: int
    seconds: float
    cost_ms: float
    """CPU time a frame that counting takes in auto mode."""
    auto: ModeScore
    named: ModeScore | None
    """None where there is nothing that could be named."""
    false_named: dict[str, int]
    """Reps under names of what is not done: of each of COMMON, in a recording of nothing or of
    something that nobody counted."""
    baselines: dict[str, int] = field(default_factory=dict)
    """What the published rules count under the right name, by the name of the rule."""
    false_baselines: dict[str, int] = field(default_factory=dict)
    """What they count under the names of `false_named`, in all."""


def score_clip(clip: Clip, label: Label, *, with_baselines: bool = False) -> ClipScore:
    """Count the recording in auto mode, under its own name and, where that is a mistake, under
    others."""
    samples = clip.samples

    def found(exercise: str | None) -> Findings:
        return find(samples, clip.skeleton, exercise, clip.frame_size)

    exercise = None if label.idle else exercise_named(label.exercise or "", EXERCISES)
    others = [name for name in COMMON if name != exercise] if _has_no_count(label) else []
    rules = BASELINES if with_baselines else {}
    began_s = time.process_time()
    auto = found(None)
    cost_ms = 1e3 * (time.process_time() - began_s) / max(1, len(samples))
    return ClipScore(
        label=label,
        exercise=exercise,
        frames=len(samples),
        seconds=samples[-1].time_s - samples[0].time_s if samples else 0.0,
        cost_ms=cost_ms,
        auto=score_findings(auto, label, exercise),
        named=None if exercise is None else score_findings(found(exercise), label, exercise),
        false_named={name: len(found(name).told) for name in others},
        baselines={rule: tell(samples, exercise) for rule, tell in rules.items() if exercise},
        false_baselines={
            rule: sum(tell(samples, name) for name in others) for rule, tell in rules.items()
        },
    )


def score_findings(findings: Findings, label: Label, exercise: str | None) -> ModeScore:
    """`exercise`: our name of what is done, None where there is none."""
    names = Multiset(told.rep.exercise for told in findings.told)
    times = [told.rep.turn_s for told in findings.told]
    return ModeScore(
        told=tuple(findings.told),
        error=min((abs(len(times) - reps) for reps in label.accepted), default=None),
        matched=matches(times, label.rep_times_s) if label.rep_times_s else None,
        label=names.most_common(1)[0][0] if names else findings.last_label,
        label_changes=findings.label_changes,
        wrong_label_reps=0 if exercise is None else len(times) - names[exercise],
    )


def matches(found: Iterable[float], labelled: Iterable[float], within_s: float = MATCH_S) -> int:
    """How many can be paired, each with one of the others that is no further away: the most that
    is possible."""
    waiting = sorted(labelled)
    pairs = 0
    for time_s in sorted(found):
        while waiting and waiting[0] < time_s - within_s:
            waiting.pop(0)
        if waiting and waiting[0] <= time_s + within_s:
            waiting.pop(0)
            pairs += 1
    return pairs


def _has_no_count(label: Label) -> bool:
    return label.idle or not label.accepted
