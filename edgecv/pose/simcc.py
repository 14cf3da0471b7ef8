"""SimCC, the output of RTMPose: for each key point a distribution over x and one over y.

Formulas: MMPose, mmpose/codecs/utils/post_processing.py (get_simcc_maximum) and projects/rtmpose/
examples/onnxruntime/main.py.
"""

import numpy as np

from edgecv.pose.people import Floats, People, comparable, presence, require_numbers

SEEN = 0.3
"""A key point with this score is drawn (MMPose's kpt_thr)."""
MIN_PRESENCE = 0.5
BOX_MARGIN = 1.25
"""How much larger than the person what the model looks at is, as in its training."""


def decode(x: Floats, y: Floats, width: int, height: int) -> People:
    """One person or none; `x` is (1, key points, columns) and `y` (1, key points, rows), with a
    fixed number of columns to a pixel of the input, and of rows."""
    columns, rows = x[0].argmax(axis=1), y[0].argmax(axis=1)
    maxima = np.minimum(x[0].max(axis=1), y[0].max(axis=1))
    require_numbers(maxima, "scores")
    keypoints = np.empty((1, len(maxima), 3))
    keypoints[0, :, 0] = columns * (width / x.shape[2])
    keypoints[0, :, 1] = rows * (height / y.shape[2])
    keypoints[0, :, 2] = comparable(np.clip(maxima, 0.0, 1.0), SEEN)
    score = presence(keypoints[0, :, 2])
    kept = slice(0, int(score >= MIN_PRESENCE))
    return People(keypoints[kept], np.array([score])[kept])
