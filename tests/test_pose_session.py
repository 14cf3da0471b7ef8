"""Model files: what fits is loaded and computed, what doesn't is refused in one clear line."""

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from edgecv.athlete import Athlete
from edgecv.errors import ConfigError, ModelError
from edgecv.pose import open_model as opening
from edgecv.pose.catalogue import models_folder
from edgecv.pose.open_estimator import open_estimator
from edgecv.pose.open_model import open_model, signature_of
from edgecv.pose.providers import (
    Active,
    SessionSettings,
    cache_options,
    engine_folder,
    must_build,
    nodes_by_provider,
    tensorrt_version,
)
from edgecv.pose.recognise import MOVENET, YOLO_POSE
from edgecv.pose.session import Session, spare_cores, spinning
from tests.graphs import constant_model
from tests.shared import MODELS, needs_models

SHIPPED = models_folder() / "blazepose_full.onnx"
ONE_THREAD = SessionSettings(threads=1)


def refusal(path: Path, decoder: str = "") -> str:
    with pytest.raises(ModelError) as refused:
        open_model(path, ONE_THREAD, decoder)
    text = str(refused.value)
    assert str(path) in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_a_model_runs_on_as_many_threads_as_it_is_told(threads: int) -> None:
    recognised, model = open_model(SHIPPED, SessionSettings(threads=threads))
    model.image[:] = 100
    assert recognised.decoder == "blazepose"
    assert [tensor.shape for tensor in model.run()] == [(1, 195), (1, 1), (1, 117)]


def test_one_core_is_left_for_everything_else() -> None:
    assert spare_cores() == max(1, len(os.sched_getaffinity(0)) - 1)


def test_threads_that_wait_for_the_next_frame_sleep() -> None:
    _, model = open_model(SHIPPED, SessionSettings(threads=2))
    model.run()
    cpu_s = time.process_time()
    time.sleep(0.05)
    assert time.process_time() - cpu_s < 0.01


