"""BlazePose: a detector finds the person once, then each pose tells where to look next.

Constants and formulas: MediaPipe 0.10.14, modules/pose_landmark/. Unlike MediaPipe, landmarks are
not refined by the heat map, an output that the shipped model does without.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgecv.decode import REDUCTIONS, largest_reduction
from edgecv.frames import Image
from edgecv.one_euro import OneEuro, Values
from edgecv.pose import blazepose_detector
from edgecv.pose.blazepose_detector import Find
from edgecv.pose.cutter import STRETCHED_BORDER, Cutter, check_image
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose, Skeleton
from edgecv.pose.people import MAX_COORDINATE
from edgecv.pose.region import Region, transform
from edgecv.pose.session import Model, Tensor
from edgecv.pose.subject import Subject

INPUT_SIZE = 256
KEYPOINTS = len(BLAZEPOSE_33.keypoints)
CENTRE, RIM = KEYPOINTS, KEYPOINTS + 1
"""The two landmarks after the key points give the next region."""

MIN_PRESENCE = 0.5
MIN_SIZE = 1.0
"""Pixels; the region of a smaller person says nothing."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the model says, in the axes of the crop or, turned back, of the frame."""

    points: NDArray[np.floating]
    """(35, 2): x, y in pixels; the key points, then CENTRE and RIM."""
    visibility: Tensor
    """(33,): 0 to 1."""
    world: NDArray[np.floating]
    """(33, 3): metres from the middle of the hips."""


def decode(landmarks: Tensor, world: Tensor) -> Landmarks | None:
    """Read the model's outputs, (195,) and (117,); None when they can't be points."""
    points = landmarks.reshape(39, 5)[: RIM + 1]
    metres = world.reshape(39, 3)[:KEYPOINTS]
    # A sum of squares is large, or no number, as soon as one of them is.
    if not np.vdot(points, points) + np.vdot(metres, metres) < MAX_COORDINATE**2:
        return None
    return Landmarks(points[:, :2], sigmoid(points[:KEYPOINTS, 3]), metres)


