"""One archive with all that a bug report needs, and with neither passwords nor pictures."""

import gzip
import io
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgecv.answers import ConfigAnswer, DoctorAnswer, encode_answer, version_answer
from edgecv.capture.address import without_passwords
from edgecv.capture.found import found_cameras
from edgecv.cli.output import replacing
from edgecv.doctor.examine import Examination
from edgecv.doctor.finding import Group
from edgecv.errors import EdgecvError
from edgecv.host.install import SERVICE
from edgecv.settings import Configured, settings
from edgecv.status import encode_status

SUFFIX = ".gz"
LOG_LINES = 1000
LOG_S = 20.0


def write_report(path: Path, examination: Examination, groups: Sequence[Group]) -> None:
    """Raises EdgecvError where it can't be written."""
    with (
        replacing(path) as file,
        file.open("wb") as raw,
        # No name and no time of this box in the head of the file.
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, text in _contents(examination, groups):
            data = without_passwords(text).encode()
            entry = tarfile.TarInfo(f"edgecv-report/{name}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))


def _contents(examination: Examination, groups: Sequence[Group]) -> Iterator[tuple[str, str]]:
    code = max(group.exit_code for group in groups)
    yield "doctor.json", encode_answer(DoctorAnswer(groups=list(groups), exit_code=code))
    yield "version.json", encode_answer(version_answer())
    yield "config.json", encode_answer(_config(examination.configured))
    if examination.appliance is not None:
        yield "status.json", encode_status(examination.appliance.status).decode()
    yield "cameras.txt", "\n".join(str(camera) for camera in found_cameras()) + "\n"
    for name in ("meminfo", "cpuinfo", "loadavg"):
        yield f"{name}.txt", _text(Path("/proc") / name)
    yield "log.txt", _log()


def _config(configured: Configured | EdgecvError) -> ConfigAnswer:
    if isinstance(configured, EdgecvError):
        return ConfigAnswer(file=None, faults=[str(configured)])
    name = None if configured.path is None else str(configured.path)
    try:
        return ConfigAnswer(file=name, settings=settings(configured))
    except EdgecvError as error:
        return ConfigAnswer(file=name, faults=[str(error)])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"{path}: {error.strerror}\n"


def _log() -> str:
    """The last lines of the service, where we may read them."""
    command = ["journalctl", "--unit", SERVICE, "--lines", str(LOG_LINES), "--no-pager"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=LOG_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no log: {error}\n"
    return done.stdout or done.stderr
