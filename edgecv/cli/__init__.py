"""The command line: `edgecv COMMAND`."""

import argparse
import os
import sys
from collections.abc import Sequence

from edgecv import __version__
from edgecv.cli import bench, discovery, replay, run, service, snapshot, teach
from edgecv.cli.stop import end_of_program
from edgecv.errors import EdgecvError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. The exit code: 0 well, 1 failed while running, 2 wrong usage or settings."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(
        prog="edgecv", description="A camera appliance that counts exercise repetitions."
    )
    parser.add_argument("--version", action="version", version=f"edgecv {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (run, snapshot, replay, teach, bench, discovery, service):
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.execute(options)
        sys.stdout.flush()
    except EdgecvError as error:
        print(f"edgecv: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe has gone. Nothing more can be written, not at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        end_of_program()
    return code
