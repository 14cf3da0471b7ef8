"""Every command as a real process: in a terminal and without one, piped, interrupted, misused."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import tarfile
import termios
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edgecv import answers
from edgecv.cli import COMMANDS
from edgecv.history import History
from edgecv.status import StatusDocument
from tests.broker import wait_until
from tests.exhibits import living, put_status
from tests.terminal import ESCAPE, Terminal, edgecv, environment, here, in_terminal
from tests.training import write_journal

BENCHES = ["fps", "pipeline", "capture", "soak", "journal"]
SECRET = "hunter2"  # noqa: S105 - to be looked for

CONFIG = f"""\
[device]
id = "garage"
[camera]
source = "http://admin:{SECRET}@127.0.0.1:9/video?pwd={SECRET}"
[mqtt]
host = "127.0.0.1"
port = 9
username = "garage"
password_file = "{{folder}}/password"
"""


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which an appliance has its status, its journal and its configuration."""
    put_status(tmp_path / "run")
    (tmp_path / "state").mkdir()
    write_journal(tmp_path / "state" / "garage.sqlite3", datetime.now().astimezone(), days=4)
    (tmp_path / "edgecv.toml").write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "edgecv.toml").chmod(0o600)
    (tmp_path / "password").write_text(f"{SECRET}\n", encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    return tmp_path


SHOWING: dict[str, tuple[tuple[str, ...], int]] = {
    "status": (("status",), 0),
    "history": (("history",), 0),
    "config show": (("config", "show", "{box}/edgecv.toml"), 0),
    "config check": (("config", "check", "{box}/edgecv.toml"), 0),
    "version": (("version",), 0),
    "discovery": (("discovery", "show", "--config", "{box}/edgecv.toml"), 0),
    "doctor": (("doctor", "--config", "{box}/edgecv.toml"), 2),
}
"""Commands that show something, and their exit codes."""


def of(name: str, box: Path) -> tuple[list[str], int]:
    arguments, code = SHOWING[name]
    return [argument.format(box=box) for argument in arguments], code


@pytest.mark.parametrize("name", [*COMMANDS, *(f"bench {bench}" for bench in BENCHES)])
def test_help_fits_a_terminal_of_80_columns_and_says_what_the_exit_code_means(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert here(*name.split(), "--help") == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "exit code" in text
    assert "examples:" in text or name.startswith("bench ")


def test_every_command_is_named_by_the_help() -> None:
    text = edgecv("--help").out
    for name in COMMANDS:
        assert re.search(rf"^    {name}\s", text, re.MULTILINE), name


@pytest.mark.parametrize("name", SHOWING)
def test_with_and_without_a_terminal_it_says_the_same(name: str, box: Path) -> None:
    arguments, code = of(name, box)
    with living(box / "run"):
        piped = edgecv(*arguments)
        shown = in_terminal(*arguments)

    assert piped.code == shown.code == code
    assert not ESCAPE.search(piped.out + piped.err)
    assert "Traceback" not in piped.err + shown.out
    assert SECRET not in piped.out + piped.err + shown.out
    assert _steady(piped.out + piped.err) == _steady(shown.plain)
    assert bool(ESCAPE.search(shown.out)) == (name == "doctor")
    if name not in ("config show", "config check", "discovery"):  # as long as their values
        assert max(map(len, shown.lines)) <= 80


def _steady(text: str) -> list[str]:
    """Without what is another in every run: times, and what is measured."""
    return [re.sub(r"[\d.]+|–", "#", line).rstrip() for line in text.splitlines()]


def test_colours_can_be_declined(box: Path) -> None:
    arguments, _ = of("doctor", box)
    assert not ESCAPE.search(in_terminal(*arguments, NO_COLOR="1").out)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("status", "--json"), answers.StatusAnswer),
        (("history", "--json"), History),
        (("cameras", "--json"), answers.CamerasAnswer),
        (
            ("snapshot", "{box}/out.jpg", "--source", "synthetic:squat?fps=2", "--json"),
            answers.SnapshotAnswer,
        ),
        (("serial", "list", "--json"), answers.PortsAnswer),
        (("config", "show", "{box}/edgecv.toml", "--json"), answers.ConfigAnswer),
        (("config", "check", "{box}/edgecv.toml", "--json"), answers.ConfigAnswer),
        (("config", "init", "{box}/new.toml", "--json"), answers.ConfigAnswer),
        (("version", "--json"), answers.VersionAnswer),
        (("doctor", "--config", "{box}/edgecv.toml", "--json"), answers.DoctorAnswer),
    ],
)
def test_json_is_as_its_schema_says_and_holds_no_password(
    arguments: tuple[str, ...], kind: type[Any], box: Path
) -> None:
    done = edgecv(*(argument.format(box=box) for argument in arguments))
    answer = msgspec.json.decode(done.out, type=kind)
    assert set(json.loads(done.out)) == set(kind.__struct_fields__)
    assert msgspec.json.decode(msgspec.json.encode(answer)) == json.loads(done.out)
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize("name", ["status", "doctor"])
def test_a_reader_that_goes_away_is_no_error(name: str, box: Path) -> None:
    arguments, _ = of(name, box)
    command = [sys.executable, "-m", "edgecv", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment({})
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(60)


def test_what_a_disk_does_not_take_is_said(box: Path) -> None:
    arguments, _ = of("status", box)
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "edgecv", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=environment({}),
        )
    assert done.returncode == 1
    assert done.stderr == "edgecv: the output can't be written: No space left on device\n"


