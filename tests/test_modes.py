"""Which of what a camera offers is asked for."""

import pytest

from edgecv.capture.modes import Mode, choose

WEBCAM = [
    Mode("YUYV", 640, 480, (30.0,)),
    Mode("YUYV", 1280, 720, (10.0,)),
    Mode("MJPG", 320, 240, (60.0, 30.0)),
    Mode("MJPG", 640, 480, (60.0, 30.0, 15.0)),
    Mode("MJPG", 1280, 720, (30.0,)),
    Mode("MJPG", 1920, 1080, (30.0,)),
    Mode("H264", 640, 480, (60.0,)),
]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((640, 480, 30), ("MJPG", 640, 480, 30.0)),
        ((640, 480, 20), ("MJPG", 640, 480, 30.0)),
        ((640, 480, 31), ("MJPG", 640, 480, 30.0)),  # 30 is what such a camera calls 31
        ((640, 480, 50), ("MJPG", 640, 480, 60.0)),
        ((800, 600, 30), ("MJPG", 1280, 720, 30.0)),
        ((4096, 2160, 30), ("MJPG", 1920, 1080, 30.0)),
        ((100, 100, 30), ("MJPG", 320, 240, 30.0)),
        ((1280, 720, 60), ("MJPG", 640, 480, 60.0)),
    ],
)
def test_the_rate_comes_first_then_the_size_then_the_format(
    asked: tuple[int, int, float], given: tuple[str, int, int, float]
) -> None:
    chosen = choose(WEBCAM, *asked)
    assert chosen is not None
    mode, fps = chosen
    assert (mode.form, mode.width, mode.height, fps) == given


def test_what_needs_no_conversion_is_preferred() -> None:
    same = [Mode(form, 640, 480, (30.0,)) for form in ("YUYV", "MJPG", "BGR3", "GREY", "RGB3")]
    order = []
    while same:
        chosen = choose(same, 640, 480, 30)
        assert chosen is not None
        order.append(chosen[0].form)
        same.remove(chosen[0])
    assert order == ["BGR3", "MJPG", "YUYV", "RGB3", "GREY"]


def test_a_camera_without_jpeg_gives_what_is_fast_enough() -> None:
    chosen = choose([mode for mode in WEBCAM if mode.form == "YUYV"], 1280, 720, 30)
    assert chosen == (Mode("YUYV", 640, 480, (30.0,)), 30.0)


def test_a_driver_that_names_no_rates_is_asked_for_the_one_that_is_wanted() -> None:
    assert choose([Mode("MJPG", 640, 480)], 640, 480, 25) == (Mode("MJPG", 640, 480), 25)


def test_there_may_be_nothing_that_can_be_read() -> None:
    assert choose([], 640, 480, 30) is None
    assert choose([Mode("H264", 640, 480, (30.0,))], 640, 480, 30) is None
