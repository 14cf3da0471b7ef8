"""`edgecv status`: what the appliance on this box does now."""

import argparse
import sys

from edgecv.cli.options import add_device, add_json
from edgecv.clock import SystemClock
from edgecv.running import Life, instances, the_instance

EPILOG = """\
examples:
  edgecv status
  edgecv status --device garage         # where several run on this box
  edgecv status --json | jq .status.state.set_reps

It reads the file that the appliance writes once a second, which everybody may do.

exit codes: 0 it runs; 1 none runs, or it has ended, or does not write its status any more; 2 wrong
usage
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "status",
        help="what the appliance on this box does now",
        description="What the appliance on this box does now.",
        epilog=EPILOG,
    )
    add_device(parser)
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    clock = SystemClock()
    instance = the_instance(clock, options.device)
    if options.json:
        from edgecv.answers import StatusAnswer, encode_answer

        answer = StatusAnswer(
            life=instance.life, age_s=round(instance.age_s, 3), status=instance.status
        )
        sys.stdout.write(encode_answer(answer))
    else:
        from edgecv.screens.status import describe
        from edgecv.screens.text import width

        others = [
            one
            for one in instances(clock)
            if one.life is Life.RUNNING and one.path != instance.path
        ]
        print(describe(instance, others, width()))
    return 0 if instance.life is Life.RUNNING else 1
