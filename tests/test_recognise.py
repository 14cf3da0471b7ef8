"""Which model a file is shows by itself; what is none, or could be several, is refused."""

import pytest

from edgecv.errors import ModelError
from edgecv.pose.keypoints import BLAZEPOSE_33, COCO_17, HALPE_26
from edgecv.pose.recognise import Recognised, recognise
from edgecv.pose.signature import Dims, Signature, TensorInfo
from edgecv.pose.yolo_pose import YoloForm

POSE = {"task": "pose", "kpt_shape": "[17, 3]", "names": "{0: 'person'}"}
COCO80 = {0: "person", **{index: f"thing {index}" for index in range(1, 80)}}


def signature(
    dtype: str, shape: Dims, *outputs: Dims, producer: str = "", **metadata: str
) -> Signature:
    named = [TensorInfo(f"output{n}", "float", dims) for n, dims in enumerate(outputs)]
    return Signature((TensorInfo("images", dtype, shape),), tuple(named), metadata, producer)


def read(found: Signature, decoder: str = "") -> Recognised:
    return recognise(found, "some.onnx", decoder)


def refusal(found: Signature, decoder: str = "") -> str:
    with pytest.raises(ModelError) as refused:
        read(found, decoder)
    assert "some.onnx" in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float"])
@pytest.mark.parametrize("side", [192, 256])
@pytest.mark.parametrize("first", [True, False])
def test_movenet_of_any_type_size_and_layout(dtype: str, side: int, first: bool) -> None:
    shape = (1, 3, side, side) if first else (1, side, side, 3)
    found = read(signature(dtype, shape, (1, 1, 17, 3)))

    assert found.decoder == "movenet"
    assert found.skeleton is COCO_17
    assert found.pixels.rgb
    assert found.pixels.scale == (1.0, 1.0, 1.0)
    assert (found.pixels.channels_first, found.pixels.width) == (first, side)


RAW = YoloForm(False, True, 1, None, 17, 3)
FINAL = YoloForm(True, False, 1, None, 17, 3)


@pytest.mark.parametrize(
    ("shape", "output", "metadata", "form"),
    [
        ((1, 3, 640, 640), (1, 56, 8400), {}, RAW),
        ((1, 3, 640, 640), (1, 56, 8400), POSE, RAW),
        ((1, 3, 256, 320), (1, 56, 1680), {}, RAW),
        ((1, 256, 256, 3), (1, 56, 1344), {}, RAW),
        ((1, 3, 640, 640), (1, 8400, 56), {}, YoloForm(False, False, 1, None, 17, 3)),
        ((1, 3, 1280, 1280), (1, 56, 34000), {}, RAW),
        ((1, 3, 640, 640), (1, 300, 57), {}, FINAL),
        ((1, 3, 640, 640), (1, 300, 57), {**POSE, "end2end": "True"}, FINAL),
        ((1, 3, 640, 640), (1, 0, 57), POSE, FINAL),
        (
            *((1, 3, 640, 640), (1, 135, 8400)),
            {"kpt_shape": "[17, 3]", "names": repr(COCO80)},
            YoloForm(False, True, 80, 0, 17, 3),
        ),
        (
            *((1, 3, 640, 640), (1, 35, 8400), {"kpt_shape": "(15, 2)"}),
            YoloForm(False, True, 1, None, 15, 2),
        ),
        (
            *((1, 3, 640, 640), (1, 300, 84), {"kpt_shape": "[26, 3]"}),
            YoloForm(True, False, 1, None, 26, 3),
        ),
    ],
)
def test_yolo_pose_in_every_form_of_export(
    shape: Dims, output: Dims, metadata: dict[str, str], form: YoloForm
) -> None:
    found = read(signature("float", shape, output, **metadata))

    assert found.decoder == "yolo-pose"
    assert found.form == form
    assert found.pixels.scale[0] == pytest.approx(1 / 255)
    assert found.pixels.channels_first == (shape[1] == 3)


def test_key_points_go_by_the_names_in_the_metadata() -> None:
    names = ("left_hip", "tail", "left_knee")
    found = read(
        signature(
            *("float", (1, 3, 640, 640), (1, 14, 8400)),
            kpt_shape="[3, 3]",
            kpt_names=repr({0: list(names)}),
        )
    )

    assert found.skeleton is not None
    assert found.skeleton.keypoints == names
    unnamed = signature("float", (1, 3, 640, 640), (1, 14, 8400), kpt_shape="[3, 3]")
    assert read(unnamed).skeleton is None


