"""What computes a model: TensorRT, CUDA or the processor, and whether it really does."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TENSORRT, CUDA, CPU = "tensorrt", "cuda", "cpu"
NAMES = {
    TENSORRT: "TensorrtExecutionProvider",
    CUDA: "CUDAExecutionProvider",
    CPU: "CPUExecutionProvider",
}
"""In order of preference, with the names that ONNX Runtime has for them."""


@dataclass(frozen=True, slots=True)
class Active:
    """What computes a model, as found out by running it."""

    file: str
    provider: str
    """A key of NAMES."""
    run_ms: float
    """One run."""
    refused: tuple[str, ...] = ()
    """Why others that come before it do not: "cuda: …"."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How sessions are to be opened."""

    threads: int = 0
    """0: one fewer than there are cores, at least one."""
    providers: tuple[str, ...] = ()
    """Keys of NAMES in order of preference; none: those that this ONNX Runtime has. The processor
    is always the last resort."""
    cache: Path | None = None
    """Where TensorRT keeps its engines; None: nowhere, so that they are built at each start."""
    building: Callable[[bool], None] = lambda _: None
    """Told when the building of an engine, which takes minutes, begins and ends."""
    opened: Callable[[Active], None] = lambda _: None
    """Told what computes the model that runs in every frame."""

    @property
    def accelerators(self) -> tuple[str, ...]:
        """What is to be tried before the processor, in order."""
        import onnxruntime  # takes a while: whoever only reads settings does not load it

        available = onnxruntime.get_available_providers()
        wanted = self.providers or tuple(key for key, name in NAMES.items() if name in available)
        return wanted[: wanted.index(CPU)] if CPU in wanted else wanted


def engine_folder(cache: Path, model: Path) -> Path:
    """Where the engines of this very file for this version of ONNX Runtime lie."""
    import onnxruntime

    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    return cache / f"{model.stem}-{digest[:16]}-{onnxruntime.__version__}"


def must_build(folder: Path) -> bool:
    """TensorRT has no engine there yet."""
    return not any(folder.glob("*.engine"))


def cache_options(folder: Path) -> dict[str, str]:
    """TensorRT keeps what it has built in `folder` (ONNX Runtime's documentation of its TensorRT
    execution provider)."""
    return {
        "trt_engine_cache_enable": "True",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "True",
        "trt_timing_cache_path": str(folder),
    }


def nodes_by_provider(profile: str) -> Counter[str]:
    """How many operators ran on each provider, out of a profile of ONNX Runtime (JSON)."""
    found: Counter[str] = Counter()
    for entry in json.loads(profile):
        provider = entry.get("args", {}).get("provider")
        if entry.get("cat") == "Node" and provider:
            found[provider] += 1
    return found
