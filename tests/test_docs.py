"""docs/mqtt.md says what the program does: every topic, field, event and command is in it."""

import re
import sys
from pathlib import Path

import pytest

from edgecv.capture.connection import CaptureState
from edgecv.commands import Command
from edgecv.events import (
    CaptureStats,
    CommandStats,
    CorrectionEvent,
    DowntimeEvent,
    FrameBooks,
    HoldFinishedEvent,
    JournalStats,
    PowerCutEvent,
    Refusal,
    RepEvent,
    Result,
    SerialStats,
    SetFinishedEvent,
    SetStartedEvent,
    State,
    Stats,
    Status,
    WorkoutFinishedEvent,
)
from edgecv.picture.publisher import LAST_SET, SETUP
from edgecv.pose.providers import NAMES
from edgecv.pose.recognise import DECODERS
from edgecv.pose.subject import HOLD_S
from edgecv.serial_line.hold import LONGEST_S
from edgecv.serial_line.messages import Hello, shown
from edgecv.serial_line.protocol import LONGEST, LONGEST_VALUE, Parser, encode
from edgecv.serial_line.session import ANSWER_S
from edgecv.sinks.entities import READINESS
from tests.controller import PROGRAM

sys.path.insert(0, str(PROGRAM))

import guard
import settings
from controller import Controller

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "mqtt.md").read_text(encoding="utf-8")
EVENTS = (
    RepEvent,
    SetStartedEvent,
    SetFinishedEvent,
    HoldFinishedEvent,
    WorkoutFinishedEvent,
    CorrectionEvent,
    DowntimeEvent,
    PowerCutEvent,
)


def section(title: str) -> str:
    """The text under a heading, down to the next one."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def named(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_0-9/]+)`", text))


def rows(text: str) -> dict[str, str]:
    """The tables: first cell, with its backticks, to the rest."""
    found = re.findall(r"^\| (`.+?) \| (.*) \|$", text, re.MULTILINE)
    return dict(found)


def fields(message: type) -> set[str]:
    return set(getattr(message, "__struct_fields__"))  # noqa: B009


@pytest.mark.parametrize(
    ("title", "messages"),
    [
        ("`state`", [State]),
        ("`stats`", [Stats, CaptureStats, FrameBooks, JournalStats, CommandStats, SerialStats]),
        ("`explain`", [Refusal]),
        ("Commands", [Result]),
    ],
)
def test_every_field_is_described_and_no_other(title: str, messages: list[type]) -> None:
    text = section(title)
    for message in messages:
        assert fields(message) <= named(text), message
    described = {name for cell in rows(text) for name in named(cell)}
    if title != "Commands":
        assert described <= set().union(*map(fields, messages))


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_described_with_its_fields(event: type) -> None:
    table = rows(section("`event` and `journal`"))
    common = {"id", "seq", "time", "clock_synced"}
    tag = getattr(event, "__struct_config__").tag  # noqa: B009
    assert fields(event) - common <= named(table[f"`{tag}`"])
    assert {f"`{name}`" for name in common} <= set(table)


def test_every_value_of_state_is_described() -> None:
    table = rows(section("`state`"))
    assert named(table["`status`"]) == {status.value for status in Status}
    assert named(table["`camera_state`"]) == {state.value for state in CaptureState}
    assert named(table["`readiness`"]) == set(READINESS)


def test_every_command_is_described_and_no_other() -> None:
    topics = {name for cell in rows(section("Commands")) for name in named(cell)}
    assert {topic for topic in topics if topic.endswith("/set")} == {
        f"{command.value}/set" for command in Command
    }


def test_every_topic_is_in_the_first_table() -> None:
    first = PAGE.partition("\n## ")[0]
    topics = {name for cell in rows(first) for name in named(cell)}
    assert {"availability", "state", "stats", "event", "journal", "result", "explain"} <= topics
    assert {SETUP, LAST_SET} <= topics


def test_every_kind_of_model_and_provider_is_described_and_no_other() -> None:
    page = (DOCS / "models.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == {"decoder", *DECODERS}
    (providers,) = re.findall(r"providers = \[(.*)\]", page)
    assert re.findall(r'"(.*?)"', providers) == list(NAMES)
    assert f"{HOLD_S:g} s nobody else takes the place" in " ".join(page.split())


SERIAL_PAGE = (DOCS / "serial.md").read_text(encoding="utf-8")


def test_every_frame_on_the_serial_line_is_described_with_its_keys_and_no_other() -> None:
    ours, theirs = (
        {kind.strip("`"): named(rest) | _words(rest) for kind, rest in rows(table).items()}
        for table in SERIAL_PAGE.partition("| to the controller | |")[2].split(
            "| from the controller | |"
        )
    )
    assert set(ours) == {"hello", "show", "beat", "stuck", "hold", "rest", "ack"}
    assert set(theirs) == {"hello", "button", "power", "ack"}
    assert set(shown(State(readiness="ready"), None)) | {"n"} <= ours["show"]
    assert set(Hello._fields) & {"board", "boot"} <= theirs["hello"]
    line = Controller("pico", "AA", 0)
    parser = Parser()
    line.receive(encode("beat"), 0)
    line.look(0, (True, False, False))
    line.look(50, (True, False, False))
    frames = [*parser.feed(line.tick(100, 5000)), *parser.feed(line.tick(guard.SILENT_MS, 5000))]
    assert {frame.kind for frame in frames} == set(theirs) - {"ack"}
    for frame in frames:
        assert set(frame.fields) <= theirs[frame.kind], frame


def _words(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


def test_the_limits_of_the_outside_watchdog_and_of_frames_are_as_described() -> None:
    page = " ".join(SERIAL_PAGE.split())
    seconds = {name: value / 1000 for name, value in vars(guard).items() if name.endswith("_MS")}
    assert f"| {seconds['SILENT_MS']:.0f} s without one | the camera's supply is off" in page
    assert f"off for {seconds['CAMERA_OFF_MS']:.0f} s; at most three times" in page
    assert f"| {seconds['CAMERA_WAIT_MS']:.0f} s more | the board's supply is off for" in page
    assert f"off for {seconds['BOARD_OFF_MS']:.0f} s |" in page
    assert f"| {seconds['BOOT_MS'] / 60:.0f} min more, then {seconds['BOOT_MS'] / 30:.0f} |" in page
    assert guard.CAMERA_CUTS == guard.BOARD_CUTS == 3
    assert (seconds["WELL_MS"], seconds["LONGEST_HOLD_MS"]) == (3600, LONGEST_S)
    assert f"there are {LONGEST} bytes at most" in page
    assert f"up to {LONGEST_VALUE} printable characters" in page
    assert f"does not answer as a controller within {ANSWER_S:.0f} s" in page


def test_the_wiring_is_as_described() -> None:
    pins = set(map(int, re.findall(r"GP(\d+)", SERIAL_PAGE)))
    assert pins == {
        *(settings.SDA, settings.SCL, *settings.BUTTONS, settings.CAMERA_SWITCH),
        *(settings.BOARD_SWITCH, settings.SUPPLY, 0, 1),
    }


def test_links_lead_somewhere() -> None:
    for page in [*DOCS.glob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert "://" in link or (page.parent / link).exists(), f"{page.name}: {link}"