@pytest.mark.parametrize(
    ("version", "spins"), [("1.23.2", "0"), ("1.26.0", "1"), ("1.26.0rc1", "1"), ("2.0", "1")]
)
def test_threads_spin_only_where_the_runtime_knows_a_limit(version: str, spins: str) -> None:
    settings = spinning(version)
    assert settings["allow_spinning"] == spins
    assert ("spin_duration_us" in settings) == (spins == "1")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "gone.onnx")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>404 not found</html>", bytes(1000), SHIPPED.read_bytes()[: 2**20]],
    ids=["empty", "web page", "zeros", "truncated"],
)
def test_a_file_that_is_no_whole_onnx_file_is_called_damaged(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    assert "damaged or not an ONNX file" in refusal(path)


def test_a_classifier_is_refused_with_what_was_seen(tmp_path: Path) -> None:
    path = constant_model(
        *(tmp_path / "resnet.onnx", ("float", (1, 3, 224, 224))),
        {"logits": np.zeros((1, 1000), "f")},
    )
    text = refusal(path)
    assert "looks like a classifier" in text
    assert "logits float [1, 1000]" in text


def test_a_half_of_a_pair_in_the_place_of_the_other_is_refused() -> None:
    detector = models_folder() / "blazepose_detector.onnx"
    with pytest.raises(ModelError, match="can't be read as blazepose-detector"):
        open_estimator(str(SHIPPED), 1, detector=str(SHIPPED))
    with pytest.raises(ModelError, match="can't be read as blazepose:"):
        open_estimator(str(detector), 1, detector=str(detector))
    with pytest.raises(ModelError, match=r"detector alone: name the landmarks in pose\.model"):
        open_estimator(str(detector), 1)


@pytest.mark.parametrize(
    ("model", "detector", "decoder"),
    [
        ("blazepose-full", "mine.onnx", ""),
        ("blazepose-full", "", "blazepose"),
        ("mine.onnx", "other.onnx", "blazepose"),
    ],
)
def test_settings_that_would_have_no_effect_are_refused(
    model: str, detector: str, decoder: str
) -> None:
    with pytest.raises(ConfigError, match="a decoder with a single file"):
        open_estimator(model, 1, detector=detector, decoder=decoder)


def test_landmarks_go_with_a_detector_of_ones_own_or_with_the_one_that_ships() -> None:
    detector = str(models_folder() / "blazepose_detector.onnx")
    for given in (detector, ""):
        estimator = open_estimator(str(SHIPPED), 1, detector=given)
        assert estimator(Athlete("squat").render(0.0), 0.0) is not None


def test_sizes_that_a_file_leaves_open_are_fixed_and_those_of_outputs_found_out(
    tmp_path: Path,
) -> None:
    path = constant_model(
        tmp_path / "yolo.onnx",
        ("float", ("batch", 3, "height", "width")),
        {"output0": np.zeros((1, 56, 1680), "f")},
        {"imgsz": "[250, 320]"},
        open_axes=True,
    )
    recognised, model = open_model(path, ONE_THREAD)
    assert recognised.decoder == YOLO_POSE
    assert model.image.shape == (256, 320, 3)
    assert signature_of(path).outputs[0].shape == (1, 56, 1680)


def test_open_sizes_without_a_word_are_those_that_the_kind_is_trained_for(tmp_path: Path) -> None:
    path = constant_model(
        *(tmp_path / "movenet.onnx", ("int32", (1, "h", "w", 3))),
        {"out": np.zeros((1, 1, 17, 3), "f")},
    )
    recognised, model = open_model(path, ONE_THREAD)
    assert recognised.decoder == MOVENET
    assert model.image.shape == (192, 192, 3)


@pytest.mark.parametrize("dtype", ["float16", "uint8", "int32"])
def test_pixels_of_any_type_go_in(tmp_path: Path, dtype: str) -> None:
    points = {"points": np.zeros((1, 1, 17, 3), np.float32)}
    path = constant_model(tmp_path / "movenet.onnx", (dtype, (1, 192, 192, 3)), points)
    _, model = open_model(path, ONE_THREAD)
    assert model.run()[0].shape == (1, 1, 17, 3)


def test_the_provider_that_computes_a_model_is_told_with_the_time_of_a_run() -> None:
    told: list[Active] = []
    open_model(SHIPPED, SessionSettings(threads=1, opened=told.append))
    (active,) = told
    assert (active.provider, active.refused) == ("cpu", ())
    assert active.run_ms > 0


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ONNX Runtime that says that it has CUDA and TensorRT, and computes on the processor."""
    names = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)


@pytest.mark.usefixtures("pretended")
def test_a_provider_that_silently_falls_back_to_the_processor_is_found_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[Active] = []
    with caplog.at_level(logging.WARNING, "edgecv.model"):
        _, model = open_model(SHIPPED, SessionSettings(threads=1, opened=told.append))
    (active,) = told
    assert active.provider == "cpu"
    assert [reason.partition(":")[0] for reason in active.refused] == ["tensorrt", "cuda"]
    assert "fallen back to CPUExecutionProvider" in active.refused[1]
    assert "blazepose_full.onnx is not computed by cuda" in caplog.text
    assert model.run()[0].shape == (1, 195)


@pytest.mark.usefixtures("pretended")
def test_what_a_provider_lacks_is_named_and_no_building_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "missing_libraries", lambda file: [f"{file.stem[-4:]}.so.13"])
    told: list[Active] = []
    building: list[bool] = []
    open_model(SHIPPED, SessionSettings(threads=1, opened=told.append, building=building.append))
    assert told[0].refused == ("tensorrt: it lacks orrt.so.13", "cuda: it lacks cuda.so.13")
    assert building == []


def test_a_session_that_can_not_be_made_is_not_the_file_s_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("[ONNXRuntimeError] : 1 : FAIL : CUDA failure 100: no device found")

    monkeypatch.setattr(onnxruntime, "InferenceSession", fails)
    with pytest.raises(ModelError) as refused:
        Session(SHIPPED, 1, "cuda")
    assert str(refused.value) == (
        "ONNX Runtime makes no session: CUDA failure 100: no device found"
    )


@pytest.mark.usefixtures("pretended")
def test_a_provider_that_computes_nothing_is_found_out_by_the_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that names itself in the session, and has no kernel for any operator."""
    given = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime.InferenceSession, "get_providers", lambda _: given)
    told: list[Active] = []
    open_model(SHIPPED, SessionSettings(threads=1, providers=("cuda",), opened=told.append))
    assert told[0].provider == "cpu"
    assert (
        "none of its operators ran there; they ran on CPUExecutionProvider ("
        in (told[0].refused[0])
    )


