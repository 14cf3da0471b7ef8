"""What an address offers: a JSON document that names the latest version and its bundle."""

import http.client
import urllib.parse
from typing import Annotated

import msgspec
from msgspec import Meta

from edgecv.clock import Clock
from edgecv.errors import EdgecvError
from edgecv.events import LONGEST_TEXT
from edgecv.update import kept
from edgecv.update.https import Broken, check_address, in_words, open_address
from edgecv.update.kept import Latest, Places
from edgecv.words import shortened

LONGEST = 65536
"""Bytes of the document."""


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    version: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,63}$")]
    bundle: Annotated[str, Meta(min_length=1, max_length=2000)]
    sha256: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{64}$")] | None = None
    size: Annotated[int, Meta(gt=0)] | None = None
    notes: str | None = None
    notes_url: str | None = None


def ask(places: Places, clock: Clock, url: str) -> Latest:
    """What is the latest; it is shown to everybody on the box. Raises EdgecvError."""
    if not url:
        raise EdgecvError(
            "no address is asked for updates: name one in [update] url, or give a bundle: edgecv "
            "update install FILE"
        )
    try:
        with open_address(url) as response:
            data = response.read(LONGEST + 1)
    except (Broken, OSError, http.client.HTTPException) as error:
        raise EdgecvError(f"{url} can't be asked for updates: {in_words(error)}") from error
    latest = parse(data, url, clock.wall().isoformat(timespec="seconds"))
    try:
        kept.show(places.latest, latest)
    except OSError as error:
        raise EdgecvError(f"{places.latest} can't be written: {error.strerror}") from error
    return latest


def parse(data: bytes, url: str, at: str) -> Latest:
    """The document that `url` gave. Raises EdgecvError."""
    if len(data) > LONGEST:
        raise EdgecvError(f"{url} is no offer of an update: it has more than {LONGEST} bytes")
    try:
        document = msgspec.json.decode(data, type=_Document)
    except msgspec.MsgspecError as error:
        raise EdgecvError(f"{url} is no offer of an update: {error}") from error
    try:
        bundle = urllib.parse.urljoin(url, document.bundle)
    except ValueError as error:
        raise EdgecvError(f"{url} is no offer of an update: {error}") from error
    check_address(bundle)
    return Latest(
        version=document.version,
        bundle=bundle,
        sha256=document.sha256,
        size=document.size,
        notes=shortened(document.notes, LONGEST_TEXT) if document.notes else None,
        notes_url=document.notes_url if _is_web(document.notes_url) else None,
        url=url,
        at=at,
    )


def _is_web(url: str | None) -> bool:
    try:
        parts = urllib.parse.urlsplit(url or "")
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
