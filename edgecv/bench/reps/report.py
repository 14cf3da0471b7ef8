"""An evaluation as text, and as plain data for programs."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import msgspec

from edgecv.bench.report import columns
from edgecv.bench.reps.folder import Evaluation
from edgecv.bench.reps.score import ClipScore, ModeScore
from edgecv.bench.reps.summary import (
    BaselineSummary,
    ModeSummary,
    is_counted,
    is_mislabelled,
    summarise,
    summarise_baselines,
)

HEADER = ("", "exact", "±1", "MAE", "label", "false", "prec.", "recall", "delay p90")
RULES = {"two_thresholds": "two thresholds", "smoothed_peaks": "smoothed peaks"}
NOTE = """\
exact, ±1, MAE: from the nearest of the counts that can be defended, in reps;
false: reps in clips of nothing: named as the four commonest, in auto as any;
auto is scored live: only what was told, and that is never taken back.
Two published rules on the angle of one joint, with the exercise named:
thresholds of 145° and 90°; peaks of 25°, mean of 9 frames, 0.6 s apart"""


def plain(evaluation: Evaluation) -> dict[str, Any]:
    """For JSON."""
    clips = evaluation.clips
    return {
        "summary": _builtins(summarise(clips)),
        "baselines": _builtins(summarise_baselines(clips)),
        "clips": [plain_clip(clip) for clip in clips],
        "skipped": evaluation.skipped,
        "not_ours": [clip.label.file for clip in clips if is_not_ours(clip)],
    }


def plain_clip(clip: ClipScore) -> dict[str, Any]:
    """A recording with the truth beside what was counted."""
    label = clip.label
    return {
        "file": label.file,
        "exercise": clip.exercise or label.exercise,
        "reps": label.reps,
        "reps_accept": list(label.accepted),
        "frames": clip.frames,
        "seconds": round(clip.seconds, 3),
        "cost_ms": round(clip.cost_ms, 3),
        "named": None if clip.named is None else _plain_mode(clip.named),
        "auto": _plain_mode(clip.auto),
        "false_named": clip.false_named,
        "baselines": clip.baselines,
        "false_baselines": clip.false_baselines,
    }


def is_not_ours(clip: ClipScore) -> bool:
    """It shows an exercise that we don't have: scored in auto mode, for the count only."""
    return clip.exercise is None and not clip.label.idle


def describe(evaluation: Evaluation) -> str:
    """The table, and under it each recording that went wrong."""
    clips = evaluation.clips
    lines = [table(summarise(clips), summarise_baselines(clips)), "", NOTE]
    if clips:
        cost_ms = median(clip.cost_ms for clip in clips)
        lines += [
            "",
            f"all exercises at once: {cost_ms:.2f} ms of CPU a frame, the median of clips",
        ]
    wrong = [line for clip in clips for line in mistakes(clip)]
    if wrong:
        lines += ["", *wrong]
    missing = [clip for clip in clips if is_not_ours(clip)]
    if missing:
        lines += ["", "no row of ours, scored in auto for the count only:"]
        lines += [f"  {clip.label.file}: {clip.label.exercise}" for clip in missing]
    if evaluation.skipped:
        lines += ["", f"skipped: {len(evaluation.skipped)}"]
        lines += [f"  {file}: {why}" for file, why in evaluation.skipped.items()]
    return "\n".join(lines)


def table(modes: Mapping[str, ModeSummary], baselines: Mapping[str, BaselineSummary]) -> str:
    """A line a mode or rule, at 80 columns."""
    return f"{_extent(modes)}\n\n{columns(HEADER, [*_mode_rows(modes), *_rule_rows(baselines)])}"


def mode_table(modes: Mapping[str, ModeSummary]) -> str:
    """A line a mode, at 80 columns."""
    return columns(HEADER, _mode_rows(modes))


def _mode_rows(modes: Mapping[str, ModeSummary]) -> list[tuple[str, ...]]:
    return [
        (
            f"edgecv, {name}",
            *(number(value) for value in (mode.exact, mode.within_one, mode.mae, mode.label)),
            str(mode.false_reps),
            *(number(value) for value in (mode.precision, mode.recall)),
            "–" if mode.delay_p90_s is None else f"{mode.delay_p90_s:.2f} s",
        )
        for name, mode in modes.items()
    ]


def _rule_rows(baselines: Mapping[str, BaselineSummary]) -> list[tuple[str, ...]]:
    return [
        (
            RULES[name],
            *(number(value) for value in (rule.exact, rule.within_one, rule.mae)),
            "–",
            str(rule.false_reps),
            *("–", "–", "–"),
        )
        for name, rule in baselines.items()
    ]


def mistakes(clip: ClipScore) -> list[str]:
    """What is not as it should be, a line each."""
    found = []
    if is_counted(clip):
        truth = f"{clip.exercise or clip.label.exercise}, {_either(clip.label.accepted)}"
        for name, score in (("named", clip.named), ("auto", clip.auto)):
            if score is None:
                continue
            if score.error or is_mislabelled(clip, score):
                found.append(f"{clip.label.file}: {truth}; {name} {_counted(score)}")
    else:
        for name, reps in clip.false_named.items():
            if reps:
                found.append(f"{clip.label.file}: nothing counts; {reps} x {name} when named")
        if clip.auto.told and clip.auto.label != clip.exercise:
            found.append(f"{clip.label.file}: nothing counts; auto {_counted(clip.auto)}")
    return found


def _counted(score: ModeScore) -> str:
    return f"{score.count} x {score.label}" if score.told else "0"


def _either(counts: Sequence[int]) -> str:
    return " or ".join(map(str, counts))


def _extent(modes: Mapping[str, ModeSummary]) -> str:
    auto = modes["auto"]
    return (
        f"{auto.clips} clips of an exercise, {auto.negatives} of nothing or uncounted "
        f"({auto.negative_seconds / 60:.1f} min)"
    )


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _plain_mode(score: ModeScore) -> dict[str, Any]:
    return {
        "count": score.count,
        "error": score.error,
        "matched": score.matched,
        "label": score.label,
        "label_changes": score.label_changes,
        "wrong_label_reps": score.wrong_label_reps,
        "reps": [
            {
                "exercise": told.rep.exercise,
                "turn_s": round(told.rep.turn_s, 3),
                "end_s": round(told.rep.end_s, 3),
                "told_s": round(told.time_s, 3),
            }
            for told in score.told
        ],
    }


def _builtins(value: object) -> Any:
    return msgspec.to_builtins(value)