def test_a_provider_that_does_compute_passes_and_the_others_are_not_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The processor in the place of CUDA: what runs under the name that was asked for is fine."""
    names = {"cuda": "CPUExecutionProvider", "cpu": "CPUExecutionProvider"}
    monkeypatch.setattr(opening, "NAMES", names)
    monkeypatch.setattr("edgecv.pose.session.NAMES", names)
    told: list[Active] = []
    settings = SessionSettings(threads=1, providers=("cuda", "tensorrt"), opened=told.append)
    open_model(SHIPPED, settings)
    assert (told[0].provider, told[0].refused) == ("cuda", ())


def test_the_processor_ends_the_list() -> None:
    assert SessionSettings(providers=("cpu", "cuda")).accelerators == ()
    assert SessionSettings(providers=("cuda", "cpu")).accelerators == ("cuda",)


class PretendedTensorRT:
    """In the place of a session of TensorRT: keeps an engine as it does, computes on the processor,
    and takes no engine but its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.interrupted = False
        self.told: list[bool] = []
        self._session = Session
        monkeypatch.setattr(opening, "Session", self.open)
        names = {"tensorrt": "CPUExecutionProvider", "cpu": "CPUExecutionProvider"}
        monkeypatch.setattr(opening, "NAMES", names)

    def open(self, path: Path, threads: int, provider: str = "cpu", **more: Any) -> Session:
        if provider != "tensorrt":
            return self._session(path, threads, provider, **more)
        engine = Path(more.pop("options")["trt_engine_cache_path"]) / "kernel_sm87.engine"
        if engine.exists() and engine.read_text() != "whole":
            raise ModelError("TensorRT EP could not deserialize engine")
        engine.write_text("whole")
        if self.interrupted:
            raise KeyboardInterrupt
        return self._session(path, threads, **more)

    def start(self, cache: Path) -> str:
        """What computes it in the end."""
        computed: list[Active] = []
        settings = SessionSettings(
            threads=1,
            providers=("tensorrt",),
            cache=cache,
            building=self.told.append,
            opened=computed.append,
        )
        open_model(SHIPPED, settings)
        return computed[0].provider


@pytest.fixture
def tensorrt(monkeypatch: pytest.MonkeyPatch) -> PretendedTensorRT:
    return PretendedTensorRT(monkeypatch)


def test_building_is_told_when_there_is_no_engine_and_only_then(
    tensorrt: PretendedTensorRT, tmp_path: Path
) -> None:
    assert must_build(engine_folder(tmp_path, SHIPPED))
    assert tensorrt.start(tmp_path) == "tensorrt"
    assert tensorrt.told == [True, False]
    assert not must_build(engine_folder(tmp_path, SHIPPED))
    assert tensorrt.start(tmp_path) == "tensorrt"
    assert tensorrt.told == [True, False]


def test_a_building_that_was_interrupted_is_told_of_again(
    tensorrt: PretendedTensorRT, tmp_path: Path
) -> None:
    tensorrt.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        tensorrt.start(tmp_path)
    tensorrt.interrupted = False
    assert tensorrt.start(tmp_path) == "tensorrt"
    assert tensorrt.told == [True, False] * 2


