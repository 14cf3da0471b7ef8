"""What computes a model: TensorRT, CUDA or the processor, and whether it really does."""

import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from edgecv.host.digest import sha256_of

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
    may_build: bool = True
    """False: TensorRT is left alone where it has no engine yet."""
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


BUILT = "built"
"""A file beside the engines: all of them are there."""
LIBRARIES = Path("/usr/lib")


def engine_folder(cache: Path, model: Path, libraries: Path = LIBRARIES) -> Path:
    """Where the engines of this very file for these versions of ONNX Runtime and TensorRT lie:
    others would not take them, and build their own in silence."""
    import onnxruntime

    versions = f"{onnxruntime.__version__}-{tensorrt_version(libraries)}".rstrip("-")
    return cache / f"{model.stem}-{sha256_of(model)[:16]}-{versions}"


def tensorrt_version(libraries: Path = LIBRARIES) -> str:
    """By the name of its library, which a Debian package or JetPack has installed, or by the
    packages of pip; empty where there is none."""
    found = [file.name.partition(".so.")[2] for file in libraries.glob("*/libnvinfer.so.*.*")]
    if found:
        return max(found, key=lambda version: [int(part) for part in re.findall(r"\d+", version)])
    for name in ("tensorrt", "tensorrt-cu12", "tensorrt-cu13"):
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return ""


def must_build(folder: Path) -> bool:
    """TensorRT has no engine there yet, or was interrupted while it built."""
    return not (folder / BUILT).exists() or not any(folder.glob("*.engine"))


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
