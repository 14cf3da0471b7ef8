"""One archive with all that a bug report needs, and with neither passwords nor pictures."""

import gzip
import io
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from edgecv.answers import CamerasAnswer, ConfigAnswer, DoctorAnswer, version_answer
from edgecv.capture.address import without_passwords
from edgecv.capture.found import found_cameras
from edgecv.cli.output import replacing
from edgecv.doctor.examine import Examination
from edgecv.doctor.finding import Group, worst
from edgecv.errors import EdgecvError
from edgecv.host.install import SERVICE
from edgecv.settings import Configured, settings

SUFFIX = ".gz"
CRASHES = Path("/data/shared/crashes")
"""Where the appliance image keeps the log before each failure."""
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
            data = text.encode()
            entry = tarfile.TarInfo(f"edgecv-report/{name}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))


def _contents(examination: Examination, groups: Sequence[Group]) -> Iterator[tuple[str, str]]:
    yield "doctor.json", _json(DoctorAnswer(groups=list(groups), exit_code=worst(groups)))
    yield "version.json", _json(version_answer())
    yield "config.json", _json(_config(examination.configured))
    yield "cameras.json", _json(CamerasAnswer(cameras=found_cameras()))
    if examination.instance is not None:
        yield "status.json", _json(examination.instance.status)
    for name in ("meminfo", "cpuinfo", "loadavg"):
        yield f"{name}.txt", _text(Path("/proc") / name)
    yield "log.txt", without_passwords(_log())
    for crash in sorted(CRASHES.glob("*.log")):
        yield f"crashes/{crash.name}", without_passwords(_text(crash))


def _json(message: msgspec.Struct) -> str:
    """They are without passwords already; that is not to depend on it."""
    plain = _masked(msgspec.to_builtins(message))
    return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode() + "\n"


def _masked(value: Any) -> Any:
    match value:
        case str():
            return without_passwords(value)
        case dict():
            return {key: _masked(one) for key, one in value.items()}
        case list():
            return [_masked(one) for one in value]
    return value


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
