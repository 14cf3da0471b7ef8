"""Commands as their users meet them: a process, in a terminal of a given size or without one."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from edgecv.cli import main

PATIENCE_S = 60.0
_OF_TERMINALS = ("COLUMNS", "LINES", "NO_COLOR", "TERM")
_ROOT = str(Path(__file__).parents[1])
ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[()][A-B])")


class Ended(NamedTuple):
    """What became of a process."""

    code: int
    """Negative: the signal that ended it."""
    out: str
    """Of a terminal: all that was written to it."""
    err: str = ""

    @property
    def lines(self) -> list[str]:
        return self.plain.splitlines()

    @property
    def plain(self) -> str:
        """Without colours and the like."""
        return ESCAPE.sub("", self.out).replace("\r\n", "\n")


def environment(more: Mapping[str, str] | None = None, **variables: str) -> dict[str, str]:
    """Ours, without what would change how a terminal is used."""
    kept = {
        k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR", "TERM")
    }
    return {**kept, "TERM": "xterm-256color", "TZ": "UTC", **(more or {}), **variables}


def edgecv(*arguments: str, cwd: Path | None = None, **variables: str) -> Ended:
    """Without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "edgecv", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env=environment(variables),
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def here(*arguments: str) -> int:
    """In this process, which costs next to nothing; the exit code."""
    try:
        return main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


class Terminal:
    """A process in a pseudo-terminal."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        cwd: Path | None = None,
        **variables: str,
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.slave = slave
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edgecv", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(variables),
            start_new_session=True,
            cwd=cwd,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        self.written = ""

    def wait_for(self, text: str) -> None:
        """Until it is on the screen, colours and places apart."""
        until_s = time.monotonic() + PATIENCE_S
        while text not in ESCAPE.sub("", self.written):
            assert time.monotonic() < until_s, f"{text!r} is not in {self.written[-2000:]!r}"
            assert self._read(0.1) or self.process.poll() is None, self.written

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait(self) -> None:
        """Until it has ended. What it writes meanwhile is read: it would wait for that."""
        until_s = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < until_s, f"it does not end: {self.written[-2000:]!r}"
            self._read(0.05)

    def end(self) -> Ended:
        """What it came to; to be called once."""
        self.wait()
        while self._read(0.0):
            pass
        os.close(self.slave)
        os.close(self._master)
        return Ended(self.process.returncode, self.written)

    def _read(self, seconds: float) -> bool:
        readable, _, _ = select.select([self._master], [], [], seconds)
        if readable:
            self.written += os.read(self._master, 65536).decode(errors="replace")
        return bool(readable)


def in_terminal(
    *arguments: str, columns: int = 80, cwd: Path | None = None, **variables: str
) -> Ended:
    """To its end."""
    return Terminal(*arguments, columns=columns, rows=24, cwd=cwd, **variables).end()
