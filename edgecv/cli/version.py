"""`edgecv version`: which edgecv this is, and on what it runs."""

import argparse
import sys

from edgecv.cli.options import add_json

EPILOG = """\
examples:
  edgecv version
  edgecv version --json

exit codes: 0; 2 wrong usage
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "version",
        help="which edgecv this is, and on what it runs",
        description="Which edgecv this is, and on what it runs: for a bug report.",
        epilog=EPILOG,
    )
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    from edgecv.answers import encode_answer, version_answer

    answer = version_answer()
    if options.json:
        sys.stdout.write(encode_answer(answer))
        return 0
    print(f"edgecv    {answer.edgecv}")
    print(f"python    {answer.python}")
    print(f"system    {answer.system or 'Linux'}, {answer.kernel}, {answer.machine}")
    print(f"board     {answer.board or 'not known'}")
    for name, version in answer.packages.items():
        print(f"{name:<24} {version or 'not installed'}")
    return 0
