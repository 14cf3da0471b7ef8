"""`edgecv teach`: an exercise of one's own, from reps that are shown."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edgecv.cli.options import add_config, configure
from edgecv.cli.output import replacing
from edgecv.cli.run import EXIT_NOT_RELEASED
from edgecv.cli.stop import StopSignals
from edgecv.clock import SystemClock
from edgecv.config import AUTO, Config
from edgecv.errors import ConfigError, EdgecvError
from edgecv.taught import known_exercises, path_of, read, taught_files, taught_folder, text_of

if TYPE_CHECKING:
    from edgecv.reps.exercises import Exercise
    from edgecv.reps.teach import Lesson
    from edgecv.shown import Shown

SYNTHETIC = "synthetic:"
TRACE = ".trace"
SECONDS = 30.0

EPILOG = """\
examples:
  edgecv teach wood_chop                        # on the configured camera
  edgecv teach wood_chop training.mp4
  edgecv teach wood_chop --reps 6 monday.trace
  edgecv teach --list
  edgecv teach --forget wood_chop

Show 3 to 5 reps, all alike, each from the same posture and back to it, with all that moves in view.
What is learned is a file in the folder exercises of the state folder, for programs that begin after
that; the service's is /var/lib/edgecv:

  sudo -u edgecv STATE_DIRECTORY=/var/lib/edgecv edgecv teach wood_chop training.mp4

exit codes: 0 done; 1 nothing could be learned, or the source or the model failed; 2 wrong usage or
configuration; 75 the source was not let go of in time
"""


class CantTeach(EdgecvError):
    """The demonstration taught nothing: show it again."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "teach",
        help="count an exercise of your own",
        description="Learn to count an exercise from reps that are shown.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="how it will be called")
    parser.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        help="a video file, a trace, or a camera (default: camera.source)",
    )
    add_config(parser)
    parser.add_argument(
        "--reps", type=_reps, metavar="N", help="how many are shown (default: 3 to 5)"
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        metavar="N",
        help=f"how long to look at a camera (default: {SECONDS:g}; Ctrl-C ends it earlier)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="in place of what was taught by that name"
    )
    parser.add_argument("--list", action="store_true", help="show what was taught")
    parser.add_argument("--forget", action="store_true", help="forget what was taught as NAME")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    if options.list:
        return _list()
    if options.name is None:
        raise ConfigError("edgecv teach needs a NAME for the exercise, or --list")
    path = path_of(options.name)
    if options.forget:
        return _forget(options.name, path)
    if path.exists() and not options.overwrite:
        raise ConfigError(
            f"{options.name} was taught already ({path}): choose another name, or --overwrite it"
        )
    _check_folder(path.parent)
    signals = StopSignals()
    if options.source is not None and options.source.startswith(SYNTHETIC):
        options.source += ("&" if "?" in options.source else "?") + "pace=false"
    shown = _see(options, configure(options), signals)
    lesson = _learn(shown, options.reps)
    with replacing(path) as file:
        file.write_text(text_of(lesson.exercise), encoding="utf-8")
    _tell(options.name, lesson)
    print(f"{path}: written; edgecv knows it when it begins the next time", flush=True)
    if not shown.released:
        # An ordinary exit might wait for the driver that the capture thread is stuck in.
        os._exit(EXIT_NOT_RELEASED)
    return 0


def _see(options: argparse.Namespace, config: Config, signals: StopSignals) -> "Shown":
    from edgecv.shown import from_source, from_trace

    if options.source is not None and Path(options.source).suffix.lower() == TRACE:
        return from_trace(Path(options.source))
    source = options.source or config.camera.source
    config = msgspec.structs.replace(
        config,
        camera=msgspec.structs.replace(config.camera, source=source),
        counting=msgspec.structs.replace(config.counting, exercise=AUTO),
    )
    return from_source(config, SystemClock(), options.seconds, signals.then, _say)


def _learn(shown: "Shown", reps: int | None) -> "Lesson":
    from edgecv.reps.demonstration import NotLearned
    from edgecv.reps.teach import learn

    seen = sum(pose is not None for _, pose in shown.samples)
    frames = len(shown.samples)
    _say(
        f"{shown.seconds:.1f} s, {frames / max(shown.seconds, 1):.0f} frames a second, somebody in "
        f"view in {seen / max(frames, 1):.0%} of them"
    )
    try:
        return learn(
            shown.skeleton,
            shown.samples,
            shown.frame_size,
            reps=reps,
            exercises=known_exercises(),
        )
    except NotLearned as error:
        raise CantTeach(f"nothing was learned: {error}") from error


def _tell(name: str, lesson: "Lesson") -> None:
    times = ", ".join(f"{start_s:.1f}" for start_s, _ in lesson.seconds)
    _say(f"{len(lesson.seconds)} reps were shown, begun after {times} s; it would count them all")
    _say(f"{name.replace('_', ' ')}, {_sides(lesson.exercise)}; from rest to the turn:")
    for line in _parts(lesson.exercise):
        _say(f"  {line}")
    if lesson.known_as is not None and lesson.known_as != name:
        _say(f"edgecv would have counted these as {lesson.known_as.replace('_', ' ')}")


def _parts(exercise: "Exercise") -> Sequence[str]:
    from edgecv.reps.signals import IN_DEGREES

    return [
        f"{signal.replace('_', ' '):<20} "
        + (f"{change:+5.0f}°" if signal in IN_DEGREES else f"{change:+5.2f} m")
        + f"   weight {weight:.1f}"
        for signal, (change, weight) in exercise.parts.items()
    ]


def _sides(exercise: "Exercise") -> str:
    return {
        "together": "both sides together",
        "either": "one side at a time",
        "uneven": "the sides not alike",
        "in turn": "one side after the other",
    }[exercise.sides.value]


def _list() -> int:
    paths = taught_files()
    if not paths:
        _say(f"nothing was taught: {taught_folder()} is empty")
    for path in paths:
        try:
            exercise = read(path)
        except ConfigError as error:
            _say(f"{path.stem}: left out: {error}")
            continue
        _say(f"{path.stem}: {_sides(exercise)}, {', '.join(exercise.parts).replace('_', ' ')}")
    return 0


def _forget(name: str, path: Path) -> int:
    try:
        path.unlink()
    except FileNotFoundError:
        raise ConfigError(f"{name} was not taught: edgecv teach --list shows what was") from None
    except OSError as error:
        raise EdgecvError(f"{path} can't be removed: {error.strerror or error}") from error
    _say(f"{name} is forgotten; an edgecv that runs knows it until it ends")
    return 0


def _check_folder(folder: Path) -> None:
    """Before anybody exerts himself for nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise EdgecvError(
            f"{folder} can't be written: run this as the user whose it is, or name another state "
            "folder in the environment variable STATE_DIRECTORY"
        )


def _say(line: str) -> None:
    print(line, flush=True)


def _reps(text: str) -> int:
    if not text.isdecimal() or not 3 <= int(text) <= 30:
        raise argparse.ArgumentTypeError(f"{text}: expected 3 to 30")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 5 <= seconds <= 120:
        raise argparse.ArgumentTypeError(f"{text}: expected 5 to 120 seconds")
    return seconds
