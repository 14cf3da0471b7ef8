"""The command line: `edgecv COMMAND`."""

import argparse
import errno
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from edgecv import __version__
from edgecv.cli.help import Help
from edgecv.cli.stop import end_of_program
from edgecv.errors import EdgecvError
from edgecv.sinks.system_log import complain

COMMANDS = (
    *("run", "doctor", "top", "status", "history", "cameras", "config", "snapshot"),
    *("record", "replay", "teach", "models", "bench", "discovery", "serial", "service"),
    *("update", "version"),
)
"""Each is a module here, with `add_parser`."""
INTERRUPTED = 130
"""As shells say it of a program that was ended by Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. The exit code: 0 well, 1 failed while running, 2 wrong usage or settings."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = argparse.Namespace()
    try:
        options = make_parser(given).parse_args(given)
        code: int = options.execute(options)
        sys.stdout.flush()
    except EdgecvError as error:
        complain(str(error))
        if getattr(options, "json", False):
            print(json.dumps({"error": str(error)}))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone. Nothing more can be written, not at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        complain(f"the output can't be written: {error.strerror}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        end_of_program()
    return code


def make_parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """For these arguments: only the command that they begin with is loaded, which saves a small
    board half a second; all of them for help and for a wrong name."""
    parser = argparse.ArgumentParser(
        prog="edgecv", description="A camera appliance that counts exercise repetitions."
    )
    parser.add_argument("--version", action="version", version=f"edgecv {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in given[:1] if given and given[0] in COMMANDS else COMMANDS:
        import_module(f"edgecv.cli.{name}").add_parser(commands)
    for command in commands.choices.values():
        command.formatter_class = Help
    return parser
