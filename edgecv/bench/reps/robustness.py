"""Whether the count stays the same when the same movement is seen otherwise."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from edgecv.bench.report import columns
from edgecv.bench.reps.folder import Folder, Step, in_parallel, load
from edgecv.bench.reps.labels import Label
from edgecv.bench.reps.report import number
from edgecv.bench.reps.score import ClipScore, ModeScore, score_clip
from edgecv.bench.reps.summary import false_auto_reps, is_counted, is_negative
from edgecv.bench.reps.transforms import VARIANTS

GENTLE_BOUND, ROUGH_BOUND = 0.97, 0.90
"""Shares of recordings whose count should stay the same."""

Scores = dict[str, ClipScore]
"""Of one recording, by the name of the variant; as it is under AS_IT_IS."""
AS_IT_IS = ""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """What one variant changes. Shares are from 0 to 1; None where there is nothing to share."""

    variant: str
    gentle: bool
    bound: float
    named_unchanged: float | None
    auto_unchanged: float | None
    named_kept: float | None
    """As right as before: the same, or another that can be defended (what is cut off at the edge of
    a recording may count or not)."""
    auto_kept: float | None
    new_false_named: int
    new_false_auto: int
    """Reps in recordings of nothing, more than without the transform."""
    changed: tuple[str, ...]
    """Files whose count is another one, in either mode, or that have new false reps."""

    @property
    def missed(self) -> bool:
        shares = (self.named_unchanged, self.auto_unchanged)
        fell = any(share is not None and share < self.bound for share in shares)
        return fell or self.new_false_named + self.new_false_auto > 0

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "missed": self.missed}


def robustness(
    folder: Folder, labels: Sequence[Label], *, jobs: int = 1, step: Step = lambda: None
) -> list[Steadiness]:
    """Each variant beside the recordings as they are; those that can't be read are left out."""
    found = in_parallel(partial(_score_variants, folder), labels, jobs, step)
    scores = [one for one in found if one]
    return [
        compare([(one[AS_IT_IS], one[v.name]) for one in scores], v.name, gentle=v.gentle)
        for v in VARIANTS
    ]


def compare(
    pairs: Sequence[tuple[ClipScore, ClipScore]], variant: str, *, gentle: bool
) -> Steadiness:
    """Each recording as it is, and under the variant."""
    counted = [pair for pair in pairs if is_counted(pair[0])]
    negatives = [pair for pair in pairs if is_negative(pair[0])]
    named = [(a.named, b.named) for a, b in counted if a.named and b.named]
    auto = [(a.auto, b.auto) for a, b in counted]
    changed = [
        a.label.file
        for a, b in pairs
        if (is_counted(a) and _counts(a) != _counts(b))
        or (is_negative(a) and (_new_named(a, b) or _new_auto(a, b)))
    ]
    return Steadiness(
        variant=variant,
        gentle=gentle,
        bound=GENTLE_BOUND if gentle else ROUGH_BOUND,
        named_unchanged=_unchanged(named),
        auto_unchanged=_unchanged(auto),
        named_kept=_kept(named),
        auto_kept=_kept(auto),
        new_false_named=sum(_new_named(a, b) for a, b in negatives),
        new_false_auto=sum(_new_auto(a, b) for a, b in negatives),
        changed=tuple(changed),
    )


def describe(found: Sequence[Steadiness]) -> str:
    """A line a variant, at 80 columns."""
    header = ("", "named same", "kept", "auto same", "kept", "new false", "")
    rows = [
        (
            one.variant,
            *(number(value) for value in (one.named_unchanged, one.named_kept)),
            *(number(value) for value in (one.auto_unchanged, one.auto_kept)),
            f"{one.new_false_named} + {one.new_false_auto}",
            "MISSED" if one.missed else "ok",
        )
        for one in found
    ]
    note = (
        f"same: share of clips with the count of the untouched clip; bound {GENTLE_BOUND:.2f}, "
        f"and\n{ROUGH_BOUND:.2f} from 5 fps on; new false: reps in clips of nothing, "
        "named + auto;\nkept: share with a count that is no further from what can be defended"
    )
    return f"{columns(header, rows)}\n\n{note}"


def _score_variants(folder: Folder, label: Label) -> Scores:
    clip = load(folder, label)
    if isinstance(clip, str):
        return {}
    scores = {v.name: score_clip(v.transform(clip), label) for v in VARIANTS}
    return {AS_IT_IS: score_clip(clip, label), **scores}


def _counts(score: ClipScore) -> tuple[int | None, int]:
    return score.named.count if score.named else None, score.auto.count


def _new_named(before: ClipScore, after: ClipScore) -> int:
    reps = before.false_named
    return sum(max(0, after.false_named[name] - reps[name]) for name in reps)


def _new_auto(before: ClipScore, after: ClipScore) -> int:
    return max(0, false_auto_reps(after) - false_auto_reps(before))


def _unchanged(pairs: Sequence[tuple[ModeScore, ModeScore]]) -> float | None:
    same = [before.count == after.count for before, after in pairs]
    return sum(same) / len(same) if same else None


def _kept(pairs: Sequence[tuple[ModeScore, ModeScore]]) -> float | None:
    kept = [(after.error or 0) <= (before.error or 0) for before, after in pairs]
    return sum(kept) / len(kept) if kept else None
