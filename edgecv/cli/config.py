"""`edgecv config`: writes, checks and shows the configuration."""

import argparse
import os
import sys
from pathlib import Path

from edgecv.cli.options import add_json
from edgecv.errors import ConfigError, EdgecvError

NEW = Path("edgecv.toml")

EPILOG = """\
examples:
  edgecv config init                    # with what is plugged in
  edgecv config check my.toml
  edgecv config show                    # the service's, or the defaults
  edgecv config show my.toml --json

Passwords are never shown. `init` replaces no file.

exit codes: 0 done, and all is right; 1 the file can't be written; 2 wrong usage, or the
configuration is wrong
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "config",
        help="write, check or show the configuration",
        description="Write a first configuration, check one, or show what is in force and where "
        "each value comes from.",
        epilog=EPILOG,
    )
    parser.add_argument("action", choices=("init", "check", "show"))
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the TOML file")
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    if options.action == "init":
        return _init(options.file or NEW, as_json=options.json)
    return _check(options) if options.action == "check" else _show(options)


def _init(path: Path, *, as_json: bool) -> int:
    from edgecv.answers import ConfigAnswer, encode_answer
    from edgecv.first_config import FirstConfig

    first = FirstConfig()
    try:
        # An address with a password may come to stand there.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(first.text)
    except FileExistsError:
        raise EdgecvError(f"{path} is there already: edit it, or name another file") from None
    except OSError as error:
        raise EdgecvError(f"{path} can't be written: {error.strerror}") from error
    if as_json:
        sys.stdout.write(encode_answer(ConfigAnswer(file=str(path))))
        return 0
    for words in first.found:
        print(words)
    print(f"{path} is written: edit it, then edgecv run --config {path}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from edgecv.answers import ConfigAnswer, encode_answer
    from edgecv.settings import faults, load

    path: Path | None = options.file
    try:
        path, config = load(options.file)
        found = faults(config)
    except ConfigError as error:
        found = [str(error)]
    name = None if path is None else str(path)
    if options.json:
        sys.stdout.write(encode_answer(ConfigAnswer(file=name, faults=found)))
    elif found:
        for fault in found:
            print(f"edgecv: {fault}", file=sys.stderr)
    else:
        print(f"{name or 'the defaults'}: all is right")
    return ConfigError.exit_code if found else 0


def _show(options: argparse.Namespace) -> int:
    from edgecv.answers import ConfigAnswer, encode_answer
    from edgecv.screens.text import table
    from edgecv.settings import load, settings

    configured = load(options.file)
    found = settings(configured)
    name = None if configured.path is None else str(configured.path)
    if options.json:
        sys.stdout.write(encode_answer(ConfigAnswer(file=name, settings=found)))
        return 0
    print(f"file: {name or 'none, all are defaults'}\n")
    print("\n".join(table([(one.key, _written(one.value), one.origin.value) for one in found])))
    return 0


def _written(value: object) -> str:
    """As it stands in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
