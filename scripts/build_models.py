#!/usr/bin/env python3
"""Build the BlazePose models in models/ from the TFLite graphs in MediaPipe's wheel.

Takes the wheel that models/models.toml names from PyPI, or the one given, checks its hash, unzips
the two graphs, converts them to ONNX and compares every output with the TFLite interpreter. Only
when all of this went well are the ONNX files written, and their hashes in models.toml.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

try:
    import msgspec
    import numpy as np
    import numpy.typing as npt
    import onnxruntime
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    from quantise import CALIBRATION, HELD_OUT, HELD_OUT_SEED, crops, judge, quantise
    from tflite_graph import ConversionError
    from tflite_to_onnx import Pixels, convert
except ImportError as error:
    sys.exit(f"build_models: no package {error.name}: run pip install -e '.[models]'")

MODELS = Path(__file__).resolve().parent.parent / "models"
MODEL = "blazepose-full"
TOLERANCE = 1e-3
"""The largest difference from TFLite that is let through, as a share of the output's range."""

Image = npt.NDArray[np.uint8]
Outputs = list[npt.NDArray[np.float32]]


class BuildError(Exception):
    """Why nothing was built."""


class Origin(msgspec.Struct):
    package: str
    version: str
    wheel_sha256: str


class Part(msgspec.Struct):
    file: str
    sha256: str
    source: str
    source_sha256: str


class Entry(msgspec.Struct):
    """What models.toml says of BlazePose, as far as it matters here."""

    licence: str
    origin: Origin
    detector: Part
    landmarks: Part


@dataclass(frozen=True)
class Recipe:
    """What a graph wants for pixels, and which outputs to keep: our name to TFLite's."""

    pixels: Pixels
    outputs: Mapping[str, str]


DETECTOR = Recipe(Pixels(1 / 127.5, -1.0), {"boxes": "Identity", "scores": "Identity_1"})
LANDMARKS = Recipe(
    Pixels(1 / 255), {"landmarks": "Identity", "presence": "Identity_1", "world": "Identity_4"}
)
HEATMAP = Recipe(LANDMARKS.pixels, {**LANDMARKS.outputs, "heatmap": "Identity_3"})


def main() -> None:
    options = parse_arguments()
    try:
        if options.int8:
            build_int8(options.models, options.int8)
            return
        build(options.models, options.wheel, options.with_heatmap, write=not options.check)
    except (BuildError, ConversionError, OSError, msgspec.MsgspecError) as error:
        sys.exit(f"build_models: {error}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build the BlazePose models from MediaPipe's.")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, fail if the result differs from what models.toml says",
    )
    parser.add_argument(
        "--wheel", type=Path, metavar="FILE", help="take this wheel instead of PyPI's"
    )
    parser.add_argument(
        "--with-heatmap",
        type=Path,
        metavar="FILE",
        help="also write the landmark model with its heat map to FILE, for comparisons",
    )
    parser.add_argument(
        "--int8",
        type=Path,
        metavar="FILE",
        help="only write an INT8 variant of the landmark model that ships to FILE, and judge it",
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIR", default=MODELS, help="where models.toml is"
    )
    return parser.parse_args()


def build(models: Path, wheel: Path | None, heatmap: Path | None, *, write: bool) -> None:
    """Build the models that ``models/models.toml`` describes, and optionally the heat map's."""
    catalogue = models / "models.toml"
    text = catalogue.read_text(encoding="utf-8")
    entry = read_entry(catalogue)
    jobs = [
        (models / entry.detector.file, entry.detector, DETECTOR),
        (models / entry.landmarks.file, entry.landmarks, LANDMARKS),
    ]
    if heatmap:
        refuse_to_ship(heatmap, models)
        jobs.append((heatmap, entry.landmarks, HEATMAP))

    graphs = read_graphs(entry, wheel)
    built: dict[Path, bytes] = {}
    for path, part, recipe in jobs:
        origin = f"{part.source} of {entry.origin.package} {entry.origin.version}"
        doc = f"Made by edgecv from {origin}, {entry.licence}, by the MediaPipe authors."
        graph = graphs[part.source]
        model = convert(
            graph, outputs=recipe.outputs, pixels=recipe.pixels, name=path.stem, doc=doc
        )
        built[path] = model.SerializeToString(deterministic=True)
        print(f"{path.name}  {len(built[path]) / 1e6:.2f} MB  sha256 {sha256(built[path])}")
        compare(graph, built[path], recipe)

    new_text = text
    for part in (entry.detector, entry.landmarks):
        lines = rf'(file = "{re.escape(part.file)}"\nsha256 = )"\w*"'
        new_text = re.sub(lines, rf'\1"{sha256(built[models / part.file])}"', new_text)
    changed = new_text != text
    if changed and not write:
        raise BuildError(f"the result differs from what {catalogue} says")
    if write:
        for path, data in built.items():
            write_atomically(path, data)
        write_atomically(catalogue, new_text.encode())
    print(f"{catalogue.name}: {'has new hashes' if changed else 'holds'}")


def build_int8(models: Path, out: Path) -> None:
    """Write the INT8 variant of the landmark model to ``out``, and print how good it is."""
    entry = read_entry(models / "models.toml")
    refuse_to_ship(out, models)
    detector, landmarks = models / entry.detector.file, models / entry.landmarks.file
    images = crops(detector, landmarks, CALIBRATION, seed=1)
    model = quantise(landmarks, images)
    judgement = judge(landmarks, model, crops(detector, landmarks, HELD_OUT, HELD_OUT_SEED))
    write_atomically(out, model)
    print(f"{out.name}  {len(model) / 1e6:.2f} MB  sha256 {sha256(model)}\n{judgement}")