def sigmoid(logits: Tensor) -> Tensor:
    """1 / (1 + exp(-x)) that can't overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits), np.float32)


def rotate(world: NDArray[np.floating], rotation: float) -> Values:
    """Turn (n, 3) points around z, from the axes of the crop to those of the frame (MediaPipe,
    world_landmark_projection_calculator.cc)."""
    cos, sin = math.cos(rotation), math.sin(rotation)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(world @ turn)


class Smoothing:
    """MediaPipe's filters, modules/pose_landmark/pose_landmark_filtering.pbtxt, as one: a call for
    each of them costs more than all the values."""

    VALUES = (2 * KEYPOINTS, 2 * 2, 3 * KEYPOINTS)
    """How many are of the key points and of the region, in pixels, and of those in metres."""
    IN_PIXELS = VALUES[0] + VALUES[1]
    MIN_CUTOFF_HZ = np.repeat([0.05, 0.01, 0.1], VALUES)
    BETA = np.repeat([80.0, 10.0, 40.0], VALUES)
    VISIBILITY_SHARE = 0.1
    """Share of the newest visibility in the filtered one."""

    def __init__(self) -> None:
        self._one_euro = OneEuro(self.MIN_CUTOFF_HZ, self.BETA)
        self._scale = np.ones(sum(self.VALUES))
        self.reset()

    def reset(self) -> None:
        """The next pose passes unfiltered."""
        self._one_euro.reset()
        self._visibility: Tensor | None = None
        self._time_s = -math.inf

    def __call__(self, time_s: float, landmarks: Landmarks, person_size: float) -> Landmarks:
        """Landmarks in the axes of the frame, smoothed; `person_size` is in the units of the
        points. A time that goes back starts afresh."""
        if time_s < self._time_s:
            self.reset()
        self._time_s = time_s
        self._scale[: self.IN_PIXELS] = 1 / person_size
        values = np.concatenate([landmarks.points.ravel(), landmarks.world.ravel()])
        smooth = self._one_euro(time_s, values, self._scale)
        if self._visibility is None:
            self._visibility = landmarks.visibility
        change = landmarks.visibility - self._visibility
        self._visibility = self._visibility + self.VISIBILITY_SHARE * change
        return Landmarks(
            smooth[: self.IN_PIXELS].reshape(-1, 2),
            self._visibility,
            smooth[self.IN_PIXELS :].reshape(-1, 3),
        )


class BlazePose:
    """Tracks one person.

    The detector runs only when it is not known where the person is. When a person is lost, it looks
    at the next frame, not at the same one again: a live camera has a newer one by then, and no
    frame costs more than one run of each model.
    """

    skeleton: Skeleton = BLAZEPOSE_33

    def __init__(self, detector: Callable[[Image, int], list[Find]], model: Model) -> None:
        self._detector = detector
        self._model = model
        self._cut_out = Cutter(model.image, STRETCHED_BORDER)
        self._smoothing = Smoothing()
        self._subject = Subject()
        self._region: Region | None = None
        self._frame_size = (0, 0)

    def reset(self) -> None:
        """Forget the person: the next frame has nothing to do with those before it."""
        self._lose()
        self._subject.forget()

    def _lose(self) -> None:
        """It is not known any more where the person is."""
        self._region = None
        self._smoothing.reset()

    def reduction(self, width: int, height: int) -> int:
        """By how much the next frame may be reduced: as far as what is looked at stays at least as
        large as the model's input."""
        if self._region is None or self._is_new(width, height):
            return largest_reduction(max(width, height), blazepose_detector.INPUT_SIZE)
        return largest_reduction(self._region.size, INPUT_SIZE)

    def __call__(self, image: Image, time_s: float, reduction: int = 1) -> Pose | None:
        """The pose of the person in view, or None, in pixels of the frame.

        `image` is uint8 (height, width, 3) BGR of any size, else FrameError: the frame, reduced by
        `reduction`; `time_s` is the frame's. A frame of another size starts afresh.
        """
        check_image(image)
        width, height = image.shape[1] * reduction, image.shape[0] * reduction
        if self._is_new(width, height):
            self.reset()
            self._frame_size = width, height
        region = self._region or self._find(image, time_s, reduction)
        pose = self._look(image, region, time_s, reduction) if region else None
        if pose is None:
            self._lose()
        return pose

    def _find(self, image: Image, time_s: float, reduction: int) -> Region | None:
        """The subject's region, out of the whole frame."""
        finds = self._detector(image, reduction)
        hips = np.array([[(find.region.x, find.region.y)] for find in finds])
        sizes = np.array([find.region.size for find in finds])
        scores = np.array([find.score for find in finds])
        chosen = self._subject.choose(time_s, hips, sizes, scores)
        return None if chosen is None else finds[chosen].region

    def _is_new(self, width: int, height: int) -> bool:
        """A reduced picture is rounded up to whole pixels: less than these is no difference."""
        before = self._frame_size
        return max(abs(width - before[0]), abs(height - before[1])) >= REDUCTIONS[-1]

    def _look(self, image: Image, region: Region, time_s: float, reduction: int) -> Pose | None:
        to_frame = self._cut_out(image, region, reduction)
        landmarks, presence, world = self._model.run()
        score = float(presence[0, 0])
        if not score >= MIN_PRESENCE:
            return None
        in_crop = decode(landmarks[0], world[0])
        if in_crop is None:
            return None
        in_frame = Landmarks(
            transform(to_frame, in_crop.points),
            in_crop.visibility,
            rotate(in_crop.world, region.rotation),
        )
        person_size = 2 * math.dist(in_frame.points[CENTRE], in_frame.points[RIM])
        if person_size < MIN_SIZE:
            return None
        smooth = self._smoothing(time_s, in_frame, person_size)
        self._region = Region.around(smooth.points[CENTRE], smooth.points[RIM])
        self._subject.follow(time_s, smooth.points[CENTRE:RIM], self._region.size)
        pixels = np.empty((KEYPOINTS, 3), np.float32)
        pixels[:, :2] = smooth.points[:KEYPOINTS]
        pixels[:, 2] = smooth.visibility
        return Pose(BLAZEPOSE_33, pixels, smooth.world.astype(np.float32), score)