@pytest.mark.parametrize(
    ("life", "code", "words"),
    [
        ({}, 0, "running · for 1 h 30 min"),
        ({"age_s": 90.0}, 1, "SILENT: pid"),
        ({"age_s": 90.0, "pid": 2**22 + 1}, 1, "s ago without a word"),
    ],
)
def test_the_status_tells_a_service_that_runs_from_one_that_does_not(
    box: Path, life: dict[str, Any], code: int, words: str
) -> None:
    put_status(box / "run", **life)
    done = edgecv("status", COLUMNS="200")
    assert (done.code, words in done.out) == (code, True), done.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "edgecv does not run on this box: start it with edgecv run"),
        (b'{"schema": 99}', "is of schema 99, and this edgecv knows 1"),
        (b'{"schema": 1, "vers', "is no status of edgecv"),
    ],
)
@pytest.mark.parametrize("command", ["status", "top"])
def test_a_status_that_can_not_be_read_is_said(
    box: Path, command: str, content: bytes | None, words: str
) -> None:
    file = box / "run" / "status.json"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    done = edgecv(command)
    assert (done.code, words in done.err) == (1, True), done.err
    assert len(done.err.splitlines()) == 1


def test_programs_are_told_of_errors_as_well(box: Path) -> None:
    (box / "run" / "status.json").unlink()
    done = edgecv("status", "--json")
    assert done.code == 1
    assert json.loads(done.out) == {"error": done.err.removeprefix("edgecv: ").strip()}


@pytest.mark.usefixtures("box")
def test_another_device_is_asked_for_by_its_id() -> None:
    assert edgecv("status", "--device", "garage").code == 0
    done = edgecv("status", "--device", "attic")
    assert (done.code, "no appliance attic has run here: known are garage" in done.err) == (1, True)


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("end", ["q", "\x03", "SIGTERM"])
def test_top_leaves_the_terminal_as_it_was(end: str) -> None:
    terminal = Terminal("top")
    before = termios.tcgetattr(terminal.slave)
    terminal.wait_for("Garage gym")
    terminal.wait_for("██████")
    if end == "SIGTERM":
        terminal.process.send_signal(signal.SIGTERM)
    else:
        terminal.type(end)
    terminal.wait()
    assert termios.tcgetattr(terminal.slave) == before
    done = terminal.end()
    assert done.code == 0
    assert done.out.count("\x1b[?1049h") == done.out.count("\x1b[?1049l") == 1
    assert "Traceback" not in done.out


@pytest.mark.usefixtures("box")
def test_top_without_a_terminal_says_what_there_is_instead() -> None:
    done = edgecv("top")
    assert done.code == 1
    assert done.err == "edgecv: edgecv top needs a terminal: use edgecv status, or --json\n"


@pytest.mark.usefixtures("box")
def test_top_gives_programs_a_line_a_second() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "edgecv", "top", "--json"],
        stdout=subprocess.PIPE,
        env=environment({}),
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    process.stdout.close()
    assert process.wait(60) == 0
    for line in lines:
        assert msgspec.json.decode(line, type=StatusDocument).device_id == "garage"


def test_ctrl_c_ends_the_doctor_without_a_word_and_gives_the_camera_back(box: Path) -> None:
    (box / "run" / "status.json").unlink()
    source = f"exec:sh -c 'echo $$ > {box}/pid; exec sleep 60'"
    (box / "slow.toml").write_text(f'[camera]\nsource = "{source}"\n', encoding="utf-8")
    terminal = Terminal("doctor", "--config", str(box / "slow.toml"))
    terminal.wait_for("uptime")
    wait_until(lambda: (box / "pid").exists() and (box / "pid").read_text() != "", "the camera")
    terminal.type("\x03")
    done = terminal.end()
    assert done.code == 130
    assert "Traceback" not in done.out
    assert not Path(f"/proc/{(box / 'pid').read_text().strip()}").exists()


