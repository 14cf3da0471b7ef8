"""While an engine is built for the model, the appliance says so, and systemd is asked to wait."""

import logging
from pathlib import Path

import onnxruntime
import pytest

from edgecv.app import BUILD_S, MODEL_S, Appliance
from edgecv.clock import SystemClock
from edgecv.config import Camera, Config, Pose
from edgecv.errors import ModelError
from edgecv.events import State, Status
from edgecv.host.notify import Notifier
from edgecv.sinks.mailbox import Mailbox
from edgecv.sinks.quiet import Quiet
from edgecv.watchdog import Stuck

CAMERA = Camera(source="synthetic:squat?reps=1&fps=10&pace=false")


class Told(Notifier):
    """A notifier that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__({})
        self.extended: list[float] = []

    def extend(self, seconds: float) -> None:
        self.extended.append(seconds)


class States(Mailbox):
    """A mailbox that keeps every state."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[Status] = []

    def put_state(self, state: State) -> None:
        super().put_state(state)
        if self.statuses[-1:] != [state.status]:
            self.statuses.append(state.status)


@pytest.fixture
def states() -> States:
    return States()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def appliance(states: States, told: Told, monkeypatch: pytest.MonkeyPatch) -> Appliance:
    """With an ONNX Runtime that pretends to have TensorRT and computes on the processor."""
    names = ["TensorrtExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)
    sink = Quiet()
    sink.mailbox = states
    config = Config(camera=CAMERA, pose=Pose(threads=1))
    return Appliance(config, [sink], SystemClock(), notifier=told)


def test_building_stands_between_starting_and_running(
    appliance: Appliance, states: States, told: Told
) -> None:
    appliance.run()
    building, starting = Status.BUILDING, Status.STARTING
    assert states.statuses[:2] == [starting, building]
    # Landmarks and detector are two engines.
    assert next(s for s in states.statuses if s not in (building, starting)) == Status.RUNNING
    assert told.extended.count(BUILD_S) == 2


def test_a_model_that_is_loaded_anew_gets_its_time_again(appliance: Appliance, told: Told) -> None:
    """CUDA and TensorRT take longer to load than the watchdog is patient."""
    appliance.run()
    before = told.extended.count(MODEL_S)
    assert appliance.loops.inference is not None
    assert appliance.loops.inference.replace(Stuck("inference", "a run", 9.0, "here"))
    appliance.loops.inference.join(10)
    assert told.extended.count(MODEL_S) == before + 1


def test_the_fall_back_is_in_the_log_and_in_the_status_document(
    appliance: Appliance, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "edgecv.model"):
        appliance.run()
    status = appliance.loops.model_status
    assert status.provider == "cpu"
    assert status.refused[0].startswith("tensorrt: ONNX Runtime has fallen back")
    assert "blazepose_full.onnx is not computed by tensorrt" in caplog.text
    assert "blazepose_full.onnx on cpu" in caplog.text


def test_a_file_of_ones_own_and_what_it_is_taken_for_come_from_the_configuration(
    tmp_path: Path,
) -> None:
    config = Config(camera=CAMERA, pose=Pose(model=str(tmp_path / "mine.onnx")))
    with pytest.raises(ModelError, match=r"mine\.onnx: no such file"):
        Appliance(config, [Quiet()], SystemClock()).run()
