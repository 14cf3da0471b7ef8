"""The real process under a service manager that is played by the test: parts that are made to hang
are named and put right, and nobody is told that all is well when it is not."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.broker import Broker, Line, Listener, wait_until
from tests.test_appliance import SQUATS

PATIENCE_S = 90.0
PING_US = 2_000_000
STARTED = "import sys, threading, time\n"
RUN = "\nfrom edgecv.cli import main\nsys.exit(main(sys.argv[1:]))\n"


class Service:
    """`edgecv run` with a NOTIFY_SOCKET; what it tells there, and what it says to the broker.

    `broken` is Python that is run first, to break a part.
    """

    def __init__(
        self, broker: Broker, folder: Path, broken: str = "", source: str = SQUATS
    ) -> None:
        self._folder = folder
        self._source = source
        self.port = broker.port
        self.broken = broken
        self.told: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        (folder / "run").mkdir(exist_ok=True)
        (folder / "edgecv.toml").write_text('[device]\nid = "gym"\n')
        threading.Thread(target=self._hear, daemon=True).start()
        self.listener = Listener(broker)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> "subprocess.Popen[bytes]":
        arguments = ["run", "--config", str(self._folder / "edgecv.toml"), "--source", self._source]
        program = ["-c", STARTED + self.broken + RUN] if self.broken else ["-m", "edgecv"]
        environment = {
            **os.environ,
            "NOTIFY_SOCKET": str(self._folder / "notify"),
            "WATCHDOG_USEC": str(PING_US),
            "RUNTIME_DIRECTORY": str(self._folder / "run"),
        }
        environment.pop("WATCHDOG_PID", None)
        with (self._folder / "log").open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, *program, *arguments),
                    *("--mqtt", f"127.0.0.1:{self.port}", *options),
                ],
                stdout=output,
                stderr=output,
                env=environment,
            )
        return self.process

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.listener.__exit__(None, None, None)
        self._socket.close()

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    @property
    def state(self) -> dict[str, Any]:
        payloads = self.listener.payloads("/state")
        return json.loads(payloads[-1]) if payloads else {}

    @property
    def status(self) -> dict[str, Any]:
        """The status file."""
        found: dict[str, Any] = json.loads((self._folder / "run" / "status.json").read_text())
        return found

    def pings(self) -> int:
        return self.told.count("WATCHDOG=1")

    def wait_for_state(self, what: str, **values: Any) -> None:
        wait_until(
            lambda: all(self.state.get(key) == value for key, value in values.items()),
            f"{what}: {values}; state {self.state}",
            PATIENCE_S,
        )

    def wait_for_log(self, words: str) -> None:
        wait_until(lambda: words in self.log, words, PATIENCE_S)

    def ends_with(self, code: int) -> None:
        assert self.process is not None
        assert self.process.wait(PATIENCE_S) == code, self.log

    def _hear(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.told.append(self._socket.recv(4096).decode())


@pytest.fixture
def services() -> Iterator[list[Service]]:
    made: list[Service] = []
    yield made
    for service in made:
        service.close()


@pytest.fixture
def service(broker: Broker, tmp_path: Path, services: list[Service]) -> Service:
    services.append(Service(broker, tmp_path))
    return services[0]


def test_it_is_ready_without_camera_and_athlete_says_how_it_is_and_ends_well(
    broker: Broker, tmp_path: Path, services: list[Service]
) -> None:
    service = Service(broker, tmp_path, source="/dev/video-nowhere")
    services.append(service)
    process = service.start()
    wait_until(lambda: "READY=1" in service.told, "it is ready", PATIENCE_S)
    assert service.told[0].startswith("EXTEND_TIMEOUT_USEC=")
    wait_until(lambda: service.pings() >= 2, "pings", PATIENCE_S)
    service.wait_for_state("the camera is missed", camera_state="backing_off")
    wait_until(
        lambda: any("no such device" in line for line in service.told if "STATUS" in line),
        f"a status in words: {service.told}",
    )
    assert {part["name"] for part in service.status["watchdog"]["parts"]} == {
        *("capture", "inference", "journal", "status", "mqtt")
    }
    assert service.status["model"]["selftest_ms"] > 0
    process.send_signal(signal.SIGTERM)
    service.ends_with(0)
    assert service.told[-1] == "STOPPING=1"


def test_a_model_that_hangs_is_replaced_and_counting_goes_on(service: Service) -> None:
    service.broken = """
