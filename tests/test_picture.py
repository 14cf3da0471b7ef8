"""The annotated picture: what is drawn, where, and that it never harms."""

import threading
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pytest

from edgecv.events import Status
from edgecv.frames import Image
from edgecv.picture.annotate import annotate, encode_jpeg, recorded_time
from edgecv.picture.drawing import Sheet
from edgecv.picture.stick_figure import LEFT, RIGHT
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose, Skeleton
from edgecv.view import View
from tests.poses import pose as figure
from tests.views import make_view, pixels

SIZES = [(160, 120), (320, 240), (640, 480), (1280, 720), (1920, 1080), (480, 640), (120, 160)]


@dataclass
class Written:
    """A line of text and the room it takes."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Written]:
    """All the text that is written from now on."""
    lines: list[Written] = []
    write = Sheet.write

    def record(sheet: Sheet, text: str, x: float, baseline: float, *style: Any) -> None:
        kind = style[1]
        right, top = x + sheet.text_width(text, kind), baseline - sheet.capital(kind)
        lines.append(Written(text, x, right, top, baseline))
        write(sheet, text, x, baseline, *style)

    monkeypatch.setattr(Sheet, "write", record)
    return lines


def standing(score: float = 0.9) -> Pose:
    """With room between left and right."""
    pose = figure(score=score)
    pixels = pose.pixels.copy()
    for index, name in enumerate(BLAZEPOSE_33.keypoints):
        pixels[index, 0] += 60 if "left" in name else -60
    return replace(pose, pixels=pixels)


def scaled(pose: Pose, factor: float) -> Pose:
    return replace(pose, pixels=pose.pixels * np.array([factor, factor, 1], np.float32))


def at(picture: Image, pose: Pose, *keypoints: str) -> Image:
    """The colour in the middle of these key points."""
    rows = [BLAZEPOSE_33.index(keypoint) for keypoint in keypoints]
    x, y = pose.pixels[rows, :2].mean(axis=0).round().astype(int)
    colour: Image = picture[y, x]
    return colour


def drawn(view: View) -> int:
    """Pixels that the pose changed."""
    without = annotate(replace(view, pose=None))
    return int((annotate(view) != without).any(axis=2).sum())


def test_the_frame_is_left_untouched() -> None:
    view = make_view(pose=standing())
    before = pixels(view).copy()

    picture = annotate(view)

    np.testing.assert_array_equal(pixels(view), before)
    assert not np.may_share_memory(picture, pixels(view))
    assert picture.shape == before.shape
    assert (picture != before).any()


def test_it_can_be_drawn_into_an_image_that_is_used_again() -> None:
    view = make_view(pose=standing())
    out = np.zeros_like(pixels(view))

    assert annotate(view, out) is out
    np.testing.assert_array_equal(out, annotate(view))


def test_an_out_that_is_the_frame_s_own_or_of_another_shape_is_refused() -> None:
    view = make_view()
    for out in (pixels(view), pixels(view)[::-1], np.zeros((10, 10, 3), np.uint8)):
        with pytest.raises(ValueError, match="out must be another image"):
            annotate(view, out)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (1280, 960), (160, 120)])
def test_bones_and_joints_lie_where_the_key_points_are(width: int, height: int) -> None:
    pose = scaled(standing(), width / 640)
    picture = annotate(make_view(width=width, height=height, pose=pose))

    for side, colour in (("left", LEFT), ("right", RIGHT)):
        for joint in ("knee", "hip", "elbow"):
            assert at(picture, pose, f"{side}_{joint}").min() > 200
        thigh = at(picture, pose, f"{side}_hip", f"{side}_knee").astype(int)
        assert np.abs(thigh - colour).max() < 40


def test_the_less_sure_a_point_is_the_less_is_seen_of_it() -> None:
    amounts = [drawn(make_view(pose=standing(score=score))) for score in (0.1, 0.3, 0.6, 1.0)]
    assert amounts == sorted(set(amounts))

    pictures = [annotate(make_view(pose=standing(score=score))) for score in (0.45, 0.9)]
    faint, sure = (
        np.abs(at(picture, standing(), "left_hip", "left_knee").astype(int) - 128).max()
        for picture in pictures
    )
    assert 10 < faint < 0.6 * sure


def test_a_skeleton_without_depth_and_with_few_points_is_drawn_too() -> None:
    skeleton = Skeleton("two", ("left_hip", "left_knee"), ((0, 1),))
    pixels = np.array([[300, 250, 0.9], [320, 350, 0.9]], np.float32)
    pose = Pose(skeleton, pixels, world=None, score=0.9)

    picture = annotate(make_view(pose=pose))

    assert np.abs(picture[300, 310].astype(int) - LEFT).max() < 40


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30, 3e9])
def test_points_that_are_no_numbers_are_left_out(bad: float) -> None:
    pose = standing()
    pose.pixels[BLAZEPOSE_33.index("left_knee"), 0] = bad
    pose.pixels[BLAZEPOSE_33.index("right_ankle"), 2] = np.nan
    picture = annotate(make_view(pose=pose))
    assert at(picture, standing(), "left_hip").min() > 200
    assert at(picture, standing(), "left_ankle").min() > 200

    pose.pixels[:] = bad
    without = annotate(make_view(pose=None))
    np.testing.assert_array_equal(annotate(make_view(pose=pose)), without)


@pytest.mark.parametrize("shift", [(-300, 0), (400, 100), (0, -5000), (9e4, 9e4), (-9e4, 200)])
def test_points_outside_the_picture_do_no_harm(shift: tuple[float, float]) -> None:
    pose = standing()
    pose.pixels[:, :2] += np.array(shift, np.float32)
    assert annotate(make_view(pose=pose)).shape == (480, 640, 3)

    half_out = standing()
    half_out.pixels[BLAZEPOSE_33.index("left_knee"), :2] = shift
    picture = annotate(make_view(pose=half_out))
    assert at(picture, half_out, "left_hip").min() > 200


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("set_reps", [0, 12, 9999])
@pytest.mark.parametrize("exercise", ["squat", "a_very_long_name_of_an_exercise_" * 3])
@pytest.mark.parametrize("age_s", [None, 0.012, 12.3])
def test_all_text_is_inside_the_picture_and_no_lines_touch(
    size: tuple[int, int],
    set_reps: int,
    exercise: str,
    age_s: float | None,
    written: list[Written],
) -> None:
    width, height = size
    view = make_view(
        width=width,
        height=height,
        set_reps=set_reps,
        sets=15,
        exercise=exercise,
        person=False,
        age_s=age_s,
    )
    picture = annotate(view)

    assert len(written) >= 4
    for line in written:
        assert 0 < line.left <= line.right < width, line
        assert 0 < line.top < line.bottom < height, line
    for one in written:
        for other in written:
            apart_x = one.right < other.left or other.right < one.left
            assert one is other or apart_x or one.bottom < other.top or other.bottom < one.top
    edges = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    assert all((edge == 128).all() for edge in edges)


def test_the_count_the_exercise_the_set_and_the_rates_are_written(written: list[Written]) -> None:
    annotate(make_view(exercise="overhead_press", set_reps=7, sets=3))

    assert [line.text for line in written] == [
        "7",
        "Overhead press",
        "set 3 · today 27",
        "camera 30.0 fps · pose 29.6 fps · age 12 ms",
    ]
    count = written[0]
    assert count.bottom - count.top > 2 * (written[1].bottom - written[1].top)


def test_a_recording_shows_its_time_instead_of_rates(written: list[Written]) -> None:
    annotate(make_view(age_s=None, time_s=83.26))

    assert written[-1].text == "1:23.3"


@pytest.mark.parametrize(
    ("person", "seen", "status", "notice"),
    [
        (False, False, Status.RUNNING, "Nobody in view"),
        (True, False, Status.RUNNING, None),
        (True, True, Status.RUNNING, None),
        (False, True, Status.FINISHED, "Finished"),
        (False, False, Status.STARTING, "Starting"),
    ],
)
def test_it_says_why_nothing_is_counted(
    person: bool, seen: bool, status: Status, notice: str | None, written: list[Written]
) -> None:
    annotate(make_view(person=person, pose=standing() if seen else None, status=status))

    assert (written[4].text if len(written) > 4 else None) == notice


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_text_stands_out_on_any_background(grey: int) -> None:
    picture = annotate(make_view(grey=grey))

    count = picture[28:91, 28:90].max(axis=2).astype(int)
    assert count.max() - count.min() > 150


def test_threads_don_t_disturb_each_other() -> None:
    """OpenCV's fonts are for one thread at a time."""
    views = [make_view(set_reps=reps, exercise="jumping_jack") for reps in range(20)]
    expected = [annotate(view) for view in views]
    same: list[bool] = []

    def work() -> None:
        pictures = [annotate(view) for view in views]
        same.append(all(map(np.array_equal, pictures, expected)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert same == [True] * 4


def test_a_jpeg_is_a_jpeg_of_the_picture() -> None:
    picture = annotate(make_view(pose=standing()))
    small, large = encode_jpeg(picture, 30), encode_jpeg(picture, 95)

    decoded = cv2.imdecode(np.frombuffer(large, np.uint8), cv2.IMREAD_COLOR)

    assert len(small) < len(large)
    assert decoded is not None
    assert np.abs(decoded.astype(int) - picture).mean() < 3


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (59.96, "1:00.0"), (83.26, "1:23.3"), (3600, "60:00.0")]
)
def test_a_recorded_time_is_minutes_and_seconds(seconds: float, text: str) -> None:
    assert recorded_time(seconds) == text
