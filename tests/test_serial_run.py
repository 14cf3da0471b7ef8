"""The whole appliance as a process, with a controller on its serial line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgecv.clock import SystemClock
from edgecv.config import Serial
from edgecv.doctor.finding import Verdict
from edgecv.doctor.serial import examine_line
from edgecv.serial_line.hold import held_s
from edgecv.serial_line.protocol import encode
from tests.broker import wait_until
from tests.controller import Cable, Controller, needs_micropython
from tests.exhibits import put_status
from tests.terminal import edgecv
from tests.test_appliance import SQUATS
from tests.test_service import RUN, STARTED

PATIENCE_S = 60.0

pytestmark = needs_micropython


class Run:
    """`edgecv run` with a serial line; `broken` is Python that is run first, to break a part."""

    def __init__(self, folder: Path, cable: Cable, broken: str = "") -> None:
        self._folder = folder
        config = folder / "edgecv.toml"
        config.write_text(
            f'[device]\nid = "gym"\n[camera]\nsource = "{SQUATS}"\n'
            f'[counting]\nexercise = "squat"\n[serial]\nport = "{cable.port}"\n'
        )
        self.variables: Any = {
            "RUNTIME_DIRECTORY": str(folder / "run"),
            "STATE_DIRECTORY": str(folder / "state"),
        }
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", STARTED + broken + RUN, "run", "--config", str(config)],
                stdout=log,
                stderr=log,
                env={**os.environ, **self.variables},
            )

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    @property
    def status(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._folder / "run/status.json").read_text())
        except FileNotFoundError:
            return {"state": {}, "events": [], "stats": None, "serial": None}
        return found


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    made: list[Run] = []
    yield made
    for run in made:
        run.process.kill()
        run.process.wait()


def test_reps_are_shown_and_a_process_that_was_killed_is_missed_and_that_is_told(
    tmp_path: Path, cable: Cable, runs: list[Run]
) -> None:
    with Controller(cable.far_port) as controller:
        runs.append(Run(tmp_path, cable))
        wait_until(lambda: b"$hold" in cable.to_far, "it asks for patience at the start")
        wait_until(lambda: controller.view.startswith("2|squat"), "two reps", PATIENCE_S)
        wait_until(lambda: b"$beat" in cable.to_far, "it is on guard")
        wait_until(lambda: runs[0].status["serial"]["supply_v"] == 5.02, "its supply is measured")
        status = runs[0].status["serial"]
        assert (status["connected"], status["board"]) == (True, "bench")
        runs[0].process.kill()
        runs[0].process.wait()
        controller.let_pass(200)
        assert controller.switched == ["camera off", "camera on", "board off", "board on"]

        runs.append(Run(tmp_path, cable))
        wait_until(lambda: len(_cuts(runs[1])) == 2, f"both are told: {runs[1].log}", PATIENCE_S)
        assert [cut["supply"] for cut in _cuts(runs[1])] == ["camera", "board"]
        assert runs[1].status["serial"]["last_cut"].startswith("board, no heartbeat for ")
        assert edgecv("status", **runs[1].variables).out.count("power cut off: board") == 1
        runs[1].process.send_signal(signal.SIGTERM)
        assert runs[1].process.wait(PATIENCE_S) == 0
        wait_until(lambda: b"$rest" in cable.to_far, "it says goodbye")
        controller.let_pass(200)
        assert len(controller.switched) == 4


def _cuts(run: Run) -> list[dict[str, Any]]:
    return [event for event in run.status["events"] if event["event_type"] == "power_cut"]


def test_a_serial_line_that_hangs_is_named_and_counting_goes_on(
    tmp_path: Path, cable: Cable, runs: list[Run]
) -> None:
    broken = """
import serial
from edgecv.serial_line import line
line.CALL_S = 1.0
write, writes = serial.Serial.write, []
def hang(self, data):
    writes.append(data)
    if len(writes) > 5:
        time.sleep(3600)
    return write(self, data)
serial.Serial.write = hang
"""
    with Controller(cable.far_port):
        run = Run(tmp_path, cable, broken)
        runs.append(run)
        wait_until(lambda: bool(run.status["state"].get("last_fault")), "named", PATIENCE_S)
        assert run.status["state"]["last_fault"].startswith("serial is stuck in writing to ")
        assert "hang" in run.status["state"]["last_fault"]
        assert run.status["watchdog"]["remedies"] == 1
        counted = run.status["state"]["reps_total"]
        wait_until(lambda: run.status["state"]["reps_total"] > counted, "more reps", PATIENCE_S)
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(PATIENCE_S) == 0


def test_what_is_on_the_line_can_be_looked_at_and_answered(cable: Cable) -> None:
    port = str(cable.port)
    with Controller(cable.far_port) as controller:
        sent = edgecv("serial", "send", "show n=9 count=77 state=running", "--port", port)
        assert sent.code == 0, sent.err
        assert "$ack n=9*" in sent.out
        assert controller.view.startswith("77|")

        monitor = subprocess.Popen(
            [
                *(sys.executable, "-m", "edgecv", "serial", "monitor", "--json"),
                "--port",
                port,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert monitor.stdout is not None
        heard = json.loads(monitor.stdout.readline())
        assert heard["frame"]["kind"] in ("hello", "power")
        cable.inject(near=b"\x00rubbish\n")
        lines = iter(monitor.stdout.readline, "")
        assert next(json.loads(line) for line in lines if "rubbish" in line)["frame"] is None
        busy = edgecv("serial", "send", "beat", "--port", port)
        assert busy.code == 1
        assert f"is in use by pid {os.getpid()} (" in busy.err, "the cable holds it, too"
        assert f"pid {monitor.pid} (" in busy.err
        monitor.send_signal(signal.SIGINT)
        assert monitor.wait(PATIENCE_S) == 130
        monitor.stdout.close()


def test_the_doctor_meets_the_controller_and_leaves_what_it_has_to_tell_to_the_appliance(
    cable: Cable,
) -> None:
    settings, clock = Serial(port=str(cable.port)), SystemClock()
    with Controller(cable.far_port) as controller:
        wait_until(lambda: bool(controller.view), "it has started")
        cable.inject(far=encode("beat"))
        wait_until(lambda: "power off" in _later(controller), "it is on guard")
        controller.set_supply(4.6)
        controller.let_pass(70)
        for _ in range(2):
            found = {one.check: one for one in examine_line(settings, [], clock)}
            assert found["controller"].found == "bench, program 1.0"
            assert found["port"].verdict is Verdict.OK
        assert found["supply"].verdict is Verdict.WARNING
        assert controller.switched == ["camera off", "camera on"]
        assert b"cut=camera" in cable.to_near.rsplit(b"$hello", 1)[1], "it is still to be told"


def _later(controller: Controller) -> str:
    controller.let_pass(5)
    return controller.view


def test_the_guard_is_held_off_from_the_command_line(tmp_path: Path) -> None:
    clock = SystemClock()
    variables: Any = {"RUNTIME_DIRECTORY": str(tmp_path / "run")}
    put_status(tmp_path / "run")
    assert edgecv("serial", "hold", "20", **variables).out.endswith("for 20 minutes\n")
    assert held_s(tmp_path / "run", clock.now()) == pytest.approx(1200, abs=30)
    assert edgecv("serial", "hold", "0", **variables).code == 0
    assert held_s(tmp_path / "run", clock.now()) == 0
    assert edgecv("serial", "hold", "61", **variables).code == 2
