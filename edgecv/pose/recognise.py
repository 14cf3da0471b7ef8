"""Which model is it? Told from shapes, types and metadata of the file, and from nothing else."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from edgecv.errors import ModelError
from edgecv.pose.keypoints import BLAZEPOSE_33, COCO_17, HALPE_26, Skeleton, skeleton_of
from edgecv.pose.pixels import DTYPES, Pixels, Triple
from edgecv.pose.signature import Dims, Signature, TensorInfo
from edgecv.pose.yolo_pose import YoloForm

BLAZEPOSE, BLAZEPOSE_DETECTOR = "blazepose", "blazepose-detector"
MOVENET, YOLO_POSE, SIMCC = "movenet", "yolo-pose", "simcc"

SUPPORTED = (
    "BlazePose (landmarks, with or without its detector), MoveNet single pose, YOLO pose v8/11/26 "
    "and RTMPose (SimCC)"
)
OWN = "edgecv"
"""The producer of the files that ship, whose input is BGR."""
SKELETONS: Mapping[int, Skeleton] = {17: COCO_17, 26: HALPE_26}
"""What key points are that nobody has named, by their number."""
STRIDES = ((8, 16, 32), (8, 16, 32, 64))
"""Of YOLO's layers, each with one anchor a cell; the second of its P6 models."""
BLAZEPOSE_OUTPUTS: Mapping[Dims, str] = {
    (1, 195): "landmarks",
    (1, 1): "presence",
    (1, 117): "world",
}
DETECTOR_OUTPUTS: Mapping[Dims, str] = {(1, 2254, 12): "boxes", (1, 2254, 1): "scores"}
DEFAULT_SIZES = {MOVENET: (192, 192), YOLO_POSE: (640, 640), SIMCC: (192, 256)}
"""Width and height for files that fix none and don't say which they were trained for."""
YOLO_STRIDE = 32

RTMPOSE_SCALE: Triple = (1 / 58.395, 1 / 57.12, 1 / 57.375)
RTMPOSE_OFFSET: Triple = (-123.675 / 58.395, -116.28 / 57.12, -103.53 / 57.375)
"""How red, green and blue are normalised (mean and deviation in RTMPose's data_preprocessor)."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What is needed to feed a model and to read what it gives."""

    decoder: str
    pixels: Pixels
    outputs: tuple[str, ...]
    """In the order in which the decoder wants them."""
    skeleton: Skeleton | None
    """None: a detector, or key points that nobody has named."""
    form: YoloForm | None = None

    def __str__(self) -> str:
        skeleton = self.skeleton.name if self.skeleton else "no key points that have names"
        form = f"; {self.form}" if self.form else ""
        return f"{self.decoder}: {self.pixels}; {skeleton}{form}"


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


def recognise(signature: Signature, name: str, decoder: str = "") -> Recognised:
    """What the file `name` is, or is to be taken for when `decoder` is one of DECODERS.

    Raises ModelError, which says what was seen and what is supported, for a file that is none of
    them, or could be several.
    """
    wanted = {decoder: DECODERS[decoder]} if decoder else DECODERS
    found: list[Recognised] = []
    reasons: list[str] = []
    for kind, read in wanted.items():
        try:
            found.append(read(signature, bool(decoder)))
        except Unlike as unlike:
            reasons.append(f"{kind}: {unlike}")
    if len(found) == 1:
        return found[0]
    if found:
        kinds = ", ".join(one.decoder for one in found)
        raise ModelError(
            f"model {name} ({signature}) could be any of {kinds}: choose with pose.decoder"
        )
    if decoder:
        raise ModelError(f"model {name} ({signature}) can't be read as {reasons[0]}")
    what = _what_else(signature) or "is no pose model that edgecv knows"
    raise ModelError(
        f"model {name} ({signature}) {what}; supported are {SUPPORTED}; if it is one of them all "
        f"the same, set pose.decoder ({', '.join(DECODERS)})"
    )


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
    kind = MOVENET if ranks == [4] else SIMCC if ranks == [3, 3] else YOLO_POSE
    width, height = DEFAULT_SIZES[kind]
    trained = signature.literal("imgsz")
    if isinstance(trained, list | tuple) and [type(side) for side in trained] == [int, int]:
        height, width = (math.ceil(side / YOLO_STRIDE) * YOLO_STRIDE for side in trained)
    return image.width or width, image.height or height


