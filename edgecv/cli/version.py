"""`edgecv version`: which edgecv this is, and on what it runs."""

import argparse
import platform
import sys
from importlib import metadata

from edgecv import __version__
from edgecv.cli.options import add_json
from edgecv.host.identity import board, system_name

PACKAGES = ("onnxruntime", "opencv-python-headless", "numpy", "paho-mqtt", "msgspec", "rich")

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
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    from edgecv.answers import VersionAnswer, encode_answer

    answer = VersionAnswer(
        edgecv=__version__,
        python=platform.python_version(),
        system=system_name(),
        kernel=platform.release(),
        machine=platform.machine(),
        board=board(),
        packages={name: _version(name) for name in PACKAGES},
    )
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


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
