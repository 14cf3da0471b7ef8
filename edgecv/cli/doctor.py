"""`edgecv doctor`: what is wrong, and what to do."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edgecv.cli.options import add_config, add_json
from edgecv.clock import SystemClock

if TYPE_CHECKING:
    from edgecv.doctor.examine import Examination

REPORT = Path("edgecv-report.tar.gz")

EPILOG = """\
examples:
  edgecv doctor
  edgecv doctor --config my.toml
  edgecv doctor --report                # an archive for a bug report
  edgecv doctor --json | jq .exit_code

It looks at the box, the camera, the model, the broker, the service and the configuration
(/etc/edgecv/edgecv.toml unless given). While the service runs, its camera is left alone. A report
holds no passwords and no pictures.

exit codes: 0 all is well; 1 there are warnings; 2 there are failures, or wrong usage
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "doctor",
        help="what is wrong, and what to do",
        description="Look at everything once, and say what is wrong and what to do.",
        epilog=EPILOG,
    )
    add_config(parser)
    parser.add_argument(
        "--report",
        type=Path,
        nargs="?",
        const=REPORT,
        metavar="FILE.tar.gz",
        help=f"write all that a bug report needs ({REPORT} unless given)",
    )
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    from edgecv.cli.output import check_writable
    from edgecv.doctor.examine import Examination
    from edgecv.doctor.report import SUFFIX

    if options.report is not None:
        check_writable(options.report, (SUFFIX,))
    examination = Examination(options.config, SystemClock())
    try:
        return _examine(examination, options)
    except KeyboardInterrupt:
        examination.cancel()
        raise


def _examine(examination: "Examination", options: argparse.Namespace) -> int:
    from edgecv.answers import DoctorAnswer, encode_answer
    from edgecv.doctor.bounded import left_behind
    from edgecv.doctor.finding import worst
    from edgecv.doctor.report import write_report

    groups = []
    if options.json:
        groups = list(examination.groups())
        sys.stdout.write(encode_answer(DoctorAnswer(groups=groups, exit_code=worst(groups))))
    else:
        from edgecv.screens.doctor import print_group, print_verdict
        from edgecv.screens.draw import make_console

        console = make_console()
        for group in examination.groups():
            print_group(console, group)
            groups.append(group)
        print_verdict(console, groups)
    if options.report is not None:
        write_report(options.report, examination, groups)
        print(f"{options.report} is written: look through it before you send it", file=sys.stderr)
    if left_behind():
        # An ordinary exit would tear down libraries that a thread is stuck in.
        sys.stdout.flush()
        os._exit(worst(groups))
    return worst(groups)
