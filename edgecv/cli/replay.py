"""`edgecv replay`: the very loop over a recording, as fast as it goes."""

import argparse
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edgecv.cli.options import add_config, add_exercise, add_model, configure
from edgecv.cli.output import check_writable, replacing
from edgecv.cli.run import EXIT_NOT_RELEASED, describe
from edgecv.cli.stop import StopSignals
from edgecv.clock import Clock, SystemClock
from edgecv.config import Camera
from edgecv.errors import ConfigError
from edgecv.sinks.console import describe_event
from edgecv.sinks.quiet import Quiet

if TYPE_CHECKING:
    from edgecv.capture.source import SourceInfo
    from edgecv.view import Observe, View

SYNTHETIC = "synthetic:"
SUFFIXES = (".mp4",)

EPILOG = """\
examples:
  edgecv replay training.mp4 --exercise push_up
  edgecv replay training.mp4 --video annotated.mp4
  edgecv replay "synthetic:squat?reps=5&azimuth=90"

exit codes: 0 the recording ended or the program was told to stop (Ctrl-C, SIGTERM), and a video is
playable up to there; 1 the recording or the model failed, or the video can't be written; 2 wrong
usage or configuration; 75 the source was not let go of in time
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
        "source", metavar="SOURCE", help="a video file, or synthetic:EXERCISE?… (see edgecv run)"
    )
    add_config(parser)
    add_exercise(parser)
    add_model(parser)
    parser.add_argument(
        "--video", type=Path, metavar="OUT.mp4", help="write every frame, annotated"
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    signals = StopSignals()
    if options.source.startswith(SYNTHETIC):
        options.source += ("&" if "?" in options.source else "?") + "pace=false"
    config = configure(options)
    clock = SystemClock()
    if options.video is not None:
        check_writable(options.video, SUFFIXES)
        if os.path.realpath(options.video) == os.path.realpath(options.source):
            raise ConfigError(f"--video {options.video} is the recording itself: choose another")
    info = _look_at(config.camera, clock)

    from edgecv.app import Appliance

    with _video(options.video, info) as write:
        reporter = Reporter(write)
        appliance = Appliance(config, [reporter.sink], clock, reporter)
        signals.then(appliance.ask_to_stop)
        summary = appliance.run()
    reporter.print_waiting()
    print(describe(summary), flush=True)
    if not summary.released:
        # An ordinary exit might wait for the driver that the capture thread is stuck in.
        os._exit(EXIT_NOT_RELEASED)
    return 0


class Reporter:
    """An observer that prints what happens with its time in the recording, and hands every view
    on to `then`."""

    def __init__(self, then: "Observe | None") -> None:
        self.sink = Quiet()
        self._then = then
        self._time_s = 0.0

    def __call__(self, view: "View") -> None:
        self._time_s = view.frame.time_s
        # What this frame led to is in the mailbox before the frame is shown.
        self.print_waiting()
        if self._then is not None:
            self._then(view)

    def print_waiting(self) -> None:
        """Print the events that nobody has printed yet."""
        from edgecv.picture.annotate import recorded_time

        while (event := self.sink.mailbox.take_event()) is not None:
            line = describe_event(event.event)
            if line is None:
                continue
            with suppress(BrokenPipeError):  # a reader that went away ends nothing
                print(f"{recorded_time(self._time_s):>8}  {line[0]:<9} {line[1]}", flush=True)


def _look_at(camera: Camera, clock: Clock) -> "SourceInfo":
    """What the recording says of itself. Raises SourceError; ConfigError for a live source."""
    from edgecv.capture.open import make_source

    source = make_source(camera, clock)
    if source.live:
        raise ConfigError(f"{source.name} is live: edgecv replay takes recordings, run takes it")
    try:
        return source.open(threading.Event())
    finally:
        source.release()


@contextmanager
def _video(path: Path | None, info: "SourceInfo") -> Iterator["Observe | None"]:
    """What writes the video; none where there is no `path`."""
    if path is None:
        yield None
        return
    from edgecv.picture.video import VideoWriter

    with replacing(path) as file:
        writer = VideoWriter(file, width=info.width, height=info.height, fps=info.fps)
        try:
            yield writer
        finally:
            writer.close()
