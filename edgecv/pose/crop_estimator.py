"""An estimator around any model that finds people in a picture: MoveNet, YOLO pose, SimCC.

After a look at the whole frame it looks only where the subject is, and at all of it again when they
are lost. It does not smooth: counting filters its signals by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edgecv.decode import REDUCTIONS, largest_reduction
from edgecv.frames import Image
from edgecv.pose.cutter import Border, Cutter, check_image
from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.pose.people import SURE, Floats, People
from edgecv.pose.region import Region, transform
from edgecv.pose.session import Model, Tensor
from edgecv.pose.subject import Subject

MIN_SIZE = 4.0
"""Pixels; nobody counts as smaller."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is particular about a model."""

    skeleton: Skeleton
    decode: Callable[[list[Tensor]], People]
    """From its outputs to people in pixels of its input."""
    next_region: Callable[[Floats, Floats, int, int], Region | None]
    """Where to look next, from key points and box of the subject, in pixels of the frame, and its
    width and height; None: at all of it."""
    border: Border


class CropEstimator:
    """Follows one person. One run of the model a frame."""

    def __init__(self, reading: Reading, model: Model) -> None:
        self.skeleton: Skeleton = reading.skeleton
        self._reading = reading
        self._model = model
        self._cut_out = Cutter(model.image, reading.border)
        self._height, self._width = model.image.shape[:2]
        self._frame_size = (0, 0)
        self._subject = Subject()
        self.reset()

    def reset(self) -> None:
        """Forget the person: the next frame has nothing to do with those before it."""
        self._subject.forget()
        self._region: Region | None = None
        self._before: Region | None = None

    def reduction(self, width: int, height: int) -> int:
        """By how much the next frame may be reduced: as far as what is looked at stays at least as
        large as the model's input."""
        region = self._region
        if region is None or self._is_new(width, height):
            region = self._whole(width, height)
        return largest_reduction(region.size, max(self._width, self._height))

    def __call__(self, image: Image, time_s: float, reduction: int = 1) -> Pose | None:
        """The pose of the subject, or None (see Estimator). A frame of another size starts afresh.

        Raises FrameError for what is no BGR image, ModelError where the model gives no numbers.
        """
        check_image(image)
        width, height = image.shape[1] * reduction, image.shape[0] * reduction
        if self._is_new(width, height):
            self.reset()
            self._frame_size = width, height
        region, self._region = self._region, None
        to_frame = self._cut_out(image, region or self._whole(width, height), reduction)
        people = self._reading.decode(self._model.run())
        keypoints = people.keypoints.copy()
        for points in keypoints:
            points[:, :2] = transform(to_frame, points[:, :2])
        boxes = boxes_of(keypoints)
        if people.boxes is not None:
            found = transform(to_frame, people.boxes.reshape(-1, 2)).reshape(-1, 4)
            boxes = around_both(boxes, found)
        sizes = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=MIN_SIZE)
        chosen = self._subject.choose(time_s, keypoints[..., :2], sizes, people.scores)
        if chosen is None:
            self._look_elsewhere(region, time_s)
            return None
        self._subject.follow(time_s, keypoints[chosen, :, :2], float(sizes[chosen]))
        self._region = self._before = self._reading.next_region(
            keypoints[chosen], boxes[chosen], width, height
        )
        return Pose(
            self.skeleton,
            keypoints[chosen].astype(np.float32),
            None,
            float(people.scores[chosen]),
            others=None if people.boxes is None else len(people) - 1,
        )

    def _look_elsewhere(self, region: Region | None, time_s: float) -> None:
        """At the whole frame next, and, when they were not there either, where they were before: a
        model that finds one person might find another one in the whole frame."""
        if region is None and self._subject.known(time_s):
            self._region = self._before

    def _whole(self, width: int, height: int) -> Region:
        return Region.whole(width, height, self._width / self._height)

    def _is_new(self, width: int, height: int) -> bool:
        """A reduced picture is rounded up to whole pixels: less than these is no difference."""
        before = self._frame_size
        return max(abs(width - before[0]), abs(height - before[1])) >= REDUCTIONS[-1]


def boxes_of(keypoints: Floats) -> Floats:
    """(n, 4): around the key points (n, key points, 3) that are sure, or all where none is."""
    sure = keypoints[..., 2] >= SURE
    sure |= ~sure.any(axis=1, keepdims=True)
    points = keypoints[..., :2]
    low = np.where(sure[..., None], points, np.inf).min(axis=1)
    high = np.where(sure[..., None], points, -np.inf).max(axis=1)
    return np.concatenate([low, high], axis=1)


def around_both(first: Floats, second: Floats) -> Floats:
    """(n, 4): the smallest boxes around both of (n, 4)."""
    return np.concatenate(
        [np.minimum(first[:, :2], second[:, :2]), np.maximum(first[:, 2:], second[:, 2:])], axis=1
    )
