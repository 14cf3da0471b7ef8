"""The models that ship are the ones that models.toml describes, and can be built again."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import onnxruntime
import pytest

Result = subprocess.CompletedProcess[str]

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
SCRIPTS = ROOT / "scripts"


class Origin(msgspec.Struct, forbid_unknown_fields=True):
    package: str
    version: str
    wheel_sha256: str


class Input(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    shape: list[int]
    layout: Literal["NHWC", "NCHW"]
    dtype: Literal["uint8", "float32"]
    colour: Literal["BGR", "RGB"]
    range: tuple[float, float]


class Output(msgspec.Struct, forbid_unknown_fields=True):
    shape: list[int]
    dtype: Literal["float32"]
    meaning: str


class Part(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    sha256: str
    source: str
    source_sha256: str
    input: Input
    outputs: dict[str, Output]


class Model(msgspec.Struct, forbid_unknown_fields=True):
    description: str
    decoder: str
    licence: str
    origin: Origin
    detector: Part
    landmarks: Part


class Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    models: dict[str, Model]


CATALOGUE = msgspec.toml.decode((MODELS / "models.toml").read_bytes(), type=Catalogue)
PARTS = [part for model in CATALOGUE.models.values() for part in (model.detector, model.landmarks)]
CONVERTER = ("tflite", "onnx", "ai_edge_litert")
needs_converter = pytest.mark.skipif(
    not all(importlib.util.find_spec(package) for package in CONVERTER),
    reason="the extra 'models' is not installed",
)
each_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.file)


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the scripts importable, as they are to each other."""
    monkeypatch.syspath_prepend(SCRIPTS)


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    """Run Python with these arguments."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def load(part: Part) -> Any:
    return onnxruntime.InferenceSession(MODELS / part.file, providers=["CPUExecutionProvider"])


def test_every_file_is_in_models_toml_and_the_other_way_round() -> None:
    assert {part.file for part in PARTS} == {path.name for path in MODELS.glob("*.onnx")}


@each_part
def test_a_file_has_the_hash_that_models_toml_states(part: Part) -> None:
    assert hashlib.sha256((MODELS / part.file).read_bytes()).hexdigest() == part.sha256


@each_part
def test_a_model_takes_and_gives_what_models_toml_states(part: Part) -> None:
    session = load(part)
    types = {"uint8": "tensor(uint8)", "float32": "tensor(float)"}

    assert [(tensor.name, tensor.shape, tensor.type) for tensor in session.get_inputs()] == [
        (part.input.name, part.input.shape, types[part.input.dtype])
    ]
    assert [(tensor.name, tensor.shape, tensor.type) for tensor in session.get_outputs()] == [
        (name, output.shape, types[output.dtype]) for name, output in part.outputs.items()
    ]


@each_part
def test_a_grey_image_shows_nobody(part: Part) -> None:
    grey = np.full(part.input.shape, 128, np.uint8)
    outputs = dict(zip(part.outputs, load(part).run(None, {part.input.name: grey}), strict=True))

    assert all(np.isfinite(values).all() for values in outputs.values())
    if "presence" in outputs:
        assert 0 <= outputs["presence"].item() < 0.5
    else:
        assert outputs["scores"].max() < 0


def test_onnxruntime_has_nothing_to_complain_about() -> None:
    code = "import sys, onnxruntime as o; [o.InferenceSession(f) for f in sys.argv[1:]]"
    result = run("-c", code, *[MODELS / part.file for part in PARTS])

    assert result.returncode == 0, result.stderr
    # Where /sys/class/drm can't be read, onnxruntime warns whatever the model.
    lines = result.stderr.splitlines()
    assert [line for line in lines if "device_discovery" not in line] == []


def test_the_build_says_which_package_is_missing(tmp_path: Path) -> None:
    (tmp_path / "tflite.py").write_text("raise ModuleNotFoundError(name='tflite')")
    result = run(SCRIPTS / "build_models.py", env={**os.environ, "PYTHONPATH": str(tmp_path)})

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("build_models: no package ")
    assert "pip install -e '.[models]'" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@needs_converter
def test_the_build_refuses_another_wheel_and_writes_nothing(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    shutil.copy(MODELS / "models.toml", models)
    wheel = tmp_path / "mediapipe.whl"
    wheel.write_bytes(b"something else")
    result = run(SCRIPTS / "build_models.py", "--wheel", wheel, "--models", models)

    assert result.returncode == 1
    assert result.stderr.startswith(f"build_models: {wheel} has sha256 ")
    assert [path.name for path in models.iterdir()] == ["models.toml"]
    assert (models / "models.toml").read_bytes() == (MODELS / "models.toml").read_bytes()


@needs_converter
@pytest.mark.parametrize("option", ["--with-heatmap", "--int8"])
def test_the_build_does_not_put_variants_among_the_models_that_ship(option: str) -> None:
    result = run(SCRIPTS / "build_models.py", option, MODELS / "blazepose_full.onnx")

    assert result.returncode == 1
    assert "would ship" in result.stderr


@needs_converter
@pytest.mark.skipif("MEDIAPIPE_WHEEL" not in os.environ, reason="MEDIAPIPE_WHEEL names no wheel")
def test_the_build_gives_the_same_bytes_again() -> None:
    result = run(SCRIPTS / "build_models.py", "--check", "--wheel", os.environ["MEDIAPIPE_WHEEL"])

    assert result.returncode == 0, result.stderr


@needs_converter
@pytest.mark.long
def test_the_int8_variant_runs_and_is_judged(tmp_path: Path) -> None:
    out = tmp_path / "int8.onnx"
    result = run(SCRIPTS / "build_models.py", "--int8", out)

    assert result.returncode == 0, result.stderr
    assert "landmarks differ by" in result.stdout
    assert "ship" in result.stdout.splitlines()[-1]
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    assert session.run(None, {"image": np.zeros((1, 256, 256, 3), np.uint8)})[0].shape


@needs_converter
@pytest.mark.usefixtures("scripts")
def test_the_converter_names_the_operator_that_it_does_not_know() -> None:
    converter = importlib.import_module("tflite_to_onnx")
    pixels = converter.Pixels(1 / 255)

    with pytest.raises(converter.ConversionError, match="COS"):
        converter.convert(
            tflite_with("COS"), outputs={"y": "y"}, pixels=pixels, name="cosine", doc=""
        )


def tflite_with(operator: str) -> bytes:
    """Return a TFLite model that applies one operator, without options, to an image ``x``."""
    flatbuffers = importlib.import_module("flatbuffers")
    schema = importlib.import_module("ai_edge_litert.schema_py_generated")
    model, graph = schema.ModelT(), schema.SubGraphT()
    code, step = schema.OperatorCodeT(), schema.OperatorT()
    code.deprecatedBuiltinCode = code.builtinCode = getattr(schema.BuiltinOperator, operator)
    graph.tensors = [schema.TensorT(), schema.TensorT()]
    for tensor, name in zip(graph.tensors, "xy", strict=True):
        tensor.name, tensor.shape = name, [1, 4, 4, 3]
    step.inputs = graph.inputs = [0]
    step.outputs = graph.outputs = [1]
    graph.operators, model.operatorCodes, model.subgraphs = [step], [code], [graph]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


@needs_converter
@pytest.mark.usefixtures("scripts")
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [(8, 3, 1, (1, 1)), (8, 3, 2, (0, 1)), (7, 3, 2, (1, 1)), (8, 1, 1, (0, 0)), (8, 5, 2, (1, 2))],
)
def test_same_padding_puts_the_odd_one_behind(
    size: int, kernel: int, stride: int, expected: tuple[int, int]
) -> None:
    converter = importlib.import_module("tflite_to_onnx")

    assert converter.same_padding(size, kernel, stride) == expected


@needs_converter
@pytest.mark.usefixtures("scripts")
def test_sparse_rows_become_dense() -> None:
    values, segments, indices = np.array([1, 2, 3]), np.array([0, 2, 2, 3]), np.array([0, 3, 1])
    dense = importlib.import_module("tflite_graph").unpack_rows(
        values, segments, indices, (3, 1, 1, 4)
    )

    assert dense.reshape(3, 4).tolist() == [[1, 0, 0, 2], [0, 0, 0, 0], [0, 3, 0, 0]]
