"""Steps of a build, each kept by the hash of what it is made of: what is there is not made again,
and a build that was cut off goes on where it was."""

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

DONE = "done"
KEY_DIGITS = 16


class StepFailed(Exception):
    """In words, with the end of what the step wrote."""


def hash_of(files: Iterable[Path], words: Iterable[str] = ()) -> str:
    """Of names, contents and whether they are programs, in any order of the files; folders stand
    for all that is in them but what Python and the system leave behind."""
    sha = hashlib.sha256()
    for word in words:
        sha.update(word.encode() + b"\0")
    for file in sorted(set(_all(files))):
        sha.update(f"{file.name}\0{file.stat().st_mode & 0o100}\0".encode())
        sha.update(hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()[:KEY_DIGITS]


def _all(files: Iterable[Path]) -> Iterable[Path]:
    for file in files:
        if file.is_dir():
            yield from _all(one for one in file.iterdir() if one.name != "__pycache__")
        else:
            yield file


class Steps:
    """Makes what is missing in `cache`; tells its progress in lines."""

    def __init__(self, cache: Path, tell: Callable[[str], None] = print) -> None:
        self._cache = cache
        self._tell = tell
        self.taken_s: dict[str, float] = {}
        """How long each step took that was not there."""

    def step(
        self,
        name: str,
        key: str,
        make: Callable[[Path], Sequence[str]],
    ) -> Path:
        """The folder of a step: that of an earlier build with the same key, or a new one, made by
        the command that `make` gives for it. Older ones of the step are thrown away.

        Raises StepFailed.
        """
        folder = self._cache / f"{name}-{key}"
        if (folder / DONE).exists():
            self._tell(f"{name:<8} is there")
            return folder
        for older in self._cache.glob(f"{name}-*"):
            shutil.rmtree(older)
        folder.mkdir(parents=True)
        log = self._cache / f"{name}.log"
        started_s = time.monotonic()
        code = self._run(name, make(folder), log, started_s)
        taken_s = time.monotonic() - started_s
        if code:
            end = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
            raise StepFailed(f"{name} failed after {taken_s:.0f} s ({log}):\n{end}")
        (folder / DONE).touch()
        self.taken_s[name] = taken_s
        self._tell(f"{name:<8} {taken_s:4.0f} s")
        return folder

    def _run(self, name: str, command: Sequence[str], log: Path, started_s: float) -> int:
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
            try:
                while True:
                    try:
                        return process.wait(1.0)
                    except subprocess.TimeoutExpired:
                        self._show(name, log, time.monotonic() - started_s)
            finally:
                if sys.stdout.isatty():
                    print("\r\x1b[K", end="", flush=True)
                if process.poll() is None:
                    process.terminate()
                    process.wait()

    def _show(self, name: str, log: Path, seconds: float) -> None:
        if not sys.stdout.isatty():
            return
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 400))
            lines = file.read().decode("utf-8", "replace").split()
        width = shutil.get_terminal_size().columns - 1
        line = f"{name:<8} {seconds:4.0f} s  {' '.join(lines[-12:])}"
        print(f"\r\x1b[K{line[:width]}", end="", flush=True)
