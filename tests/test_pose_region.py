"""The region: a rotated rectangle of the frame, and the way of points to it and back."""

import math

import numpy as np
import pytest

from edgecv.pose.region import MARGIN, Region, transform


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


def test_points_survive_the_way_from_the_crop_to_the_frame_and_back() -> None:
    matrix = Region(x=-20, y=900, size=333, rotation=2.2).to_frame(256, 256)
    points = np.random.default_rng(1).uniform(0, 256, (50, 2))
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    np.testing.assert_allclose(transform(back, transform(matrix, points)), points, atol=1e-9)


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