def test_a_report_holds_what_is_needed_and_no_secret(box: Path) -> None:
    path = box / "report.tar.gz"
    done = edgecv("doctor", "--config", str(box / "edgecv.toml"), "--report", str(path))

    assert f"{path} is written" in done.err
    with tarfile.open(path) as archive:
        texts = {
            member.name.partition("/")[2]: archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive
        }
    assert {"doctor.json", "version.json", "config.json", "status.json", "log.txt"} <= set(texts)
    for name, text in texts.items():
        assert SECRET.encode() not in text, name
        assert not text.startswith((b"\xff\xd8", b"\x89PNG"))
    assert msgspec.json.decode(texts["doctor.json"], type=answers.DoctorAnswer).exit_code == 2
    config = msgspec.json.decode(texts["config.json"], type=answers.ConfigAnswer)
    assert "mqtt.password" in {one.key for one in config.settings}


def test_a_report_of_the_appliance_image_holds_what_the_log_said_before_failures(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgecv.doctor.report.CRASHES", box / "crashes")
    (box / "crashes").mkdir()
    (box / "crashes" / "1.log").write_text(f"lost http://admin:{SECRET}@127.0.0.1:9/video\n")
    path = box / "report.tar.gz"
    here("doctor", "--config", str(box / "edgecv.toml"), "--report", str(path))
    with tarfile.open(path) as archive:
        file = archive.extractfile("edgecv-report/crashes/1.log")
        assert file is not None
        assert file.read() == b"lost http://admin:***@127.0.0.1:9/video\n"


def test_a_report_that_can_not_be_written_is_said_before_anything_is_looked_at() -> None:
    done = edgecv("doctor", "--report", "/nowhere/report.tar.gz")
    assert (done.code, done.out) == (1, "")
    assert "/nowhere/report.tar.gz can't be written: No such file or directory" in done.err


def test_a_first_configuration_is_right_private_and_replaces_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = edgecv("config", "init", cwd=tmp_path)
    file = tmp_path / "edgecv.toml"
    assert done.code == 0
    assert "edgecv.toml is written" in done.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert here("config", "check", str(file)) == 0

    assert here("config", "init", str(file)) == 1
    assert "is there already" in capsys.readouterr().err
    assert here("config", "init", str(tmp_path / "none" / "edgecv.toml")) == 1
    assert "can't be written: No such file" in capsys.readouterr().err


def test_the_configuration_is_shown_with_where_each_value_is_from(box: Path) -> None:
    path = str(box / "edgecv.toml")
    shown = edgecv("config", "show", path, "--json", EDGECV_MQTT_PASSWORD=SECRET)
    answer = msgspec.json.decode(shown.out, type=answers.ConfigAnswer)
    found = {one.key: (one.value, one.origin.value) for one in answer.settings}
    assert found["mqtt.port"] == (9, "file")
    assert found["mqtt.prefix"] == ("edgecv", "default")
    assert found["device.name"] == ("edgecv garage", "this box")
    assert found["mqtt.password"] == ("***", "environment")
    assert found["camera.source"] == ("http://admin:***@127.0.0.1:9/video?pwd=***", "file")


def test_a_wrong_configuration_is_refused_with_every_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "edgecv.toml"
    file.write_text(
        '[camera]\nsource = "gopher://x"\n[counting]\nexercise = "nap"\n', encoding="utf-8"
    )
    assert here("config", "check", str(file)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    file.write_text("[camera]\nsauce = 1\n", encoding="utf-8")
    assert here("config", "check", str(file)) == 2
    assert "did you mean source?" in capsys.readouterr().err


def test_what_only_shows_loads_neither_drawing_nor_models() -> None:
    code = (
        "import sys; from edgecv.cli import main\n"
        "for command in (['version'], ['status']):\n"
        "    main(command)\n"
        "loaded = [m for m in ('onnxruntime', 'cv2', 'paho') if m in sys.modules]\n"
        "main(['run', '--source', 'synthetic:nap'])\n"
        "print([*loaded, *(['rich'] if 'rich' in sys.modules else [])], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_an_appliance_writes_what_status_shows(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "edgecv", "run", "--source", "synthetic:squat?reps=50&fps=2"],
        stdout=subprocess.DEVNULL,
        env=environment({"RUNTIME_DIRECTORY": str(tmp_path)}),
    )
    try:
        wait_until((tmp_path / "status.json").exists, "the status file", 60)
        terminal = Terminal("top", RUNTIME_DIRECTORY=str(tmp_path))
        terminal.wait_for("capture")
        terminal.wait_for("model, libraries")
        terminal.type("q")
        assert terminal.end().code == 0
        shown = edgecv("status", "--json", RUNTIME_DIRECTORY=str(tmp_path))
        answer = msgspec.json.decode(shown.out, type=answers.StatusAnswer)
        assert (shown.code, answer.status.pid) == (0, run.pid)
        assert {"capture", "inference", "MainThread"} <= set(answer.status.threads)
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(60)
    assert "stopped" in edgecv("status", RUNTIME_DIRECTORY=str(tmp_path)).out
