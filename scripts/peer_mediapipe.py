"""MediaPipe's own Pose in Python, for `scripts/bench peers`; needs mediapipe and no edgecv."""

from collections.abc import Callable
from typing import Any

import cv2
import mediapipe
import numpy as np
from numpy.typing import NDArray
from peer_loop import Found, main


def prepare() -> Callable[[NDArray[np.uint8], float], Found]:
    pose = mediapipe.solutions.pose.Pose(model_complexity=1)

    def estimate(image: NDArray[np.uint8], _time_s: float) -> Found:
        result = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        if result.pose_landmarks is None:
            return None
        height, width = image.shape[:2]
        pixels = _rows(result.pose_landmarks.landmark, "visibility") * (width, height, 1)
        return pixels, _rows(result.pose_world_landmarks.landmark, "z")

    return estimate


def _rows(landmarks: Any, third: str) -> NDArray[np.floating]:
    return np.array([(point.x, point.y, getattr(point, third)) for point in landmarks])


main(prepare)
