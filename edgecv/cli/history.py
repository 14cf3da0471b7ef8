"""`edgecv history`: what was trained."""

import argparse
import sys
from datetime import timedelta
from pathlib import Path

from edgecv.cli.options import add_device, add_json
from edgecv.clock import SystemClock

SUFFIXES = (".png",)
DAYS = 30

EPILOG = """\
examples:
  edgecv history                        # the sets of the last 30 days
  edgecv history workouts --days 365
  edgecv history reps --csv > reps.csv
  edgecv history --plot history.png     # reps a day, and the tempo

It reads the journal, which may be done while edgecv runs, by the service's user and the members of
the group edgecv.

exit codes: 0 done, also when nothing was counted; 1 there is no journal, or it can't be read, or
the picture can't be written; 2 wrong usage
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "history",
        help="what was trained",
        description="What was trained: workouts, sets or reps.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "kind",
        choices=("workouts", "sets", "reps"),
        nargs="?",
        default="sets",
        help="what a line is about (default: sets)",
    )
    parser.add_argument(
        "--days", type=_days, default=DAYS, help="how many, today included; 0: all (default: 30)"
    )
    add_device(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="for spreadsheets")
    form.add_argument("--plot", type=Path, metavar="OUT.png", help="write a picture of it")
    add_json(form)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    from edgecv.answers import encode_answer
    from edgecv.cli.output import check_writable, replacing
    from edgecv.history import read_history, the_journal
    from edgecv.screens.history import as_csv, describe

    if options.plot is not None:
        check_writable(options.plot, SUFFIXES)
    history = read_history(the_journal(options.device), _since(options.days))
    if options.json:
        sys.stdout.write(encode_answer(history))
    elif options.csv:
        sys.stdout.write(as_csv(history, options.kind))
    elif options.plot is not None:
        from edgecv.picture.history_plot import encode_png, plot

        with replacing(options.plot) as file:
            file.write_bytes(encode_png(plot(history)))
        print(f"{options.plot} is written")
    else:
        print(describe(history, options.kind))
    return 0


def _since(days: int) -> str | None:
    if not days:
        return None
    first = SystemClock().wall().astimezone() - timedelta(days=days - 1)
    return first.date().isoformat()


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) > 36500:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of days; 0: all")
    return int(text)
