"""A workout that an emulator is quick enough for: somebody squats for ever in front of a camera
whose pictures are as bright as he stands upright, and a model of MoveNet's form goes by that."""

import math
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edgecv.athlete.poses import trials
from edgecv.pose.keypoints import BLAZEPOSE_33, COCO_17

FPS, REP_S = 8, 2.5
PICTURES = int(FPS * REP_S)
SIZE = 192
"""Of the model's picture, pixels."""

PLAY = f"""\
import sys, time

pictures = [open(f"{{sys.argv[1]}}/{{n}}.jpg", "rb").read() for n in range({PICTURES})]
due = time.monotonic()
while True:
    for picture in pictures:
        sys.stdout.buffer.write(picture)
        sys.stdout.buffer.flush()
        due = max(due + 1 / {FPS}, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
"""
"""The camera, for `exec:`."""


def files(folder: Path) -> dict[str, bytes]:
    """All that the appliance needs to have in a folder of its own, by name."""
    made = {f"{number}.jpg": _picture(number) for number in range(PICTURES)}
    _save_model(folder / "model.onnx")
    return {**made, "play.py": PLAY.encode(), "model.onnx": (folder / "model.onnx").read_bytes()}


def _picture(number: int) -> bytes:
    upright = 0.5 + 0.5 * math.cos(2 * math.pi * number / PICTURES)
    grey = np.full((240, 240, 3), round(20 + 215 * upright), np.uint8)
    _, jpeg = cv2.imencode(".jpg", grey)
    return jpeg.tobytes()


def _save_model(path: Path) -> None:
    """Key points between the deepest and the most upright ones, by the brightest pixel."""
    upright, deep = _poses()
    values = {
        "dark": np.array(20, np.float32),
        "range": np.array(215, np.float32),
        "deep": deep,
        "rise": upright - deep,
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["pixels"], ["brightest"], keepdims=0),
        helper.make_node("Sub", ["brightest", "dark"], ["above"]),
        helper.make_node("Div", ["above", "range"], ["share"]),
        helper.make_node("Mul", ["rise", "share"], ["risen"]),
        helper.make_node("Add", ["deep", "risen"], ["keypoints"]),
    ]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("image", TensorProto.INT32, [1, SIZE, SIZE, 3])],
        [helper.make_tensor_value_info("keypoints", TensorProto.FLOAT, [1, 1, 17, 3])],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)


def _poses() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(1, 1, 17, 3) each: y, x as shares of the picture, score."""
    (trial,) = trials(("squat",), azimuths_deg=(45,), uneven=0.0, reps=1)
    seen = [pose for _, pose in trial.poses if pose is not None]
    wanted = [BLAZEPOSE_33.index(name) for name in COCO_17.keypoints]
    points = np.stack([pose.pixels[wanted, :2] for pose in seen])
    hips = points[:, COCO_17.index("left_hip"), 1]
    both = points[[int(hips.argmin()), int(hips.argmax())]]
    least, most = both.min((0, 1)), both.max((0, 1))
    scale = 0.9 / (most - least).max()
    shares = 0.5 + (both - (least + most) / 2) * scale
    # Far from the hips, so that it is always the whole picture that is looked at.
    shares[:, COCO_17.index("left_ear")] = 0.01
    made = np.ones((2, 1, 1, 17, 3), np.float32)
    made[:, 0, 0, :, 0], made[:, 0, 0, :, 1] = shares[..., 1], shares[..., 0]
    return made[0], made[1]
