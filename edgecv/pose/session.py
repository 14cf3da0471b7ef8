"""ONNX Runtime, set up for a small box that has other things to do as well."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from edgecv.errors import ModelError
from edgecv.frames import Image

Tensor = NDArray[np.float32]
Shape = tuple[int, ...]

ERRORS_ARE_RAISED = 4
"""Log severity "fatal": what goes wrong comes as an exception, and warnings help no user."""


def spare_cores() -> int:
    """The cores that this process may use, less one for everything but the model; at least 1."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


class Model:
    """A model that takes one square image as 8-bit pixels and gives float tensors.

    Write to `image`, then call `run`. Used by one thread at a time.
    """

    def __init__(
        self, path: Path, *, image_size: int, outputs: Mapping[str, Shape], threads: int
    ) -> None:
        """Load the file and compare it with what is expected of it.

        `image_size` is the side of the input `image`, uint8 (1, side, side, 3) BGR; `outputs` gives
        the shape of each float output; `threads` of 0 stands for `spare_cores()`.
        Raises ModelError for a file that is missing, damaged or another model.
        """
        self._path = path
        self._session = _open(path, threads or spare_cores())
        expected_input = {"image": f"tensor(uint8) [1, {image_size}, {image_size}, 3]"}
        expected_outputs = {n: f"tensor(float) {list(s)}" for n, s in outputs.items()}
        _compare(path, "input", expected_input, self._session.get_inputs())
        _compare(path, "output", expected_outputs, self._session.get_outputs())
        self._names = list(outputs)
        self._tensor = np.zeros((1, image_size, image_size, 3), np.uint8)
        self.image: Image = self._tensor[0]
        """(side, side, 3) BGR, a view of the input tensor."""

    def run(self) -> list[Tensor]:
        """The outputs for `image`, in the order of `outputs`; new arrays at each call.

        Raises ModelError when the model can't be computed.
        """
        try:
            results: list[Tensor] = self._session.run(self._names, {"image": self._tensor})
        except Exception as error:
            raise ModelError(f"model {self._path} gives no result: {_reason(error)}") from error
        return results


def _open(path: Path, threads: int) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise ModelError(f"model {path}: no such file")
    onnxruntime.set_default_logger_severity(ERRORS_ARE_RAISED)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ARE_RAISED
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait for the next frame would otherwise spin: at 10 frames a second that
    # doubles the CPU time and makes nothing faster.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Ten megabytes less, and as fast: one image at a time, always of the same shape.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(
            f"model {path} is damaged or not an ONNX file ({_reason(error)}): "
            "copy it again or choose another"
        ) from error


def _reason(error: Exception) -> str:
    """The end of "[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model from … failed:reason"."""
    return str(error).partition("\n")[0].split(" : ")[-1].split("failed:")[-1].strip(" .")


def _compare(
    path: Path, side: str, expected: Mapping[str, str], args: list[onnxruntime.NodeArg]
) -> None:
    found = {arg.name: f"{arg.type} {arg.shape}" for arg in args}
    if not expected.items() <= found.items():
        raise ModelError(
            f"model {path} is not the one that is expected here: "
            f"its {side}s are {_listed(found)}, and should be {_listed(expected)}"
        )


def _listed(tensors: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in tensors.items())
