"""ONNX Runtime, set up for a small box that has other things to do as well."""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from edgecv.errors import ModelError
from edgecv.frames import Image
from edgecv.pose.pixels import DTYPES, Canvas, Pixels
from edgecv.pose.providers import CPU, NAMES
from edgecv.pose.signature import Signature, TensorInfo

Tensor = NDArray[np.float32]
Feed = Mapping[str, NDArray[Any]]
"""The inputs of a model, by name."""

ERRORS_ARE_RAISED = 4
"""Log severity "fatal": what goes wrong comes as an exception, and warnings help no user."""


def spare_cores() -> int:
    """The cores that this process may use, less one for everything but the model; at least 1."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


def spinning(version: str) -> dict[str, str]:
    """How threads of ONNX Runtime wait for work: they spin for a moment, longer than it is from one
    layer to the next, then they sleep.

    A model has some seventy layers, and to wake a thread for each costs more than to let it spin:
    on two cores a tenth to a third of the time, and some of the CPU time. Without a limit it spins
    through the pause between frames, too, which doubles the CPU time; releases before 1.26 know
    none, and sleep at once.
    """
    release = tuple(int(part) for part in version.split(".")[:2])
    if release < (1, 26):
        return {"allow_spinning": "0"}
    return {"allow_spinning": "1", "spin_duration_us": "50", "spin_backoff_max": "16"}


class Session:
    """A model file that is loaded. Used by one thread at a time."""

    def __init__(
        self,
        path: Path,
        threads: int,
        provider: str = CPU,
        *,
        options: Mapping[str, str] | None = None,
        sizes: Mapping[str, int] | None = None,
        profile: Path | None = None,
    ) -> None:
        """`provider` is a key of NAMES and `options` are its own; `sizes` fixes axes that the file
        leaves open, by their names; with `profile`, a file whose name begins so tells what ran
        where. Raises ModelError for a file that is missing or damaged."""
        if not path.is_file():
            raise ModelError(f"model {path}: no such file")
        self.path = path
        onnxruntime.set_default_logger_severity(ERRORS_ARE_RAISED)
        setup = _session_options(threads or spare_cores())
        for name, size in (sizes or {}).items():
            setup.add_free_dimension_override_by_name(name, size)
        if profile is not None:
            setup.enable_profiling = True
            setup.profile_file_prefix = str(profile)
        providers: list[Any] = [(NAMES[provider], dict(options or {}))]
        if provider != CPU:
            providers.append(NAMES[CPU])
        try:
            with warnings.catch_warnings():
                # What it warns of is a fall-back to the processor, which is looked for later.
                warnings.simplefilter("ignore")
                self.raw = onnxruntime.InferenceSession(
                    str(path), setup, providers=providers, enable_fallback=0
                )
        except Exception as error:
            if provider != CPU:  # the file itself was opened before
                raise ModelError(f"ONNX Runtime makes no session: {_reason(error)}") from error
            raise ModelError(
                f"model {path} is damaged or not an ONNX file ({_reason(error)}): "
                "copy it again or choose another"
            ) from error

    @property
    def signature(self) -> Signature:
        meta = self.raw.get_modelmeta()
        return Signature(
            tuple(_tensor_info(arg) for arg in self.raw.get_inputs()),
            tuple(_tensor_info(arg) for arg in self.raw.get_outputs()),
            dict(meta.custom_metadata_map),
            meta.producer_name,
        )

    def open_axes(self, shape: Sequence[int]) -> dict[str, int]:
        """What `sizes` has to be for the one input to have this shape."""
        (arg,) = self.raw.get_inputs()
        return {a: size for a, size in zip(arg.shape, shape, strict=True) if isinstance(a, str)}

    def run(self, outputs: Sequence[str] | None, inputs: Feed) -> list[Tensor]:
        """The outputs (None: all) as float32. Raises ModelError when they can't be computed."""
        try:
            results = self.raw.run(outputs, inputs)
            return [np.asarray(result, np.float32) for result in results]
        except Exception as error:
            raise ModelError(f"model {self.path} gives no result: {_reason(error)}") from error

    def run_grey(self, shape: Sequence[int]) -> list[Tensor]:
        """All outputs for a grey image of this shape, as the only input."""
        arg = self.signature.inputs[0]
        grey = 0.5 if "float" in arg.dtype else 127
        return self.run(None, {arg.name: np.full(shape, grey, DTYPES[arg.dtype])})


class Model:
    """A session that is fed with pictures. Used by one thread at a time.

    Draw into `image`, then call `run`.
    """

    def __init__(self, session: Session, pixels: Pixels, outputs: Sequence[str]) -> None:
        self._session = session
        self._name = pixels.name
        self._outputs = list(outputs)
        self._canvas = Canvas(pixels)
        self.image: Image = self._canvas.image
        """(height, width, 3) BGR."""

    def run(self) -> list[Tensor]:
        """The outputs for `image`, in the order of `outputs`; new arrays at each call.

        Raises ModelError when the model can't be computed.
        """
        return self._session.run(self._outputs, {self._name: self._canvas.fill()})


def _session_options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ARE_RAISED
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    for key, value in spinning(onnxruntime.__version__).items():
        options.add_session_config_entry(f"session.intra_op.{key}", value)
    # With the arena the memory is the same at each start; without it the C library gives pages back
    # and takes them again all the time: up to 50 MB more, and some 4 % slower. A plan of the
    # memory (the pattern) takes ten megabytes and makes nothing faster.
    options.enable_cpu_mem_arena = True
    options.enable_mem_pattern = False
    return options


def _reason(error: Exception) -> str:
    """The end of "[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model from … failed:reason"."""
    return str(error).partition("\n")[0].split(" : ")[-1].split("failed:")[-1].strip(" .")


def _tensor_info(arg: onnxruntime.NodeArg) -> TensorInfo:
    shape = tuple(axis if isinstance(axis, int) else None for axis in arg.shape)
    return TensorInfo(arg.name, arg.type.removeprefix("tensor(").rstrip(")"), shape)
