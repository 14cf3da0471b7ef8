"""A program that writes pictures to its standard output: rpicam-vid, gst-launch-1.0, ffmpeg, …

OpenCV has no bound on reading a pipe (facts: never returned), so we read it ourselves.
"""

import contextlib
import fcntl
import logging
import os
import select
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np

from edgecv.capture.address import without_passwords
from edgecv.capture.mjpeg import MjpegSplitter, picture_size
from edgecv.capture.source import Bounds, Grab, SourceInfo
from edgecv.errors import SourceError
from edgecv.frames import Content, Jpeg

log = logging.getLogger("edgecv.capture")

FIRST_PICTURE_S = 10.0
READ_S = 1.0
STOP_S = 1.0
"""For each signal to take effect."""
SLACK_S = 2.0
PIECE = 1 << 18
GARBAGE = 8 << 20
"""Bytes; a program that writes so many without a picture among them writes no pictures."""
STDERR_TAIL = 2000


class _Pictures(Protocol):
    """Puts pictures together out of what a pipe gives."""

    form: str

    @property
    def dropped_bytes(self) -> int: ...

    def read(self, pipe: int) -> list[Content] | None:
        """The pictures that one read completes; None when the pipe is at its end."""
        ...


class _JpegPictures:
    form = "MJPG"

    def __init__(self) -> None:
        self._splitter = MjpegSplitter()
        self._no_pictures = 0

    @property
    def dropped_bytes(self) -> int:
        return self._splitter.dropped_bytes + self._no_pictures

    def read(self, pipe: int) -> list[Content] | None:
        piece = os.read(pipe, PIECE)
        if not piece:
            return None
        pictures: list[Content] = []
        for data in self._splitter.feed(piece):
            try:
                pictures.append(Jpeg(data, *picture_size(data)))
            except ValueError:
                self._no_pictures += len(data)
        return pictures


class _RawPictures:
    form = "BGR"
    dropped_bytes = 0  # there is no telling

    def __init__(self, width: int, height: int) -> None:
        self._shape = (height, width, 3)
        self._bytes = height * width * 3
        self._begin()

    def read(self, pipe: int) -> list[Content] | None:
        count = os.readv(pipe, [memoryview(self._picture)[self._filled :]])
        if not count:
            return None
        self._filled += count
        if self._filled < self._bytes:
            return []
        picture = np.frombuffer(self._picture, np.uint8).reshape(self._shape)
        self._begin()
        return [picture]

    def _begin(self) -> None:
        self._picture = bytearray(self._bytes)
        self._filled = 0


