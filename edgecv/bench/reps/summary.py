"""What the scores of many recordings come to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from edgecv.bench.reps.baselines import BASELINES
from edgecv.bench.reps.score import ClipScore, ModeScore


@dataclass(frozen=True, slots=True)
class ModeSummary:
    """One mode over all recordings. Shares are from 0 to 1, None where there is nothing."""

    clips: int
    """Recordings of an exercise whose reps somebody counted: `exact`, `within_one`, `mae` and
    `label` are over them."""
    exact: float | None
    """Share with the count of the nearest that is accepted."""
    within_one: float | None
    mae: float | None
    """Mean distance from the nearest accepted count, in reps a recording (not divided by it)."""
    false_reps: int
    """Named: those of COMMON in recordings of nothing, and of something that nobody counted. Auto:
    all in recordings of nothing, and under a wrong label in what nobody counted."""
    negatives: int
    """Recordings of nothing, and those that nobody counted: `false_reps` are over them."""
    negative_seconds: float
    wrong_label_reps: int
    """Told as another exercise, in recordings of one."""
    label: float | None
    """Share in which most reps were told as the right exercise (none told is wrong, unless that is
    an accepted count: then there is nothing to name); 1 in named mode by definition."""
    label_changes: int
    precision: float | None
    """Share of the told reps that a labelled one matches within a second; over `timed` clips."""
    recall: float | None
    timed: int
    """Recordings in which somebody noted when the reps were."""
    delay_p50_s: float | None
    delay_p90_s: float | None
    """From the end of a rep, as it was told, to the frame with which it was told."""


@dataclass(frozen=True, slots=True)
class BaselineSummary:
    """A published rule over the same recordings, with the exercise named."""

    clips: int
    exact: float | None
    within_one: float | None
    mae: float | None
    false_reps: int


def summarise(clips: Sequence[ClipScore]) -> dict[str, ModeSummary]:
    """`named` and `auto`."""
    return {
        "named": _mode(clips, lambda clip: clip.named, named=True),
        "auto": _mode(clips, lambda clip: clip.auto, named=False),
    }


def summarise_baselines(clips: Sequence[ClipScore]) -> dict[str, BaselineSummary]:
    """By the name of the rule."""
    return {rule: _baseline(clips, rule) for rule in BASELINES}


def _mode(
    clips: Sequence[ClipScore], mode: Callable[[ClipScore], ModeScore | None], *, named: bool
) -> ModeSummary:
    scored = [(clip, score) for clip in clips if (score := mode(clip)) is not None]
    counted = [(clip, score) for clip, score in scored if is_counted(clip)]
    errors = [score.error for _, score in counted if score.error is not None]
    negatives = [clip for clip in clips if is_negative(clip)]
    if named:
        false_reps = sum(sum(clip.false_named.values()) for clip in negatives)
    else:
        false_reps = sum(false_auto_reps(clip) for clip in negatives)
    labelled = [
        not is_mislabelled(clip, score) for clip, score in counted if _is_named(clip, score)
    ]
    timed = [
        (score.matched, score.count, len(clip.label.rep_times_s or ()))
        for clip, score in counted
        if score.matched is not None
    ]
    matched, told, true = (
        (sum(column) for column in zip(*timed, strict=True)) if timed else (0,) * 3
    )
    delays = sorted(told.time_s - told.rep.end_s for _, score in counted for told in score.told)
    return ModeSummary(
        clips=len(counted),
        exact=_share(error == 0 for error in errors),
        within_one=_share(error <= 1 for error in errors),
        mae=_mean(errors),
        false_reps=false_reps,
        negatives=len(negatives),
        negative_seconds=round(sum(clip.seconds for clip in negatives), 1),
        wrong_label_reps=sum(score.wrong_label_reps for _, score in counted),
        label=1.0 if named and labelled else _share(labelled),
        label_changes=sum(score.label_changes for _, score in counted),
        precision=_round(matched / told) if told else None,
        recall=_round(matched / true) if true else None,
        timed=len(timed),
        delay_p50_s=_percentile(delays, 50),
        delay_p90_s=_percentile(delays, 90),
    )


def _baseline(clips: Sequence[ClipScore], rule: str) -> BaselineSummary:
    errors = [
        min(abs(clip.baselines[rule] - reps) for reps in clip.label.accepted)
        for clip in clips
        if is_counted(clip) and rule in clip.baselines
    ]
    return BaselineSummary(
        clips=len(errors),
        exact=_share(error == 0 for error in errors),
        within_one=_share(error <= 1 for error in errors),
        mae=_mean(errors),
        false_reps=sum(clip.false_baselines.get(rule, 0) for clip in clips if is_negative(clip)),
    )


def is_mislabelled(clip: ClipScore, score: ModeScore) -> bool:
    """Most reps were told as something else, or none was told where there should be some."""
    return _is_named(clip, score) and score.label != clip.exercise


def _is_named(clip: ClipScore, score: ModeScore) -> bool:
    """There is a right name: it is an exercise of ours, and there are reps, or should be."""
    return clip.exercise is not None and (bool(score.told) or score.error != 0)


def is_counted(clip: ClipScore) -> bool:
    """It shows an exercise, and somebody counted the reps."""
    return not clip.label.idle and bool(clip.label.accepted)


def is_negative(clip: ClipScore) -> bool:
    """It shows nothing that counts, or something that nobody counted."""
    return not is_counted(clip)


def false_auto_reps(clip: ClipScore) -> int:
    """In a recording of nothing, or of something that nobody counted."""
    return clip.auto.count if clip.label.idle else clip.auto.wrong_label_reps


def _share(which: Iterable[bool]) -> float | None:
    return _mean([float(one) for one in which])


def _mean(values: Sequence[float]) -> float | None:
    return _round(sum(values) / len(values)) if values else None


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The nearest rank."""
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 3)


def _round(value: float) -> float:
    return round(value, 4)
