"""BlazePose's detector: where in the frame is a person, and how is the person turned?

Constants and formulas: MediaPipe 0.10.14, modules/pose_detection/pose_detection_cpu.pbtxt.
"""

from dataclasses import dataclass

import numpy as np

from edgecv.frames import Image
from edgecv.pose.cutter import BLACK_BORDER, Cutter
from edgecv.pose.people import MAX_COORDINATE
from edgecv.pose.region import Region, transform
from edgecv.pose.session import Model, Tensor

INPUT_SIZE = 224
GRIDS = ((8, 2), (16, 2), (32, 6))
"""Stride in pixels and number of anchors in each cell; the three layers of stride 32 are one."""

MIN_SCORE = 0.5
SAME_PERSON_IOU = 0.3
MAX_LOGIT = 100.0

HIPS, RIM = 2, 3
"""Rows of a decoded person: middle of the hips, and the point that gives size and rotation."""


def make_anchors() -> Tensor:
    """(2254, 2): x, y in pixels of the input, the middle of each anchor's cell, row by row."""
    layers = []
    for stride, repeats in GRIDS:
        cells = INPUT_SIZE // stride
        rows, columns = np.mgrid[:cells, :cells]
        centres = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) * stride
        layers.append(np.repeat(centres, repeats, axis=0))
    return np.concatenate(layers).astype(np.float32)


ANCHORS = make_anchors()


def decode(boxes: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """The people that were found: points (n, 6, 2) and scores (n,).

    `boxes` is (2254, 12) and `logits` (2254,), as the model gives them. The points are in pixels
    of the input: two opposite corners of the face, the middle of the hips, the point that gives
    size and rotation of the whole body, and the same two for the upper body.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits, -MAX_LOGIT, MAX_LOGIT).astype(np.float64)))
    found = (scores >= MIN_SCORE) & (np.abs(boxes).max(axis=1) < MAX_COORDINATE)
    values = boxes[found].reshape(-1, 6, 2)
    anchors = ANCHORS[found, None]
    centre, half_size = values[:, :1] + anchors, values[:, 1:2] / 2
    corners = (centre - half_size, centre + half_size)
    points = np.concatenate([*corners, values[:, 2:] + anchors], axis=1)
    return points, scores[found].astype(np.float32)


def overlaps(box: Tensor, boxes: Tensor) -> Tensor:
    """Intersection over union of one box (2, 2) with each of (n, 2, 2), given by their corners."""
    shared = np.minimum(box[1], boxes[:, 1]) - np.maximum(box[0], boxes[:, 0])
    intersection = np.maximum(shared, 0).prod(axis=1)
    union = (box[1] - box[0]).prod() + (boxes[:, 1] - boxes[:, 0]).prod(axis=1) - intersection
    ratios: Tensor = intersection / np.where(union > 0, union, 1)
    return ratios


def merge(points: Tensor, scores: Tensor) -> list[tuple[Tensor, float]]:
    """The people, the best first: points (6, 2) and the score of each, out of (n, 6, 2) and (n,).

    A weighted non-maximum suppression: the mean, weighted by the scores, of all finds whose face
    overlaps that of the best (MediaPipe, non_max_suppression_calculator.cc).
    """
    people = []
    left = np.argsort(-scores, kind="stable")
    while len(left):
        best = left[0]
        same = overlaps(points[best, :2], points[left, :2]) > SAME_PERSON_IOU
        same[0] = True
        mean: Tensor = np.average(points[left[same]], axis=0, weights=scores[left[same]])
        people.append((mean, float(scores[best])))
        left = left[~same]
    return people


@dataclass(frozen=True, slots=True)
class Find:
    """Somebody in the frame."""

    region: Region
    score: float


class BlazePoseDetector:
    """Finds people in the whole frame."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._cut_out = Cutter(model.image, BLACK_BORDER)

    def __call__(self, image: Image, reduction: int = 1) -> list[Find]:
        """Everybody, the best first; `image` is the frame, reduced by `reduction`."""
        height, width = image.shape[:2]
        whole = Region.whole(width * reduction, height * reduction)
        to_frame = self._cut_out(image, whole, reduction)
        boxes, logits = self._model.run()
        finds = []
        for points, score in merge(*decode(boxes[0], logits[0, :, 0])):
            centre, rim = transform(to_frame, points[[HIPS, RIM]])
            finds.append(Find(Region.around(centre, rim), score))
        return finds
