"""Puts edgecv itself on a Debian, Raspberry Pi OS or Jetson: the command behind scripts/install.

It runs before anything is installed, so it uses the standard library alone, as does all that it
imports.
"""

import argparse
import importlib.util
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from edgecv.errors import EdgecvError
from edgecv.host.setup_plan import Machine, install_plan, uninstall_plan


def run(command: Sequence[str]) -> None:
    """With its output shown. Raises EdgecvError where it fails."""
    try:
        done = subprocess.run(command, check=False)
    except OSError as error:
        raise EdgecvError(f"{command[0]} can't be run: {error.strerror}") from error
    if done.returncode:
        raise EdgecvError(f"{shlex.join(command)} ended with exit code {done.returncode}")


def main(arguments: Sequence[str] | None = None, machine: Machine | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/install",
        usage="sudo scripts/install [--may-reboot] [--onnxruntime WHEEL] [--dry-run] | --uninstall",
        description="Puts edgecv on this Debian, Raspberry Pi OS or Jetson: programs in "
        "/opt/edgecv, a service, a user of its own. Repeating it updates what is there.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument(
        "--uninstall", action="store_true", help="take it away; configuration and journal stay"
    )
    parser.add_argument(
        "--may-reboot", action="store_true", help="see edgecv service install --help"
    )
    parser.add_argument(
        "--onnxruntime",
        type=Path,
        metavar="WHEEL",
        help="a Jetson's ONNX Runtime for the GPU (docs/jetson.md)",
    )
    options = parser.parse_args(arguments)
    machine = machine or Machine(
        Path(__file__).parents[2],
        has_venv=importlib.util.find_spec("ensurepip") is not None,
    )
    try:
        if not options.dry_run and os.geteuid() != 0:
            raise EdgecvError("only root can do this: sudo scripts/install")
        if machine.which("systemctl") is None:
            raise EdgecvError("there is no systemd on this machine")
        plan = (
            uninstall_plan(machine)
            if options.uninstall
            else install_plan(machine, wheel=options.onnxruntime, may_reboot=options.may_reboot)
        )
        for words in plan.says:
            print(words, flush=True)
        for command in plan.commands:
            print("+", shlex.join(command), flush=True)
            if not options.dry_run:
                run(command)
            elif "service" in command:
                print(*(f"    {words}" for words in plan.service), sep="\n", flush=True)
    except EdgecvError as error:
        print(f"install: {error}", file=sys.stderr)
        return 1
    return 0
