#!/usr/bin/env python3
"""Writes wheels.lock anew: the newest packages that edgecv may run with, for the image's Python and
processor, each with its hash. Run it with the project's environment: lock_wheels.py"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

FIRMWARE = Path(__file__).parent
LOCK = FIRMWARE / "wheels.lock"
PYTHON = "3.13"
GLIBCS = ("2_17", "2_27", "2_28")
HEAD = """\
# The Python packages of the image: Debian 13, Python 3.13, arm64. Made by lock_wheels.py.
"""


def target() -> list[str]:
    """What tells pip which wheels the image can use."""
    platforms = [f"manylinux_{glibc}_aarch64" for glibc in GLIBCS] + ["manylinux2014_aarch64"]
    names = [word for name in platforms for word in ("--platform", name)]
    return ["--only-binary=:all:", "--implementation=cp", f"--python-version={PYTHON}", *names]


def requirements() -> list[str]:
    """What edgecv depends on, as pyproject.toml says it."""
    project = msgspec.toml.decode((FIRMWARE.parent / "pyproject.toml").read_bytes())
    return [str(one) for one in project["project"]["dependencies"]]


def resolve(wanted: list[str]) -> list[tuple[str, str, str]]:
    """Name, version and SHA-256 of each package, those that others need included."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    with tempfile.TemporaryDirectory() as nowhere:
        report = Path(nowhere) / "report.json"
        command = [*pip, *target(), f"--target={nowhere}", f"--report={report}", *wanted]
        subprocess.run(command, check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return sorted(
        (
            one["metadata"]["name"].lower(),
            one["metadata"]["version"],
            one["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for one in found
    )


def main() -> None:
    lines = [
        f"{name}=={version} --hash=sha256:{sha}\n" for name, version, sha in resolve(requirements())
    ]
    LOCK.write_text(HEAD + "".join(lines), encoding="utf-8")
    print(f"{LOCK}: {len(lines)} packages")


if __name__ == "__main__":
    main()
