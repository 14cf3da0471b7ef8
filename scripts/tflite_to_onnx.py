"""Convert the TFLite graphs of MediaPipe's pose models to ONNX.

Knows the operators that these graphs use and refuses all others. TFLite keeps activations as NHWC
and ONNX as NCHW: every 4-D activation is NCHW here, everything else keeps its TFLite layout.
Weights that TFLite stores as float16 stay float16, with a Cast that onnxruntime folds at load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper
from tflite_graph import Array, ConversionError, Graph

OPSET = 17
IR_VERSION = 8

Pads = tuple[int, int, int, int]
"""Top, left, bottom, right."""

# A float16 weight of fewer values is stored as float32: it is not worth a Cast.
_WORTH_A_CAST = 256


@dataclass(frozen=True)
class Pixels:
    """What the network makes of a byte: ``value * scale + offset``, in RGB order."""

    scale: float
    offset: float = 0.0


def convert(
    model: bytes, *, outputs: Mapping[str, str], pixels: Pixels, name: str, doc: str
) -> onnx.ModelProto:
    """Convert a TFLite model whose one input is an RGB image of floats, [1, height, width, 3].

    The ONNX model takes ``image``: the same shape, but uint8 and BGR. ``outputs`` names what to
    keep, ONNX name to TFLite name; what only the other outputs need is left out.

    Raises ConversionError if the graph holds an unknown operator, option or output.
    """
    graph = _Converter(Graph(model), pixels).convert(outputs, name)
    result = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="edgecv",
        doc_string=doc,
    )
    onnx.checker.check_model(result, full_check=True)
    return result


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return what TFLite's SAME padding puts before and after an axis of ``size``."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _options(op: Any, kind: Any) -> Any:
    """Return the options of an operator, which flatbuffers keeps in an untyped union."""
    options, table = kind(), op.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    return options


class _Converter:
    """Builds the ONNX graph, operator by operator.

    A PAD becomes part of the convolution that follows it: until then it waits in ``_padded``, which
    gives for a padded tensor the tensor before it.
    """

    def __init__(self, graph: Graph, pixels: Pixels) -> None:
        self._graph = graph
        self._pixels = pixels
        self._names: dict[int, str] = {}
        self._constants: dict[int, Array] = {}
        self._padded: dict[int, tuple[int, Pads]] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}

    def convert(self, outputs: Mapping[str, str], name: str) -> onnx.GraphProto:
        missing = sorted(set(outputs.values()) - self._graph.outputs.keys())
        if missing:
            raise ConversionError(f"outputs {missing} are not in {sorted(self._graph.outputs)}")
        wanted = {ours: self._graph.outputs[theirs] for ours, theirs in outputs.items()}
        images = {ours: tensor for ours, tensor in wanted.items() if self._is_image(tensor)}
        self._names = {tensor: ours for ours, tensor in wanted.items() if ours not in images}

        self._take_pixels()
        for op in self._graph.operators_behind(wanted.values()):
            self._add(op)
        for ours, tensor in images.items():
            self._emit("Transpose", [self._name(tensor)], ours, perm=[0, 2, 3, 1])

        return helper.make_graph(
            self._nodes,
            name,
            [self._value_info("image", self._graph.input, TensorProto.UINT8)],
            [self._value_info(ours, tensor, TensorProto.FLOAT) for ours, tensor in wanted.items()],
            list(self._initializers.values()),
        )

    def _is_image(self, tensor: int) -> bool:
        return len(self._graph.shape(tensor)) == 4

    def _value_info(self, name: str, tensor: int, dtype: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, dtype, self._graph.shape(tensor))

    def _name(self, tensor: int) -> str:
        if tensor in self._padded:
            raise ConversionError(f"PAD to tensor {tensor} is not followed by a convolution")
        return self._names.setdefault(tensor, f"t{tensor}")

    def _constant(self, tensor: int) -> Array:
        if tensor not in self._constants:
            self._constants[tensor] = self._graph.constant(tensor)
        return self._constants[tensor]

    def _initializer(self, name: str, value: Array) -> str:
        if name not in self._initializers:
            array = np.ascontiguousarray(value)
            self._initializers[name] = numpy_helper.from_array(array, name)
        return name

    def _emit(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def _emit_activated(
        self, op: Any, activation: int, kind: str, inputs: Sequence[str], **attributes: Any
    ) -> None:
        output = self._name(op.Outputs(0))
        if activation == tflite.ActivationFunctionType.NONE:
            self._emit(kind, inputs, output, **attributes)
        elif activation == tflite.ActivationFunctionType.RELU6:
            linear = self._emit(kind, inputs, f"{output}_linear", **attributes)
            low = self._initializer("zero", np.array(0, np.float32))
            high = self._initializer("six", np.array(6, np.float32))
            self._emit("Clip", [linear, low, high], output)
        else:
            raise ConversionError(f"unknown fused activation {activation}")

    def _take_pixels(self) -> None:
        """Turn uint8 NHWC into float NCHW; scale and channel order go into the convolutions.

        The offset cannot go there: a convolution pads with zeros, which are zeros after the offset.
        """
        pixels = self._emit("Cast", ["image"], "image_float", to=TensorProto.FLOAT)
        if self._pixels.offset:
            shift = np.array(self._pixels.offset / self._pixels.scale, np.float32)
            shift_name = self._initializer("image_shift", shift)
            pixels = self._emit("Add", [pixels, shift_name], "image_shifted")
        self._emit("Transpose", [pixels], self._name(self._graph.input), perm=[0, 3, 1, 2])

    def _add(self, op: Any) -> None:
        opcode = self._graph.opcode(op)
        if opcode not in _METHODS:
            raise ConversionError(f"unknown TFLite operator {tflite.opcode2name(opcode)}")
        _METHODS[opcode](self, op)

    def _add_constant(self, op: Any) -> None:
        self._constants[op.Outputs(0)] = self._constant(op.Inputs(0))

    def _add_conv(self, op: Any) -> None:
        self._convolve(op, _options(op, tflite.Conv2DOptions), (0, 3, 1, 2), group=1)

    def _add_depthwise(self, op: Any) -> None:
        options = _options(op, tflite.DepthwiseConv2DOptions)
        self._convolve(op, options, (3, 0, 1, 2), group=self._graph.shape(op.Inputs(0))[3])

    def _convolve(self, op: Any, options: Any, perm: Sequence[int], group: int) -> None:
        if options.DilationHFactor() != 1 or options.DilationWFactor() != 1:
            raise ConversionError("dilated convolutions are unknown")
        source, weight, bias = op.InputsAsNumpy().tolist()
        kernel = self._constant(weight)
        strides, pads = self._window(source, options, kernel.shape[1:3])
        source, padded = self._padded.get(source, (source, (0, 0, 0, 0)))
        if source == self._graph.input:
            kernel = (kernel[..., ::-1].astype(np.float64) * self._pixels.scale).astype(np.float32)
        self._emit_activated(
            op,
            options.FusedActivationFunction(),
            "Conv",
            [
                self._name(source),
                self._weight(f"w{weight}", kernel.transpose(perm)),
                self._weight(f"w{bias}", self._constant(bias)),
            ],
            group=group,
            strides=strides,
            pads=[ours + theirs for ours, theirs in zip(pads, padded, strict=True)],
        )

    def _weight(self, name: str, value: Array) -> str:
        if value.dtype != np.float16 or value.size < _WORTH_A_CAST:
            return self._initializer(name, value.astype(np.float32))
        half = f"{name}_half"
        if half not in self._initializers:
            self._emit("Cast", [self._initializer(half, value)], name, to=TensorProto.FLOAT)
        return name

    def _window(self, tensor: int, options: Any, kernel: Sequence[int]) -> tuple[list[int], Pads]:
        """Return the strides and the implicit padding of a convolution or a pooling."""
        strides = [options.StrideH(), options.StrideW()]
        if options.Padding() == tflite.Padding.VALID:
            return strides, (0, 0, 0, 0)
        height, width = self._graph.shape(tensor)[1:3]
        top, bottom = same_padding(height, kernel[0], strides[0])
        left, right = same_padding(width, kernel[1], strides[1])
        return strides, (top, left, bottom, right)

    def _add_pad(self, op: Any) -> None:
        source, amounts = op.InputsAsNumpy().tolist()
        batch, (top, bottom), (left, right), channels = self._constant(amounts).tolist()
        if any(batch + channels):
            raise ConversionError("PAD of batch or channels is unknown")
        self._padded[op.Outputs(0)] = source, (top, left, bottom, right)

    def _add_add(self, op: Any) -> None:
        activation = _options(op, tflite.AddOptions).FusedActivationFunction()
        self._emit_activated(op, activation, "Add", self._inputs(op))

    def _add_max_pool(self, op: Any) -> None:
        options = _options(op, tflite.Pool2DOptions)
        kernel = [options.FilterHeight(), options.FilterWidth()]
        strides, pads = self._window(op.Inputs(0), options, kernel)
        self._emit_activated(
            op,
            options.FusedActivationFunction(),
            "MaxPool",
            self._inputs(op),
            kernel_shape=kernel,
            strides=strides,
            pads=pads,
        )

    def _add_resize(self, op: Any) -> None:
        if not _options(op, tflite.ResizeBilinearOptions).HalfPixelCenters():
            raise ConversionError("only half-pixel resizing is known")
        batch, height, width, channels = self._graph.shape(op.Outputs(0))
        size = np.array([batch, channels, height, width], np.int64)
        output = self._name(op.Outputs(0))
        inputs = [self._name(op.Inputs(0)), "", "", self._initializer(f"{output}_size", size)]
        self._emit("Resize", inputs, output, mode="linear")

    def _add_depth_to_space(self, op: Any) -> None:
        block = _options(op, tflite.DepthToSpaceOptions).BlockSize()
        self._emit("DepthToSpace", self._inputs(op), self._name(op.Outputs(0)), blocksize=block)

    def _add_reshape(self, op: Any) -> None:
        source, output = self._name(op.Inputs(0)), self._name(op.Outputs(0))
        if self._is_image(op.Outputs(0)):
            raise ConversionError("RESHAPE to four axes is unknown")
        if self._is_image(op.Inputs(0)) and self._graph.shape(op.Inputs(0))[1:3] != [1, 1]:
            source = self._emit("Transpose", [source], f"{source}_nhwc", perm=[0, 2, 3, 1])
        shape = np.array(self._graph.shape(op.Outputs(0)), np.int64)
        self._emit("Reshape", [source, self._initializer(f"{output}_shape", shape)], output)

    def _add_concat(self, op: Any) -> None:
        if self._is_image(op.Outputs(0)):
            raise ConversionError("CONCATENATION of four axes is unknown")
        axis = _options(op, tflite.ConcatenationOptions).Axis()
        self._emit("Concat", self._inputs(op), self._name(op.Outputs(0)), axis=axis)

    def _add_sigmoid(self, op: Any) -> None:
        self._emit("Sigmoid", self._inputs(op), self._name(op.Outputs(0)))

    def _inputs(self, op: Any) -> list[str]:
        return [self._name(tensor) for tensor in op.InputsAsNumpy().tolist()]


_METHODS: dict[int, Callable[[_Converter, Any], None]] = {
    tflite.BuiltinOperator.ADD: _Converter._add_add,
    tflite.BuiltinOperator.CONCATENATION: _Converter._add_concat,
    tflite.BuiltinOperator.CONV_2D: _Converter._add_conv,
    tflite.BuiltinOperator.DENSIFY: _Converter._add_constant,
    tflite.BuiltinOperator.DEPTH_TO_SPACE: _Converter._add_depth_to_space,
    tflite.BuiltinOperator.DEPTHWISE_CONV_2D: _Converter._add_depthwise,
    tflite.BuiltinOperator.DEQUANTIZE: _Converter._add_constant,
    tflite.BuiltinOperator.LOGISTIC: _Converter._add_sigmoid,
    tflite.BuiltinOperator.MAX_POOL_2D: _Converter._add_max_pool,
    tflite.BuiltinOperator.PAD: _Converter._add_pad,
    tflite.BuiltinOperator.RESHAPE: _Converter._add_reshape,
    tflite.BuiltinOperator.RESIZE_BILINEAR: _Converter._add_resize,
}
