"""Leave one source out: constants chosen on the recordings of all other places, scored on those of
one that had no say.

What a recording makes of a setting does not depend on the others, so that each is scored once
under each setting, and every fold picks from that.
"""

import importlib
from collections import Counter as Multiset
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType, ModuleType

import numpy as np

from edgecv.bench.reps.folder import Folder, Step, in_parallel, load
from edgecv.bench.reps.labels import Label
from edgecv.bench.reps.report import mode_table
from edgecv.bench.reps.score import ClipScore, score_clip
from edgecv.bench.reps.summary import ModeSummary, summarise
from edgecv.errors import ConfigError

Setting = Mapping[str, float]
"""Constants by `module:NAME`, and the values that they are given."""

GRID: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "edgecv.reps.excursion:OWN_SHARE": (0.4, 0.5, 0.6),
        "edgecv.reps.excursion:RETURN_SHARE": (0.5, 0.6, 0.7),
        "edgecv.reps.one_exercise:STRONG": (0.6, 0.7, 0.8),
        "edgecv.reps.one_exercise:GOOD": (0.2, 0.3, 0.4),
        "edgecv.reps.one_exercise:WEAK": (0.1, 0.15, 0.25),
        "edgecv.reps.one_exercise:ALIKE": (3, 4),
        "edgecv.reps.one_exercise:SAME": (0.75, 0.85, 0.9),
        "edgecv.reps.checks:AGREEMENT": (0.5, 0.6, 0.7),
        "edgecv.reps.checks:LENIENT_AGREEMENT": (0.3, 0.4, 0.5),
        "edgecv.reps.checks:SYMMETRY": (0.25, 0.35, 0.45),
        "edgecv.reps.smoothing:MIN_SEEN": (0.4, 0.5, 0.6),
        "edgecv.reps.smoothing:MIN_CUTOFF_HZ": (1.0, 1.5, 2.5),
        "edgecv.reps.evidence:NO_LIKENESS": (0.3, 0.4, 0.5),
    }
)
"""The values that are tried."""
DRAWS = 23
"""Settings that are drawn at random, beside that of the code: all combinations would be 1e6."""

FALSE_REP_COST = 0.5
"""A false rep counts as much as half a recording with a wrong count."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One source that was held out."""

    source: str
    setting: Setting
    """What was best on the others."""
    clips: int


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """All recordings, each as it was scored while its source was held out."""

    folds: list[Fold]
    settings: int
    """How many there were to choose from."""
    summary: dict[str, ModeSummary]


def settings(grid: Mapping[str, Sequence[float]], draws: int, seed: int = 0) -> list[Setting]:
    """That of the code, which changes nothing, and others drawn at random."""
    rng = np.random.default_rng(seed)
    return [
        {},
        *({n: float(rng.choice(values)) for n, values in grid.items()} for _ in range(draws)),
    ]


def cross_validate(
    folder: Folder,
    labels: Sequence[Label],
    grid: Mapping[str, Sequence[float]] = GRID,
    *,
    draws: int = DRAWS,
    jobs: int = 1,
    step: Step = lambda: None,
) -> CrossValidation:
    """Choose for each source among the code's setting and `draws` others.

    Recordings that can't be read are left out. Raises ConfigError for a constant that there is
    not."""
    tried = settings(grid, draws)
    with applied({name: values[0] for name, values in grid.items()}):
        pass  # each of them is there
    found = in_parallel(partial(_score_settings, folder, tried), labels, jobs, step)
    return choose([scores for scores in found if scores], tried)


def choose(scores: Sequence[Sequence[ClipScore]], tried: Sequence[Setting]) -> CrossValidation:
    """`scores`: of each recording, one for each of `tried`. A recording whose source nobody knows
    is a source of its own."""
    sources = [clips[0].label.source_repo or clips[0].label.file for clips in scores]
    folds, held_out = [], []
    for source in dict.fromkeys(sources):
        others = [clips for clips, place in zip(scores, sources, strict=True) if place != source]
        own = [clips for clips, place in zip(scores, sources, strict=True) if place == source]
        costs = [cost([clips[index] for clips in others]) for index in range(len(tried))]
        best = costs.index(min(costs))
        folds.append(Fold(source, tried[best], len(own)))
        held_out += [clips[best] for clips in own]
    return CrossValidation(folds, len(tried), summarise(held_out))


def cost(clips: Sequence[ClipScore]) -> float:
    """What is to be small: wrong counts and labels in both modes, and false reps."""
    total = 0.0
    for mode in summarise(clips).values():
        wrong = (
            1 - share for share in (mode.exact, mode.within_one, mode.label) if share is not None
        )
        total += mode.clips * sum(wrong)
        total += FALSE_REP_COST * (mode.false_reps + mode.wrong_label_reps)
    return total


def describe(crossed: CrossValidation) -> str:
    """The table of what was held out, and what was chosen, if there was a choice."""
    text = f"each of {len(crossed.folds)} sources held out; settings tried: {crossed.settings}\n"
    text += mode_table(crossed.summary)
    chosen = Multiset(_spelled(fold.setting) for fold in crossed.folds)
    if crossed.settings > 1:
        text += "\n\nchosen:"
        text += "".join(f"\n  {times:3d} x {setting}" for setting, times in chosen.most_common())
    return text


@contextmanager
def applied(setting: Setting) -> Iterator[None]:
    """The constants of the modules have these values, in this process. Raises ConfigError for one
    that there is not."""
    places = [(*_place(constant), value) for constant, value in setting.items()]
    before = [getattr(module, name) for module, name, _ in places]
    try:
        for module, name, value in places:
            setattr(module, name, value)
        yield
    finally:
        for (module, name, _), value in zip(places, before, strict=True):
            setattr(module, name, value)


def _spelled(setting: Setting) -> str:
    values = (f"{name.rpartition(':')[2]} {value:g}" for name, value in setting.items())
    return ", ".join(values) or "that of the code"


def _place(constant: str) -> tuple[ModuleType, str]:
    where, _, name = constant.partition(":")
    try:
        module = importlib.import_module(where)
    except ImportError as error:
        raise ConfigError(f"constant {constant}: {error}") from error
    if not isinstance(getattr(module, name, None), (int, float)):
        raise ConfigError(f"constant {constant}: {where} has no number of that name")
    return module, name


def _score_settings(folder: Folder, tried: Sequence[Setting], label: Label) -> list[ClipScore]:
    clip = load(folder, label)
    if isinstance(clip, str):
        return []
    scores = []
    for setting in tried:
        with applied(setting):
            scores.append(score_clip(clip, label))
    return scores
