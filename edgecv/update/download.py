"""Fetches a file over HTTPS, and goes on where the line was cut, also after a restart."""

import errno
import http.client
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from edgecv.backoff import Backoff
from edgecv.clock import Clock
from edgecv.errors import EdgecvError
from edgecv.host.digest import sha256_of
from edgecv.image.store import write
from edgecv.update.https import Broken, check_address, in_words, open_address
from edgecv.words import megabytes

MOST_S = 4 * 3600.0
TRIES = 6
"""In a row that bring nothing."""
CHUNK = 1 << 16
SPARE = 32_000_000
"""Bytes that are left for the journal and the log."""

Reach = Callable[[float, float], None]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """What the beginning of a file, which is kept, is the beginning of."""

    url: str
    validator: str
    """ETag or Last-Modified: another one is another file (RFC 9110, If-Range)."""


class Download:
    """Of one file into `folder`, where its beginning is kept until it is whole."""

    def __init__(self, folder: Path, clock: Clock, *, spare: int = SPARE) -> None:
        self._folder = folder
        self._clock = clock
        self._spare = spare
        self._part = folder / "bundle.part"
        self._facts = folder / "bundle.part.json"

    def fetch(
        self, url: str, reach: Reach, *, size: int | None = None, sha256: str | None = None
    ) -> Path:
        """`size` and `sha256` are what it is to have, where that is known; `reach` is called with
        what there is and how much there will be.

        Raises EdgecvError; where it may go on another time, what there is stays.
        """
        check_address(url)
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        waits = Backoff(first_s=1.0)
        until_s = self._clock.now() + MOST_S
        failures = 0

        def bounded(have: float, total: float) -> None:
            reach(have, total)
            if self._clock.now() > until_s:
                raise Broken(f"it takes more than {MOST_S / 3600:.0f} hours")

        while True:
            before = self._have(url)
            try:
                self._attempt(url, before, bounded, size)
                break
            except Broken as error:
                failures = 1 if self._size() > before else failures + 1
                if failures >= TRIES or self._clock.now() > until_s:
                    raise EdgecvError(
                        f"{url}: {error}; tried {failures} times in a row. What has come is kept: "
                        "try again later"
                    ) from error
                self._clock.wait(threading.Event(), waits.failed())
            except EdgecvError:
                self.forget()
                raise
        return self._whole(url, size, sha256)

    def copy(self, path: Path, reach: Reach) -> Path:
        """The same from a medium that may be pulled out. Raises EdgecvError."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.forget()
        have = 0
        try:
            with path.open("rb") as source, self._part.open("wb", buffering=0) as file:
                total = os.fstat(source.fileno()).st_size
                self._check_room(have, total)
                while data := _read(source, path):
                    self._store(file, data)
                    have += len(data)
                    reach(have, total)
        except BaseException:
            self.forget()
            raise
        return self._rename()

    def forget(self) -> None:
        """What there is of it."""
        for path in (self._part, self._facts):
            path.unlink(missing_ok=True)

    def _attempt(self, url: str, have: int, reach: Reach, size: int | None) -> None:
        headers = {}
        if have:
            headers = {"Range": f"bytes={have}-", "If-Range": self._known().validator}
        try:
            response = open_address(url, headers)
        except Broken as error:
            if error.code == 416:  # there is no more of it, or it has become shorter
                self.forget()
            raise
        with response:
            if response.status == 206 and _begins_at(response) != have:
                self.forget()
                raise Broken("the server sent another part than was asked for")
            if response.status != 206:
                have = 0
                self._begin(url, response)
            total = _total(response, have)
            if total is not None and size is not None and total != size:
                raise EdgecvError(
                    f"{url} has {total} bytes, and {size} were announced: the server has something "
                    "else"
                )
            self._check_room(have, total or size or 0)
            self._append(response, have, total or size or 0, reach)

    def _begin(self, url: str, response: http.client.HTTPResponse) -> None:
        self.forget()
        validator = response.headers["ETag"] or response.headers["Last-Modified"] or ""
        if validator and not validator.startswith("W/"):
            facts = _Part(url=url, validator=validator)
            write(self._facts, msgspec.json.encode(facts).decode())

    def _append(
        self, response: http.client.HTTPResponse, have: int, total: int, reach: Reach
    ) -> None:
        with self._part.open("r+b" if have else "wb", buffering=0) as file:
            file.seek(have)
            file.truncate()
            while True:
                try:
                    data = response.read1(CHUNK)
                except (OSError, http.client.HTTPException) as error:
                    raise Broken(in_words(error)) from error
                if not data:
                    break
                self._store(file, data)
                have += len(data)
                reach(have, total)
        if total and have < total:
            raise Broken("the line was cut")

    def _store(self, file: Any, data: bytes) -> None:
        try:
            while data:
                data = data[file.write(data) :]
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            free = shutil.disk_usage(self._folder).free
            raise EdgecvError(
                f"disk full: {self._folder} has no room for the bundle ({megabytes(free / 1e6)} "
                "are free): make room on the data partition"
            ) from error

    def _check_room(self, have: int, total: int) -> None:
        needed = total - have
        free = shutil.disk_usage(self._folder).free
        if needed + self._spare > free:
            raise EdgecvError(
                f"disk full: the bundle needs {megabytes((needed + self._spare) / 1e6)} in "
                f"{self._folder}, and {megabytes(free / 1e6)} are free: make room on the data "
                "partition"
            )

    def _whole(self, url: str, size: int | None, sha256: str | None) -> Path:
        there = self._size()
        if size is not None and there != size:
            self.forget()
            raise EdgecvError(
                f"{url} has {there} bytes, and {size} were announced: try again later"
            )
        if sha256 is not None and sha256_of(self._part) != sha256.lower():
            self.forget()
            raise EdgecvError(f"{url} is not what was announced (SHA-256): try again later")
        return self._rename()

    def _rename(self) -> Path:
        whole = self._part.with_suffix(".raucb")
        self._part.rename(whole)
        self._facts.unlink(missing_ok=True)
        return whole

    def _have(self, url: str) -> int:
        """How much of it there is; what can't be continued is thrown away."""
        if self._known().url == url and self._size():
            return self._size()
        self.forget()
        return 0

    def _known(self) -> _Part:
        try:
            return msgspec.json.decode(self._facts.read_bytes(), type=_Part)
        except (OSError, msgspec.MsgspecError):
            return _Part(url="", validator="")

    def _size(self) -> int:
        with suppress(OSError):
            return self._part.stat().st_size
        return 0


def _begins_at(response: http.client.HTTPResponse) -> int | None:
    """`Content-Range: bytes 200-999/1000`."""
    unit, _, rest = (response.headers["Content-Range"] or "").partition(" ")
    first = rest.partition("-")[0]
    return int(first) if unit == "bytes" and first.isdigit() else None


def _total(response: http.client.HTTPResponse, have: int) -> int | None:
    """Of the whole file; None where the server does not tell."""
    length = response.headers["Content-Length"] or ""
    return have + int(length) if length.isdigit() else None


def _read(source: IO[bytes], path: Path) -> bytes:
    try:
        return source.read(CHUNK)
    except OSError as error:
        raise EdgecvError(f"{path} can't be read: {error.strerror}; is it pulled out?") from error