from edgecv.pose import worker
from edgecv.pose.blazepose import BlazePose
worker.LOOK_S = 1.0
look, calls = BlazePose.__call__, []
def hang_once(self, *arguments):
    calls.append(1)
    if len(calls) == 60:
        time.sleep(3600)
    return look(self, *arguments)
BlazePose.__call__ = hang_once
"""
    service.start()
    service.wait_for_log("a new session takes over")
    counted = service.state["set_reps"]
    wait_until(lambda: service.state["set_reps"] > counted + 1, "more reps", PATIENCE_S)
    fault = service.state["last_fault"]
    assert fault.startswith("inference is stuck in looking at frame ")
    assert "hang_once" in fault
    assert service.status["watchdog"]["remedies"] == 1
    assert service.status["watchdog"]["last"] == fault
    frames = service.status["stats"]["frames"]
    assert frames["failed"] == 1
    settled = sum(frames[name] for name in ("delivered", "superseded", "skipped", "failed"))
    assert frames["captured"] == settled + frames["in_flight"]


def test_a_model_that_hangs_again_and_again_ends_the_process_with_76(service: Service) -> None:
    service.broken = """
from edgecv.pose import worker
from edgecv.pose.blazepose import BlazePose
worker.LOOK_S = 0.5
look = BlazePose.__call__
def hang(self, image, time_s, reduction=1):
    if time_s:  # the self-test has none
        time.sleep(3600)
    return look(self, image, time_s, reduction)
BlazePose.__call__ = hang
"""
    service.start()
    service.ends_with(76)
    assert service.log.count("a new session takes over") == 2
    assert "… 2 more" in service.log
    service.listener.wait_for("/availability", b"offline")
    assert "inference is stuck" in service.state["last_fault"]


def test_a_camera_call_that_does_not_return_ends_the_process_with_75_and_the_next_knows_why(
    service: Service,
) -> None:
    service.broken = """
from edgecv.capture.source import Bounds
from edgecv.capture.synthetic import SyntheticAthlete
read, reads = SyntheticAthlete.read, []
SyntheticAthlete.device = "/dev/video97"
SyntheticAthlete.bounds = Bounds(open_s=10.0, read_s=0.5, by="the test")
def hang(self, stop):
    reads.append(1)
    if len(reads) > 30:
        time.sleep(3600)
    return read(self, stop)
SyntheticAthlete.read = hang
"""
    service.start()
    service.ends_with(75)
    service.broken = ""
    service.start()
    wait_until(lambda: bool(service.state.get("restart_reason")), "it is back", PATIENCE_S)
    assert service.state["restart_reason"].startswith("capture is stuck in read of synthetic")
    wait_until(lambda: service.status["watchdog"]["unclean_ends"] == 1, "it is counted", PATIENCE_S)


def test_a_client_that_hangs_is_rebuilt_and_everything_else_goes_on(service: Service) -> None:
    service.broken = """
from edgecv.sinks import mqtt
mqtt.CONNECT_S = 1.0
link, calls = mqtt.Link, []
def hang_once(*arguments):
    calls.append(1)
    if len(calls) == 1:
        time.sleep(3600)
    return link(*arguments)
mqtt.Link = hang_once
"""
    service.start()
    service.listener.wait_for("/availability", b"online")
    assert "mqtt is stuck in connecting to 127.0.0.1" in service.log
    service.wait_for_state("it runs", status="running")
    told = "mqtt is stuck in connecting"
    wait_until(
        lambda: (service.state["last_fault"] or "").startswith(told), "it is told", PATIENCE_S
    )
    wait_until(lambda: service.state["reps_total"] > 0, "it counts", PATIENCE_S)


def test_a_disk_that_hangs_is_named_and_nobody_is_told_that_all_is_well(service: Service) -> None:
    service.broken = """
from edgecv.sinks import journal
from edgecv.sinks.journal_file import JournalFile
journal.DISK_S = 1.0
write, began = JournalFile.write, time.monotonic()
def hang(self, *arguments):
    if time.monotonic() - began > 3.0:
        time.sleep(3600)
    return write(self, *arguments)
JournalFile.write = hang
"""
    service.start()
    service.ends_with(76)
    assert "journal is stuck in writing to the disk" in service.log
    assert service.told[-1] == "STOPPING=1"
    assert "hang" in service.state["last_fault"]


def test_a_broker_that_stands_still_restarts_nothing_but_its_own_connection(
    broker: Broker, tmp_path: Path, services: list[Service]
) -> None:
    with Line(broker) as line:
        line.up()
        service = Service(broker, tmp_path)
        services.append(service)
        service.port = line.port
        service.broken = """
