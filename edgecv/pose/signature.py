"""What a model file says of itself: the tensors that go in and come out, and its metadata."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Dims = tuple[int | None, ...]
"""None: not fixed in the file."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One input or output."""

    name: str
    dtype: str
    """As ONNX Runtime names it: float, float16, uint8, int32, …"""
    shape: Dims

    def __str__(self) -> str:
        dims = ", ".join("?" if size is None else str(size) for size in self.shape)
        return f"{self.name} {self.dtype} [{dims}]"


@dataclass(frozen=True, slots=True)
class Signature:
    """All of it. Equal signatures are taken for the same kind of model."""

    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    """As the exporter wrote it; Ultralytics writes Python literals."""
    producer: str = ""

    def literal(self, key: str) -> Any:
        """A value of the metadata that is a Python literal; None where it is missing or is none."""
        try:
            return ast.literal_eval(self.metadata[key])
        except (KeyError, ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None

    def __str__(self) -> str:
        inputs = ", ".join(map(str, self.inputs))
        return f"{inputs} → {', '.join(map(str, self.outputs))}"