@pytest.mark.parametrize(("count", "skeleton"), [(17, COCO_17), (26, HALPE_26)])
@pytest.mark.parametrize(("height", "width"), [(256, 192), (384, 288)])
@pytest.mark.parametrize("turned", [False, True])
def test_rtmpose_whichever_output_comes_first(
    count: int, skeleton: object, height: int, width: int, turned: bool
) -> None:
    outputs = [(1, count, 2 * width), (1, count, 2 * height)]
    if turned:
        outputs.reverse()
    found = read(signature("float", (1, 3, height, width), *outputs))

    assert found.decoder == "simcc"
    assert found.skeleton is skeleton
    assert found.outputs == (("output1", "output0") if turned else ("output0", "output1"))
    assert found.pixels.offset[0] == pytest.approx(-123.675 / 58.395)


def test_a_square_rtmpose_goes_by_the_names_of_its_outputs() -> None:
    square = Signature(
        (TensorInfo("input", "float", (1, 3, 256, 256)),),
        (
            TensorInfo("simcc_y", "float", (1, 17, 512)),
            TensorInfo("simcc_x", "float", (1, 17, 512)),
        ),
    )
    assert read(square).outputs == ("simcc_x", "simcc_y")


def test_blazepose_with_its_outputs_in_any_order_among_others() -> None:
    found = read(
        signature(
            *("float", (None, 256, 256, 3), (None, 117), (None, 64, 64, 39), (None, 1)),
            (None, 195),
        )
    )

    assert found.decoder == "blazepose"
    assert found.outputs == ("output3", "output2", "output0")
    assert found.skeleton is BLAZEPOSE_33
    assert found.pixels.scale[0] == pytest.approx(1 / 255)
    assert found.pixels.rgb


def test_blazeposes_detector_wants_pixels_from_minus_one_to_one() -> None:
    found = read(signature("float", (1, 224, 224, 3), (1, 2254, 12), (1, 2254, 1)))

    assert found.decoder == "blazepose-detector"
    assert found.pixels.scale[0] == pytest.approx(1 / 127.5)
    assert found.pixels.offset[0] == -1


def test_bytes_go_in_as_they_are_and_our_own_files_take_bgr() -> None:
    outputs = ((1, 195), (1, 1), (1, 117))
    own = read(signature("uint8", (1, 256, 256, 3), *outputs, producer="edgecv")).pixels
    other = read(signature("uint8", (1, 256, 256, 3), *outputs)).pixels

    assert own.scale == other.scale == (1.0, 1.0, 1.0)
    assert (own.rgb, other.rgb) == (False, True)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (signature("float", (1, 3, 416, 416), (1, 3549, 85)), "looks like a detector"),
        (signature("float", (1, 3, 640, 640), (1, 84, 8400)), "looks like a detector"),
        (signature("float", (1, 3, 640, 640), (1, 25200, 85)), "looks like a detector"),
        (signature("float", (1, 3, 640, 640), (1, 300, 6)), "looks like a detector"),
        (
            signature("float", (1, 3, 640, 640), (1, 56, 8400), task="detect"),
            "is made for detect, as its metadata says",
        ),
        (signature("float", (1, 3, 224, 224), (1, 1000)), "looks like a classifier"),
        (signature("float", (1, 3, 512, 512), (1, 3, 512, 512)), "no pose model that edgecv knows"),
        (signature("int32", (1, 256, 256, 3), (1, 6, 56)), "no pose model that edgecv knows"),
        (
            signature("float", (1, 3, 640, 640), (1, 100, 5), (1, 100, 17, 3)),
            "no pose model that edgecv knows",
        ),
        (signature("float", (4, 3, 640, 640), (4, 56, 8400)), "no pose model that edgecv knows"),
        (signature("float", (1, 10), (1, 5)), "looks like a classifier"),
        (Signature((), ()), "no pose model that edgecv knows"),
    ],
    ids=str,
)
def test_what_is_no_pose_model_is_refused_with_what_was_seen(found: Signature, words: str) -> None:
    text = refusal(found)

    assert words in text
    assert str(found) in text
    for kind in ("BlazePose", "MoveNet", "YOLO", "RTMPose"):
        assert kind in text


def test_a_number_of_key_points_that_nobody_has_named_has_to_be_chosen() -> None:
    animal = signature("float", (1, 3, 640, 640), (1, 5 + 3 * 20, 8400))

    assert "pose.decoder" in refusal(animal) or "detector" in refusal(animal)
    form = read(animal, "yolo-pose").form
    assert form is not None
    assert form.keypoints == 20


def test_what_was_chosen_and_does_not_fit_is_refused_with_the_reason() -> None:
    movenet = signature("int32", (1, 192, 192, 3), (1, 1, 17, 3))

    assert "can't be read as yolo-pose: output output0" in refusal(movenet, "yolo-pose")


@pytest.mark.parametrize("value", ["{0: ", "os.system('x')", "[" * 5000, "17"])
def test_metadata_that_makes_no_sense_is_passed_over(value: str) -> None:
    found = signature("float", (1, 3, 640, 640), (1, 56, 8400), kpt_shape=value, names=value)

    assert read(found).form == RAW
