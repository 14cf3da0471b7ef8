"""An estimator around a model that finds a red dot: where it looks, and what it makes of it."""

import math
from pathlib import Path
from typing import get_args, get_type_hints

import cv2
import numpy as np
import pytest

from edgecv.clock import FakeClock
from edgecv.config import Pose as PoseConfig
from edgecv.errors import FrameError, ModelError
from edgecv.frames import Frame, Image, LatestFrame
from edgecv.pose.crop_estimator import CropEstimator, Reading
from edgecv.pose.cutter import GREY_BORDER
from edgecv.pose.keypoints import COCO_17, Pose
from edgecv.pose.open_estimator import open_estimator
from edgecv.pose.open_model import open_model
from edgecv.pose.people import Floats, People
from edgecv.pose.providers import NAMES, SessionSettings
from edgecv.pose.recognise import DECODERS
from edgecv.pose.region import Region
from edgecv.pose.worker import InferenceWorker
from tests.graphs import constant_model, dot_finder

POSE = {"task": "pose", "kpt_shape": "[17, 3]", "names": "{0: 'person'}"}


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dot_finder(tmp_path_factory.mktemp("dot") / "dot.onnx", 192, 256)


def dotted(width: int, height: int, x: float, y: float, radius: float) -> Image:
    rows, columns = np.mgrid[:height, :width]
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 2] = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / radius**2)
    return image


class DotFollower(CropEstimator):
    """Looks next at a square of 100 pixels around the dot."""

    def __init__(self, finder: Path) -> None:
        recognised, model = open_model(finder, SessionSettings(threads=1), "simcc")
        assert recognised.skeleton is COCO_17

        def decode(outputs: list[np.ndarray]) -> People:
            x, y = (output[0].argmax(axis=1) / 2.0 for output in outputs)
            seen = int(outputs[0].max() > 0.1)
            points = np.stack([x, y, np.ones(17)], axis=1)[None]
            points[0, 1, 0] += np.count_nonzero(outputs[0][0, 0] > 0.5)  # its size
            return People(points[:seen], np.ones(1)[:seen])

        def near(keypoints: Floats, _box: Floats, _width: int, _height: int) -> Region:
            x, y = keypoints[0, :2]
            return Region(float(x), float(y), 100.0)

        super().__init__(Reading(COCO_17, decode, near, GREY_BORDER), model)


def found(pose: Pose | None) -> Pose:
    assert pose is not None
    return pose


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (1920, 1080), (200, 90)])
def test_the_whole_frame_is_looked_at_first_and_the_region_afterwards(
    finder: Path, width: int, height: int
) -> None:
    estimator = DotFollower(finder)
    x, y = 0.7 * width, 0.4 * height
    frame = dotted(width, height, x, y, radius=0.02 * width)
    of_whole = Region.whole(width, height, 0.75).size / 256
    first = found(estimator(frame, 0.0))
    assert np.abs(first.pixels[0, :2] - (x, y)).max() <= of_whole
    second = found(estimator(frame, 0.1))
    assert np.abs(second.pixels[0, :2] - (x, y)).max() <= 100 / 256
    assert second.skeleton is COCO_17
    assert second.world is None


def test_who_is_lost_is_looked_for_in_the_whole_frame(finder: Path) -> None:
    estimator = DotFollower(finder)
    here, elsewhere = (dotted(640, 480, x, 200, 40) for x in (300, 308))
    found(estimator(here, 0.0))
    assert estimator(np.zeros_like(here), 0.1) is None
    pose = found(estimator(elsewhere, 0.2))
    assert np.abs(pose.pixels[0, :2] - (308, 200)).max() <= Region.whole(640, 480, 0.75).size / 256


def test_a_region_asks_for_no_more_pixels_than_the_model_takes(finder: Path) -> None:
    estimator = DotFollower(finder)
    assert estimator.reduction(1920, 1080) == 8
    found(estimator(dotted(1920, 1080, 900, 500, 40), 0.0))
    assert estimator.reduction(1920, 1080) == 1
    estimator.reset()
    assert estimator.reduction(1920, 1080) == 8


