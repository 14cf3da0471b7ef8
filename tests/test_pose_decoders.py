"""MoveNet, SimCC and YOLO pose: from known outputs to the people that were put into them."""

from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from edgecv.errors import ModelError
from edgecv.pose import movenet, simcc
from edgecv.pose.keypoints import COCO_17
from edgecv.pose.people import comparable, presence
from edgecv.pose.yolo_pose import YoloForm, decode, distinct

Floats = NDArray[np.floating]
WIDTH, HEIGHT = 320, 256


def someone(seed: int, count: int = 17) -> tuple[Floats, Floats]:
    """A box (left, top, right, bottom) and key points in it, in pixels of the input."""
    random = np.random.default_rng(seed)
    left, top = 40.0 * seed, 20.0
    box = np.array([left, top, left + 60, top + 200])
    keypoints = random.uniform((*box[:2], 0.0), (*box[2:], 1.0), (count, 3))
    return box, keypoints


PEOPLE = [(someone(1), 0.9), (someone(4), 0.6)]


def row(box: Floats, keypoints: Floats, score: float, form: YoloForm, unit: Floats) -> Floats:
    """One candidate as an export of this form has it, in these units."""
    points = keypoints.copy()
    points[:, :2] /= unit
    low, high = box[:2] / unit, box[2:] / unit
    flat = points[:, : form.values].ravel()
    if form.final:
        return np.concatenate([low, high, [score, form.person or 0], flat])
    scores = np.zeros(form.classes)
    scores[form.person or 0] = score
    return np.concatenate([(low + high) / 2, high - low, scores, flat])


def output(form: YoloForm, units: Literal["pixels", "shares"]) -> Floats:
    unit = np.array([WIDTH, HEIGHT]) if units == "shares" else np.ones(2)
    rows = [row(*person, score, form, unit) for person, score in PEOPLE]
    if form.final:
        rows += [np.zeros_like(rows[0])] * 20
    else:  # many find the same people, and most find nobody
        for seed in range(200):
            (box, keypoints), score = PEOPLE[seed % 2]
            shift = np.random.default_rng(seed).uniform(-2, 2, 4)
            rows.append(row(box + shift, keypoints, score * 0.99, form, unit))
        empty = row(np.array([5.0, 5, 9, 9]), PEOPLE[0][0][1], 0.1, form, unit)
        rows += [empty] * 1478
        np.random.default_rng(0).shuffle(rows)
    table = np.stack(rows).astype(np.float32)
    return (table.T if form.across else table)[None]


@pytest.mark.parametrize("units", ["pixels", "shares"])
@pytest.mark.parametrize(
    "form",
    [
        YoloForm(False, True, 1, None, 17, 3),
        YoloForm(False, False, 1, None, 17, 3),
        YoloForm(False, True, 80, 0, 17, 3),
        YoloForm(False, True, 3, 2, 17, 3),
        YoloForm(True, False, 1, None, 17, 3),
        YoloForm(True, False, 3, 2, 17, 3),
        YoloForm(False, True, 1, None, 17, 2),
        YoloForm(True, False, 1, None, 17, 2),
    ],
    ids=str,
)
def test_yolo_gives_each_person_once_whatever_the_form_of_the_export(
    form: YoloForm, units: Literal["pixels", "shares"]
) -> None:
    people = decode(output(form, units), form, WIDTH, HEIGHT)

    np.testing.assert_allclose(people.scores, [0.9, 0.6], rtol=1e-6)
    assert people.boxes is not None
    for index, ((box, keypoints), score) in enumerate(PEOPLE):
        np.testing.assert_allclose(people.boxes[index], box, atol=1e-3)
        np.testing.assert_allclose(people.keypoints[index, :, :2], keypoints[:, :2], atol=1e-3)
        scores = keypoints[:, 2] if form.values == 3 else np.full(17, score)
        np.testing.assert_allclose(people.keypoints[index, :, 2], scores, atol=1e-6)


def test_a_yolo_that_finds_nobody_finds_nobody() -> None:
    for form, shape in (
        (YoloForm(False, True, 1, None, 17, 3), (1, 56, 1680)),
        (YoloForm(True, False, 1, None, 17, 3), (1, 300, 57)),
        (YoloForm(True, False, 1, None, 17, 3), (1, 0, 57)),
    ):
        assert len(decode(np.zeros(shape, np.float32), form, WIDTH, HEIGHT)) == 0


def test_all_candidates_at_once_are_no_trouble() -> None:
    form = YoloForm(False, True, 1, None, 17, 3)
    everywhere = np.full((1, 56, 8400), 0.9, np.float32)

    assert len(decode(everywhere, form, WIDTH, HEIGHT)) == 1


