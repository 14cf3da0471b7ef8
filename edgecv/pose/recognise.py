"""Which model is it? Told from shapes, types and metadata of the file, and from nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgecv.errors import ModelError
from edgecv.pose.image_input import Unlike, image_input, input_size, make_pixels
from edgecv.pose.keypoints import BLAZEPOSE_33, COCO_17, Skeleton
from edgecv.pose.pixels import Pixels, Triple
from edgecv.pose.signature import Dims, Signature
from edgecv.pose.yolo_form import SKELETONS, anchor_counts, yolo_form, yolo_skeleton
from edgecv.pose.yolo_pose import YoloForm

BLAZEPOSE, BLAZEPOSE_DETECTOR = "blazepose", "blazepose-detector"
MOVENET, YOLO_POSE, SIMCC = "movenet", "yolo-pose", "simcc"

SUPPORTED = (
    "BlazePose (landmarks, with or without its detector), MoveNet single pose, YOLO pose v8/11/26 "
    "and RTMPose (SimCC)"
)
OWN = "edgecv"
"""The producer of the files that ship, whose input is BGR."""
BLAZEPOSE_OUTPUTS: Mapping[Dims, str] = {
    (1, 195): "landmarks",
    (1, 1): "presence",
    (1, 117): "world",
}
DETECTOR_OUTPUTS: Mapping[Dims, str] = {(1, 2254, 12): "boxes", (1, 2254, 1): "scores"}
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
    pixels = make_pixels(image, rgb=signature.producer != OWN, scale=(1 / 255,) * 3)
    return Recognised(BLAZEPOSE, pixels, outputs, BLAZEPOSE_33)


def _blazepose_detector(signature: Signature, _chosen: bool) -> Recognised:
    image = image_input(signature)
    outputs = _by_shape(signature, DETECTOR_OUTPUTS)
    if (image.width, image.height) != (224, 224):
        raise Unlike(f"input {signature.inputs[0]}, expected 224 x 224")
    rgb = signature.producer != OWN
    pixels = make_pixels(image, rgb=rgb, scale=(1 / 127.5,) * 3, offset=(-1.0,) * 3)
    return Recognised(BLAZEPOSE_DETECTOR, pixels, outputs, None)


def _movenet(signature: Signature, _chosen: bool) -> Recognised:
    image = image_input(signature)
    outputs = signature.outputs
    if [output.shape[1:] for output in outputs] != [(1, 17, 3)]:
        raise Unlike(f"outputs {', '.join(map(str, outputs))}, expected one [1, 1, 17, 3]")
    (output,) = outputs
    return Recognised(MOVENET, make_pixels(image), (output.name,), COCO_17)


def _simcc(signature: Signature, _chosen: bool) -> Recognised:
    image = image_input(signature)
    if len(signature.outputs) != 2:
        raise Unlike(f"{len(signature.outputs)} output(s), expected 2")
    pixels = make_pixels(image, scale=RTMPOSE_SCALE, offset=RTMPOSE_OFFSET)
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
    pixels = make_pixels(image_input(signature), scale=(1 / 255,) * 3)
    form = yolo_form(signature, pixels.width, pixels.height, chosen=chosen)
    skeleton = yolo_skeleton(signature, form)
    return Recognised(YOLO_POSE, pixels, (signature.outputs[0].name,), skeleton, form)


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
    counts = anchor_counts(width, height)
    counts |= {3 * count for count in counts}  # YOLO v5 has three a cell
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
