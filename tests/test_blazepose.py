"""BlazePose on the synthetic athlete, whose joints are known, and on frames that mean trouble."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from edgecv.athlete import Athlete
from edgecv.errors import FrameError
from edgecv.frames import Image
from edgecv.pose.blazepose import BlazePose, decode
from edgecv.pose.blazepose_detector import BlazePoseDetector, Find
from edgecv.pose.catalogue import models_folder
from edgecv.pose.keypoints import Pose
from edgecv.pose.open_model import open_model
from edgecv.pose.providers import SessionSettings
from edgecv.pose.session import Model, Session, Tensor

BODY = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
"""Shoulders, elbows, wrists, hips, knees and ankles."""
BLANK = np.zeros((480, 640, 3), np.uint8)


class CountingDetector:
    """A detector that remembers how often it ran."""

    def __init__(self, detector: BlazePoseDetector) -> None:
        self._detector = detector
        self.runs = 0

    def __call__(self, image: Image, reduction: int = 1) -> list[Find]:
        self.runs += 1
        return self._detector(image, reduction)


class SpoiltModel(Model):
    """The real model; `spoil` is written over one of its outputs where it is set."""

    spoil: tuple[int, float] | None = None

    def run(self) -> list[Tensor]:
        results = super().run()
        if self.spoil is not None:
            output, value = self.spoil
            results[output][0, :] = value
        return results


@pytest.fixture(scope="module")
def detector() -> CountingDetector:
    _, model = open_model(models_folder() / "blazepose_detector.onnx", SessionSettings(threads=1))
    return CountingDetector(BlazePoseDetector(model))


@pytest.fixture(scope="module")
def model() -> SpoiltModel:
    path = models_folder() / "blazepose_full.onnx"
    recognised, _ = open_model(path, SessionSettings(threads=1))
    return SpoiltModel(Session(path, threads=1), recognised.pixels, recognised.outputs)


@pytest.fixture
def blazepose(detector: CountingDetector, model: SpoiltModel) -> Iterator[BlazePose]:
    detector.runs = 0
    yield BlazePose(detector, model)
    model.spoil = None


@pytest.fixture(scope="module")
def athlete() -> Athlete:
    return Athlete("squat", reps=2, tempo_s=2.5, azimuth_deg=45, seed=1)


def found(pose: Pose | None) -> Pose:
    assert pose is not None
    return pose


def errors(pose: Pose, true: np.ndarray) -> np.ndarray:
    """Distances of the body's joints from where they are, as a share of the body's extent."""
    extent = np.ptp(true[:, :2], axis=0).max()
    away = pose.pixels[BODY, :2] - true[BODY, :2]
    shares: np.ndarray = np.hypot(away[:, 0], away[:, 1]) / extent
    return shares


@pytest.mark.parametrize("azimuth", [0, 45, 90])
def test_joints_are_where_the_athlete_has_them(blazepose: BlazePose, azimuth: float) -> None:
    athlete = Athlete("squat", reps=1, tempo_s=2.5, azimuth_deg=azimuth, seed=2)
    off = []
    for time_s in np.arange(0, athlete.duration_s, 0.1):
        pose = found(blazepose(athlete.render(time_s), float(time_s)))
        assert pose.score >= 0.5
        assert pose.pixels[:, 2].min() >= 0
        assert pose.pixels[:, 2].max() <= 1
        off.append(errors(pose, athlete.landmarks(time_s)))
    assert np.median(off) < 0.03
    assert np.percentile(off, 95) < 0.08


def test_world_landmarks_are_in_metres_from_the_hips(
    blazepose: BlazePose, athlete: Athlete
) -> None:
    world = found(blazepose(athlete.render(0.0), 0.0)).world
    assert world is not None
    assert np.abs(world[[23, 24]].mean(axis=0)).max() < 0.03
    off = np.linalg.norm(world[BODY, :2] - athlete.world_landmarks(0.0)[BODY, :2], axis=1)
    assert np.median(off) < 0.08


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_person_has_turned_landmarks(
    blazepose: BlazePose, athlete: Athlete, quarters: int
) -> None:
    upright = found(blazepose(athlete.render(0.0), 0.0))
    turned_frame = np.ascontiguousarray(np.rot90(athlete.render(0.0), -quarters))
    blazepose.reset()
    turned = found(blazepose(turned_frame, 0.0))
    angle = quarters * math.pi / 2
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middle, turned_middle = np.array([320, 240]), np.array(turned_frame.shape[1::-1]) / 2
    expected = (upright.pixels[BODY, :2] - middle) @ turn.T + turned_middle
    assert np.median(np.linalg.norm(turned.pixels[BODY, :2] - expected, axis=1)) < 12
    assert upright.world is not None
    assert turned.world is not None
    expected_world = upright.world[BODY, :2] @ turn.T
    assert np.median(np.linalg.norm(turned.world[BODY, :2] - expected_world, axis=1)) < 0.08


def test_the_detector_runs_only_until_the_person_is_found(
    blazepose: BlazePose, detector: CountingDetector, athlete: Athlete
) -> None:
    assert blazepose(BLANK, 0.0) is None
    assert blazepose(BLANK, 0.1) is None
    assert detector.runs == 2
    for time_s in np.arange(0.2, 1.0, 0.1):
        found(blazepose(athlete.render(time_s), float(time_s)))
    assert detector.runs == 3


def test_who_leaves_is_dropped_at_once_and_looked_for_from_the_next_frame_on(
    blazepose: BlazePose, detector: CountingDetector, athlete: Athlete
) -> None:
    frame = athlete.render(0.0)
    found(blazepose(frame, 0.0))
    assert blazepose(BLANK, 0.1) is None
    assert detector.runs == 1
    found(blazepose(frame, 0.2))
    assert detector.runs == 2


@pytest.mark.parametrize("spoil", [(0, np.nan), (0, np.inf), (1, np.nan), (1, 0.49), (2, -np.inf)])
def test_output_that_makes_no_sense_drops_the_person_for_that_frame(
    blazepose: BlazePose, model: SpoiltModel, athlete: Athlete, spoil: tuple[int, float]
) -> None:
    frame = athlete.render(0.0)
    found(blazepose(frame, 0.0))
    model.spoil = spoil
    assert blazepose(frame, 0.1) is None
    model.spoil = None
    pose = found(blazepose(frame, 0.2))
    assert pose.world is not None
    assert np.isfinite(pose.pixels).all()
    assert np.isfinite(pose.world).all()


def test_landmarks_in_one_spot_are_nobody(
    blazepose: BlazePose, model: SpoiltModel, athlete: Athlete
) -> None:
    model.spoil = (0, 1.0)
    assert blazepose(athlete.render(0.0), 0.0) is None


def test_nobody_is_seen_in_blank_frames_and_noise(blazepose: BlazePose) -> None:
    random = np.random.default_rng(3)
    for number in range(5):
        noise = random.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        coarse = np.kron(noise[:60, :80], np.ones((8, 8, 1), np.uint8))
        for frame in (noise, coarse, np.full_like(noise, 50 * number)):
            assert blazepose(frame, number / 10) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (7, 5), (500, 2)])
def test_tiny_frames_are_just_empty(blazepose: BlazePose, shape: tuple[int, int]) -> None:
    assert blazepose(np.full((*shape, 3), 90, np.uint8), 0.0) is None


def test_a_frame_of_another_size_starts_afresh(
    blazepose: BlazePose, detector: CountingDetector
) -> None:
    for runs, (width, height) in enumerate([(640, 480), (320, 240), (480, 640)], start=1):
        athlete = Athlete("squat", width=width, height=height)
        pose = found(blazepose(athlete.render(0.0), runs / 10))
        assert detector.runs == runs
        assert np.median(errors(pose, athlete.landmarks(0.0))) < 0.04


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((480, 640), np.uint8),
        np.zeros((480, 640, 4), np.uint8),
        np.zeros((480, 640, 3), np.float32),
        np.zeros((0, 640, 3), np.uint8),
    ],
    ids=["grey", "four channels", "floats", "empty"],
)
def test_what_is_no_bgr_image_is_refused(blazepose: BlazePose, frame: Image) -> None:
    with pytest.raises(FrameError, match="expected height, width, 3 channels"):
        blazepose(frame, 0.0)


def test_the_frame_is_left_as_it_was(blazepose: BlazePose, athlete: Athlete) -> None:
    frame = athlete.render(0.0)
    frame.setflags(write=False)
    found(blazepose(frame, 0.0))
    found(blazepose(frame, 0.1))
    np.testing.assert_array_equal(frame, athlete.render(0.0))


def test_times_that_stand_still_or_go_back_are_survived(
    blazepose: BlazePose, athlete: Athlete
) -> None:
    for time_s in (5.0, 5.0, 5.0, 4.0, 4.1, 0.0):
        pose = found(blazepose(athlete.render(0.5), time_s))
        assert np.median(errors(pose, athlete.landmarks(0.5))) < 0.04


def test_after_a_reset_the_person_is_looked_for_again(
    blazepose: BlazePose, detector: CountingDetector, athlete: Athlete
) -> None:
    first = found(blazepose(athlete.render(0.0), 0.0))
    blazepose.reset()
    again = found(blazepose(athlete.render(0.0), 9.0))
    assert detector.runs == 2
    np.testing.assert_array_equal(first.pixels, again.pixels)


def test_poses_that_were_given_out_never_change(blazepose: BlazePose, athlete: Athlete) -> None:
    first = found(blazepose(athlete.render(0.0), 0.0))
    kept = first.pixels.copy()
    for time_s in (0.5, 1.0, 1.5):
        found(blazepose(athlete.render(time_s), time_s))
    np.testing.assert_array_equal(first.pixels, kept)


def test_key_points_region_and_visibility_are_read_from_their_places() -> None:
    landmarks = np.arange(195, dtype=np.float32)
    landmarks[3::5] = 0
    landmarks[3] = -1e4
    read = decode(landmarks, np.arange(117, dtype=np.float32))
    assert read is not None
    assert read.points.shape == (35, 2)
    assert read.points[34].tolist() == [170, 171]
    assert read.visibility[:2].tolist() == [0, 0.5]
    assert read.world[32].tolist() == [96, 97, 98]
