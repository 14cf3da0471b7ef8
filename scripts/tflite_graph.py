"""Read a TFLite graph: its tensors by index, its constants as arrays, what its outputs need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tflite

Array = npt.NDArray[Any]

_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
_INDEX_VECTORS = {
    tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
    tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
    tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
}


class ConversionError(ValueError):
    """The TFLite graph holds something that this converter does not know."""


class Graph:
    """Reads a TFLite graph; tensors are known by their index."""

    def __init__(self, model: bytes) -> None:
        self._model = tflite.Model.GetRootAsModel(model, 0)
        self._graph = self._model.Subgraphs(0)
        self.input: int = self._graph.Inputs(0)
        outputs = [self._graph.Outputs(i) for i in range(self._graph.OutputsLength())]
        self.outputs = {self._graph.Tensors(i).Name().decode(): i for i in outputs}

    def shape(self, tensor: int) -> list[int]:
        return [int(size) for size in self._graph.Tensors(tensor).ShapeAsNumpy()]

    def operators_behind(self, outputs: Iterable[int]) -> list[Any]:
        """Return, in order, the operators that these outputs depend on."""
        wanted, found = set(outputs), []
        for i in reversed(range(self._graph.OperatorsLength())):
            op = self._graph.Operators(i)
            if op.Outputs(0) in wanted:
                wanted.update(op.InputsAsNumpy().tolist())
                found.append(op)
        return found[::-1]

    def opcode(self, op: Any) -> int:
        return int(self._model.OperatorCodes(op.OpcodeIndex()).BuiltinCode())

    def constant(self, tensor: int) -> Array:
        """Return a constant with the type and the layout that TFLite stores."""
        entry = self._graph.Tensors(tensor)
        buffer = self._model.Buffers(entry.Buffer())
        if not buffer.DataLength() or entry.Type() not in _DTYPES:
            raise ConversionError(f"tensor {tensor} is not a constant of a known type")
        values: Array = buffer.DataAsNumpy().view(_DTYPES[entry.Type()])
        shape, sparsity = self.shape(tensor), entry.Sparsity()
        if sparsity is None:
            return values.reshape(shape)
        axes = [sparsity.DimMetadata(i) for i in range(sparsity.DimMetadataLength())]
        rows = [tflite.DimensionType.DENSE] * (len(shape) - 1) + [tflite.DimensionType.SPARSE_CSR]
        if [axis.Format() for axis in axes] != rows or sparsity.BlockMapLength():
            raise ConversionError(f"tensor {tensor} is not sparse by rows alone")
        last = axes[-1]
        segments = _index_vector(last.ArraySegmentsType(), last.ArraySegments())
        indices = _index_vector(last.ArrayIndicesType(), last.ArrayIndices())
        return unpack_rows(values, segments, indices, shape)


def unpack_rows(values: Array, segments: Array, indices: Array, shape: Sequence[int]) -> Array:
    """Return the dense tensor of one whose last axis is compressed (CSR).

    Row ``r`` of the flattened leading axes holds ``values[segments[r]:segments[r + 1]]`` in the
    columns that ``indices`` gives; the rest is zero.
    """
    dense = np.zeros((len(segments) - 1, shape[-1]), values.dtype)
    rows = np.repeat(np.arange(len(dense)), segments[1:] - segments[:-1])
    dense[rows, indices] = values
    return dense.reshape(shape)


def _index_vector(kind: int, table: Any) -> Array:
    vector = _INDEX_VECTORS[kind]()
    vector.Init(table.Bytes, table.Pos)
    values: Array = vector.ValuesAsNumpy()
    return values