def _pixels(
    image: ImageInput,
    *,
    rgb: bool = True,
    scale: Triple = (1.0, 1.0, 1.0),
    offset: Triple = (0.0, 0.0, 0.0),
) -> Pixels:
    """Integers are always bytes as they are."""
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


def _by_shape(signature: Signature, wanted: Mapping[Dims, str]) -> tuple[str, ...]:
    """The names of the outputs that have these shapes, which may stand among others."""
    found: dict[Dims, str] = {}
    for output in signature.outputs:
        shape = tuple(1 if size is None else size for size in output.shape)
        if shape in wanted and found.setdefault(shape, output.name) != output.name:
            raise Unlike(f"two outputs {list(shape)}")
    missing = [f"{name} {list(shape)}" for shape, name in wanted.items() if shape not in found]
    if missing:
        raise Unlike(f"no output {', '.join(missing)}")
    return tuple(found[shape] for shape in wanted)


def _blazepose(signature: Signature, _chosen: bool) -> Recognised:
    image = image_input(signature)
    outputs = _by_shape(signature, BLAZEPOSE_OUTPUTS)
    if (image.width, image.height) != (256, 256):
        raise Unlike(f"input {signature.inputs[0]}, expected 256 x 256")
    pixels = _pixels(image, rgb=signature.producer != OWN, scale=(1 / 255,) * 3)
    return Recognised(BLAZEPOSE, pixels, outputs, BLAZEPOSE_33)


def _blazepose_detector(signature: Signature, _chosen: bool) -> Recognised:
    image = image_input(signature)
    outputs = _by_shape(signature, DETECTOR_OUTPUTS)
    if (image.width, image.height) != (224, 224):
        raise Unlike(f"input {signature.inputs[0]}, expected 224 x 224")
    rgb = signature.producer != OWN
    pixels = _pixels(image, rgb=rgb, scale=(1 / 127.5,) * 3, offset=(-1.0,) * 3)
    return Recognised(BLAZEPOSE_DETECTOR, pixels, outputs, None)


def _movenet(signature: Signature, _chosen: bool) -> Recognised:
    image = image_input(signature)
    output = _only(signature.outputs)
    if output.shape[1:] != (1, 17, 3) or output.shape[0] not in (None, 1):
        raise Unlike(f"output {output}, expected [1, 1, 17, 3]")
    return Recognised(MOVENET, _pixels(image), (output.name,), COCO_17)


def _simcc(signature: Signature, _chosen: bool) -> Recognised:
    image = image_input(signature)
    if len(signature.outputs) != 2:
        raise Unlike(f"{len(signature.outputs)} output(s), expected 2")
    pixels = _pixels(image, scale=RTMPOSE_SCALE, offset=RTMPOSE_OFFSET)
    first, second = signature.outputs
    ways = [
        (x, y)
        for x, y in ((first, second), (second, first))
        if _splits(x.shape, pixels.width)
        and _splits(x.shape, pixels.width) == _splits(y.shape, pixels.height)
    ]
    if first.shape[1:2] != second.shape[1:2] or not ways:
        raise Unlike(f"outputs {first}, {second}: expected a whole number of values to a pixel")
    if len(ways) == 2:  # a square input: their names tell, and else their order
        ways.sort(key=lambda way: not way[0].name.lower().endswith("x"))
    x, y = ways[0]
    count = x.shape[1]
    assert count is not None
    return Recognised(SIMCC, pixels, (x.name, y.name), SKELETONS.get(count))


def _splits(shape: Dims, side: int) -> int:
    """Values to a pixel; 0 where it is no whole number."""
    if len(shape) != 3 or shape[0] not in (None, 1) or not shape[1] or not shape[2]:
        return 0
    return 0 if shape[2] % side else shape[2] // side


