"""The appliance as a process, as Home Assistant sees it: commands, switches, restarts."""

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from paho.mqtt import publish

from tests.broker import Broker, Listener, wait_until

PATIENCE_S = 30.0
SQUATS = "synthetic:squat?reps=500&tempo=1.6&fps=15"
CAMERA = """
import sys, time
import cv2, numpy as np
rng = np.random.default_rng(1)
while True:
    picture = rng.integers(0, 255, (240, 320, 3), np.uint8)
    sys.stdout.buffer.write(cv2.imencode(".jpg", picture)[1].tobytes())
    sys.stdout.buffer.flush()
    time.sleep(0.1)
"""


class Running:
    """`edgecv run` with a broker, and all that it says."""

    def __init__(self, broker: Broker, folder: Path, source: str, config: str = "") -> None:
        self._broker = broker
        self._log = folder / "log"
        self._config = folder / "edgecv.toml"
        self._config.write_text(f'[device]\nid = "gym"\n{config}')
        self._source = source
        self.listener = Listener(broker)
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "edgecv", "run", "--config", str(self._config)]
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                [*command, "--source", self._source, "--mqtt", f"127.0.0.1:{self._broker.port}"],
                stdout=output,
                stderr=output,
            )
        return self.process

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.listener.__exit__(None, None, None)
        assert "Traceback" not in self.log

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def state(self) -> dict[str, Any]:
        payloads = self.listener.payloads("/state")
        return json.loads(payloads[-1]) if payloads else {}

    def events(self, topic: str = "/journal") -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.listener.payloads(topic)]

    def wait_for(self, what: str, condition: Callable[[dict[str, Any]], bool]) -> None:
        try:
            wait_until(lambda: bool(self.state) and condition(self.state), what, PATIENCE_S)
        except AssertionError as error:
            seen = f"the state is {self.state}, and the log ends with\n{self.log[-2000:]}"
            raise AssertionError(f"{error}; {seen}") from error

    def command(self, name: str, payload: str = "PRESS") -> dict[str, Any]:
        """Its result."""
        before = len(self.listener.heard("/result"))
        topic = f"edgecv/gym/{name}/set"
        publish.single(topic, payload, qos=1, hostname="127.0.0.1", port=self._broker.port)
        wait_until(lambda: len(self.listener.heard("/result")) > before, "the result", PATIENCE_S)
        result: dict[str, Any] = json.loads(self.listener.payloads("/result")[before])
        assert (result["command"], result["value"]) == (name, payload)
        return result

    def pictures(self) -> list[bytes]:
        return self.listener.payloads("gym/picture")


@pytest.fixture
def running(broker: Broker, tmp_path: Path) -> Iterator[Running]:
    one = Running(broker, tmp_path, SQUATS)
    yield one
    one.close()


def test_counts_are_corrected_by_hand(running: Running) -> None:
    running.wait_for("two reps", lambda state: state["set_reps"] >= 2)
    assert running.command("camera", "OFF")["accepted"]
    running.wait_for("pause", lambda state: state["status"] == "paused")
    before = running.state
    total, last = before["reps_total"], before["last_set_reps"]
    assert before["set_reps"] == last == total

    assert running.command("undo_rep")["accepted"]
    running.wait_for("one less", lambda state: state["reps_total"] == total - 1)
    for _ in range(2):
        assert running.command("add_rep")["accepted"]
    running.wait_for("one more", lambda state: state["reps_total"] == total + 1)
    assert running.state["last_set_reps"] == running.state["set_reps"] == last + 1

    assert running.command("reset_set")["accepted"]
    running.wait_for("nought", lambda state: state["set_reps"] == 0)
    refused = running.command("undo_rep")
    assert refused == {
        "command": "undo_rep",
        "value": "PRESS",
        "accepted": False,
        "reason": "there is no rep in this set to take back",
    }
    changes = [e["change"] for e in running.events("/event") if e["event_type"] == "correction"]
    assert changes == [-1, 1, 1]
    assert running.state["reps_total"] == total + 1


def test_an_exercise_is_chosen_and_the_choice_survives_a_restart(running: Running) -> None:
    running.wait_for("a rep", lambda state: state["set_reps"] >= 1)
    assert not running.command("exercise", "yodel")["accepted"]
    assert running.command("exercise", "push_up")["accepted"]
    running.wait_for("the choice", lambda state: state["exercise"] == "push_up")
    assert running.state["counting"] == "push_up"
    finished = [e for e in running.events() if e["event_type"] == "set_finished"]
    assert finished[-1]["exercise"] == "squat"
    assert running.command("max_fps", "5")["accepted"]
    running.wait_for("the limit", lambda state: state["max_fps"] == 5)
    total = running.state["reps_total"]

    pid = running.process.pid
    assert running.command("restart")["accepted"]
    reason = "a restart was asked for"
    running.wait_for("the new start", lambda state: state["restart_reason"] == reason)
    running.wait_for("frames", lambda state: state["status"] == "running")
    assert running.process.pid == pid
    assert running.process.poll() is None
    state = running.state
    assert (state["exercise"], state["max_fps"]) == ("push_up", 5)
    assert (state["last_set_exercise"], state["last_set_reps"]) == (
        "squat",
        finished[-1]["set_reps"],
    )
    assert state["reps_total"] >= total
    online = running.listener.payloads("/availability")
    assert online == [b"online", b"offline", b"online"]
    (gap,) = (event for event in running.events() if event["event_type"] == "downtime")
    assert gap["reason"] == reason