def test_an_engine_that_can_not_be_used_is_built_anew(
    tensorrt: PretendedTensorRT, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tensorrt.start(tmp_path)
    (engine,) = engine_folder(tmp_path, SHIPPED).glob("*.engine")
    engine.write_text("half of it")
    assert tensorrt.start(tmp_path) == "tensorrt"
    assert tensorrt.told == [True, False] * 2
    assert "its engines can't be used and are built anew: TensorRT EP could not" in caplog.text


def test_whoever_only_looks_does_not_build_for_minutes(
    tensorrt: PretendedTensorRT, tmp_path: Path
) -> None:
    told: list[Active] = []
    looks = SessionSettings(
        threads=1,
        providers=("tensorrt",),
        cache=tmp_path,
        may_build=False,
        building=tensorrt.told.append,
        opened=told.append,
    )
    open_model(SHIPPED, looks)
    tensorrt.start(tmp_path)
    open_model(SHIPPED, looks)
    (engine,) = engine_folder(tmp_path, SHIPPED).glob("*.engine")
    engine.write_text("half of it")
    open_model(SHIPPED, looks)
    assert engine.read_text() == "half of it"
    assert [active.provider for active in told] == ["cpu", "tensorrt", "cpu"]
    assert told[0].refused == ("tensorrt: it has built no engine yet, which takes minutes",)
    assert tensorrt.told == [True, False]


def test_where_no_engine_can_be_kept_the_next_provider_is_tried(tmp_path: Path) -> None:
    (tmp_path / "engines").touch()
    told: list[Active] = []
    settings = SessionSettings(
        threads=1, providers=("tensorrt",), cache=tmp_path / "engines", opened=told.append
    )
    open_model(SHIPPED, settings)
    assert told[0].provider == "cpu"
    assert "no engine can be kept in" in told[0].refused[0]


def test_another_tensorrt_has_engines_of_its_own(tmp_path: Path) -> None:
    jetpack = tmp_path / "aarch64-linux-gnu"
    jetpack.mkdir()
    folders = {engine_folder(tmp_path, SHIPPED, tmp_path)}
    for version in ("8.6.2", "10.3.0"):
        (jetpack / f"libnvinfer.so.{version}").touch()
        (jetpack / f"libnvinfer.so.{version.partition('.')[0]}").touch()
        assert tensorrt_version(tmp_path) == version
        folders.add(engine_folder(tmp_path, SHIPPED, tmp_path))
    assert len(folders) == 3


def test_a_build_without_kernels_for_this_gpu_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lists CUDA and opens a session; it is the first run that fails. CUDA is tried after
    TensorRT, and the processor comes last."""
    names = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)

    class NoKernels(Session):
        def __init__(self, path: Path, threads: int, provider: str = "cpu", **more: Any) -> None:
            super().__init__(path, threads, **more)
            self.asked = provider

        def run_grey(self, shape: Any) -> Any:
            if self.asked != "cpu":
                raise ModelError(f"{self.asked}: cudaErrorNoKernelImageForDevice")
            return super().run_grey(shape)

    monkeypatch.setattr(opening, "Session", NoKernels)
    told: list[Active] = []
    open_model(SHIPPED, SessionSettings(threads=1, opened=told.append))
    assert told[0].provider == "cpu"
    assert told[0].refused == (
        "tensorrt: tensorrt: cudaErrorNoKernelImageForDevice",
        "cuda: cuda: cudaErrorNoKernelImageForDevice",
    )


def test_engines_are_kept_for_this_very_file(tmp_path: Path) -> None:
    other = tmp_path / SHIPPED.name
    other.write_bytes(SHIPPED.read_bytes() + b"\0")
    folders = {engine_folder(tmp_path, path) for path in (SHIPPED, SHIPPED, other)}
    assert len(folders) == 2
    assert {cache_options(folder)["trt_engine_cache_path"] for folder in folders} == {
        str(folder) for folder in folders
    }


def test_a_profile_is_counted_by_provider() -> None:
    profile = """[
        {"cat": "Session", "name": "model_run", "args": {}},
        {"cat": "Node", "args": {"provider": "A"}}, {"cat": "Node", "args": {"provider": "A"}},
        {"cat": "Node", "args": {"provider": "B"}}, {"cat": "Node"}]"""
    assert nodes_by_provider(profile) == {"A": 2, "B": 1}


def test_an_input_of_another_size_is_an_error_of_the_model() -> None:
    with pytest.raises(ModelError, match="gives no result"):
        Session(SHIPPED, 1).run_grey((1, 128, 128, 3))


@needs_models
def test_no_warnings_of_the_runtime_reach_the_user() -> None:
    code = (
        "from pathlib import Path\n"
        "from edgecv.pose.open_model import signature_of\n"
        f"for path in Path({str(MODELS)!r}).glob('*.onnx'): signature_of(path)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout + ran.stderr == ""


def test_onnxruntime_is_told_to_report_to_nobody() -> None:
    program = "import os, edgecv.pose.session; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
