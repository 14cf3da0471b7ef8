"""`edgecv snapshot`: one annotated picture of what the appliance sees."""

import argparse
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edgecv.cli.options import add_config, add_exercise, add_json, add_model, add_source, configure
from edgecv.cli.output import check_writable, replacing
from edgecv.cli.run import EXIT_NOT_RELEASED
from edgecv.cli.stop import StopSignals
from edgecv.clock import SystemClock
from edgecv.errors import EdgecvError
from edgecv.words import spaced

if TYPE_CHECKING:
    from edgecv.answers import SnapshotAnswer
    from edgecv.view import View

SUFFIXES = (".jpg", ".jpeg", ".png")
JPEG_QUALITY = 92
SETTLE_S = 0.5
"""How long somebody is in view before the picture is taken: pose and rates have settled then."""

EPILOG = """\
examples:
  edgecv snapshot picture.jpg
  edgecv snapshot picture.png --source /dev/video0 --wait 10

exit codes: 0 the picture was written, with a person in it or without; 1 the source or the model
failed, or the picture can't be written; 2 wrong usage or configuration; 75 the camera was not let
go of in time
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "snapshot",
        help="write one annotated picture",
        description="Write one picture of what the camera sees, with the pose that is found in it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the picture: a .jpg or .png file")
    add_config(parser)
    add_source(parser)
    add_exercise(parser)
    add_model(parser)
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="how long to wait for somebody to come into view (default: 5)",
    )
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    signals = StopSignals()
    check_writable(options.out, SUFFIXES)
    config = configure(options)

    from edgecv.app import Appliance
    from edgecv.sinks.quiet import Quiet

    moment = Moment(options.wait)
    appliance = Appliance(config, [Quiet()], SystemClock(), moment)
    moment.then = appliance.ask_to_stop
    signals.then(appliance.ask_to_stop)
    summary = appliance.run()
    if moment.view is None:
        raise EdgecvError(f"{config.camera.source} gave no picture before the end")
    with replacing(options.out) as file:
        file.write_bytes(_encode(moment.view, options.out.suffix.lower()))
    if options.json:
        from edgecv.answers import encode_answer

        sys.stdout.write(encode_answer(answer(options.out, moment.view)))
        sys.stdout.flush()
    else:
        print(f"{options.out}: {describe(moment.view)}", flush=True)
    if not summary.released:
        # An ordinary exit might wait for the driver that the capture thread is stuck in.
        os._exit(EXIT_NOT_RELEASED)
    return 0


class Moment:
    """An observer that finds the frame for the picture: somebody has been in view for a while, or
    `wait_s` have passed since the first frame. It then calls `then` and keeps that view."""

    def __init__(self, wait_s: float) -> None:
        self.view: View | None = None
        self.then: Callable[[], None] = lambda: None
        self._wait_s = wait_s
        self._began_s: float | None = None
        self._person_s: float | None = None
        self._found = False

    def __call__(self, view: "View") -> None:
        if self._found:
            return
        self.view = view
        now_s = view.frame.time_s
        self._began_s = now_s if self._began_s is None else self._began_s
        if view.pose is None:
            self._person_s = None
        elif self._person_s is None:
            self._person_s = now_s
        settled = self._person_s is not None and now_s - self._person_s >= SETTLE_S
        if settled or now_s - self._began_s >= self._wait_s:
            self._found = True
            self.then()


def describe(view: "View") -> str:
    """What is in the picture, in a line."""
    from edgecv.decode import size_of

    width, height = size_of(view.frame.content)
    exercise = spaced(view.state.counting or view.state.exercise)
    parts = [f"{width} x {height}", f"{exercise}, count {view.state.set_reps}"]
    if view.pose is None:
        parts.append("nobody in view")
    else:
        parts.append(f"a person in view, score {view.pose.score:.2f}")
    if view.age_s is not None:
        parts += [
            f"camera {view.camera_fps:.1f} fps",
            f"pose {view.pose_fps:.1f} fps",
            f"frame age {view.age_s * 1e3:.0f} ms",
        ]
    return " · ".join(parts)


def answer(out: Path, view: "View") -> "SnapshotAnswer":
    """The same for programs."""
    from edgecv.answers import SnapshotAnswer
    from edgecv.decode import size_of

    width, height = size_of(view.frame.content)
    return SnapshotAnswer(
        file=str(out),
        width=width,
        height=height,
        score=None if view.pose is None else round(view.pose.score, 3),
        exercise=view.state.counting or view.state.exercise,
        set_reps=view.state.set_reps,
    )


def _encode(view: "View", suffix: str) -> bytes:
    import cv2

    from edgecv.picture.annotate import annotate, encode_jpeg

    picture = annotate(view)
    if suffix == ".png":
        return cv2.imencode(suffix, picture)[1].tobytes()
    return encode_jpeg(picture, JPEG_QUALITY)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of seconds")
    return seconds
