"""The crop: a region of the frame, drawn upright and in the size that a model takes."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from edgecv.errors import FrameError
from edgecv.frames import Image
from edgecv.pose.region import Matrix, Region

MAX_COPIED = 8
"""Pixels of the frame for one of the crop; to copy more costs what it saves."""

# Threads of OpenCV would fight with those of ONNX Runtime for the cores, for nothing: what is drawn
# here is small.
cv2.setNumThreads(1)


class Border(NamedTuple):
    """What is outside the frame."""

    mode: int
    grey: int = 0


BLACK_BORDER = Border(cv2.BORDER_CONSTANT)
GREY_BORDER = Border(cv2.BORDER_CONSTANT, 114)
"""As YOLO is trained."""
STRETCHED_BORDER = Border(cv2.BORDER_REPLICATE)
"""The outermost pixels of the frame go on."""


class Cutter:
    """Draws regions of frames into `crop`, bilinear. Used by one thread at a time.

    The part of the frame that is looked at gets a fourth channel first: OpenCV moves four bytes at
    once, which halves the time, and every byte comes out the same.
    """

    def __init__(self, crop: Image, border: Border) -> None:
        """`crop` is uint8 (height, width, 3), else ValueError."""
        if crop.dtype != np.uint8 or crop.shape[2:] != (3,):
            raise ValueError(f"a crop of shape {crop.shape} and type {crop.dtype}")
        self._crop = crop
        self._border = border
        self._height, self._width = crop.shape[:2]
        self._crop_of_four = np.empty((self._height, self._width, 4), np.uint8)
        self._frame_of_four = np.empty((0, 0, 4), np.uint8)

    def __call__(self, image: Image, region: Region, reduction: int = 1) -> Matrix:
        """Draw the region. `image` is the frame, reduced by `reduction`. Gives the matrix that
        takes points of the crop to the frame."""
        to_frame = matrix = region.to_frame(self._width, self._height)
        if reduction != 1:
            # A pixel of the reduced picture stands in the middle of those that it is made of.
            matrix = to_frame.copy()
            matrix[:, 2] -= (reduction - 1) / 2
            matrix /= reduction
        rows, columns = self._reach(image, matrix)
        part = image[rows, columns]
        if part.shape[0] * part.shape[1] > MAX_COPIED * self._width * self._height:
            self._warp(image, matrix, self._crop)
            return to_frame
        if self._frame_of_four.shape[:2] != image.shape[:2]:
            self._frame_of_four = np.empty((*image.shape[:2], 4), np.uint8)
        cv2.cvtColor(part, cv2.COLOR_BGR2BGRA, dst=self._frame_of_four[rows, columns])
        self._warp(self._frame_of_four, matrix, self._crop_of_four)
        cv2.cvtColor(self._crop_of_four, cv2.COLOR_BGRA2BGR, dst=self._crop)
        return to_frame

    def _reach(self, image: Image, matrix: Matrix) -> tuple[slice, slice]:
        """The rows and columns of the image that the crop is made of: those of its corners, with
        what lies between pixels and a rounding; the nearest to it where it is outside."""
        (across, down, x), (down_x, down_y, y) = matrix.tolist()
        middle_x, middle_y = (self._width - 1) / 2, (self._height - 1) / 2
        half_width = abs(across) * middle_x + abs(down) * middle_y
        half_height = abs(down_x) * middle_x + abs(down_y) * middle_y
        centre_x = across * middle_x + down * middle_y + x
        centre_y = down_x * middle_x + down_y * middle_y + y
        return (
            _span(centre_y - half_height, centre_y + half_height, image.shape[0]),
            _span(centre_x - half_width, centre_x + half_width, image.shape[1]),
        )

    def _warp(self, image: Image, matrix: Matrix, crop: Image) -> None:
        cv2.warpAffine(
            image,
            matrix,
            (self._width, self._height),
            dst=crop,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=self._border.mode,
            borderValue=(self._border.grey,) * 4,
        )


def _span(low: float, high: float, size: int) -> slice:
    """From low to high, a pixel more at both ends, within `size` and not empty."""
    start = min(max(math.floor(low) - 1, 0), size - 1)
    return slice(start, max(min(math.ceil(high) + 2, size), start + 1))


def check_image(image: Image) -> None:
    """Raises FrameError for what is no picture of three channels of bytes."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise FrameError(
            f"a picture of shape {list(image.shape)} and type {image.dtype}: expected height, "
            "width, 3 channels, uint8"
        )
