"""Pictures that were asked for, on a clock that the test moves."""

import dataclasses

import cv2
import numpy as np
import pytest

from edgecv.clock import FakeClock
from edgecv.picture.live import LatestView
from edgecv.picture.publisher import (
    LAST_SET,
    SETUP,
    SETUP_S,
    WIDEST,
    PicturePublisher,
    blank,
    picture_of,
)
from tests.broker import wait_until
from tests.views import make_view


class Published:
    def __init__(self, *, start: bool = True) -> None:
        self.clock = FakeClock(100.0)
        self.views = LatestView()
        self.pictures: list[tuple[str, bytes]] = []
        self.setup: list[bool] = []
        self.publisher = PicturePublisher(
            self.views,
            self.clock,
            lambda name, jpeg: self.pictures.append((name, jpeg)),
            self.setup.append,
        )
        if start:
            self.publisher.start()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1920, 1080), (WIDEST, 360)), ((640, 480), (640, 480)), ((320, 240), (320, 240))],
)
def test_pictures_are_no_wider_than_they_need_to_be(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    jpeg = picture_of(make_view(width=size[0], height=size[1]))
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert (image.shape[1], image.shape[0]) == expected


def test_the_set_up_view_ends_by_itself_and_leaves_a_blank_picture() -> None:
    published = Published()
    published.publisher.setup(True)
    wait_until(lambda: published.setup == [True, False], "it ends")
    assert published.clock.now() >= 100.0 + SETUP_S
    wait_until(lambda: published.pictures[-1:] == [(SETUP, blank())], "it is blank")
    assert published.publisher.stop(5)


def test_an_old_picture_is_not_shown() -> None:
    published = Published(start=False)
    published.views(make_view(time_s=90.0))
    published.publisher.once(SETUP)
    published.publisher.start()
    assert published.publisher.stop(5)
    assert published.pictures == []


def test_a_snapshot_and_the_end_of_a_set_are_two_pictures() -> None:
    published = Published(start=False)
    published.views(make_view(time_s=99.5))
    for name in (SETUP, LAST_SET, LAST_SET):
        published.publisher.once(name)
    published.publisher.start()
    wait_until(lambda: len(published.pictures) == 2, "both")
    assert published.publisher.stop(5)
    assert {name for name, _ in published.pictures} == {SETUP, LAST_SET}


def test_what_was_seen_before_the_camera_was_switched_off_is_forgotten() -> None:
    published = Published(start=False)
    published.views(make_view(time_s=99.5))
    published.publisher.setup(True)
    published.publisher.forget()
    published.publisher.start()
    wait_until(lambda: published.pictures == [(SETUP, blank())], "only the blank one")
    assert published.setup == [True, False]
    assert published.publisher.stop(5)


def test_a_frame_that_can_not_be_decoded_is_passed_over() -> None:
    from edgecv.frames import Jpeg

    published = Published(start=False)
    view = make_view(time_s=99.5)
    broken = dataclasses.replace(view.frame, content=Jpeg(b"\xff\xd8 no picture", 640, 480))
    published.views(dataclasses.replace(view, frame=broken))
    published.publisher.once(SETUP)
    published.publisher.start()
    assert published.publisher.stop(5)
    assert published.pictures == []
