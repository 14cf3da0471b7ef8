"""A second camera is a second instance: two processes, one broker, nothing mixed up."""

import json
import subprocess
import sys
from pathlib import Path

from tests.broker import Broker, Listener

CAMERAS = {"garage": ("squat", 3), "garden": ("jumping_jack", 2)}


def start(folder: Path, name: str, broker: Broker) -> "subprocess.Popen[str]":
    """As `edgecv@NAME.service` does: a configuration of its own with an id and a source."""
    exercise, reps = CAMERAS[name]
    config = folder / f"{name}.toml"
    config.write_text(
        f'[device]\nid = "{name}"\n'
        f'[camera]\nsource = "synthetic:{exercise}?reps={reps}&tempo=2&fps=10&pace=false"\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\n'
    )
    command = [sys.executable, "-m", "edgecv", "run", "--config", str(config)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_instances_count_each_their_own_on_one_broker(
    tmp_path: Path, broker: Broker, listener: Listener
) -> None:
    processes = {name: start(tmp_path, name, broker) for name in CAMERAS}
    outputs = {name: process.communicate(timeout=60) for name, process in processes.items()}

    for name, (exercise, reps) in CAMERAS.items():
        assert processes[name].returncode == 0, outputs[name]
        assert f"counted {reps}, true {reps}" in outputs[name][0]
        listener.wait_for(f"edgecv/{name}/availability", b"offline")
        state = json.loads(listener.payloads(f"edgecv/{name}/state")[-1])
        assert (state["last_set_exercise"], state["last_set_reps"]) == (exercise, reps)
        events = [json.loads(payload) for payload in listener.payloads(f"edgecv/{name}/event")]
        counted = [event for event in events if event["event_type"] == "rep"]
        assert [event["exercise"] for event in counted] == [exercise] * reps
        topic = f"homeassistant/device/edgecv_{name}/config"
        device = json.loads(listener.payloads(topic)[-1])["device"]
        assert device["identifiers"] == [f"edgecv_{name}"]
    ids = [
        json.loads(payload)["id"]
        for name in CAMERAS
        for payload in listener.payloads(f"edgecv/{name}/event")
    ]
    assert len(ids) == len(set(ids))
