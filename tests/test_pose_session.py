"""Model files: what fits is loaded, what doesn't is refused in one clear line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgecv.errors import ModelError
from edgecv.pose.blazepose import INPUT_SIZE, OUTPUTS
from edgecv.pose.catalogue import models_folder
from edgecv.pose.session import Model, spare_cores
from tests.shared import MODELS, needs_models

SHIPPED = models_folder() / "blazepose_full.onnx"


def load(path: Path, threads: int = 1) -> Model:
    return Model(path, image_size=INPUT_SIZE, outputs=OUTPUTS, threads=threads)


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as refused:
        load(path)
    text = str(refused.value)
    assert str(path) in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_a_model_runs_on_as_many_threads_as_it_is_told(threads: int) -> None:
    model = load(SHIPPED, threads)
    model.image[:] = 100
    assert [tensor.shape for tensor in model.run()] == list(OUTPUTS.values())


def test_one_core_is_left_for_everything_else() -> None:
    assert spare_cores() == max(1, len(os.sched_getaffinity(0)) - 1)


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


def test_another_model_is_refused_with_what_was_found_and_what_is_expected() -> None:
    text = refusal(models_folder() / "blazepose_detector.onnx")
    assert "[1, 224, 224, 3]" in text
    assert "[1, 256, 256, 3]" in text


def test_a_model_without_the_outputs_is_refused() -> None:
    with pytest.raises(ModelError, match="heatmap"):
        Model(SHIPPED, image_size=INPUT_SIZE, outputs={"heatmap": (1, 64, 64, 39)}, threads=1)


@needs_models
def test_models_of_others_are_refused() -> None:
    for path in MODELS.glob("*.onnx"):
        assert "is not the one that is expected here" in refusal(path)


@needs_models
def test_no_warnings_of_the_runtime_reach_the_user() -> None:
    code = (
        "from pathlib import Path; from edgecv.errors import ModelError\n"
        "from edgecv.pose.session import Model\n"
        f"for path in Path({str(MODELS)!r}).glob('*.onnx'):\n"
        "    try: Model(path, image_size=256, outputs={}, threads=1)\n"
        "    except ModelError: pass\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout + ran.stderr == ""
