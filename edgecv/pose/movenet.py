"""MoveNet single pose (Lightning, Thunder): its output and the part of the frame it looks at next.

Formulas and constants: TensorFlow's examples, lite/examples/pose_estimation/raspberry_pi/ml/
movenet.py. There, the loop over the body's key points tests the score of another one; not so here.
"""

import numpy as np

from edgecv.pose.keypoints import COCO_17
from edgecv.pose.people import Floats, People, comparable, presence, require_numbers
from edgecv.pose.region import Region

SEEN = 0.3
"""A key point with this score is drawn (tensorflow.org/hub/tutorials/movenet)."""
MIN_CROP_SCORE = 0.2
TORSO_MARGIN, BODY_MARGIN = 1.9, 1.2
MIN_PRESENCE = 0.5

SHOULDERS = [COCO_17.index("left_shoulder"), COCO_17.index("right_shoulder")]
HIPS = [COCO_17.index("left_hip"), COCO_17.index("right_hip")]


def decode(output: Floats, width: int, height: int) -> People:
    """One person or none; `output` is (1, 1, 17, 3), y and x as shares of the input and a score."""
    found = output.reshape(17, 3)
    require_numbers(found, "key points")
    keypoints = np.empty((1, 17, 3))
    keypoints[0, :, 0] = found[:, 1] * width
    keypoints[0, :, 1] = found[:, 0] * height
    keypoints[0, :, 2] = comparable(found[:, 2], SEEN)
    score = presence(keypoints[0, :, 2])
    kept = slice(0, int(score >= MIN_PRESENCE))
    return People(keypoints[kept], np.array([score])[kept])


def next_region(keypoints: Floats, width: int, height: int) -> Region | None:
    """Where to look in the next frame, of this size; None: at all of it. `keypoints` is (17, 3) in
    pixels of the frame."""
    seen = keypoints[:, 2] >= comparable(np.array(MIN_CROP_SCORE), SEEN)
    if not (seen[SHOULDERS].any() and seen[HIPS].any()):
        return None
    x, y = keypoints[HIPS, :2].mean(axis=0)
    away = np.abs(keypoints[:, :2] - (x, y))
    torso = away[SHOULDERS + HIPS].max()
    body = away[seen].max()
    half = max(torso * TORSO_MARGIN, body * BODY_MARGIN)
    half = min(half, max(x, width - x, y, height - y))
    if not 0 < half <= max(width, height) / 2:
        return None
    return Region(float(x), float(y), float(2 * half))
