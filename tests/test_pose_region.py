"""The region: a rotated square of the frame, cut out and mapped back."""

import math

import numpy as np
import pytest

from edgecv.pose.region import (
    BLACK_BORDER,
    MARGIN,
    STRETCHED_BORDER,
    Region,
    cut_out,
    transform,
)


def on_circle(degrees: float, radius: float = 100.0) -> np.ndarray:
    """A point around (320, 240), clockwise from straight up."""
    angle = math.radians(degrees)
    return np.array([320 + radius * math.sin(angle), 240 - radius * math.cos(angle)])


@pytest.mark.parametrize("degrees", [0, 30, 90, 135, 180, 225, 270, 350])
def test_a_region_from_two_points_is_turned_as_the_person_is(degrees: float) -> None:
    region = Region.around(np.array([320.0, 240.0]), on_circle(degrees))
    assert region.size == pytest.approx(2 * 100 * MARGIN)
    upright = transform(region.to_frame(256, 256), np.array([[128.0, 128.0], [128.0, 25.6]]))
    np.testing.assert_allclose(upright[0], [320, 240])
    np.testing.assert_allclose(upright[1], on_circle(degrees), atol=1e-9)


def test_corners_of_an_upright_crop_are_the_corners_of_the_region() -> None:
    matrix = Region(x=320, y=240, size=128).to_frame(256, 256)
    corners = transform(matrix, np.array([[0.0, 0.0], [256.0, 256.0]]))
    np.testing.assert_allclose(corners, [[256, 176], [384, 304]])


@pytest.mark.parametrize("shape", [(256, 256), (256, 192), (256, 320)])
@pytest.mark.parametrize("degrees", [0, 33, 90, 200, 301])
def test_a_dot_found_in_the_crop_maps_back_to_where_it_is_in_the_frame(
    degrees: float, shape: tuple[int, int]
) -> None:
    rows, columns = np.mgrid[:480, :640]
    for x, y in ((300.0, 250.0), (341.5, 200.25), (320.0, 240.0)):
        distance = (columns - x) ** 2 + (rows - y) ** 2
        dot = np.repeat((255 * np.exp(-distance / 50))[..., None], 3, axis=2).astype(np.uint8)
        crop = np.zeros((*shape, 3), np.uint8)
        matrix = cut_out(dot, Region(310, 230, 200, math.radians(degrees)), crop, BLACK_BORDER)
        weights = crop[..., 0].astype(float)
        sums = (weights.sum(axis=0), weights.sum(axis=1))
        centre = [np.average(np.arange(len(line)), weights=line) for line in sums]
        found = transform(matrix, np.array([centre]))[0]
        np.testing.assert_allclose(found, [x, y], atol=0.1)


def test_points_survive_the_way_from_the_crop_to_the_frame_and_back() -> None:
    matrix = Region(x=-20, y=900, size=333, rotation=2.2).to_frame(256, 256)
    points = np.random.default_rng(1).uniform(0, 256, (50, 2))
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    np.testing.assert_allclose(transform(back, transform(matrix, points)), points, atol=1e-9)


def test_the_whole_frame_is_letterboxed_in_the_middle() -> None:
    frame = np.full((100, 200, 3), 255, np.uint8)
    crop = np.full((64, 64, 3), 7, np.uint8)
    cut_out(frame, Region.whole(frame.shape[1], frame.shape[0]), crop, BLACK_BORDER)
    assert (crop[:15] == 0).all()
    assert (crop[17:47] == 255).all()
    assert (crop[49:] == 0).all()


def test_outside_the_frame_its_edge_goes_on_when_stretched() -> None:
    frame = np.full((50, 50, 3), 200, np.uint8)
    crop = np.zeros((64, 64, 3), np.uint8)
    cut_out(frame, Region(x=0, y=0, size=500, rotation=1.0), crop, STRETCHED_BORDER)
    assert (crop == 200).all()


def test_the_crop_is_drawn_straight_into_the_input_tensor() -> None:
    frame = np.full((480, 640, 3), 9, np.uint8)
    tensor = np.zeros((1, 256, 256, 3), np.uint8)
    cut_out(frame, Region.whole(frame.shape[1], frame.shape[0]), tensor[0], STRETCHED_BORDER)
    assert (tensor == 9).all()


def test_a_buffer_that_would_be_left_undrawn_is_refused() -> None:
    frame = np.zeros((480, 640, 3), np.uint8)
    with pytest.raises(ValueError, match="float32"):
        cut_out(
            frame,
            Region.whole(frame.shape[1], frame.shape[0]),
            np.zeros((256, 256, 3), np.float32),
            BLACK_BORDER,
        )


@pytest.mark.parametrize("crop", [(256, 256), (192, 256), (320, 256)])
@pytest.mark.parametrize("seed", range(5))
def test_every_point_of_a_letterboxed_frame_survives_the_way_there_and_back(
    crop: tuple[int, int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    width, height = (int(side) for side in random.integers(1, 8000, 2))
    matrix = Region.whole(width, height, crop[0] / crop[1]).to_frame(*crop)
    there = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    points = random.uniform((0, 0), (width, height), (100, 2))
    inside = transform(there, points)
    assert (inside > -1e-6).all()
    assert (inside < np.array(crop) + 1e-6).all()
    np.testing.assert_allclose(transform(matrix, inside), points, atol=1e-6)
    tight = np.ptp(transform(there, np.array([[0.0, 0.0], [width, height]])), axis=0) / crop
    assert tight.max() == pytest.approx(1)


@pytest.mark.parametrize("aspect", [0.5, 0.75, 1.0, 1.6])
@pytest.mark.parametrize("seed", range(4))
def test_a_region_of_a_box_holds_it_and_its_margin_and_no_more(aspect: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    (left, top), (right, bottom) = np.sort(random.uniform(0, 1000, (2, 2)), axis=0)
    region = Region.of_box((left, top, right, bottom), 1.25, aspect)
    width, height = round(320 * aspect), 320
    corners = transform(region.to_frame(width, height), np.array([[0.0, 0.0], [width, height]]))
    np.testing.assert_allclose(corners.mean(axis=0), [(left + right) / 2, (top + bottom) / 2])
    shares = np.ptp(corners, axis=0) / [right - left, bottom - top]
    assert shares.min() == pytest.approx(1.25)
