"""Asks servers over HTTPS, and nothing else."""

import http.client
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from edgecv.errors import EdgecvError

SILENCE_S = 30.0
"""A server that says nothing for so long has gone."""
_HOPELESS = {400, 401, 403, 404, 405, 410, 451}


class Broken(Exception):
    """The line was cut, or the server does not answer: it may be different next time."""

    def __init__(self, words: str, code: int | None = None) -> None:
        """`code` is what the server answered."""
        super().__init__(words)
        self.code = code


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> urllib.request.Request | None:
        check_address(given[-1])
        return super().redirect_request(*given)


def check_address(url: str) -> None:
    """Raises EdgecvError for one that is not https://."""
    try:
        parts = urllib.parse.urlsplit(url)
        right = parts.scheme == "https" and bool(parts.hostname) and url.isascii()
    except ValueError:
        right = False
    if not right:
        raise EdgecvError(
            f"{url} is refused: expected an address that begins with https://, as what comes over "
            "anything else may be anybody's, and has ASCII letters only"
        )


def open_address(url: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    """Raises Broken, and EdgecvError for what will not get better by itself."""
    check_address(url)
    request = urllib.request.Request(  # noqa: S310 - it is https, and stays so
        url, headers={"User-Agent": "edgecv", "Accept-Encoding": "identity", **(headers or {})}
    )
    https = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    try:
        response: http.client.HTTPResponse = urllib.request.build_opener(https, _OnlyHttps()).open(
            request, timeout=SILENCE_S
        )
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in _HOPELESS:
            raise EdgecvError(f"{url}: the server answers {error.code} {error.reason}") from error
        raise Broken(f"the server answers {error.code} {error.reason}", error.code) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise EdgecvError(
                f"{url}: the server's certificate is not to be trusted "
                f"({error.reason.verify_message}): look at the address, and at the box's clock"
            ) from error
        raise Broken(in_words(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise Broken(in_words(error)) from error
    return response


def in_words(error: object) -> str:
    """What a connection failed of."""
    if isinstance(error, http.client.IncompleteRead):
        return "the line was cut"
    if isinstance(error, TimeoutError):
        return f"the server said nothing for {SILENCE_S:.0f} s"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
