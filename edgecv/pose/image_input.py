"""The one image that goes into a pose model, out of its signature."""

import math
from dataclasses import dataclass

from edgecv.pose.pixels import DTYPES, Pixels, Triple
from edgecv.pose.signature import Signature

MOVENET_SIZE, YOLO_SIZE, RTMPOSE_SIZE = (192, 192), (640, 640), (192, 256)
"""Width and height for files that fix none and don't say which they were trained for."""
YOLO_STRIDE = 32


class Unlike(Exception):
    """Why a file is not of a certain kind."""


@dataclass(frozen=True, slots=True)
class ImageInput:
    """The one input, an image."""

    name: str
    dtype: str
    channels_first: bool
    width: int | None
    height: int | None


def image_input(signature: Signature) -> ImageInput:
    """The input; raises Unlike where there is not exactly one, or it is no image of three channels
    by itself."""
    if len(signature.inputs) != 1:
        raise Unlike(f"{len(signature.inputs)} inputs, expected 1")
    tensor = signature.inputs[0]
    if len(tensor.shape) != 4 or tensor.dtype not in DTYPES:
        raise Unlike(f"input {tensor} is no image")
    batch, *sizes = tensor.shape
    first, last = sizes[0] == 3, sizes[2] == 3
    if first == last:
        raise Unlike(f"input {tensor} has no three channels, or more than one axis of three")
    if batch not in (None, 1):
        raise Unlike(f"input {tensor} takes {batch} images at a time, expected 1")
    height, width = sizes[1:] if first else sizes[:2]
    return ImageInput(tensor.name, tensor.dtype, first, width, height)


def input_size(signature: Signature) -> tuple[int, int]:
    """Width and height that the input is to have, with what the file leaves open filled in.

    Raises Unlike (see image_input).
    """
    image = image_input(signature)
    ranks = [len(output.shape) for output in signature.outputs]
    if ranks == [4]:
        width, height = MOVENET_SIZE
    elif ranks == [3, 3]:
        width, height = RTMPOSE_SIZE
    else:
        width, height = YOLO_SIZE
    trained = signature.literal("imgsz")
    if isinstance(trained, list | tuple) and [type(side) for side in trained] == [int, int]:
        height, width = (math.ceil(side / YOLO_STRIDE) * YOLO_STRIDE for side in trained)
    return image.width or width, image.height or height


def make_pixels(
    image: ImageInput,
    *,
    rgb: bool = True,
    scale: Triple = (1.0, 1.0, 1.0),
    offset: Triple = (0.0, 0.0, 0.0),
) -> Pixels:
    """How the image goes in; integers are always bytes as they are. Raises Unlike where its size is
    not fixed."""
    if image.width is None or image.height is None:
        raise Unlike("the size of its input is not fixed")
    if "int" in image.dtype:
        scale, offset = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
    return Pixels(
        image.name,
        image.dtype,
        image.width,
        image.height,
        image.channels_first,
        rgb,
        scale,
        offset,
    )
