"""The log as it is kept, in the system's journal or a file: a line an event, key=value."""

import logging
import os
import stat
import sys
from collections.abc import Mapping

from edgecv.clock import Clock
from edgecv.events import Event, SetStartedEvent, Stats, type_of
from edgecv.sinks.log_lines import Line, key_value, priority

RATES_S = 300.0
"""At least so long between two lines of rates: what is kept is written to a card."""
_LEFT_OUT = {"id", "seq", "time", "clock_synced"}
"""Of events: the log's lines have their own time."""


def is_journal(environment: Mapping[str, str] | None = None, descriptor: int = 2) -> bool:
    """Whether standard error is connected to systemd's journal: systemd.exec(5), JOURNAL_STREAM."""
    given = (os.environ if environment is None else environment).get("JOURNAL_STREAM", "")
    try:
        status = os.fstat(descriptor)
    except OSError:
        return False
    return given == f"{status.st_dev}:{status.st_ino}"


def is_kept(descriptor: int = 2, shown: int = 1) -> bool:
    """Whether standard error is a file, and not the one that the log for people goes to."""
    try:
        status, other = os.fstat(descriptor), os.fstat(shown)
    except OSError:
        return False
    same = (status.st_dev, status.st_ino) == (other.st_dev, other.st_ino)
    return stat.S_ISREG(status.st_mode) and not same


def complain(text: str) -> None:
    """The last words of a command that failed, on standard error."""
    mark = f"<{priority(logging.ERROR)}>" if is_journal() else ""
    print(f"{mark}edgecv: {text}", file=sys.stderr)


class ForSystemLog:
    """key=value behind the priority, which the system's log takes off; it adds the time itself."""

    def line(self, line: Line) -> str:
        text = " | ".join(part.strip() for part in line.text.splitlines() if part.strip())
        return self._line(line.level, {"part": line.part, "msg": text})

    def event(self, event: Event) -> str | None:
        if isinstance(event, SetStartedEvent):
            return None
        fields = {name: getattr(event, name) for name in event.__struct_fields__}
        wanted = {name: value for name, value in fields.items() if name not in _LEFT_OUT}
        return self._line(logging.INFO, {"part": "event", "event": type_of(event), **wanted})

    def person(self, in_view: bool) -> str:
        return self._line(logging.INFO, {"part": "person", "in_view": in_view})

    def stats(self, stats: Stats) -> str:
        fields = {
            "part": "rates",
            "camera_fps": round(stats.camera_fps, 1),
            "pose_fps": round(stats.pose_fps, 1),
            "inference_ms": stats.inference_ms,
            "frame_age_ms": stats.frame_age_ms,
            "frame_age_p95_ms": stats.frame_age_p95_ms,
            "superseded": stats.frames.superseded,
            "memory_mb": stats.memory_mb,
            "events_waiting": stats.journal.waiting,
        }
        return self._line(logging.INFO, fields)

    def _line(self, level: int, fields: dict[str, object]) -> str:
        return f"<{priority(level)}>{key_value(fields)}"


class ForLogFile(ForSystemLog):
    """key=value, beginning with the time and the level."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def _line(self, level: int, fields: dict[str, object]) -> str:
        time = f"{self._clock.wall().astimezone():%Y-%m-%dT%H:%M:%S%z}"
        return key_value({"time": time, "level": logging.getLevelName(level).lower(), **fields})
