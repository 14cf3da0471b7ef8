"""Models of all kinds on the same people: they agree, and stay with the one they began with."""

from itertools import islice

import cv2
import numpy as np
import pytest

from edgecv.athlete import Athlete, PassesBy
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import BLAZEPOSE_33, JOINTS, Pose
from edgecv.pose.open_estimator import open_estimator
from tests.shared import CLIPS, MODELS, needs_clips, needs_models
from tests.test_blazepose_clips import images

TRUE = [BLAZEPOSE_33.index(joint) for joint in JOINTS]
OTHERS = [
    "blazepose_landmark_lite_256_nhwc",
    "movenet_singlepose_lightning_4_like",
    "movenet_lightning_192_int8_uint8in",
    "yolo11n-pose_256_nchw",
    pytest.param("yolo11n-pose_256_nhwc_int8w", marks=pytest.mark.long),
    pytest.param("yolov8n-pose_640_nchw", marks=pytest.mark.long),
]
EACH_KIND = [
    "blazepose-full",
    pytest.param("movenet_singlepose_lightning_4_like", marks=needs_models),
    pytest.param("yolo11n-pose_256_nchw", marks=needs_models),
]
CLIP_FRAMES, EVERY = 24, 4
MEDIAN, P90 = 0.06, 0.12
"""Tolerance, as shares of the person's extent. The small YOLO is the furthest off, in a push-up: 5
and 8 %; MoveNet and the lite BlazePose stay below 2.5 and 5 %."""


def opened(name: str) -> Estimator:
    return open_estimator(name if name == "blazepose-full" else str(MODELS / f"{name}.onnx"), 1)


def away(estimator: Estimator, pose: Pose, true: np.ndarray) -> np.ndarray:
    """Distances of the joints from those of BlazePose's 33 points, as shares of their extent."""
    rows = [estimator.skeleton.index(joint) for joint in JOINTS]
    off = np.linalg.norm(pose.pixels[rows, :2] - true[TRUE, :2], axis=1)
    shares: np.ndarray = off / np.ptp(true[:, :2], axis=0).max()
    return shares


@needs_models
@needs_clips
@pytest.mark.parametrize("model", OTHERS)
def test_on_real_people_every_model_finds_the_joints_where_mediapipe_finds_them(
    model: str,
) -> None:
    estimator = opened(model)
    for clip in (
        "squat__venGaza__squats2",
        "pushup__calimiro__push-ups-push-up-24",
        "jumping_jack__TheUnknown550__data-4",
    ):
        trace = np.load(CLIPS / "traces" / f"{clip}.npz")
        estimator.reset()
        off: list[float] = []
        frames = enumerate(islice(images(CLIPS / f"{clip}.mp4"), CLIP_FRAMES))
        for number, image in islice(frames, 0, None, EVERY):
            pose = estimator(image, float(trace["t"][number]))
            assert pose is not None, f"{clip}: nobody in frame {number}"
            theirs = trace["px"][number]
            off += list(away(estimator, pose, theirs)[theirs[TRUE, 3] > 0.5])
        assert np.median(off) < MEDIAN, clip
        assert np.percentile(off, 90) < P90, clip


@pytest.mark.parametrize("model", EACH_KIND)
@pytest.mark.parametrize("passes", [pytest.param("behind", marks=pytest.mark.long), "in_front"])
def test_who_walks_past_does_not_take_over(model: str, passes: PassesBy) -> None:
    """For the moment in which the athlete is hidden, the model may take the one for the other."""
    estimator = opened(model)
    athlete = Athlete("squat", reps=3, tempo_s=2.0, azimuth_deg=45, seed=1, passer_by=passes)
    wrong = []
    for time_s in np.arange(0.0, athlete.duration_s, 0.15):
        pose = estimator(athlete.render(time_s), float(time_s))
        near = (
            pose is not None and np.median(away(estimator, pose, athlete.landmarks(time_s))) < 0.1
        )
        if not near:
            wrong.append(float(time_s))
    if passes == "behind":
        assert wrong == []
    else:
        assert len(wrong) <= 8
        assert not wrong or max(wrong) - min(wrong) < 1.2


@pytest.mark.parametrize("model", EACH_KIND)
def test_a_child_beside_the_athlete_is_not_taken_for_them(model: str) -> None:
    estimator = opened(model)
    athlete = Athlete("squat", reps=1, tempo_s=2.0, azimuth_deg=30, seed=1)
    child = Athlete("jumping_jack", reps=3, tempo_s=1.5, azimuth_deg=0, seed=4)
    others = 0
    for time_s in np.arange(0.0, 4.0, 0.2):
        frame = athlete.render(time_s)
        small = cv2.resize(child.render(time_s)[:, 200:440], None, fx=0.45, fy=0.45)
        frame[250 : 250 + small.shape[0], 20 : 20 + small.shape[1]] = small
        pose = estimator(frame, float(time_s))
        assert pose is not None
        assert np.median(away(estimator, pose, athlete.landmarks(time_s))) < 0.1
        others = max(others, pose.others or 0)
    if model.startswith("yolo"):
        assert others == 1
