"""`edgecv replay`: the very loop over a recording, as fast as it goes."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edgecv.cli.account import say
from edgecv.cli.options import add_config, add_exercise, add_model, configure
from edgecv.cli.output import check_writable, replacing
from edgecv.cli.recordings import End, Task, count_trace, count_video, title
from edgecv.cli.run import EXIT_NOT_RELEASED
from edgecv.cli.stop import StopSignals
from edgecv.errors import ConfigError, EdgecvError

if TYPE_CHECKING:
    from edgecv.bench.reps.agreement import Agreement
    from edgecv.bench.reps.labels import Label
    from edgecv.findings import Findings

SYNTHETIC = "synthetic:"
TRACE = ".trace"
VIDEOS, PLOTS = (".mp4",), (".png",)

EPILOG = """\
examples:
  edgecv replay training.mp4 --exercise push_up
  edgecv replay training.mp4 --video annotated.mp4
  edgecv replay monday.trace --explain --plot monday.png
  edgecv replay "synthetic:squat?reps=5&azimuth=90"

A labels.json beside the recording (see edgecv bench reps) that names it is compared with the count.

exit codes: 0 the recording ended or the program was told to stop (Ctrl-C, SIGTERM), and a video is
playable up to there; 1 the recording or the model failed, or the video or plot can't be written; 2
wrong usage or configuration; 75 the source was not let go of in time
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "replay",
        help="count the reps in a recording",
        description="Count the reps in a recording, with the very code that runs on a camera.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a video file, a trace by edgecv record, or synthetic:EXERCISE?… (see edgecv run)",
    )
    add_config(parser)
    add_exercise(parser)
    add_model(parser)
    parser.add_argument(
        "--explain", action="store_true", help="print why each other movement was not counted"
    )
    parser.add_argument(
        "--plot", type=Path, metavar="OUT.png", help="draw the movement, what was counted, and not"
    )
    parser.add_argument(
        "--video",
        type=Path,
        metavar="OUT.mp4",
        help="write every frame, annotated (of a trace: the skeleton on a plain ground)",
    )
    parser.add_argument("--json", action="store_true", help="print one object with all of it")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    signals = StopSignals()
    if options.source.startswith(SYNTHETIC):
        options.source += ("&" if "?" in options.source else "?") + "pace=false"
    config = configure(options)
    _check_out("--video", options.video, VIDEOS, options.source)
    _check_out("--plot", options.plot, PLOTS, options.source)
    label = None if options.source.startswith(SYNTHETIC) else _label(Path(options.source))
    task = Task(
        config,
        video=options.video,
        quiet=options.json,
        findings=bool(options.json or options.explain or options.plot or label),
        signals=options.plot is not None,
    )
    of_trace = Path(options.source).suffix.lower() == TRACE
    end = count_trace(task, signals) if of_trace else count_video(task, signals)
    _conclude(options, end, label)
    if not end.released:
        # An ordinary exit might wait for the driver that the capture thread is stuck in.
        os._exit(EXIT_NOT_RELEASED)
    return 0


def _conclude(options: argparse.Namespace, end: End, label: "Label | None") -> None:
    """Print what is left to say, and draw the plot."""
    findings = end.findings
    if findings is None:
        say(end.summary)
        return
    from edgecv.bench.reps.agreement import Agreement
    from edgecv.findings import describe_refused, plain

    findings.finish()
    agreement = None if label is None else Agreement(findings, label)
    if options.json:
        labels = None if agreement is None else agreement.plain()
        facts = {"source": options.source, "counts": end.counts, **end.facts}
        say(json.dumps({**facts, **plain(findings), "labels": labels}, indent=1))
    else:
        say(end.summary)
        if agreement is not None:
            say(f"{'labelled':<9} {agreement}")
        if options.explain:
            say(describe_refused(findings))
    if options.plot is not None:
        _draw(options, end, findings, agreement)


def _draw(
    options: argparse.Namespace, end: End, findings: "Findings", agreement: "Agreement | None"
) -> None:
    import cv2

    from edgecv.picture.plot import draw_plot

    parts = [Path(options.source).name, f"{findings.seconds:.1f} s"]
    parts += [] if agreement is None else [f"labelled {agreement}"]
    heading = f"{sum(end.counts.values())} {title(end.counts)}" if len(end.counts) == 1 else ""
    picture = draw_plot(findings, heading or title(end.counts), " · ".join(parts))
    with replacing(options.plot) as file:
        file.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def _check_out(option: str, out: Path | None, suffixes: tuple[str, ...], source: str) -> None:
    if out is None:
        return
    check_writable(out, suffixes)
    if os.path.realpath(out) == os.path.realpath(source):
        raise ConfigError(f"{option} {out} is the recording itself: choose another")


def _label(recording: Path) -> "Label | None":
    """What a labels.json beside it says; labels that can't be used are said to be so."""
    from edgecv.bench.reps.agreement import label_beside

    try:
        return label_beside(recording)
    except EdgecvError as error:
        print(f"edgecv: not compared with labels: {error}", file=sys.stderr)
        return None
