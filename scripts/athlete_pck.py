#!/usr/bin/env python3
"""How well the real model tracks the synthetic athlete: PCK@0.1 and the count, from eight sides.

PCK@0.1 is the share of the shoulders, elbows, wrists, hips, knees and ankles, over all frames, that
are found within a tenth of the athlete's extent in the picture of where they are. The model runs as
in the appliance: it looks for the athlete once and then follows. One row for each exercise; a cell
is PCK and "counted/true" repetitions ("-" where the exercise is not counted yet). Exits with 1 when
a cell is below --least or counts wrong.

    .venv/bin/python scripts/athlete_pck.py --exercise push_up --exercise squat --seed 3
"""

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgecv.athlete import EXERCISES, Athlete
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import BLAZEPOSE_33, JOINTS
from edgecv.pose.open_estimator import open_estimator
from edgecv.reps.counter import Counter
from edgecv.reps.exercises import EXERCISES as COUNTED
from edgecv.reps.outcome import Counted

AZIMUTHS = range(0, 360, 45)
FRAME = (640, 480)
"""Width and height of what the athlete is rendered in."""
NEAR = 0.1
"""Of the athlete's extent."""
TRUE = [BLAZEPOSE_33.index(joint) for joint in JOINTS]
"""Of the athlete's landmarks."""


@dataclass(frozen=True)
class Cell:
    """What became of one performance."""

    pck: float
    counted: int | None
    true: int

    def __str__(self) -> str:
        return f"{self.pck:.3f} {'-' if self.counted is None else self.counted}/{self.true}"

    def good(self, least: float) -> bool:
        return self.pck >= least and self.counted in (None, self.true)


def measure(estimator: Estimator, athlete: Athlete, exercise: str, fps: float) -> Cell:
    """Follow the athlete through all frames, and count."""
    estimator.reset()
    name = EXERCISES[exercise].counts_as or exercise
    counter = Counter(estimator.skeleton, name) if name in COUNTED else None
    rows = [estimator.skeleton.index(joint) for joint in JOINTS]
    counted = near = total = 0
    for time_s in np.arange(0.0, athlete.duration_s, 1.0 / fps).tolist():
        pose = estimator(athlete.render(time_s), time_s)
        if counter is not None:
            outcomes = counter.update(time_s, pose, FRAME)
            counted += sum(isinstance(outcome, Counted) for outcome in outcomes)
        total += len(JOINTS)
        if pose is not None:
            true = athlete.landmarks(time_s)[:, :2]
            away = np.linalg.norm(pose.pixels[rows, :2] - true[TRUE], axis=1)
            near += int(np.sum(away <= NEAR * np.ptp(true, axis=0).max()))
    return Cell(
        near / total, counted if counter else None, athlete.reps_completed(athlete.duration_s)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exercise", action="append", choices=sorted(EXERCISES), metavar="NAME")
    parser.add_argument("--azimuth", action="append", type=float, metavar="DEGREES")
    parser.add_argument("--seed", action="append", type=int, metavar="NUMBER", help="default: 1")
    parser.add_argument("--model", default="blazepose-full", help="a name or a file")
    parser.add_argument("--reps", type=int, default=4, metavar="NUMBER", help="default: 4")
    parser.add_argument("--tempo", type=float, metavar="SECONDS", help="default: as is natural")
    parser.add_argument("--fps", type=float, default=15.0, metavar="NUMBER", help="default: 15")
    parser.add_argument("--least", type=float, default=0.95, metavar="PCK", help="default: 0.95")
    options = parser.parse_args(arguments)
    azimuths = options.azimuth or list(AZIMUTHS)
    seeds = options.seed or [1]
    estimator = open_estimator(options.model, threads=1)

    print(f"{'PCK@0.1 counted/true':22}", *(f"{azimuth:>8g}° " for azimuth in azimuths))
    bad = 0
    for exercise, seed in itertools.product(options.exercise or EXERCISES, seeds):
        print(f"{exercise + (f' #{seed}' if len(seeds) > 1 else ''):22}", end="", flush=True)
        for azimuth in azimuths:
            athlete = Athlete(
                exercise, reps=options.reps, tempo_s=options.tempo, azimuth_deg=azimuth, seed=seed
            )
            cell = measure(estimator, athlete, exercise, options.fps)
            bad += not cell.good(options.least)
            mark = " " if cell.good(options.least) else "!"
            print(f" {cell}{mark}", end="", flush=True)
        print()
    if bad:
        print(f"! {bad} below {options.least} or with a wrong count")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
