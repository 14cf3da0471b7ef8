"""The whole appliance as a process: synthetic athlete, real model, real broker."""

import json
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgecv.events import State
from tests.broker import Broker, Listener, wait_until

NO_BROKER = 1
"""A port on which nobody listens."""
STOP_S = 5.0
"""The promise: from the signal to the end of the process."""


def start(broker_port: int, source: str, *, log: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "edgecv", "run", "--source", source]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*command, "--mqtt", f"127.0.0.1:{broker_port}"], stdout=output, stderr=output
        )


def books_of(log: str) -> dict[str, int]:
    """The last line of the summary, by its words."""
    line = re.search(r"(\d+) frames = (.+)", log)
    assert line, log
    terms = {"captured": int(line[1])}
    for term in line[2].split(" + "):
        number, word = term.split(" ", 1)
        terms[word] = int(number)
    return terms


def settled(books: dict[str, int]) -> int:
    return sum(books[word] for word in ("delivered", "superseded", "skipped", "failed"))


@pytest.mark.parametrize(("exercise", "azimuth"), [("squat", 30), ("biceps_curl", 90)])
def test_the_true_count_arrives_as_retained_state_and_as_events(
    exercise: str, azimuth: int, broker: Broker, tmp_path: Path
) -> None:
    source = f"synthetic:{exercise}?reps=4&tempo=2&azimuth={azimuth}&pace=false"
    with Listener(broker) as listener:
        process = start(broker.port, source, log=tmp_path / "log")
        assert process.wait(120) == 0, (tmp_path / "log").read_text()
        listener.wait_for("/availability", b"offline")
        events: list[dict[str, Any]] = [json.loads(e) for e in listener.payloads("/event")]
        journal: list[dict[str, Any]] = [json.loads(e) for e in listener.payloads("/journal")]
        stats = json.loads(listener.payloads("/stats")[-1])

    with Listener(broker) as late:
        wait_until(lambda: len(late.heard("/state")) == 1, "the retained state")
        state = json.loads(late.payloads("/state")[0])

    reps = [event for event in events if event["event_type"] == "rep"]
    assert [rep["set_reps"] for rep in reps] == [1, 2, 3, 4]
    assert [rep["exercise"] for rep in reps] == [exercise] * 4
    types = ["set_started", *["rep"] * 4, "set_finished", "workout_finished"]
    assert [event["event_type"] for event in events] == types
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert journal == [{**event, "replayed": False} for event in events]
    expected = {
        "status": "finished",
        "exercise": "auto",
        "counting": exercise,
        "set": 1,
        "set_reps": 4,
        "last_set_reps": 4,
        "last_set_exercise": exercise,
        "reps_total": 4,
        "person": None,
        "camera": False,
        "camera_state": "closed",
        "camera_reason": None,
        "problem": None,
        "restart_reason": None,
    }
    assert {key: state[key] for key in expected} == expected
    assert set(state) == set(State.__struct_fields__)
    frames = stats["frames"]
    assert frames["captured"] == frames["delivered"] > 0
    assert frames["in_flight"] == 0


def test_live_frames_are_counted_in_real_time_and_the_summary_says_so(
    broker: Broker, tmp_path: Path
) -> None:
    process = start(broker.port, "synthetic:squat?reps=2&tempo=1.6&fps=15", log=tmp_path / "log")

    assert process.wait(60) == 0
    log = (tmp_path / "log").read_text()
    assert "squat: counted 2, true 2" in log
    assert "frame age p50" in log
    assert "rep 1" in log
    books = books_of(log)
    assert books["captured"] == settled(books) > 0


def test_without_a_broker_it_counts_all_the_same(tmp_path: Path) -> None:
    source = "synthetic:squat?reps=1&azimuth=30&pace=false"
    process = start(NO_BROKER, source, log=tmp_path / "log")

    assert process.wait(60) == 0
    log = (tmp_path / "log").read_text()
    assert "counted 1, true 1" in log
    assert "can't reach the broker" in log


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("attempt", range(4))
def test_a_signal_at_any_moment_ends_it_cleanly(
    number: signal.Signals, attempt: int, broker: Broker, tmp_path: Path
) -> None:
    delay_s = random.Random(f"{number}{attempt}").uniform(0, 3)
    log = tmp_path / "log"
    with Listener(broker) as listener:
        process = start(broker.port, "synthetic:squat?reps=20&tempo=1.6", log=log)
        wait_until(lambda: "edgecv" in log.read_text(), "its first line")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(delay_s)

        process.send_signal(number)

        assert process.wait(STOP_S) == 0, log.read_text()
        if b"online" in listener.payloads("/availability"):
            listener.wait_for("/availability", b"offline")
            assert listener.payloads("/availability") == [b"online", b"offline"]
    assert "Traceback" not in log.read_text()
    assert "stopped" in log.read_text()
    books = books_of(log.read_text())
    assert "in flight" not in books
    assert books["captured"] == settled(books)


STUCK = """
import sys, threading, time
from edgecv.capture.source import Bounds, Grab, SourceInfo
from edgecv.capture.synthetic import SyntheticAthlete
from edgecv.cli import main

read = SyntheticAthlete.read
SyntheticAthlete.device = "/dev/video97"
SyntheticAthlete.bounds = Bounds(open_s=10.0, read_s=0.5, by="the test")
reads = []

def read_then_hang(source, stop):
    reads.append(1)
    if len(reads) > 30:
        time.sleep(3600)
    return read(source, stop)

SyntheticAthlete.read = read_then_hang
sys.exit(main(sys.argv[1:]))
"""


def test_a_driver_that_does_not_return_ends_the_process_with_75_and_says_so(
    broker: Broker, tmp_path: Path
) -> None:
    with Listener(broker) as listener, (tmp_path / "log").open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", STUCK, "run", "--source", "synthetic:squat"),
                *("--mqtt", f"127.0.0.1:{broker.port}"),
            ],
            stdout=output,
            stderr=output,
        )
        assert process.wait(30) == 75
        listener.wait_for("/availability", b"offline")
        state = json.loads(listener.payloads("/state")[-1])

    log = (tmp_path / "log").read_text()
    assert "capture is stuck in read of synthetic:squat" in log
    assert state["status"] == "stopped"
    assert state["camera"] is False
    assert state["camera_reason"].startswith("capture is stuck in read of synthetic:squat")
    books = books_of(log)
    assert books["captured"] == settled(books) > 0
