"""`edgecv cameras`: which cameras there are, and what they offer."""

import argparse
import sys

from edgecv.cli.options import add_config, add_json, configure

EPILOG = """\
examples:
  edgecv cameras
  edgecv cameras --json
  edgecv run --source /dev/v4l/by-id/NAME   # the name that stays the same

A camera may be in use: it is only asked what it offers. Network cameras are not looked for.

exit codes: 0 there is one; 1 there is none, or none that may be used; 2 wrong usage or
configuration
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "cameras",
        help="which cameras there are, and what they offer",
        description="Which cameras are plugged in, what they offer, and who uses them.",
        epilog=EPILOG,
    )
    add_config(parser)
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    from edgecv.answers import CamerasAnswer, encode_answer
    from edgecv.capture.found import found_cameras
    from edgecv.screens.cameras import describe
    from edgecv.screens.text import width

    cameras = found_cameras(configure(options).camera)
    if options.json:
        sys.stdout.write(encode_answer(CamerasAnswer(cameras=cameras)))
    else:
        print(describe(cameras, width()))
    return 0 if any(camera.problem is None for camera in cameras) else 1