def _yolo_pose(signature: Signature, chosen: bool) -> Recognised:
    image = image_input(signature)
    output = _only(signature.outputs)
    pixels = _pixels(image, scale=(1 / 255,) * 3)
    task = signature.metadata.get("task", "pose")
    if task != "pose":
        raise Unlike(f"its metadata says that its task is {task}")
    if len(output.shape) != 3 or output.shape[0] not in (None, 1):
        raise Unlike(f"output {output}, expected three axes")
    rows, columns = output.shape[1], output.shape[2]
    counts = {_anchors(pixels.width, pixels.height, strides) for strides in STRIDES}
    forms: list[YoloForm] = []
    if columns in counts and rows is not None:
        forms = _forms(signature, rows, final=False, across=True, chosen=chosen)
    elif rows in counts and columns is not None:
        forms = _forms(signature, columns, final=False, across=False, chosen=chosen)
    elif columns is not None:
        forms = _forms(signature, columns, final=True, across=False, chosen=chosen)
    if not forms:
        raise Unlike(f"output {output} has no room for boxes and key points")
    if len(forms) > 1:
        raise Unlike(f"output {output} can be read in {len(forms)} ways")
    return Recognised(
        YOLO_POSE, pixels, (output.name,), _yolo_skeleton(signature, forms[0]), forms[0]
    )


def _anchors(width: int, height: int, strides: Sequence[int]) -> int:
    """One a cell."""
    return sum(math.ceil(width / stride) * math.ceil(height / stride) for stride in strides)


def _forms(
    signature: Signature, values: int, *, final: bool, across: bool, chosen: bool
) -> list[YoloForm]:
    """How `values` numbers of one candidate can be meant. Without metadata, only key points of
    which it is known what they are, and one class, unless it was `chosen` that it is a pose."""
    names = signature.literal("names")
    names = dict(enumerate(names)) if isinstance(names, list | tuple) else names
    classes = len(names) if isinstance(names, dict) and names else None
    person = None
    if classes is not None and classes > 1:
        person = next((key for key, name in names.items() if name == "person"), None)
    left = values - 6 if final else values - 4
    shape = signature.literal("kpt_shape")
    if isinstance(shape, list | tuple) and [type(part) for part in shape] == [int, int]:
        candidates = [(shape[0], shape[1])]
    elif chosen:
        candidates = [(count, 3) for count in range(1, left // 3 + 1)]
    else:
        candidates = [(count, 3) for count in SKELETONS]
    forms = []
    for count, each in candidates:
        rest = left - count * each
        if final:
            fits = rest == 0
        elif classes is None and shape is not None:
            fits = rest >= 1
        else:
            fits = rest == (classes or 1)
        if fits and each in (2, 3) and count > 0:
            forms.append(YoloForm(final, across, classes or max(1, rest), person, count, each))
    return forms


def _yolo_skeleton(signature: Signature, form: YoloForm) -> Skeleton | None:
    names = signature.literal("kpt_names")
    if isinstance(names, dict):
        names = names.get(form.person or 0)
    if isinstance(names, list | tuple) and len(names) == form.keypoints:
        return skeleton_of(tuple(str(name) for name in names))
    return SKELETONS.get(form.keypoints)


def _only(outputs: Sequence[TensorInfo]) -> TensorInfo:
    if len(outputs) != 1:
        raise Unlike(f"{len(outputs)} outputs, expected 1")
    return outputs[0]


def _what_else(signature: Signature) -> str:
    """What a file is that is no pose model, as far as that shows; else empty."""
    task = signature.metadata.get("task", "pose")
    if task != "pose":
        return f"is made for {task}, as its metadata says, and gives no key points"
    shapes = [output.shape for output in signature.outputs]
    if len(shapes) == 1 and len(shapes[0]) == 2:
        return "looks like a classifier: it gives no key points"
    if len(shapes) != 1 or len(shapes[0]) != 3:
        return ""
    try:
        width, height = input_size(signature)
    except Unlike:
        return ""
    counts = {_anchors(width, height, s) * each for s in STRIDES for each in (1, 3)}
    if counts & set(shapes[0][1:]) or shapes[0][2] == 6:
        return "looks like a detector, which finds boxes and no key points"
    return ""


DECODERS: Mapping[str, Callable[[Signature, bool], Recognised]] = {
    BLAZEPOSE: _blazepose,
    BLAZEPOSE_DETECTOR: _blazepose_detector,
    MOVENET: _movenet,
    YOLO_POSE: _yolo_pose,
    SIMCC: _simcc,
}
"""What reads a signature, by the name that stands in `pose.decoder`."""
