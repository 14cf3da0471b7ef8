"""The log: a line an event, levels that mean something, repeats counted."""

import io
import logging
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edgecv.clock import FakeClock
from edgecv.events import SetFinishedEvent
from edgecv.sinks.console import Console, ForPeople
from edgecv.sinks.log_lines import Line, Repeats, key_value, priority
from edgecv.sinks.system_log import ForSystemLog, is_journal, is_kept
from tests.messages import recorded, stats
from tests.terminal import environment


def test_what_is_said_again_and_again_is_counted_numbers_apart() -> None:
    repeats = Repeats()
    lines = [
        Line(logging.WARNING, "capture", f"camera is gone; trying again in {n}.5 s")
        for n in range(58)
    ]
    taken = [repeats.take(line, second) for second, line in enumerate(lines)]
    assert taken == [True, *[False] * 57]
    assert repeats.due(59.9) == []
    assert [line.text for line in repeats.due(60.0)] == [
        "camera is gone; trying again in 57.5 s … 57 more"
    ]
    assert not repeats.take(lines[0], 61.0)
    assert [line.text for line in repeats.due(120.0)] == [
        "camera is gone; trying again in 0.5 s … 1 more"
    ]
    assert repeats.due(180.0) == []
    assert repeats.take(lines[0], 181.0)


def test_another_level_or_part_is_another_message() -> None:
    repeats = Repeats()
    first = Line(logging.WARNING, "mqtt", "gone")
    assert repeats.take(first, 0.0)
    assert repeats.take(first._replace(level=logging.ERROR), 0.0)
    assert repeats.take(first._replace(part="capture"), 0.0)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "a=plain"),
        ("two words", 'a="two words"'),
        ('a "quoted" one', r'a="a \"quoted\" one"'),
        ("", 'a=""'),
        ("x=y", 'a="x=y"'),
        ("first\nsecond", r'a="first\nsecond"'),
        (True, "a=true"),
        (1.25, "a=1.25"),
        (None, ""),
    ],
)
def test_a_value_is_quoted_where_it_must_be(value: object, written: str) -> None:
    assert key_value({"a": value}) == written


def test_levels_become_the_priorities_of_syslog() -> None:
    levels = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
    assert [priority(level) for level in levels] == [7, 6, 4, 3, 2]


def test_the_system_s_log_has_a_line_for_everything() -> None:
    style = ForSystemLog()
    bug = Line(logging.ERROR, "edgecv", "ended by a bug\nTraceback:\n  File x\nValueError: no")
    finished = SetFinishedEvent(exercise="push_up", set=2, set_reps=8)
    rep = style.event(recorded(3).event)
    assert style.line(bug) == (
        '<3>part=edgecv msg="ended by a bug | Traceback: | File x | ValueError: no"'
    )
    assert style.event(finished) == (
        "<6>part=event event=set_finished exercise=push_up set=2 set_reps=8"
    )
    assert rep is not None
    assert rep.startswith("<6>part=event event=rep exercise=squat set=1 set_reps=3 ")
    assert " duration_s=2 " in rep
    assert style.person(False) == "<6>part=person in_view=false"
    assert style.stats(stats(1)).startswith(
        "<6>part=rates camera_fps=30 pose_fps=30 inference_ms=10 "
    )


def test_a_console_writes_what_is_logged_and_how_often_it_was() -> None:
    clock, out = FakeClock(), io.StringIO()
    console = Console(clock, stats_interval_s=5.0, out=out, style=ForSystemLog())
    logger = logging.Logger("edgecv.mqtt")
    logger.addHandler(console.log_handler)
    console.start()
    for _ in range(4):
        logger.warning("%s; trying again", "refused")
    logger.info("connected")
    assert console.stop(10.0)
    assert out.getvalue().splitlines() == [
        '<4>part=mqtt msg="refused; trying again"',
        "<6>part=mqtt msg=connected",
        '<4>part=mqtt msg="refused; trying again … 3 more"',
    ]


def test_people_see_warnings_as_such() -> None:
    style = ForPeople(FakeClock())
    assert style.line(Line(logging.WARNING, "mqtt", "refused")).endswith(
        "mqtt      warning: refused"
    )
    assert style.line(Line(logging.INFO, "mqtt", "connected")).endswith("mqtt      connected")


def test_the_journal_is_told_from_any_other_pipe() -> None:
    here, there = socket.socketpair()
    with here, there:
        status = os.fstat(here.fileno())
        name = f"{status.st_dev}:{status.st_ino}"
        assert is_journal({"JOURNAL_STREAM": name}, here.fileno())
        assert not is_journal({"JOURNAL_STREAM": name}, there.fileno())
        assert not is_journal({}, here.fileno())


def test_only_a_file_of_its_own_keeps_the_log(tmp_path: Path) -> None:
    out, into = os.pipe()
    file = os.open(tmp_path / "edgecv.log", os.O_CREAT | os.O_WRONLY)
    try:
        assert is_kept(file, shown=into)
        assert not is_kept(file, shown=file)
        assert not is_kept(into, shown=file)
        assert not is_kept(99_999)
    finally:
        for descriptor in (out, into, file):
            os.close(descriptor)


def test_a_file_gets_a_line_an_event_beside_the_log_for_people(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edgecv", "run", "--exercise", "squat", "--source"]
    command.append("synthetic:squat?reps=2&fps=15&pace=false")
    with (tmp_path / "edgecv.log").open("w") as file:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=file, check=True, text=True, timeout=60
        )

    lines = (tmp_path / "edgecv.log").read_text().splitlines()
    assert all(re.match(r"time=\S+ level=(info|warning|error) part=\S+ \S+=", one) for one in lines)
    assert sum("event=rep exercise=squat" in line for line in lines) == 2
    assert "counted 2, true 2" in done.stdout
    assert "level=" not in done.stdout


def under_systemd(arguments: list[str], folder: Path) -> tuple[int, list[str]]:
    """The exit code, and what the journal would get."""
    command = shlex.join([sys.executable, "-m", "edgecv", *arguments])
    # The shell opens the file, so that its name is known before the program begins.
    file = folder / "journal"
    script = f'exec 2>"{file}"; export JOURNAL_STREAM=$(stat -c %d:%i "{file}"); exec {command}'
    done = subprocess.run(
        ["sh", "-c", script], stdout=subprocess.PIPE, check=False, env=environment({})
    )
    assert done.stdout == b""
    return done.returncode, file.read_text(encoding="utf-8").splitlines()


def test_under_systemd_every_line_has_a_priority_and_keys(tmp_path: Path) -> None:
    code, lines = under_systemd(
        ["run", "--source", "synthetic:squat?reps=1&tempo=1.5&fps=12&pace=false"], tmp_path
    )
    assert code == 0
    assert all(re.match(r"<[2-7]>part=\S+ \w+=", line) for line in lines), lines
    assert sum("event=rep " in line for line in lines) == 1
    assert any("counted 1, true 1" in line for line in lines)


def test_under_systemd_an_error_is_one(tmp_path: Path) -> None:
    code, lines = under_systemd(["run", "--source", "gopher://x"], tmp_path)
    assert code == 2
    assert [line[:12] for line in lines] == ["<3>edgecv: s"]
