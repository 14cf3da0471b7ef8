"""The live screen: everything that the status says, at a glance. Pure: what is shown is given."""

from collections import deque
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from edgecv.events import RepEvent
from edgecv.host.threads import Load
from edgecv.running import Instance, Life
from edgecv.screens import status as lines
from edgecv.screens.digits import large
from edgecv.status import StatusDocument
from edgecv.words import spaced, span

BARS = "▁▂▃▄▅▆▇█"
KEPT = 60
"""Values in a graph, one a second."""
LOADS = 6
OTHER_LINES = 23
"""Those that are always there; a serial line has one more."""
COUNT_COLUMNS = 30
QUIET, GOOD, BAD = "dim", "green", "bold red"


class Rates:
    """What the graphs show: the last KEPT values of each rate."""

    def __init__(self) -> None:
        self.camera: deque[float] = deque(maxlen=KEPT)
        self.pose: deque[float] = deque(maxlen=KEPT)
        self.published: deque[float] = deque(maxlen=KEPT)

    def add(self, status: StatusDocument) -> None:
        if status.stats is not None:
            self.camera.append(status.stats.camera_fps)
            self.pose.append(status.stats.pose_fps)
            self.published.append(status.stats.published_per_s)


def draw(
    instance: Instance, rates: Rates, loads: Sequence[Load], size: tuple[int, int]
) -> RenderableType:
    """For a terminal of so many columns and rows; what is left of its height is for events."""
    columns, rows = size
    status = instance.status
    upper = Table.grid(expand=True)
    upper.add_column(width=COUNT_COLUMNS)
    upper.add_column(ratio=1)
    upper.add_row(
        Panel(_count(status), title="count", title_align="left", border_style=QUIET),
        Panel(
            _rates(status, rates, columns - COUNT_COLUMNS - 4),
            title="rates",
            title_align="left",
            border_style=QUIET,
        ),
    )
    lower = Table.grid(expand=True)
    lower.add_column(ratio=3)
    lower.add_column(width=COUNT_COLUMNS)
    lower.add_row(
        Panel(_state(status), title="state", title_align="left", border_style=QUIET),
        Panel(_loads(loads), title="processor", title_align="left", border_style=QUIET),
    )
    left = rows - OTHER_LINES - (status.serial is not None)
    return Group(_head(instance), upper, lower, _events(status, max(1, left)))


def _head(instance: Instance) -> Text:
    status = instance.status
    good = instance.life is Life.RUNNING
    text = Text(overflow="ellipsis", no_wrap=True)
    text.append(f"edgecv {status.device_name}", style="bold")
    text.append(f"  {lines.life_in_words(instance)}", style=GOOD if good else BAD)
    if status.stats is not None:
        text.append(f"  for {span(status.stats.uptime_s)}", style=QUIET)
    text.append(f"  pid {status.pid}  {status.version}  q: end", style=QUIET)
    return text


def _count(status: StatusDocument) -> Text:
    state = status.state
    name = spaced(state.counting or state.exercise)
    text = Text()
    for line in large(state.set_reps):
        text.append(f" {line}\n", style="bold cyan")
    text.append(f"{name}, set {state.set}" if state.set else name, style="bold")
    rep = next((e for e in reversed(status.events) if isinstance(e, RepEvent)), None)
    text.append(f"\ntempo {rep.duration_s:.1f} s" if rep else "\nno rep yet", style=QUIET)
    text.append(f"\ntoday {_or_dash(state.reps_today)}, in all {_or_dash(state.reps_total)}", QUIET)
    return text


def _rates(status: StatusDocument, rates: Rates, columns: int) -> RenderableType:
    stats = status.stats
    table = Table.grid(padding=(0, 1))
    table.add_column(style=QUIET, width=9)
    table.add_column(justify="right", width=9)
    table.add_column(style="cyan", no_wrap=True)
    room = max(8, min(KEPT, columns - 24))
    for name, unit, values in (
        ("camera", "fps", rates.camera),
        ("pose", "fps", rates.pose),
        ("published", "/s", rates.published),
    ):
        latest = f"{values[-1]:.1f} {unit}" if values else "–"
        table.add_row(name, latest, spark(list(values)[-room:]))
    if stats is None:
        return table
    parts = [table]
    rest = Table.grid(padding=(0, 1))
    rest.add_column(style=QUIET, width=9)
    rest.add_column()
    age = "–"
    if stats.frame_age_ms is not None and stats.frame_age_p95_ms is not None:
        age = f"p50 {stats.frame_age_ms:.0f} ms, p95 {stats.frame_age_p95_ms:.0f} ms"
    inference = "–" if stats.inference_ms is None else f"{stats.inference_ms:.1f} ms"
    rest.add_row("age", age)
    memory = "–" if stats.memory_mb is None else f"{stats.memory_mb:.0f} MB"
    rest.add_row("inference", f"{inference}, memory {memory}")
    books = stats.frames
    rest.add_row("frames", f"{books.captured} = {books.delivered} delivered +")
    rest.add_row("", f"{books.superseded} superseded + {books.skipped} skipped +")
    rest.add_row("", f"{books.failed} failed + {books.in_flight} in flight")
    return Group(*parts, rest)


def _state(status: StatusDocument) -> Table:
    camera_good = status.state.camera_state == "live" and not status.state.camera_reason
    mqtt = status.mqtt
    late = any("STUCK" in (part or "") for part in lines.watchdog(status.watchdog))
    table = Table.grid(padding=(0, 1))
    table.add_column(style=QUIET, width=9)
    table.add_column(overflow="fold")
    camera = lines.camera(status)
    table.add_row("camera", _joined(camera[:3], "" if camera_good else BAD))
    table.add_row("person", lines.in_view(status))
    broker = lines.broker(mqtt, status)
    table.add_row("broker", _joined(broker, BAD if mqtt and not mqtt.connected else ""))
    if status.stats is not None:
        journal = status.stats.journal
        table.add_row("journal", f"{journal.waiting} waiting, {journal.dropped} given up")
    if status.serial is not None:
        style = "" if status.serial.connected else BAD
        table.add_row("serial", _joined(lines.serial(status.serial), style))
    table.add_row("watchdog", _joined(lines.watchdog(status.watchdog), BAD if late else ""))
    table.add_row("box", _joined(lines.box(status.host), ""))
    return table


def _loads(loads: Sequence[Load]) -> RenderableType:
    if not loads:
        return Text("measuring …", style=QUIET)
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(overflow="ellipsis", no_wrap=True)
    table.add_column(justify="right", width=6)
    for load in loads[:LOADS]:
        table.add_row(load.name, f"{load.percent:.0f} %")
    rest = loads[LOADS:]
    if rest:
        table.add_row(f"{len(rest)} others", f"{sum(load.percent for load in rest):.0f} %")
    table.add_row(
        Text("all", style="bold"), Text(f"{sum(load.percent for load in loads):.0f} %", "bold")
    )
    return table


def _events(status: StatusDocument, most: int) -> Text:
    text = Text("\n".join(lines.last_events(status.events, most)) or "no event yet", style=QUIET)
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text


def spark(values: Sequence[float]) -> str:
    """A graph of a line, from 0 to the highest value."""
    top = max(values, default=0.0)
    if not top:
        return BARS[0] * len(values)
    return "".join(BARS[round(value / top * (len(BARS) - 1))] for value in values)


def _joined(parts: Iterable[str | None], style: str) -> Text:
    return Text(" · ".join(part for part in parts if part), style=style)


def _or_dash(number: int | None) -> str:
    return "–" if number is None else str(number)
