"""From a crop, as OpenCV has it, to the tensor that a model wants."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edgecv.frames import Image

DTYPES: dict[str, type[np.generic]] = {
    "float": np.float32,
    "float16": np.float16,
    "uint8": np.uint8,
    "int32": np.int32,
}
"""The types of image tensors, by ONNX Runtime's names."""

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pixels:
    """What a model makes of a byte: `value * scale + offset`, a value for each channel."""

    name: str
    """Of the input."""
    dtype: str
    """One of DTYPES."""
    width: int
    height: int
    channels_first: bool
    rgb: bool
    scale: Triple = (1.0, 1.0, 1.0)
    offset: Triple = (0.0, 0.0, 0.0)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        if self.channels_first:
            return (1, 3, self.height, self.width)
        return (1, self.height, self.width, 3)

    def __str__(self) -> str:
        order = "RGB" if self.rgb else "BGR"
        layout = "NCHW" if self.channels_first else "NHWC"
        span = f"{self.offset[0]:.3g} to {255 * self.scale[0] + self.offset[0]:.3g}"
        return f"{self.width} x {self.height} {self.dtype} {layout} {order}, {span}"


class Canvas:
    """The crop that is drawn into, and the input tensor that is made of it. One thread at a time.

    Where the model takes bytes as OpenCV has them, both are the same memory.
    """

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self.tensor: NDArray[Any] = np.zeros(pixels.shape, DTYPES[pixels.dtype])
        plain = pixels.scale == (1.0, 1.0, 1.0) and pixels.offset == (0.0, 0.0, 0.0)
        self._drawn = (
            plain and pixels.dtype == "uint8" and not (pixels.rgb or pixels.channels_first)
        )
        size = (pixels.height, pixels.width, 3)
        self.image: Image = self.tensor[0] if self._drawn else np.zeros(size, np.uint8)
        """(height, width, 3) BGR."""
        self._planes = np.zeros((3, *size[:2]), np.uint8)
        self._factors = np.array(pixels.scale, np.float32)
        self._offsets = np.array(pixels.offset, np.float32)
        self._floats = np.zeros((3, *size[:2]), np.float32)

    def fill(self) -> NDArray[Any]:
        """The tensor of what was drawn; the same array at each call."""
        if self._drawn:
            return self.tensor
        # Splitting first lets NumPy work on rows without gaps: six times as fast.
        order = (2, 1, 0) if self._pixels.rgb else (0, 1, 2)
        cv2.split(self.image, [self._planes[channel] for channel in order])
        if self._pixels.channels_first:
            out, source = self.tensor[0], self._planes
            if self.tensor.dtype != np.float32:
                self._scale(source, self._floats)
                np.copyto(out, self._floats, casting="unsafe")
            else:
                self._scale(source, out)
        else:
            self._scale(self._planes, self._floats)
            np.copyto(self.tensor[0], self._floats.transpose(1, 2, 0), casting="unsafe")
        return self.tensor

    def _scale(self, planes: NDArray[np.uint8], out: NDArray[np.float32]) -> None:
        for index, (factor, offset) in enumerate(zip(self._factors, self._offsets, strict=True)):
            np.multiply(planes[index], factor, out=out[index])
            if offset:
                out[index] += offset
