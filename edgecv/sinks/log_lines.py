"""The lines of the log: what they hold, how often they are said again, and how they look. Pure."""

import logging
import re
from typing import NamedTuple, Protocol

from edgecv.events import Event, Stats

WINDOW_S = 60.0
"""What is said again within so long is counted, and said once more with the count."""
_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
)
"""As syslog has them: sd-daemon(3)."""
_NUMBER = re.compile(r"\d+(\.\d+)?")
_PLAIN = re.compile(r"[^\s\"=]+")


class Line(NamedTuple):
    """Something that was logged."""

    level: int
    """As in `logging`."""
    part: str
    text: str


class Style(Protocol):
    """How lines look."""

    def line(self, line: Line) -> str: ...

    def event(self, event: Event) -> str | None:
        """None for one that says nothing new."""
        ...

    def person(self, in_view: bool) -> str: ...

    def stats(self, stats: Stats) -> str: ...


def priority(level: int) -> int:
    """Of a level of `logging`."""
    return next((number for least, number in _PRIORITIES if level >= least), 7)


def key_value(fields: dict[str, object]) -> str:
    """`part=mqtt msg="two words"`; what is None is left out."""
    return " ".join(f"{key}={_value(value)}" for key, value in fields.items() if value is not None)


def _value(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, float):
        text = f"{value:.6g}"
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


class Repeats:
    """Counts what is said again and again, numbers in it apart. Used by one thread at a time."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str, str], tuple[Line, float, int]] = {}

    def take(self, line: Line, now_s: float) -> bool:
        """Whether to write it now."""
        key = line.level, line.part, _NUMBER.sub("#", line.text)
        if key not in self._seen:
            self._seen[key] = line, now_s, 0
            return True
        _, since_s, count = self._seen[key]
        self._seen[key] = line, since_s, count + 1
        return False

    def due(self, now_s: float) -> list[Line]:
        """What was counted for long enough, the last of its kind with how many more there were."""
        lines = []
        for key, (line, since_s, count) in list(self._seen.items()):
            if now_s - since_s < WINDOW_S:
                continue
            del self._seen[key]
            if count:
                self._seen[key] = line, now_s, 0
                lines.append(line._replace(text=f"{line.text} … {count} more"))
        return lines
