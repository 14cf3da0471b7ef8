"""`edgecv service`: puts the service on this machine, or takes it away."""

import argparse
import json
import os
import sys

from edgecv.errors import EdgecvError
from edgecv.host.command import run_command
from edgecv.host.install import Step, install_steps, uninstall_steps

EPILOG = """\
examples:
  sudo edgecv service install             # user, units, configuration
  sudo edgecv service install --dry-run   # only say what would be done
  sudo edgecv service install --may-reboot
  sudo edgecv service uninstall           # configuration and journal stay
  sudo systemctl enable --now edgecv@garage   # see /etc/edgecv/garage.toml

exit codes: 0 done, also when there was nothing to do; 1 a step failed; 2 wrong usage
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "service",
        help="install or uninstall the systemd service",
        description="Put the service on this machine, or take it away. Repeating it does no harm.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("install", "uninstall"))
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument(
        "--may-reboot",
        action="store_true",
        help="let edgecv restart the box, at most twice in a row, when nothing else helps",
    )
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    if not options.dry_run and os.geteuid() != 0:
        raise EdgecvError(f"only root can {options.action} a service: sudo edgecv service …")
    if options.action == "install":
        command = [sys.executable, "-m", "edgecv", "run"]
        steps = install_steps(command, run=run_command, may_reboot=options.may_reboot)
    else:
        steps = uninstall_steps(run=run_command)
    for step in steps:
        if not options.json:
            print(step.words, flush=True)
        if not options.dry_run:
            step.do()
    if options.json:
        print(json.dumps({"steps": [step.words for step in steps], "done": not options.dry_run}))
    elif not options.dry_run:
        print(_last_words(options.action, steps))
    return 0


def _last_words(action: str, steps: list[Step]) -> str:
    if action == "uninstall":
        return "the service is gone" if steps else "there was no service"
    return (
        "the service runs: edit /etc/edgecv/edgecv.toml, then systemctl restart edgecv; look with "
        "systemctl status edgecv"
    )
