"""YOLO pose (v8, 11, 26), in all the forms that Ultralytics exports.

Read off files that Ultralytics 8.4 wrote, and their metadata; the thresholds are its defaults for
prediction.
"""

from dataclasses import dataclass

import numpy as np

from edgecv.pose.people import Floats, People, require_numbers

MIN_SCORE = 0.25
SAME_PERSON_IOU = 0.7
MOST = 300
"""People that are looked at, those with the best scores."""
BOX_MARGIN = 1.4
"""How much larger than the person what is looked at is: room to move until the next frame."""
LARGEST_SHARE = 4.0
"""Coordinates are shares of the input, or pixels of it. Nobody reaches four times as far as the
input, and no input as large as these are spans four pixels."""


@dataclass(frozen=True, slots=True)
class YoloForm:
    """How the numbers of one candidate stand in the output."""

    final: bool
    """Candidates are people: two corners, score, class, key points. Else they overlap: centre,
    size, a score for each class, key points."""
    across: bool
    """Candidates are columns, not rows."""
    classes: int
    person: int | None
    """The class that is meant; None: any."""
    keypoints: int
    values: int
    """Of a key point: x, y and a score, or x and y alone."""

    def __str__(self) -> str:
        kind = "people, ready" if self.final else "raw, overlapping"
        return f"{kind}; {self.keypoints} key points of {self.values}, {self.classes} class(es)"


def decode(output: Floats, form: YoloForm, width: int, height: int) -> People:
    """Who is in the input, the best first; `output` is (1, …) as the model gives it."""
    table = output.reshape(output.shape[-2:])
    if form.across:
        table = table.T
    if form.final:
        rows, scores = _final(table, form)
        boxes = rows[:, :4].astype(np.float64)
    else:
        rows, scores = _raw(table, form)
        half = rows[:, 2:4] / 2
        boxes = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], axis=1, dtype=np.float64)
    require_numbers(rows, "boxes and key points")
    size = np.array([width, height], np.float64)
    boxes *= _unit(boxes, np.tile(size, 2))
    points = rows[:, -form.keypoints * form.values :].reshape(-1, form.keypoints, form.values)
    keypoints = np.empty((len(rows), form.keypoints, 3))
    keypoints[..., :2] = points[..., :2] * _unit(points[..., :2], size)
    keypoints[..., 2] = points[..., 2] if form.values == 3 else scores[:, None]
    people = People(keypoints, scores, boxes)
    if form.final or len(people) < 2:
        return people
    kept = distinct(boxes)
    return People(keypoints[kept], scores[kept], boxes[kept])


def _final(table: Floats, form: YoloForm) -> tuple[Floats, Floats]:
    scores = table[:, 4]
    require_numbers(scores, "scores")
    found = scores >= MIN_SCORE
    if form.person is not None:
        found &= table[:, 5] == form.person
    order = np.argsort(-scores[found], kind="stable")
    return table[found][order], scores[found][order]


def _raw(table: Floats, form: YoloForm) -> tuple[Floats, Floats]:
    if form.person is None:
        classes = table[:, 4 : 4 + form.classes]
        scores = classes[:, 0] if form.classes == 1 else classes.max(axis=1)
    else:
        scores = table[:, 4 + form.person]
    require_numbers(scores, "scores")
    found = np.flatnonzero(scores >= MIN_SCORE)
    found = found[np.argsort(-scores[found], kind="stable")][:MOST]
    return table[found], scores[found]


def _unit(coordinates: Floats, size: Floats) -> Floats:
    """What makes pixels of the coordinates: the size where they are shares of it, else 1."""
    shares = coordinates.size > 0 and np.abs(coordinates).max() <= LARGEST_SHARE
    return size if shares else np.ones_like(size)


def distinct(boxes: Floats) -> list[int]:
    """Which of the boxes (n, 4), the best first, overlap none that is better (non-maximum
    suppression)."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.arange(len(boxes))
    kept: list[int] = []
    while len(left):
        best, left = int(left[0]), left[1:]
        kept.append(best)
        shared = np.minimum(boxes[best, 2:], boxes[left, 2:]) - np.maximum(
            boxes[best, :2], boxes[left, :2]
        )
        shared_area = np.maximum(shared, 0).prod(axis=1)
        union = area[best] + area[left] - shared_area
        left = left[shared_area <= SAME_PERSON_IOU * union]
    return kept
