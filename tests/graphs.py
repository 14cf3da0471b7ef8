"""Model files that are made for a test: graphs whose outputs are known."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

onnx = pytest.importorskip("onnx", reason="the extra 'models' is not installed")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402 - once it is known to be there

from edgecv.pose import blazepose, blazepose_detector  # noqa: E402
from edgecv.pose.blazepose_detector import ANCHORS  # noqa: E402
from edgecv.pose.region import MARGIN  # noqa: E402

TYPES = {
    "float": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "uint8": TensorProto.UINT8,
    "int32": TensorProto.INT32,
}
Shape = Sequence[int | str]


def constant_model(
    path: Path,
    image: tuple[str, Shape],
    outputs: Mapping[str, NDArray[np.float32]],
    metadata: Mapping[str, str] | None = None,
    *,
    open_axes: bool = False,
) -> Path:
    """Takes an image, of type and shape, and gives these outputs whatever it shows; with
    `open_axes` the file does not tell their sizes."""
    nodes, infos = [], []
    for name, value in outputs.items():
        constant = numpy_helper.from_array(value, f"{name}_value")
        nodes.append(helper.make_node("Constant", [], [name], value=constant))
        shape = [f"{name}_{axis}" for axis in range(value.ndim)] if open_axes else value.shape
        infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    return _save(path, nodes, [_image(image)], infos, [], metadata=metadata)


def blazepose_of_one_pose(folder: Path) -> tuple[Path, Path]:
    """BlazePose's detector and landmarks, which find the same upright person in the middle of
    whatever they are shown, and take no time."""
    anchor = int(np.abs(ANCHORS - blazepose_detector.INPUT_SIZE / 2).sum(axis=1).argmin())
    boxes = np.zeros((1, len(ANCHORS), 12), np.float32)
    # From the anchor: a face, the hips, the point above the head, and the same for the upper body.
    boxes[0, anchor] = [0, -35, 12, 12, 0, 0, 0, -45, 0, -25, 0, -45]
    scores = np.full((1, len(ANCHORS), 1), -100, np.float32)
    scores[0, anchor] = 5
    side = blazepose.INPUT_SIZE
    points = np.zeros((1, 39, 5), np.float32)
    points[..., :2] = side / 2
    points[..., 3] = 5
    points[0, : blazepose.KEYPOINTS, 1] = np.linspace(0.15, 0.85, blazepose.KEYPOINTS) * side
    # Where the next region will be the same.
    points[0, blazepose.RIM, 1] -= side / 2 / MARGIN
    landmarks = {
        "landmarks": points.reshape(1, 195),
        "presence": np.ones((1, 1), np.float32),
        "world": np.zeros((1, 117), np.float32),
    }
    size = blazepose_detector.INPUT_SIZE
    return (
        constant_model(
            folder / "detector.onnx",
            ("uint8", (1, size, size, 3)),
            {"boxes": boxes, "scores": scores},
        ),
        constant_model(folder / "landmarks.onnx", ("uint8", (1, side, side, 3)), landmarks),
    )


def dot_finder(path: Path, width: int, height: int, to_a_pixel: int = 2) -> Path:
    """A SimCC model that takes the reddest spot for all of its 17 key points."""
    image = ("float", (1, 3, height, width))
    scales = numpy_helper.from_array(np.array([1, 1, to_a_pixel], np.float32), "scales")
    shapes = [
        numpy_helper.from_array(np.array([1, 17, side * to_a_pixel]), f"{axis}_shape")
        for axis, side in (("x", width), ("y", height))
    ]
    axes = [
        numpy_helper.from_array(np.array([axis]), name) for name, axis in (("rows", 1), ("cols", 2))
    ]
    # To -2.1 … 2.6 the pixels were normalised: red and nothing else is what is looked for.
    weights = numpy_helper.from_array(np.array([0.3, -0.1, -0.1], np.float32), "weights")
    nodes = [
        helper.make_node("Unsqueeze", ["weights", "weight_axes"], ["kernel"]),
        helper.make_node("Mul", ["image", "kernel"], ["weighed"]),
        helper.make_node("ReduceSum", ["weighed", "channel"], ["redness"], keepdims=0),
    ]
    weight_axes = numpy_helper.from_array(np.array([0, 2, 3]), "weight_axes")
    channel = numpy_helper.from_array(np.array([1]), "channel")
    for name, over in (("x", "rows"), ("y", "cols")):
        nodes += [
            helper.make_node("ReduceMax", ["redness", over], [f"{name}_max"], keepdims=0),
            helper.make_node("Unsqueeze", [f"{name}_max", "channel"], [f"{name}_line"]),
            helper.make_node(
                "Resize", [f"{name}_line", "", "scales"], [f"{name}_fine"], mode="linear"
            ),
            helper.make_node("Expand", [f"{name}_fine", f"{name}_shape"], [f"simcc_{name}"]),
        ]
    infos = [
        helper.make_tensor_value_info(
            f"simcc_{axis}", TensorProto.FLOAT, (1, 17, side * to_a_pixel)
        )
        for axis, side in (("x", width), ("y", height))
    ]
    return _save(
        path,
        nodes,
        [_image(image)],
        infos,
        [scales, *shapes, *axes, weights, weight_axes, channel],
    )


def _image(image: tuple[str, Shape]) -> Any:
    return helper.make_tensor_value_info("image", TYPES[image[0]], image[1])


def _save(
    path: Path,
    nodes: Sequence[Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    initializers: Sequence[Any],
    *,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    for key, value in (metadata or {}).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.save(model, path)
    return path