def test_a_reduced_frame_gives_places_in_the_whole_one(finder: Path) -> None:
    estimator = DotFollower(finder)
    frame = dotted(1600, 1200, 900, 500, 40)
    small = cv2.resize(frame, (400, 300), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    pose = found(estimator(small, 0.0, 4))
    assert (
        np.abs(pose.pixels[0, :2] - (900, 500)).max() <= Region.whole(1600, 1200, 0.75).size / 256
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (7, 5), (4320, 7680)])
def test_frames_of_any_size_are_looked_at(finder: Path, shape: tuple[int, int]) -> None:
    estimator = open_estimator(str(finder), 1)
    for time_s in (0.0, 0.1):
        estimator(np.full((*shape, 3), 90, np.uint8), time_s)


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((480, 640), np.uint8),
        np.zeros((480, 640, 4), np.uint8),
        np.zeros((480, 640, 3), np.float32),
        np.zeros((0, 640, 3), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
    ],
    ids=["grey", "four channels", "floats", "no rows", "nothing"],
)
def test_what_is_no_picture_is_a_frame_that_failed_and_is_counted(
    finder: Path, frame: Image
) -> None:
    estimator = open_estimator(str(finder), 1)
    with pytest.raises(FrameError, match="expected height, width, 3 channels"):
        estimator(frame, 0.0)
    for one in (estimator, open_estimator("blazepose-full", 1)):
        slot = LatestFrame()
        clock = FakeClock()
        worker = InferenceWorker(one, slot, clock, lambda _frame, _pose: None, lambda: None)
        slot.put(Frame(1, 0.0, 0.0, frame))
        taken = slot.take(0)
        assert taken is not None
        worker.handle(taken)
        assert slot.books().failed == 1
        assert slot.books().balanced


def test_a_model_that_gives_no_numbers_fails_the_frame_and_not_the_program(tmp_path: Path) -> None:
    path = constant_model(
        tmp_path / "nan.onnx",
        ("float", (1, 3, 64, 64)),
        {"output0": np.full((1, 56, 84), math.nan, np.float32)},
    )
    with pytest.raises(ModelError, match="no numbers"):
        open_estimator(str(path), 1)(np.zeros((48, 64, 3), np.uint8), 0.0)


def people(*rows: tuple[float, float, float]) -> np.ndarray:
    """An end-to-end export with somebody at x, of a size and a score each, in an input of 640."""
    table = np.zeros((1, 300, 57), np.float32)
    for index, (x, size, score) in enumerate(rows):
        box = [x - size / 4, 320 - size / 2, x + size / 4, 320 + size / 2]
        points = np.random.default_rng(index).uniform(box[:2], box[2:], (17, 2))
        table[0, index, :6] = (*box, score, 0)
        table[0, index, 6:] = np.concatenate([points, np.ones((17, 1))], axis=1).ravel()
    return table


def test_of_several_people_the_largest_is_the_subject_and_the_others_are_counted(
    tmp_path: Path,
) -> None:
    path = constant_model(
        tmp_path / "yolo.onnx",
        ("float", (1, 3, 640, 640)),
        {"output0": people((100, 200, 0.95), (400, 500, 0.85), (600, 150, 0.5))},
        POSE,
    )
    pose = found(open_estimator(str(path), 1)(np.zeros((640, 640, 3), np.uint8), 0.0))
    assert pose.others == 2
    assert 275 < pose.pixels[:, 0].mean() < 525
    assert pose.score == pytest.approx(0.85)


def test_key_points_without_names_are_refused_with_what_is_missing(tmp_path: Path) -> None:
    path = constant_model(
        tmp_path / "animal.onnx",
        ("float", (1, 3, 640, 640)),
        {"output0": np.zeros((1, 300, 6 + 3 * 20), np.float32)},
        {"kpt_shape": "[20, 3]"},
    )
    with pytest.raises(ModelError, match=r"left_shoulder, .*export it with kpt_names"):
        open_estimator(str(path), 1)


def test_the_configuration_knows_every_decoder_and_provider() -> None:
    hints = get_type_hints(PoseConfig)
    assert set(get_args(hints["decoder"])) == {"", *DECODERS}
    assert get_args(get_args(hints["providers"])[0]) == tuple(NAMES)