from edgecv.sinks.mqtt_link import MqttSettings
import edgecv.assemble as assemble
settings = assemble.mqtt_settings
def impatient(config):
    import dataclasses
    return dataclasses.replace(settings(config), acknowledge_s=1.0, retry_max_s=0.5)
assemble.mqtt_settings = impatient
"""
        service.start()
        wait_until(lambda: service.state.get("set_reps", 0) >= 1, "it counts", PATIENCE_S)
        line.black_hole = True
        service.wait_for_log("acknowledges nothing for 1 s")
        pings = service.pings()
        wait_until(lambda: service.pings() > pings + 3, "all is well", PATIENCE_S)
        assert service.status["mqtt"]["connected"] is False
        assert service.status["watchdog"]["remedies"] == 0
        line.black_hole = False
        wait_until(lambda: service.status["mqtt"]["connected"], "it is back", PATIENCE_S)
        assert service.process is not None
        assert service.process.poll() is None


def test_a_full_disk_is_no_reason_to_stop_and_is_published(
    broker: Broker, tmp_path: Path, services: list[Service]
) -> None:
    service = Service(broker, tmp_path)
    services.append(service)
    service.broken = """
import sqlite3
from edgecv.sinks.journal_file import JournalFile
write, times = JournalFile.write, []
def full(self, *arguments):
    times.append(time.monotonic())
    if len(times) > 2 and times[-1] - times[2] < 4.0:
        raise sqlite3.OperationalError("database or disk is full")
    return write(self, *arguments)
JournalFile.write = full
"""
    service.start()
    wait_until(lambda: "disk is full" in str(service.state.get("problem")), "said", PATIENCE_S)
    wait_until(lambda: service.state["problem"] is None, "and mended", PATIENCE_S)
    reps = service.state["reps_total"]
    wait_until(lambda: service.state["reps_total"] > reps, "it counts on", PATIENCE_S)
    assert service.status["watchdog"]["last"] is None


@pytest.mark.long
def test_a_process_that_was_stopped_for_long_just_goes_on(service: Service) -> None:
    process = service.start()
    wait_until(lambda: service.state.get("set_reps", 0) >= 1, "it counts", PATIENCE_S)
    process.send_signal(signal.SIGSTOP)
    never = threading.Event()
    never.wait(13)  # longer than any bound of a read
    process.send_signal(signal.SIGCONT)
    counted = service.state["reps_total"]
    wait_until(lambda: service.state["reps_total"] > counted, "it goes on", PATIENCE_S)
    assert service.state["last_fault"] is None
    assert process.poll() is None


def test_too_many_crashes_lead_to_degraded_mode_which_a_command_ends(service: Service) -> None:
    for _ in range(5):
        process = service.start()
        ready = service.told.count("READY=1")
        wait_until(lambda n=ready: service.told.count("READY=1") > n, "ready", PATIENCE_S)  # type: ignore[misc]
        process.kill()
        process.wait()
    service.start()
    service.wait_for_state("degraded", status="degraded")
    assert "5 unclean ends within 10 minutes" in service.state["last_fault"]
    assert service.state["camera"] is False
    wait_until(lambda: "STATUS=degraded" in "".join(service.told), "systemd is told", PATIENCE_S)
    pings = service.pings()
    wait_until(lambda: service.pings() > pings + 1, "and pinged", PATIENCE_S)
    wait_until(lambda: "degraded" in str(service.status["watchdog"]), "the status file", PATIENCE_S)
    assert command(service, "exercise", "squat")["accepted"] is False
    assert command(service, "restart", "PRESS")["accepted"] is True
    service.ends_with(0)

    service.start()
    service.wait_for_state("it runs again", status="running")


def command(service: Service, name: str, payload: str) -> dict[str, Any]:
    from paho.mqtt import publish

    before = len(service.listener.heard("/result"))
    topic = f"edgecv/gym/{name}/set"
    publish.single(topic, payload, qos=1, hostname="127.0.0.1", port=service.port)
    wait_until(lambda: len(service.listener.heard("/result")) > before, "the result", PATIENCE_S)
    result: dict[str, Any] = json.loads(service.listener.payloads("/result")[-1])
    return result


def test_a_model_that_is_missing_is_an_unclean_end_with_its_reason(
    service: Service, tmp_path: Path
) -> None:
    service.broken = """
from edgecv.pose import catalogue
from pathlib import Path
catalogue.models_folder = lambda: Path("/nowhere")
"""
    service.start()
    service.ends_with(1)
    kept = json.loads((tmp_path / "run" / "restarts.json").read_text())
    assert "catalogue of models" in kept["running"]
