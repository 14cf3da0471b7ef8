"""In which of its forms of export is a YOLO pose model? Told from its signature."""

import math
from collections.abc import Mapping, Sequence

from edgecv.pose.image_input import Unlike
from edgecv.pose.keypoints import COCO_17, HALPE_26, Skeleton, skeleton_of
from edgecv.pose.signature import Signature
from edgecv.pose.yolo_pose import YoloForm

SKELETONS: Mapping[int, Skeleton] = {17: COCO_17, 26: HALPE_26}
"""What key points are that nobody has named, by their number."""
STRIDES = ((8, 16, 32), (8, 16, 32, 64))
"""Of the layers, each with one anchor a cell; the second of P6 models."""


def yolo_form(signature: Signature, width: int, height: int, *, chosen: bool) -> YoloForm:
    """The form of a model with an input of this size; `chosen`: somebody has said that it is one.

    Raises Unlike.
    """
    task = signature.metadata.get("task", "pose")
    if task != "pose":
        raise Unlike(f"its metadata says that its task is {task}")
    if len(signature.outputs) != 1:
        raise Unlike(f"{len(signature.outputs)} outputs, expected 1")
    output = signature.outputs[0]
    if len(output.shape) != 3 or output.shape[0] not in (None, 1):
        raise Unlike(f"output {output}, expected three axes")
    rows, columns = output.shape[1], output.shape[2]
    counts = anchor_counts(width, height)
    forms: list[YoloForm] = []
    if columns in counts and rows is not None:
        forms = _forms(signature, rows, final=False, across=True, chosen=chosen)
    elif rows in counts and columns is not None:
        forms = _forms(signature, columns, final=False, across=False, chosen=chosen)
    elif columns is not None:
        forms = _forms(signature, columns, final=True, across=False, chosen=chosen)
    if len(forms) != 1:
        ways = "no way" if not forms else f"{len(forms)} ways"
        raise Unlike(f"output {output}: {ways} to read it as boxes and key points")
    return forms[0]


def anchor_counts(width: int, height: int) -> set[int]:
    """How many candidates a model has that looks at so many pixels."""
    return {_cells(width, height, strides) for strides in STRIDES}


def _cells(width: int, height: int, strides: Sequence[int]) -> int:
    return sum(math.ceil(width / stride) * math.ceil(height / stride) for stride in strides)


def yolo_skeleton(signature: Signature, form: YoloForm) -> Skeleton | None:
    """None where nobody has named the key points."""
    names = signature.literal("kpt_names")
    if isinstance(names, dict):
        names = names.get(form.person or 0)
    if isinstance(names, list | tuple) and len(names) == form.keypoints:
        return skeleton_of(tuple(str(name) for name in names))
    return SKELETONS.get(form.keypoints)


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
