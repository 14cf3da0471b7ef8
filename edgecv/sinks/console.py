"""The live log: a line a rep, a line of rates, and whatever is logged, for people to read."""

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from typing import TextIO

from edgecv.clock import Clock
from edgecv.events import (
    CorrectionEvent,
    DowntimeEvent,
    Event,
    HoldFinishedEvent,
    PowerCutEvent,
    RepEvent,
    SetFinishedEvent,
    SetStartedEvent,
    State,
    Stats,
    WorkoutFinishedEvent,
)
from edgecv.sinks.log_lines import Line, Repeats, Style
from edgecv.sinks.mailbox import Mailbox
from edgecv.words import spaced

REPEATS_S = 10.0
"""How often it is looked whether something was said again and again."""
LINES_KEPT = 1000
"""Log lines that wait for a terminal that has stopped taking them."""


class ForPeople:
    """Lines with the time of day, what they are about, and words."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def line(self, line: Line) -> str:
        name = logging.getLevelName(line.level).lower()
        text = f"{name}: {line.text}" if line.level >= logging.WARNING else line.text
        return self._line(line.part, text)

    def event(self, event: Event) -> str | None:
        described = describe_event(event)
        return None if described is None else self._line(*described)

    def person(self, in_view: bool) -> str:
        return self._line("person", "in view" if in_view else "nobody in view")

    def stats(self, stats: Stats) -> str:
        return self._line("rates", describe_stats(stats))

    def _line(self, topic: str, text: str) -> str:
        return f"{self._clock.wall().astimezone():%H:%M:%S}  {topic:<9} {text}"


class Console:
    """Writes on a thread of its own, so that a terminal that stands still holds nothing up."""

    answers = False

    def __init__(
        self,
        clock: Clock,
        *,
        stats_interval_s: float,
        out: TextIO | None = None,
        style: Style | None = None,
    ) -> None:
        """`style` is how lines look; for people unless given."""
        self.stats_interval_s = stats_interval_s
        self._clock = clock
        self._style = style or ForPeople(clock)
        self._out = out or sys.stdout
        self.mailbox = Mailbox()
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._stopping = threading.Event()
        self._person: bool | None = None
        self._thread = threading.Thread(target=self._run, name="console", daemon=True)
        self.log_handler = LogHandler(clock, self._put)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Write what is waiting and end; False if that took longer than `timeout_s`."""
        self._stopping.set()
        self.mailbox.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def put_line(self, topic: str, text: str) -> None:
        """Have a line written, in its turn."""
        self._put(Line(logging.INFO, topic, text))

    def _put(self, line: Line) -> None:
        self._lines.append(self._style.line(line))
        self.mailbox.wake()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self.mailbox.wait(REPEATS_S)
                self.log_handler.tell_repeats()
                self._write_waiting()
            self.log_handler.tell_repeats(float("inf"))
            self._write_waiting()
        except (OSError, ValueError):
            pass  # nobody reads any more: the terminal or the pipe is closed

    def _write_waiting(self) -> None:
        while self._lines:
            self._write(self._lines.popleft())
        while (event := self.mailbox.take_event()) is not None:
            if (line := self._style.event(event.event)) is not None:
                self._write(line)
        if (state := self.mailbox.take_state()) is not None and state.person != self._person:
            self._write_person(state)
        if (stats := self.mailbox.take_stats()) is not None:
            self._write(self._style.stats(stats))

    def _write_person(self, state: State) -> None:
        self._person = state.person
        if state.person is not None:
            self._write(self._style.person(state.person))

    def _write(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


def describe_event(event: Event) -> tuple[str, str] | None:
    """The topic and the text of an event's line; None for one that says nothing new to people."""
    line: tuple[str, str] | None
    match event:
        case RepEvent():
            age = f"   frame age {event.frame_age_s * 1e3:.0f} ms" if event.frame_age_s else ""
            span = f"{event.duration_s:.1f} s   range {event.amplitude * 100:.0f} %"
            line = f"rep {event.set_reps}", f"{spaced(event.exercise)}   {span}{age}"
        case SetStartedEvent():
            line = None
        case SetFinishedEvent():
            line = "set", f"{event.set} finished: {event.set_reps} × {spaced(event.exercise)}"
        case HoldFinishedEvent():
            line = "hold", f"{spaced(event.exercise)} for {event.duration_s:.0f} s"
        case WorkoutFinishedEvent():
            line = "workout", f"finished: {event.reps} reps in {event.sets} sets"
        case CorrectionEvent():
            line = "set", f"{event.set} corrected by {event.change:+d}: {event.set_reps} reps"
        case DowntimeEvent():
            since = f" since {event.since}" if event.since else ""
            line = "downtime", f"nothing was counted{since}: {event.reason}"
        case PowerCutEvent():
            line = "power", f"cut off from the {event.supply} {event.ago_s} s ago: {event.reason}"
    return line


def describe_stats(stats: Stats) -> str:
    """The line of rates."""
    parts = [f"camera {stats.camera_fps:.1f} fps", f"pose {stats.pose_fps:.1f} fps"]
    if stats.inference_ms is not None:
        parts.append(f"inference {stats.inference_ms:.1f} ms")
    if stats.frame_age_ms is not None and stats.frame_age_p95_ms is not None:
        parts.append(f"age p50 {stats.frame_age_ms:.0f} p95 {stats.frame_age_p95_ms:.0f} ms")
    if stats.frames.superseded:
        parts.append(f"superseded {stats.frames.superseded}")
    if stats.memory_mb is not None:
        parts.append(f"{stats.memory_mb:.0f} MB")
    if stats.journal.waiting:
        parts.append(f"events waiting for the broker: {stats.journal.waiting}")
    return " · ".join(parts)


class LogHandler(logging.Handler):
    """Hands log records on as lines, those that are said again and again counted."""

    def __init__(self, clock: Clock, put: Callable[[Line], None]) -> None:
        super().__init__()
        self._clock = clock
        self._put = put
        self._repeats = Repeats()

    def emit(self, record: logging.LogRecord) -> None:
        part = record.name.removeprefix("edgecv").lstrip(".") or "edgecv"
        line = Line(record.levelno, part, self.format(record))
        if self._repeats.take(line, self._clock.now()):
            self._put(line)

    def tell_repeats(self, now_s: float | None = None) -> None:
        """To be called now and then, and with an infinite time at the end."""
        with self.lock or nullcontext():
            for line in self._repeats.due(self._clock.now() if now_s is None else now_s):
                self._put(line)
