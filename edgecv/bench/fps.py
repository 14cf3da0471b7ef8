"""How true the FPS meter is: made-up batches on a made-up clock, beside the per-frame method.

Scenarios and published figures: daydreamlive/scope, pull request 617 (2026).
Replayed here as it was measured there (10 s, a consumer without a lead, steady batches), the
per-frame method gives what was published of it to within two points: the model is a fair one.
"""

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edgecv.bench.consumer import Consumer, Meter, PerFrameMeter
from edgecv.bench.report import columns
from edgecv.rates import RateMeter

SECONDS = 60.0
PUBLISHED_S = 10.0
SEEDS = 20
"""One trace has few batches: a fourth of those with batches of 12 have a tenth more jitter than
all of them together, for no fault of the meter."""
LEAD = 2
"""Batches that the consumer lets come before it begins: what any player keeps against jitter."""
JITTERS = (0.02, 0.10)
"""Standard deviation of the intervals between batches, over their mean."""
WINDOW = 10
JITTER_MARGIN = 1.1
MAX_ERROR = 0.005
STALL = 1.5
"""A gap that is longer than so many ideal ones."""
SILENCE_S = 2.0
NEVER_S = 10.0
"""A rate that is not 0 after so long never will be."""


@dataclass(frozen=True, slots=True)
class Published:
    """Per cent, measured over 10 s with threads and sleeps."""

    old_jitter: float
    new_jitter: float
    old_error: float
    new_error: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """Batches of `frames` every `interval_s`; every `run_s` there is a pause of `pause_s`."""

    name: str
    frames: int
    interval_s: float
    published: Published
    run_s: float = math.inf
    pause_s: float = 0.0


SCENARIOS = (
    Scenario("12/0.5 s", 12, 0.5, Published(84.1, 0.3, 34.3, 0.2)),
    Scenario("4/0.2 s", 4, 0.2, Published(29.1, 5.8, 13.8, 1.0)),
    Scenario("1/33 ms", 1, 1 / 30, Published(2.3, 4.5, 2.7, 2.7)),
    Scenario("pauses", 12, 0.5, Published(112.9, 0.3, 53.8, 0.2), run_s=4.0, pause_s=2.0),
)
"""The last is of batches of 12, too."""


@dataclass(frozen=True, slots=True)
class Trace:
    """When batches come, in runs with a pause between two."""

    frames: int
    runs: list[list[float]]

    @property
    def fps(self) -> float:
        """What there really was, pauses apart."""
        seconds = sum(run[-1] - run[0] for run in self.runs)
        return self.frames * sum(len(run) - 1 for run in self.runs) / seconds


def make_trace(scenario: Scenario, jitter: float, seed: int, seconds: float = SECONDS) -> Trace:
    """Batches for `seconds`, with gaussian intervals; the same seed gives the same ones."""
    random_source = random.Random(seed)  # noqa: S311 - no secret
    runs: list[list[float]] = []
    now_s = 0.0
    while now_s < seconds:
        run = []
        end_s = min(now_s + scenario.run_s, seconds)
        while now_s < end_s:
            run.append(now_s)
            now_s += max(0.1, random_source.gauss(1.0, jitter)) * scenario.interval_s
        runs.append(run)
        now_s += scenario.pause_s
    return Trace(scenario.frames, [run for run in runs if len(run) > 1])


@dataclass(frozen=True, slots=True)
class Quality:
    """What the consumer had: shares, but for `fps_sd`."""

    jitter: float
    """Standard deviation of its gaps over their mean."""
    stalls: float
    error: float
    """Mean rate that it read, against that of the trace."""
    fps_sd: float
    silent_s: float | None
    """From the last batch until the rate is 0; None: never."""


def replay(trace: Trace, meter: Meter, lead: int = LEAD) -> Quality:
    """What a consumer has that is paced by this meter."""
    consumer = Consumer(meter, lead)
    for index, run in enumerate(trace.runs):
        if index:
            consumer.pause(trace.runs[index - 1][-1] + trace.frames / trace.fps)
        for now_s in run:
            consumer.batch(now_s, trace.frames)
    gaps_s, rates = consumer.gaps_s, consumer.rates
    if not gaps_s:
        return Quality(0.0, 0.0, 0.0, 0.0, None)
    return Quality(
        jitter=statistics.pstdev(gaps_s) / statistics.fmean(gaps_s),
        stalls=sum(gap_s > STALL / trace.fps for gap_s in gaps_s) / len(gaps_s),
        error=abs(statistics.fmean(rates) / trace.fps - 1),
        fps_sd=statistics.pstdev(rates),
        silent_s=_silent_after(meter, trace.runs[-1][-1]),
    )


def _silent_after(meter: Meter, last_s: float) -> float | None:
    steps_s = (step / 100 for step in range(int(100 * NEVER_S)))
    return next((quiet_s for quiet_s in steps_s if not meter.rate(last_s + quiet_s + 1e-9)), None)