def test_a_killed_program_says_so_when_it_is_back_and_goes_on_counting(running: Running) -> None:
    running.wait_for("two reps", lambda state: state["set_reps"] >= 2)
    running.process.send_signal(signal.SIGKILL)
    running.process.wait()
    running.listener.wait_for("/availability", b"offline")
    counted = sum(event["event_type"] == "rep" for event in running.events())

    running.start()
    running.wait_for("another rep", lambda state: state["reps_total"] > counted)
    assert running.state["restart_reason"] == "it crashed or was killed"
    # What the broker had, and could not acknowledge any more, comes once more with the same id.
    events = list({event["id"]: event for event in running.events()}.values())
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_the_camera_switch_closes_the_camera_for_real_and_is_remembered(
    broker: Broker, tmp_path: Path
) -> None:
    program = f"exec:{shlex.quote(sys.executable)} -c {shlex.quote(CAMERA)}"
    running = Running(broker, tmp_path, program)

    def cameras() -> str:
        children = Path(f"/proc/{running.process.pid}/task").glob("*/children")
        return "".join(file.read_text() for file in children)

    try:
        running.wait_for("frames", lambda state: state["camera"] and state["status"] == "running")
        assert cameras()
        running.command("camera", "OFF")
        running.wait_for("pause", lambda state: state["camera_state"] == "paused")
        assert not cameras()
        assert running.state["status"] == "paused"
        assert running.state["camera_on"] is False
        assert running.state["camera"] is None
        assert running.state["person"] is None
        for command, payload in (("setup_view", "ON"), ("snapshot", "PRESS")):
            refused = running.command(command, payload)
            assert refused["reason"] == "the camera is switched off"

        running.process.kill()
        running.process.wait()
        heard = len(running.listener.heard("/state"))
        running.start()
        wait_until(lambda: len(running.listener.heard("/state")) > heard + 1, "it is back", 30)
        running.wait_for("pause", lambda state: state["camera_state"] == "paused")
        assert not cameras()
        running.command("camera", "ON")
        running.wait_for("frames", lambda state: state["camera"] and state["status"] == "running")
    finally:
        running.close()


def decoded(jpeg: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def test_the_set_up_view_shows_a_picture_a_second_and_nothing_afterwards(
    running: Running,
) -> None:
    running.wait_for("somebody", lambda state: state["person"] is True)
    assert running.pictures() == []
    assert running.command("setup_view", "ON")["accepted"]
    running.wait_for("the view", lambda state: state["setup_view"])
    wait_until(lambda: len(running.pictures()) >= 2, "two pictures")
    assert decoded(running.pictures()[-1]).shape == (480, 640, 3)
    assert decoded(running.pictures()[-1]).std() > 20

    assert running.command("setup_view", "OFF")["accepted"]
    running.wait_for("the end", lambda state: not state["setup_view"])
    wait_until(lambda: decoded(running.pictures()[-1]).std() < 1, "a blank picture")
    assert all(not one.retained and one.qos == 0 for one in running.listener.heard("gym/picture"))


def test_the_set_up_view_is_blanked_when_the_program_ends(running: Running) -> None:
    running.wait_for("somebody", lambda state: state["person"] is True)
    running.command("setup_view", "ON")
    wait_until(lambda: bool(running.pictures()), "a picture")
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0
    running.listener.wait_for("/availability", b"offline")
    assert decoded(running.pictures()[-1]).std() < 1
    assert running.state["setup_view"] is False


def test_a_snapshot_is_one_picture_and_the_end_of_a_set_another_if_wanted(
    broker: Broker, tmp_path: Path
) -> None:
    running = Running(broker, tmp_path, SQUATS, "[pictures]\nlast_set = true\n")
    try:
        running.wait_for("a rep", lambda state: state["set_reps"] >= 1)
        assert running.command("snapshot")["accepted"]
        wait_until(lambda: len(running.pictures()) == 1, "the picture")
        running.command("reset_set")
        wait_until(lambda: len(running.listener.heard("/last_set_picture")) == 1, "the other one")
        assert len(running.pictures()) == 1
    finally:
        running.close()


def test_what_was_counted_while_the_broker_was_away_comes_when_it_is_there(
    absent_broker: Broker, tmp_path: Path
) -> None:
    source = "synthetic:squat?reps=3&tempo=1.6&pace=false"
    command = [sys.executable, "-m", "edgecv", "run", "--source", source]
    (tmp_path / "edgecv.toml").write_text('[device]\nid = "gym"\n')
    command += ["--config", str(tmp_path / "edgecv.toml")]
    command += ["--mqtt", f"127.0.0.1:{absent_broker.port}"]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "wait for the broker in the journal" in first.stdout
    absent_broker.start()
    with Listener(absent_broker) as listener:
        subprocess.run(command, capture_output=True, text=True, check=True)
        listener.wait_for("/availability", b"offline")
        journal = [json.loads(payload) for payload in listener.payloads("/journal")]
        announced = [json.loads(payload) for payload in listener.payloads("/event")]
    assert [event["seq"] for event in journal] == list(range(1, len(journal) + 1))
    reps = [event for event in journal if event["event_type"] == "rep"]
    assert [event["replayed"] for event in reps] == [True] * 3 + [False] * 3
    assert len([event for event in announced if event["event_type"] == "rep"]) == 3
