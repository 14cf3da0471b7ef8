"""The detector: anchors, decoding, merging, and where it finds the athlete."""

import numpy as np
import pytest

from edgecv.athlete import Athlete
from edgecv.pose.blazepose_detector import ANCHORS, BlazePoseDetector, decode, merge
from edgecv.pose.catalogue import models_folder
from edgecv.pose.open_model import open_model
from edgecv.pose.providers import SessionSettings
from edgecv.pose.session import Tensor


def outputs() -> tuple[Tensor, Tensor]:
    """What the model gives when it finds nobody."""
    return np.zeros((2254, 12), np.float32), np.full(2254, -20, np.float32)


def person(left: float, score: float) -> tuple[Tensor, float]:
    """Six points of somebody whose face is 40 pixels wide and high."""
    corners = [[left, 50], [left + 40, 90]]
    body = [[left + 20, 150], [left + 20, 30], [left + 20, 100], [left + 20, 40]]
    return np.array(corners + body, np.float32), score


def merged(*people: tuple[Tensor, float]) -> list[Tensor]:
    points, scores = zip(*people, strict=True)
    found = merge(np.stack(points), np.array(scores, np.float32))
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    return [points for points, _ in found]


def test_the_2254_anchors_stand_in_the_middle_of_their_cells() -> None:
    assert ANCHORS.shape == (2254, 2)
    assert ANCHORS[[0, 1, 2]].tolist() == [[4, 4], [4, 4], [12, 4]]
    assert ANCHORS[2 * 28].tolist() == [4, 12], "row by row"
    assert ANCHORS[2 * 28 * 28].tolist() == [8, 8]
    assert ANCHORS[2 * 28 * 28 + 2 * 14 * 14].tolist() == [16, 16]
    assert ANCHORS[-6:].tolist() == [[208, 208]] * 6


def test_points_are_decoded_from_the_centre_of_their_anchor() -> None:
    boxes, logits = outputs()
    boxes[2] = [1, 2, 20, 10, 3, 4, 5, 6, 7, 8, 9, -10]
    logits[2] = 3
    points, scores = decode(boxes, logits)
    assert points[0].tolist() == [[3, 1], [23, 11], [15, 8], [17, 10], [19, 12], [21, -6]]
    assert scores.tolist() == pytest.approx([1 / (1 + np.exp(-3))])


def test_only_scores_of_one_half_and_more_count() -> None:
    boxes, logits = outputs()
    logits[[5, 6, 7, 8]] = [0, -1e-3, 1e9, -1e9]
    assert decode(boxes, logits)[1].tolist() == [0.5, 1.0]


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, 1e30])
def test_nonsense_from_the_model_finds_nobody(nonsense: float) -> None:
    boxes, logits = outputs()
    boxes[9, 3] = nonsense
    logits[[9, 10]] = 5, np.nan
    assert len(decode(boxes, logits)[1]) == 0


def test_finds_whose_faces_overlap_are_merged_by_their_scores() -> None:
    (found,) = merged(person(left=100, score=0.9), person(left=108, score=0.6))
    np.testing.assert_allclose(found, person(left=103.2, score=0)[0], rtol=1e-5)


def test_everybody_is_found_and_nobody_has_a_say_in_anothers_place() -> None:
    (alone,) = merged(person(left=100, score=0.9))
    np.testing.assert_allclose(alone, person(left=100, score=0)[0], rtol=1e-5)
    first, second = merged(person(left=130, score=0.8), person(left=100, score=0.9))
    np.testing.assert_array_equal(first, alone)
    np.testing.assert_allclose(second, person(left=130, score=0)[0], rtol=1e-5)


def test_a_face_without_area_is_taken_as_it_is() -> None:
    points = np.full((1, 6, 2), 7, np.float32)
    ((found, _),) = merge(points, np.array([0.8], np.float32))
    np.testing.assert_allclose(found, points[0])


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (1280, 720), (200, 200)])
def test_the_athlete_is_found_in_frames_of_any_shape(width: int, height: int) -> None:
    _, model = open_model(models_folder() / "blazepose_detector.onnx", SessionSettings(threads=1))
    detector = BlazePoseDetector(model)
    athlete = Athlete("squat", width=width, height=height)
    (find,) = detector(athlete.render(0.0))
    region = find.region
    joints = athlete.landmarks(0.0)[:, :2]
    extent = np.ptp(joints, axis=0).max()
    hips = joints[[23, 24]].mean(axis=0)
    assert np.hypot(*(hips - [region.x, region.y])) < 0.06 * extent
    assert extent < region.size < 1.6 * extent
    assert abs(region.rotation) < 0.2
