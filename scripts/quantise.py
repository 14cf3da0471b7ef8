"""An INT8 variant of BlazePose's landmark model, calibrated and judged on rendered athletes.

Static quantisation in QDQ form by ONNX Runtime: bytes as U8, weights as S8 of 7 bits, so that
processors without VNNI do not overflow (its documentation, quantization). The last convolutions,
which give the coordinates, stay float.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from edgecv.athlete import Athlete
from edgecv.pose.blazepose import BlazePose
from edgecv.pose.blazepose_detector import BlazePoseDetector
from edgecv.pose.open_model import open_model
from edgecv.pose.providers import SessionSettings

Image = npt.NDArray[np.uint8]

FLOAT_CONVOLUTIONS = 16
"""Of 67. With 8, 16, 24 and 32 the median error was 4.0, 3.1, 2.7 and 2.5 % of the extent, and the
time saved 29, 22, 32 and 7 % on a busy machine."""
MAX_MEDIAN, MAX_P95 = 0.025, 0.06
"""Distances from the float model's landmarks, as shares of the person's extent, to be shipped."""
FRAMES = 8
CALIBRATION = (
    *(("squat", 45), ("push_up", 90), ("jumping_jack", 0), ("lunge", 135), ("sit_up", 270)),
    *(("overhead_press", 0), ("biceps_curl", 315)),
)
HELD_OUT = (("squat", 0), ("push_up", 45), ("jumping_jack", 45), ("pull_up", 180))
HELD_OUT_SEED = 20


@dataclass(frozen=True)
class Judgement:
    """Of the INT8 model beside the float one."""

    median: float
    p95: float
    int8_ms: float
    float_ms: float

    @property
    def ships(self) -> bool:
        near = self.median <= MAX_MEDIAN and self.p95 <= MAX_P95
        return near and self.int8_ms < self.float_ms

    def __str__(self) -> str:
        return (
            f"landmarks differ by {100 * self.median:.1f} % of the extent (median; p95 "
            f"{100 * self.p95:.1f} %), bounds {100 * MAX_MEDIAN:g} and {100 * MAX_P95:g} %; "
            f"{self.int8_ms:.1f} ms a run beside {self.float_ms:.1f} ms in float, one thread: "
            f"{'good enough to ship' if self.ships else 'not to be shipped'}"
        )


class Crops(quantization.CalibrationDataReader):  # type: ignore[misc]
    """Feeds the calibration."""

    def __init__(self, images: Sequence[Image]) -> None:
        self._images: Iterator[Image] = iter(images)

    def get_next(self) -> dict[str, Image] | None:
        image = next(self._images, None)
        return None if image is None else {"image": image}


def crops(
    detector: Path, landmarks: Path, scenes: Sequence[tuple[str, float]], seed: int
) -> list[Image]:
    """What the landmark model is shown, [1, 256, 256, 3], while it follows rendered athletes."""
    settings = SessionSettings(threads=1)
    _, finder = open_model(detector, settings)
    _, model = open_model(landmarks, settings)
    shown = []
    for number, (exercise, azimuth) in enumerate(scenes):
        athlete = Athlete(exercise, reps=1, azimuth_deg=azimuth, seed=seed + number, noise=0.3)
        estimator = BlazePose(BlazePoseDetector(finder), model)
        for time_s in np.linspace(0, athlete.duration_s, FRAMES):
            if estimator(athlete.render(float(time_s)), float(time_s)) is not None:
                shown.append(model.image.copy()[np.newaxis])
    return shown


def quantise(landmarks: Path, images: Sequence[Image]) -> bytes:
    """The INT8 variant of the model, calibrated on these images."""
    with tempfile.TemporaryDirectory() as folder:
        folded, result = Path(folder) / "folded.onnx", Path(folder) / "int8.onnx"
        quant_pre_process(str(landmarks), str(folded), skip_symbolic_shape=True)
        nodes = onnx.load(folded).graph.node
        convolutions = [node.name for node in nodes if node.op_type == "Conv"]
        quantization.quantize_static(
            str(folded),
            str(result),
            Crops(images),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=convolutions[-FLOAT_CONVOLUTIONS:],
        )
        return result.read_bytes()


def judge(landmarks: Path, int8: bytes, images: Sequence[Image]) -> Judgement:
    """Both models on the same images, in turns."""
    ours, theirs = _session(int8), _session(landmarks.read_bytes())
    shares: list[float] = []
    int8_s, float_s = [], []
    for image in images:
        began_s = time.perf_counter()
        found = ours.run(["landmarks"], {"image": image})[0]
        between_s = time.perf_counter()
        true = theirs.run(["landmarks"], {"image": image})[0]
        float_s.append(time.perf_counter() - between_s)
        int8_s.append(between_s - began_s)
        points, expected = (values.reshape(39, 5)[:33, :2] for values in (found, true))
        away = np.linalg.norm(points - expected, axis=1)
        shares += list(away / np.ptp(expected, axis=0).max())
    return Judgement(
        float(np.median(shares)),
        float(np.percentile(shares, 95)),
        1e3 * statistics.median(int8_s),
        1e3 * statistics.median(float_s),
    )


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