class ChildProcess:
    """The pictures that a program of its own process group writes: JPEG, one after the other, or
    with `raw_size` (width, height) BGR, three bytes a pixel."""

    live = True
    device = None
    true_reps = None

    def __init__(
        self,
        command: Callable[[], list[str]],
        *,
        name: str,
        raw_size: tuple[int, int] | None = None,
        fps: float = 0.0,
        first_picture_s: float = FIRST_PICTURE_S,
        interrupt: bool = False,
    ) -> None:
        """`command` is asked at every open for the program and its arguments; it may raise
        SourceError. `fps` is what it was told to give, 0 where that is not known. `interrupt`: it
        ends in good order at SIGINT alone."""
        self.name = without_passwords(name)
        self._command = command
        self._raw_size = raw_size
        self._fps = fps
        self._first_picture_s = first_picture_s
        self._interrupt = interrupt
        self.bounds = Bounds(
            open_s=first_picture_s + SLACK_S,
            read_s=READ_S + STOP_S + SLACK_S,
            by=f"poll (first picture {first_picture_s:g} s, read {READ_S:g} s) and kill",
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._poll = select.poll()
        self._pictures: _Pictures = _JpegPictures()
        self._ready: deque[Content] = deque()
        self._dropped_before = 0
        self._said = b""

    def open(self, stop: threading.Event) -> SourceInfo:
        command = self._command()
        self._pictures = _RawPictures(*self._raw_size) if self._raw_size else _JpegPictures()
        self._ready.clear()
        self._dropped_before = 0
        self._said = b""
        try:
            # A session of its own: the terminal's Ctrl-C is for us, and the whole group can be
            # ended, whatever the program has started.
            process = self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"{self.name}: can't start {command[0]}: {reason}") from None
        assert process.stdout is not None
        assert process.stderr is not None
        self._poll = select.poll()
        for pipe in (process.stdout, process.stderr):
            os.set_blocking(pipe.fileno(), False)
            self._poll.register(pipe.fileno(), select.POLLIN)
        if self._raw_size:
            with contextlib.suppress(OSError):  # not vital: a frame takes fewer reads
                fcntl.fcntl(process.stdout.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)
        return self._first_picture(stop)

    def read(self, stop: threading.Event) -> Grab | None:
        content = self._next(READ_S, stop)
        return None if content is None else Grab(content)

    def release(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if self._interrupt:
            self._see_it_off(process)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()
        _end_group(process, self.name)
        self._ready.clear()

    def _see_it_off(self, process: "subprocess.Popen[bytes]") -> None:
        """Interrupt it, and read what it still writes: at a closed pipe it would die at once, and
        at a full one it would heed nothing."""
        _signal_group(process, signal.SIGINT)
        until_s = time.monotonic() + STOP_S
        while time.monotonic() < until_s and _exit_status(process.pid, 0.0) is None:
            for pipe, _ in self._poll.poll(10):
                if not os.read(pipe, PIECE):
                    self._poll.unregister(pipe)

    def _first_picture(self, stop: threading.Event) -> SourceInfo:
        content = self._next(self._first_picture_s, stop)
        if content is None and stop.is_set():
            raise SourceError(f"{self.name} was stopped before its first picture")
        if content is None:
            raise SourceError(f"{self.name} gave no picture within {self._first_picture_s:g} s")
        self._ready.appendleft(content)
        if isinstance(content, Jpeg):
            width, height = content.width, content.height
        else:
            height, width = content.shape[:2]
        return SourceInfo(width, height, self._fps, self._pictures.form)

    def _next(self, within_s: float, stop: threading.Event) -> Content | None:
        assert self._process is not None
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        until_s = time.monotonic() + within_s
        while not self._ready:
            wait_s = until_s - time.monotonic()
            if wait_s <= 0 or stop.is_set():
                return None
            for pipe, _ in self._poll.poll(1000 * min(wait_s, READ_S)):
                if pipe == output:
                    self._take(output)
                else:
                    self._listen(pipe)
        return self._ready.popleft()

    def _take(self, output: int) -> None:
        pictures = self._pictures.read(output)
        if pictures is None:
            raise SourceError(f"{self.name} {self._how_it_ended()}")
        if pictures:
            self._ready += pictures
            self._dropped_before = self._pictures.dropped_bytes
        elif self._pictures.dropped_bytes - self._dropped_before > GARBAGE:
            raise SourceError(f"{self.name} writes something else than JPEG pictures")

    def _listen(self, errors: int) -> None:
        said = os.read(errors, PIECE)
        if not said:
            self._poll.unregister(errors)
        self._said = (self._said + said)[-STDERR_TAIL:]

    def _how_it_ended(self) -> str:
        assert self._process is not None
        assert self._process.stderr is not None
        status = _exit_status(self._process.pid, STOP_S)
        with contextlib.suppress(OSError):
            self._said = (self._said + os.read(self._process.stderr.fileno(), PIECE))[-STDERR_TAIL:]
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        last = f": {without_passwords(lines[-1].strip())}" if lines else ""
        if status is None:
            return f"closed its output{last}"
        if status < 0:
            return f"was ended by signal {-status}{last}"
        return f"ended with exit code {status}{last}"


def _exit_status(pid: int, within_s: float) -> int | None:
    """How the process ended (minus the signal, as in Popen.returncode); None when it still runs.

    It is not reaped: until it is, nobody else can get its number.
    """
    until_s = time.monotonic() + within_s
    while True:
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        if time.monotonic() >= until_s:
            return None
        time.sleep(0.005)


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _end_group(process: "subprocess.Popen[bytes]", name: str) -> None:
    """End the process and what it has started, and reap it."""
    _signal_group(process, signal.SIGTERM)
    _exit_status(process.pid, STOP_S)
    _signal_group(process, signal.SIGKILL)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:  # in the kernel, in a driver that does not answer
        log.error("%s: pid %d can't be ended", name, process.pid)
