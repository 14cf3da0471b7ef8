"""BlazePose on real clips, beside MediaPipe's own key points."""

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgecv.frames import Image
from edgecv.pose.estimator import Estimator
from edgecv.pose.open_estimator import open_estimator
from tests.shared import CLIPS, needs_clips

BODY = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
FRAMES = 40

pytestmark = needs_clips


@pytest.fixture(scope="module")
def estimator() -> Estimator:
    return open_estimator("blazepose-full", threads=1)


def images(path: Path) -> Iterator[Image]:
    """The frames that the trace has key points for: every second one above 45 fps."""
    clip = cv2.VideoCapture(str(path))
    step = 2 if clip.get(cv2.CAP_PROP_FPS) > 45 else 1
    for number in count():
        read, image = clip.read()
        if not read:
            return
        if number % step == 0:
            yield image.astype(np.uint8, copy=False)


@pytest.mark.parametrize(
    "clip",
    [
        "squat__venGaza__squats2",
        "squat__Joe-Lo0716__squat2",
        "pushup__calimiro__push-ups-push-up-24",
        "bicep_curl__TheSebitzu__ez-bar-bicep-curl",
        "pullup__calimiro__pull-ups-pull-up-11",
        "jumping_jack__TheUnknown550__data-4",
    ],
)
def test_landmarks_are_close_to_mediapipes_own_in_every_frame(
    estimator: Estimator, clip: str
) -> None:
    trace = np.load(CLIPS / "traces" / f"{clip}.npz")
    estimator.reset()
    off = []
    frames = islice(images(CLIPS / f"{clip}.mp4"), FRAMES)
    for image, time_s, theirs in zip(frames, trace["t"], trace["px"], strict=False):
        pose = estimator(image, float(time_s))
        assert pose is not None, f"lost at {time_s:.2f} s, where MediaPipe sees somebody"
        away = pose.pixels[BODY, :2] - theirs[BODY, :2]
        off.append(np.hypot(away[:, 0], away[:, 1]) / np.ptp(theirs[:, :2], axis=0).max())
    assert len(off) == FRAMES
    assert np.median(off) < 0.025
    assert np.percentile(off, 95) < 0.06
