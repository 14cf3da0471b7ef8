"""What we tell systemd (sd_notify(3)); nothing where it does not want to hear of us."""

import logging
import os
import socket
from contextlib import suppress

log = logging.getLogger("edgecv.service")

PINGS_PER_INTERVAL = 2.5
"""systemd asks for a ping at half of the interval; a little more often, as our clock ticks."""


class Notifier:
    """Speaks to the socket in the environment. Never raises, never blocks."""

    def __init__(self, environment: "os._Environ[str] | dict[str, str] | None" = None) -> None:
        given = os.environ if environment is None else environment
        self._address = _address(given.get("NOTIFY_SOCKET", ""))
        self._status = ""
        self.interval_s = _interval_s(given)
        """How often a ping is wanted at least; None: systemd does not watch us."""
        self._pinged_s = float("-inf")

    def ready(self) -> None:
        """All that is needed to do our work is there."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """For people, as `systemctl status` shows it."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def ping(self, now_s: float) -> None:
        """Nothing is stuck. To be called often; it is passed on as often as it is wanted."""
        if self.interval_s is None or now_s - self._pinged_s < self.interval_s / PINGS_PER_INTERVAL:
            return
        self._pinged_s = now_s
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def extend(self, seconds: float) -> None:
        """What we are doing takes so much longer, at most, from now on."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    def _send(self, message: str) -> None:
        if self._address is None:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto(message.encode(), self._address)


def _address(text: str) -> bytes | None:
    """A path, or @NAME for an abstract one."""
    if text.startswith("/"):
        return text.encode()
    if text.startswith("@"):
        return b"\0" + text[1:].encode()
    if text:
        log.warning("NOTIFY_SOCKET %s can't be used: systemd is told nothing", text)
    return None


def _interval_s(given: "os._Environ[str] | dict[str, str]") -> float | None:
    """None too when the watchdog is meant for another process (WATCHDOG_PID)."""
    try:
        if int(given.get("WATCHDOG_PID", os.getpid())) != os.getpid():
            return None
        interval = int(given["WATCHDOG_USEC"]) / 1e6
    except (KeyError, ValueError):
        return None
    return interval if interval > 0 else None
