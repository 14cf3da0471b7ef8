"""Fetches a model file from the net: resumed where it was cut off, checked, and put there whole."""

import http.client
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from edgecv.errors import ConfigError, EdgecvError
from edgecv.host.digest import sha256_of

READ_S = 30.0
"""Without a byte for so long, the server is given up."""
CHUNK = 1 << 16

Progress = Callable[[int, int | None], None]
"""Told how many bytes there are, and how many there will be, where the server says so."""


def pull(url: str, sha256: str, folder: Path, progress: Progress) -> Path:
    """Fetch `url` into `folder` under its own name; gives the path. A file that is there already
    and has this hash is left as it is; what a broken transfer left behind is gone on with.

    Raises ConfigError for an address or a hash that can't be used, EdgecvError when the file can't
    be had, is another one than the hash says, or can't be written.
    """
    name, sha256 = name_in(url), sha256.lower()
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ConfigError(f"--sha256 {sha256}: expected 64 hexadecimal digits")
    target = folder / name
    part = folder / f".{name}.{sha256[:12]}.part"
    try:
        if target.is_file() and sha256_of(target) == sha256:
            return target
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(url, part, progress)
        found = sha256_of(part)
        if found != sha256:
            part.unlink()
            raise EdgecvError(
                f"{url} has sha256 {found}, expected {sha256}: it is another file; nothing was kept"
            )
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise EdgecvError(f"{target} can't be written: {error.strerror or error}") from error
    return target


def name_in(url: str) -> str:
    """The name of the file. Raises ConfigError for what is no web address of an ONNX file."""
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        host = None
    if not host:
        raise ConfigError(f"{url}: expected an address that begins with https:// or http://")
    name = PurePosixPath(unquote(parts.path)).name
    if not name.lower().endswith(".onnx") or name.startswith(".") or "\0" in name:
        raise ConfigError(f"{url}: expected the address of a file whose name ends in .onnx")
    return name


def _fetch(url: str, part: Path, progress: Progress) -> None:
    """Write into `part` what of it is not there yet."""
    have = part.stat().st_size if part.exists() else 0
    with _answer(url, have) as answer:
        if answer.status == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # it is all there; if it is not what was meant, the hash will tell
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() else None
        progress(have, total)
        with part.open("ab" if have else "wb") as file:
            while chunk := _read(url, answer, have):
                file.write(chunk)
                have += len(chunk)
                progress(have, total)
    if total is not None and have < total:
        raise _broken(url, have, "the connection was closed")


def _read(url: str, answer: http.client.HTTPResponse, have: int) -> bytes:
    try:
        return answer.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _broken(url, have, str(error) or type(error).__name__) from error


def _broken(url: str, have: int, reason: str) -> EdgecvError:
    return EdgecvError(
        f"{url} broke off after {have / 1e6:.1f} MB ({reason}): the same command goes on from there"
    )


@contextmanager
def _answer(url: str, have: int) -> Iterator[http.client.HTTPResponse]:
    headers = {"Range": f"bytes={have}-"} if have else {}
    request = Request(url, headers={"User-Agent": "edgecv", **headers})  # noqa: S310 - see name_in
    try:
        answer = urlopen(request, timeout=READ_S)  # noqa: S310 - http or https, see name_in
    except HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise EdgecvError(f"{url}: the server says {error.code} {error.reason}") from error
        answer = error
    except (URLError, OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise EdgecvError(f"{url} can't be fetched: {reason}") from error
    with answer:
        yield answer