def test_of_boxes_that_overlap_the_best_is_kept() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10], [4, 0, 14, 10]], float)

    assert distinct(boxes) == [0, 2, 3]


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_no_number_is_said_and_not_taken_for_a_pose(nonsense: float) -> None:
    raw = output(YoloForm(False, True, 1, None, 17, 3), "pixels")
    raw[0, 20] = nonsense
    with pytest.raises(ModelError, match="no numbers"):
        decode(raw, YoloForm(False, True, 1, None, 17, 3), WIDTH, HEIGHT)
    final = output(YoloForm(True, False, 1, None, 17, 3), "pixels")
    final[0, 0, 4] = nonsense
    with pytest.raises(ModelError, match="no numbers"):
        decode(final, YoloForm(True, False, 1, None, 17, 3), WIDTH, HEIGHT)
    with pytest.raises(ModelError, match="no numbers"):
        movenet.decode(np.full((1, 1, 17, 3), nonsense), 192, 192)
    with pytest.raises(ModelError, match="no numbers"):
        simcc.decode(np.full((1, 17, 384), nonsense), np.full((1, 17, 512), nonsense), 192, 256)


def test_movenet_gives_y_before_x_as_shares_of_its_input() -> None:
    given = np.zeros((1, 1, 17, 3), np.float32)
    given[..., 0], given[..., 1], given[..., 2] = 0.25, 0.5, 0.9
    people = movenet.decode(given, 192, 192)

    assert people.keypoints[0, 3, :2].tolist() == [96, 48]
    assert people.keypoints[0, 3, 2] == pytest.approx(0.5 + 0.5 * 0.6 / 0.7)
    given[..., 2] = 0.1
    assert len(movenet.decode(given, 192, 192)) == 0


def test_simcc_takes_the_peaks_and_the_lower_of_their_heights() -> None:
    x, y = np.zeros((1, 26, 384), np.float32), np.zeros((1, 26, 512), np.float32)
    for point in range(26):
        x[0, point, 10 * point], y[0, point, 501 - 2 * point] = 0.7, 1.4
    people = simcc.decode(x, y, 192, 256)

    np.testing.assert_allclose(people.keypoints[0, :, 0], 5.0 * np.arange(26))
    np.testing.assert_allclose(people.keypoints[0, :, 1], 250.5 - np.arange(26))
    np.testing.assert_allclose(people.keypoints[0, :, 2], 0.5 + 0.5 * 0.4 / 0.7)
    assert len(simcc.decode(x / 5, y, 192, 256)) == 0


def test_scores_are_stretched_so_that_each_models_own_line_is_at_one_half() -> None:
    scores = comparable(np.array([-1.0, 0.0, 0.15, 0.3, 0.65, 1.0, 7.0]), 0.3)

    np.testing.assert_allclose(scores, [0, 0, 0.25, 0.5, 0.75, 1, 1])


def test_half_a_body_is_a_person_and_a_face_alone_is_not() -> None:
    scores = np.zeros(17)
    scores[:11] = 0.9
    assert presence(scores) > 0.5
    scores[4:] = 0
    assert presence(scores) < 0.5


def figure(x: float, y: float, size: float, score: float = 1.0) -> Floats:
    """Somebody upright: shoulders, hips and ankles around the middle of the hips."""
    keypoints = np.zeros((17, 3))
    places = {
        "shoulder": -0.3,
        "elbow": -0.15,
        "wrist": 0.0,
        "hip": 0.0,
        "knee": 0.25,
        "ankle": 0.5,
    }
    for name, down in places.items():
        for side, across in (("left", 0.1), ("right", -0.1)):
            keypoints[COCO_17.index(f"{side}_{name}")] = (
                *(x + across * size, y + down * size),
                score,
            )
    keypoints[:5] = x, y - 0.45 * size, score
    return keypoints


def test_movenet_looks_next_at_the_torso_or_the_body_whichever_takes_more() -> None:
    region = movenet.next_region(figure(320, 240, 200), 640, 480)

    assert region is not None
    assert (region.x, region.y) == (320, 240)
    assert region.size == pytest.approx(2 * max(0.3 * 200 * 1.9, 0.5 * 200 * 1.2))
    unseen = figure(320, 240, 200)
    unseen[15:, 2] = 0.0
    smaller = movenet.next_region(unseen, 640, 480)
    assert smaller is not None
    assert smaller.size == pytest.approx(2 * 0.3 * 200 * 1.9)


def test_movenet_looks_at_all_of_it_when_torso_is_unseen_or_too_large() -> None:
    assert movenet.next_region(figure(320, 240, 200, score=0.2), 640, 480) is None
    assert movenet.next_region(figure(500, 240, 900), 640, 480) is None
    assert movenet.next_region(np.zeros((17, 3)), 640, 480) is None
