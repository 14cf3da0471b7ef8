"""The crop: what is drawn is the region, to the byte, and points of it map back to the frame."""

import math

import cv2
import numpy as np
import pytest

from edgecv.pose.cutter import BLACK_BORDER, GREY_BORDER, STRETCHED_BORDER, Border, Cutter
from edgecv.pose.region import Region, transform


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
        matrix = Cutter(crop, BLACK_BORDER)(dot, Region(310, 230, 200, math.radians(degrees)))
        weights = crop[..., 0].astype(float)
        sums = (weights.sum(axis=0), weights.sum(axis=1))
        centre = [np.average(np.arange(len(line)), weights=line) for line in sums]
        found = transform(matrix, np.array([centre]))[0]
        np.testing.assert_allclose(found, [x, y], atol=0.1)


def test_the_whole_frame_is_letterboxed_in_the_middle() -> None:
    frame = np.full((100, 200, 3), 255, np.uint8)
    crop = np.full((64, 64, 3), 7, np.uint8)
    Cutter(crop, BLACK_BORDER)(frame, Region.whole(frame.shape[1], frame.shape[0]))
    assert (crop[:15] == 0).all()
    assert (crop[17:47] == 255).all()
    assert (crop[49:] == 0).all()


def test_outside_the_frame_its_edge_goes_on_when_stretched() -> None:
    frame = np.full((50, 50, 3), 200, np.uint8)
    crop = np.zeros((64, 64, 3), np.uint8)
    Cutter(crop, STRETCHED_BORDER)(frame, Region(x=0, y=0, size=500, rotation=1.0))
    assert (crop == 200).all()


def test_the_crop_is_drawn_straight_into_the_input_tensor() -> None:
    frame = np.full((480, 640, 3), 9, np.uint8)
    tensor = np.zeros((1, 256, 256, 3), np.uint8)
    Cutter(tensor[0], STRETCHED_BORDER)(frame, Region.whole(640, 480))
    assert (tensor == 9).all()


@pytest.mark.parametrize(
    "crop", [np.zeros((256, 256, 3), np.float32), np.zeros((256, 256, 4), np.uint8)]
)
def test_a_buffer_that_would_be_left_undrawn_is_refused(crop: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"float32|256, 4"):
        Cutter(crop, BLACK_BORDER)


@pytest.mark.parametrize("border", [BLACK_BORDER, GREY_BORDER, STRETCHED_BORDER])
@pytest.mark.parametrize("reduction", [1, 2])
def test_a_crop_is_to_the_byte_what_opencv_makes_of_the_frame(
    border: Border, reduction: int
) -> None:
    random = np.random.default_rng(reduction)
    crop = np.zeros((192, 256, 3), np.uint8)
    cutter = Cutter(crop, border)
    for _ in range(200):
        height, width = random.choice([[480, 640], [1, 1], [7, 300], [1080, 1920]])
        image = random.integers(0, 256, (height, width, 3), np.uint8)
        region = Region(
            x=float(random.uniform(-0.5, 1.5) * width * reduction),
            y=float(random.uniform(-0.5, 1.5) * height * reduction),
            size=float(np.exp(random.uniform(0, 7.5))),
            rotation=float(random.uniform(-7, 7)),
        )
        matrix = cutter(image, region, reduction).copy()
        matrix[:, 2] -= (reduction - 1) / 2
        expected = cv2.warpAffine(
            *(image, matrix / reduction, (256, 192)),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=border.mode,
            borderValue=(border.grey,) * 3,
        )
        np.testing.assert_array_equal(crop, expected)
