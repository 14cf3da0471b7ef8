"""What commands show of the exhibits: by real processes where nothing of this machine is in it."""

import io
import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from rich.console import Console

from edgecv.screens import cameras, doctor, update
from edgecv.screens.top import draw
from tests import exhibits
from tests.terminal import in_terminal
from tests.training import write_journal

WIDTHS = (80, 120)
FOLDER = Path(__file__).parent / "screens"
HEIGHT = 28
CONFIG = """\
[device]
id = "garage"
name = "Garage gym"
[camera]
source = "rtsp://admin:secret@192.168.1.20/stream"
[counting]
exercise = "push_up"
[mqtt]
host = "homeassistant.lan"
port = 8883
tls = true
username = "garage"
password_file = "/etc/edgecv/password"
"""
ALWAYS_THERE = 1
"""A process of this number runs on every box."""


def file_of(name: str, columns: int) -> Path:
    return FOLDER / f"{name.replace(' ', '-')}-{columns}.txt"


def of_process(*arguments: str, columns: int) -> str:
    """On a box with the exhibits."""
    with tempfile.TemporaryDirectory() as name:
        box = Path(name)
        (box / "state").mkdir()
        (box / "edgecv.toml").write_text(CONFIG, encoding="utf-8")
        last = datetime(2027, 1, 15, 18, 0, tzinfo=timezone.utc)
        write_journal(box / "state" / "garage.sqlite3", last, days=6)
        with exhibits.living(box / "run", pid=ALWAYS_THERE):
            ended = in_terminal(
                *arguments,
                columns=columns,
                cwd=box,
                RUNTIME_DIRECTORY=str(box / "run"),
                STATE_DIRECTORY=str(box / "state"),
            )
    return ended.plain


def top(columns: int, console: Console | None = None) -> str:
    console = console or _paper(columns)
    size = columns, HEIGHT
    console.print(draw(exhibits.instance(), exhibits.rates(), exhibits.loads(), size))
    return _text(console)


def doctors(columns: int, console: Console | None = None) -> str:
    console = console or _paper(columns)
    for group in exhibits.groups():
        doctor.print_group(console, group)
    doctor.print_verdict(console, exhibits.groups())
    return _text(console)


def found_cameras(columns: int) -> str:
    return cameras.describe(exhibits.cameras(), columns) + "\n"


def _paper(columns: int) -> Console:
    return Console(
        file=io.StringIO(),
        width=columns,
        height=HEIGHT,
        markup=False,
        highlight=False,
        emoji=False,
        color_system=None,
    )


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    return "\n".join(lines) + "\n"


SCREENS: dict[str, Callable[[int], str]] = {
    "status": lambda columns: of_process("status", columns=columns),
    "history": lambda columns: of_process("history", "--days", "0", columns=columns),
    "workouts": lambda columns: of_process("history", "workouts", "--days", "0", columns=columns),
    "config show": lambda columns: of_process("config", "show", "edgecv.toml", columns=columns),
    "top": top,
    "doctor": doctors,
    "cameras": found_cameras,
    "update": lambda columns: update.describe(exhibits.update(), columns) + "\n",
}


def picture(name: str, columns: int = 100) -> str:
    """`top` or `doctor` as an SVG."""
    console = Console(
        file=io.StringIO(),
        width=columns,
        height=HEIGHT,
        record=True,
        force_terminal=True,
        color_system="truecolor",
        markup=False,
        highlight=False,
        emoji=False,
    )
    {"top": partial(top, columns), "doctor": partial(doctors, columns)}[name](console)
    return console.export_svg(title=f"edgecv {name}", unique_id=name)