def read_entry(catalogue: Path) -> Entry:
    text = catalogue.read_text(encoding="utf-8")
    return msgspec.convert(msgspec.toml.decode(text)["models"][MODEL], Entry)


def refuse_to_ship(path: Path, models: Path) -> None:
    if path.resolve().parent == models.resolve():
        raise BuildError(f"{path} would ship: write it outside {models}")


def read_graphs(entry: Entry, wheel: Path | None) -> dict[str, bytes]:
    """Return the TFLite graphs by their path inside the wheel, which is downloaded if not given."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = wheel or download(entry.origin, Path(folder))
        require_sha256(str(wheel), wheel.read_bytes(), entry.origin.wheel_sha256)
        graphs = {}
        with zipfile.ZipFile(wheel) as archive:
            for part in (entry.detector, entry.landmarks):
                graphs[part.source] = archive.read(part.source)
                require_sha256(part.source, graphs[part.source], part.source_sha256)
        return graphs


def download(origin: Origin, folder: Path) -> Path:
    """Download the wheel for CPython 3.12 on x86-64: a fixed one, since it is only unzipped."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--python-version=3.12"]
    command += ["--platform=manylinux_2_17_x86_64", f"--dest={folder}"]
    command += [f"{origin.package}=={origin.version}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BuildError(f"cannot download {command[-1]}, give it with --wheel: {reason}")
    return next(folder.glob("*.whl"))


def compare(graph: bytes, model: bytes, recipe: Recipe) -> None:
    """Print how far the ONNX model is from the TFLite graph; raise BuildError if too far."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    interpreter = Interpreter(
        model_content=graph,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    images = sample_images(session.get_inputs()[0].shape)
    ours = [session.run(list(recipe.outputs), {"image": image}) for image in images]
    theirs = [run_tflite(interpreter, image, recipe) for image in images]

    row = "  {:<10} {:<13} {:>21} {:>12} {:>12}".format
    print(row("output", "shape", "range", "difference", "of the range"))
    too_far = []
    for i, name in enumerate(recipe.outputs):
        expected = np.stack([outputs[i] for outputs in theirs])
        difference = float(np.abs(np.stack([outputs[i] for outputs in ours]) - expected).max())
        low, high = float(expected.min()), float(expected.max())
        share = difference / (high - low)
        shape = "×".join(str(size) for size in expected.shape[1:])
        print(row(name, shape, f"{low:.4g} to {high:.4g}", f"{difference:.2g}", f"{share:.1e}"))
        if not share <= TOLERANCE:
            too_far.append(name)
    if too_far:
        raise BuildError(f"{', '.join(too_far)}: further than {TOLERANCE} of the range from TFLite")


def run_tflite(interpreter: Interpreter, image: Image, recipe: Recipe) -> Outputs:
    rgb = image[..., ::-1].astype(np.float64)
    pixels = (rgb * recipe.pixels.scale + recipe.pixels.offset).astype(np.float32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels)
    interpreter.invoke()
    tensors = {output["name"]: output["index"] for output in interpreter.get_output_details()}
    return [interpreter.get_tensor(tensors[name]) for name in recipe.outputs.values()]


def sample_images(shape: tuple[int, int, int, int]) -> list[Image]:
    """Return BGR images of this NHWC shape: noise, fine and coarse, and a person of discs."""
    _, height, width, _ = shape
    random = np.random.default_rng(0)
    noise = [random.integers(0, 256, shape, np.uint8) for _ in range(3)]
    blocks = random.integers(0, 256, (1, height // 16, width // 16, 3), np.uint8)
    coarse = blocks.repeat(16, axis=1).repeat(16, axis=2)
    return [*noise, coarse, draw_person(height, width)[np.newaxis]]


def draw_person(height: int, width: int) -> Image:
    """Return a BGR image, [height, width, 3], of a standing figure that the models recognise."""
    y, x = np.mgrid[0:height, 0:width] / height
    image = np.stack([200 - 60 * y, 190 - 60 * y, 180 - 40 * y], axis=-1)
    skin, shirt, trousers = (120, 150, 210), (160, 60, 40), (60, 50, 50)
    limbs = [  # from x, y to x, y, radius: in image heights
        (0.46, 0.50, 0.45, 0.88, 0.032, trousers),
        (0.54, 0.50, 0.55, 0.88, 0.032, trousers),
        (0.42, 0.27, 0.36, 0.50, 0.022, skin),
        (0.58, 0.27, 0.64, 0.50, 0.022, skin),
        (0.46, 0.30, 0.47, 0.48, 0.055, shirt),
        (0.54, 0.30, 0.53, 0.48, 0.055, shirt),
        (0.50, 0.20, 0.50, 0.24, 0.025, skin),
        (0.50, 0.13, 0.50, 0.16, 0.045, skin),
    ]
    for x0, y0, x1, y1, radius, colour in limbs:
        along = (x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)
        along = np.clip(along / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0, 1)
        distance = np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
        image[distance < radius] = colour
    return image.astype(np.uint8)


def require_sha256(name: str, data: bytes, expected: str) -> None:
    if sha256(data) != expected:
        raise BuildError(f"{name} has sha256 {sha256(data)}, models.toml says {expected}")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    os.replace(temporary, path)


if __name__ == "__main__":
    main()
