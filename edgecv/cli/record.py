"""`edgecv record`: the poses that the appliance sees, without any picture."""

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from edgecv.cli.account import Account
from edgecv.cli.options import add_config, add_exercise, add_source, configure
from edgecv.cli.output import check_writable
from edgecv.cli.progress import progress
from edgecv.cli.recordings import title
from edgecv.cli.run import EXIT_NOT_RELEASED
from edgecv.cli.stop import StopSignals
from edgecv.clock import SystemClock
from edgecv.errors import EdgecvError

if TYPE_CHECKING:
    from edgecv.pose.keypoints import Skeleton
    from edgecv.trace_recorder import TraceRecorder
    from edgecv.view import View

SUFFIXES = (".trace",)
CLOSE_S = 5.0

EPILOG = """\
examples:
  edgecv record squats.trace
  edgecv record squats.trace --source /dev/video0 --seconds 60
  edgecv replay squats.trace --explain

A trace holds where the joints were, and when; no picture and no sound. It is what a report of a
wrong count needs: some 10 kB a second.

exit codes: 0 the time was over, the source ended, or it was told to stop (Ctrl-C, SIGTERM); 1 the
source or the model failed, or the trace can't be written; 2 wrong usage or configuration; 75 the
camera was not let go of in time
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "record",
        help="record poses, without any picture",
        description="Record the poses that are seen, without any picture, and count meanwhile.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT.trace", help="the file to write")
    add_config(parser)
    add_source(parser)
    add_exercise(parser)
    parser.add_argument(
        "--seconds", type=_seconds, default=math.inf, help="how long (default: until Ctrl-C)"
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    signals = StopSignals()
    out: Path = options.out
    check_writable(out, SUFFIXES)
    config = configure(options)

    from edgecv.app import Appliance
    from edgecv.trace_recorder import TraceRecorder

    def skeleton() -> "Skeleton":
        assert appliance.loops.inference is not None
        return appliance.loops.inference.skeleton

    def write(view: "View") -> None:
        recorder(view)
        if recorder.seconds >= options.seconds or recorder.failure is not None:
            appliance.ask_to_stop()

    with progress("recording", options.seconds if options.seconds < math.inf else 0.0) as reach:
        account = Account(
            begin=None, quiet=False, then=write, reach=lambda _: reach(recorder.seconds)
        )
        appliance = Appliance(config, [account.sink], SystemClock(), account)
        recorder = TraceRecorder(out, skeleton=skeleton, source=appliance.loops.capture.source.name)
        signals.then(appliance.ask_to_stop)
        try:
            summary = appliance.run()
        finally:
            written = recorder.close(CLOSE_S)
        account.print_waiting()
    _check(recorder, out, written=written)
    print(
        f"{out}: {recorder.frames} frames, {recorder.seconds:.1f} s, "
        f"{out.stat().st_size / 1000:.0f} kB; {title(summary.counts)}: "
        f"counted {sum(summary.counts.values())}",
        flush=True,
    )
    if not summary.released:
        # An ordinary exit might wait for the driver that the capture thread is stuck in.
        os._exit(EXIT_NOT_RELEASED)
    return 0


def _check(recorder: "TraceRecorder", out: Path, *, written: bool) -> None:
    """Raises EdgecvError where not all of it was written."""
    if recorder.frames == 0:
        raise EdgecvError("the source gave no frame before the end: nothing was written")
    if recorder.failure is not None:
        reason = recorder.failure.strerror or recorder.failure
        raise EdgecvError(f"{out} can't be written: {reason}; what is there can be replayed")
    if not written:
        raise EdgecvError(f"{out}: the disk did not take all of it within {CLOSE_S:g} s")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of seconds above 0")
    return seconds