def pooled(qualities: Sequence[Quality]) -> Quality:
    """Over many seeds: jitter and standard deviation as root mean squares, else means; the
    longest silence."""
    silences = [quality.silent_s for quality in qualities]
    known = [silence for silence in silences if silence is not None]
    return Quality(
        jitter=math.sqrt(statistics.fmean(q.jitter**2 for q in qualities)),
        stalls=statistics.fmean(q.stalls for q in qualities),
        error=statistics.fmean(q.error for q in qualities),
        fps_sd=math.sqrt(statistics.fmean(q.fps_sd**2 for q in qualities)),
        silent_s=max(known) if len(known) == len(silences) else None,
    )


def worst(qualities: Sequence[Quality]) -> Quality:
    """Each figure of the seed that has it worst."""
    return Quality(
        jitter=max(quality.jitter for quality in qualities),
        stalls=max(quality.stalls for quality in qualities),
        error=max(quality.error for quality in qualities),
        fps_sd=max(quality.fps_sd for quality in qualities),
        silent_s=pooled(qualities).silent_s,
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One scenario with one input jitter, over all seeds."""

    scenario: Scenario
    input_jitter: float
    ours: Quality
    worst: Quality
    """Of ours, seed by seed."""
    per_frame: Quality

    @property
    def jitter_bound(self) -> float:
        return JITTER_MARGIN * self.input_jitter / math.sqrt(WINDOW)

    @property
    def missed(self) -> list[str]:
        """Which bounds were not reached."""
        ours = self.ours
        reached = {
            "jitter": ours.jitter <= self.jitter_bound,
            "error": ours.error <= MAX_ERROR,
            "stalls": ours.stalls == 0,
            "silence": ours.silent_s is not None and ours.silent_s <= SILENCE_S,
        }
        return [name for name, good in reached.items() if not good]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        ratio = self.ours.jitter / self.jitter_bound
        return {
            **asdict(self),
            "jitter_bound": self.jitter_bound,
            "jitter_ratio": ratio,
            "error_bound": MAX_ERROR,
            "missed": self.missed,
            "replayed_as_published": asdict(as_published(self.scenario)),
        }


def compare(seconds: float = SECONDS, seeds: int = SEEDS) -> list[Comparison]:
    """Every scenario with every input jitter."""
    return [_compare(s, jitter, seconds, seeds) for s in SCENARIOS for jitter in JITTERS]


def _compare(scenario: Scenario, jitter: float, seconds: float, seeds: int) -> Comparison:
    traces = [make_trace(scenario, jitter, seed, seconds) for seed in range(1, seeds + 1)]
    ours = [replay(trace, RateMeter()) for trace in traces]
    return Comparison(
        scenario,
        jitter,
        ours=pooled(ours),
        worst=worst(ours),
        per_frame=pooled([replay(trace, PerFrameMeter()) for trace in traces]),
    )


def describe(comparisons: Sequence[Comparison]) -> str:
    """Tables at 80 columns."""
    header = ("", "", "jitter", "", "", "", "err", "", "stall", "", "sd", "", "")
    second = ("", "in", "ours", "<=", "ratio", "old", "ours", "old", "ours", "old", "ours", "old")
    rows = [(*second, ""), *(_row(comparison) for comparison in comparisons)]
    silences = [comparison.ours.silent_s for comparison in comparisons]
    known = [silence for silence in silences if silence is not None]
    slowest = f"{max(known):.2f} s" if len(known) == len(silences) else "never"
    jitter = max(comparison.worst.jitter / comparison.jitter_bound for comparison in comparisons)
    error = max(comparison.worst.error for comparison in comparisons)
    names = ("10 s, steady", "jitter old", "replayed", "new", "err old", "replayed", "new")
    return "\n\n".join(
        [
            columns(header, rows),
            f"0 after the last batch: ours in {slowest} (<= {SILENCE_S:g}), per frame never\n"
            f"worst single seed: jitter {jitter:.2f} of the bound, error {100 * error:.2f}",
            f"published:\n{columns(names, [_published(scenario) for scenario in SCENARIOS])}",
        ]
    )


def _row(comparison: Comparison) -> tuple[str, ...]:
    ours, old = comparison.ours, comparison.per_frame
    bound = comparison.jitter_bound
    return (
        comparison.scenario.name,
        f"{100 * comparison.input_jitter:.0f}",
        *(f"{100 * ours.jitter:.2f}", f"{100 * bound:.2f}", f"{ours.jitter / bound:.2f}"),
        _short(100 * old.jitter),
        *(f"{100 * ours.error:.2f}", _short(100 * old.error)),
        *(f"{100 * ours.stalls:.1f}", f"{100 * old.stalls:.1f}"),
        *(f"{ours.fps_sd:.2f}", _short(old.fps_sd)),
        "MISS" if comparison.missed else "ok",
    )


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def as_published(scenario: Scenario) -> Quality:
    """The per-frame method, replayed as it was measured for the publication."""
    return replay(make_trace(scenario, 0.0, 1, PUBLISHED_S), PerFrameMeter(), lead=0)


def _published(scenario: Scenario) -> tuple[str, ...]:
    figures, replayed = scenario.published, as_published(scenario)
    return (
        scenario.name,
        *(f"{figures.old_jitter:.1f}", f"{100 * replayed.jitter:.1f}", f"{figures.new_jitter:.1f}"),
        *(f"{figures.old_error:.1f}", f"{100 * replayed.error:.1f}", f"{figures.new_error:.1f}"),
    )
