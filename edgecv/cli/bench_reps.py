"""`edgecv bench reps`: how well it counts, on labelled recordings."""

import argparse
import json
import os
from pathlib import Path

from msgspec import to_builtins

from edgecv.cli.progress import progress, steps
from edgecv.errors import EdgecvError

JOBS = 2

EPILOG = """\
examples:
  edgecv bench reps clips
  edgecv bench reps clips --json > counted.json

DIR has recordings (videos, or traces by edgecv record) and labels.json: a list of
  {"file": "squats.mp4", "exercise": "squat", "reps": 5, "reps_accept": [5, 6],
   "rep_times_s": [1.2, 3.4, …], "source_repo": "where it is from"}
Exercise "none": nothing in it counts. reps null: nobody counted them; any count under its own name
is right. Poses are found once, by the default model, and kept in ~/.cache/edgecv/poses.

exit codes: 0 it was measured, however good; 1 nothing could be scored; 2 wrong usage
"""


def add_parser(benches: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = benches.add_parser(
        "reps",
        help="how well it counts, on a folder of labelled recordings",
        description="How well reps are counted, named and in auto mode, on labelled recordings.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="recordings and labels.json")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--jobs",
        type=_jobs,
        default=min(JOBS, os.cpu_count() or 1),
        help="processes at a time (default: %(default)s)",
    )
    parser.add_argument(
        "--poses",
        type=Path,
        metavar="FOLDER",
        help="take the poses of NAME.mp4 from FOLDER/NAME.trace, where that is",
    )
    parser.add_argument(
        "--folds",
        action="store_true",
        help="choose constants on the clips of all sources but one, score those of that one",
    )
    parser.add_argument(
        "--robustness",
        action="store_true",
        help="count the same clips mirrored, rolled, at other rates, with gaps, …",
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    try:
        return _measure(options)
    except KeyboardInterrupt:
        raise EdgecvError("stopped; the poses that were found so far are kept") from None


def _measure(options: argparse.Namespace) -> int:
    from edgecv.bench.report import describe_machine, machine
    from edgecv.bench.reps import folder, folds, report, robustness
    from edgecv.bench.reps.labels import load_labels

    labels = load_labels(options.folder)
    place = folder.Folder(options.folder, options.poses)
    jobs = options.jobs
    with progress("clips", len(labels)) as reach:
        evaluation = folder.evaluate(place, labels, jobs=jobs, step=steps(reach))
    if not evaluation.clips:
        raise EdgecvError(
            f"{options.folder}: none of {len(labels)} recordings could be scored: "
            + "; ".join(f"{file}: {why}" for file, why in list(evaluation.skipped.items())[:3])
        )
    figures = {"bench": "reps", "machine": machine(), **report.plain(evaluation)}
    texts = [describe_machine(), report.describe(evaluation)]
    if options.folds:
        with progress("folds", len(labels)) as reach:
            crossed = folds.cross_validate(place, labels, jobs=jobs, step=steps(reach))
        figures["folds"] = to_builtins(crossed)
        texts.append(folds.describe(crossed))
    if options.robustness:
        with progress("robustness", len(labels)) as reach:
            steady = robustness.robustness(place, labels, jobs=jobs, step=steps(reach))
        figures["robustness"] = [one.plain() for one in steady]
        texts.append(robustness.describe(steady))
    print(json.dumps(figures, indent=1) if options.json else "\n\n".join(texts))
    return 0


def _jobs(text: str) -> int:
    jobs = int(text)
    if not 1 <= jobs <= 64:
        raise argparse.ArgumentTypeError(f"{text}: expected 1 to 64")
    return jobs
