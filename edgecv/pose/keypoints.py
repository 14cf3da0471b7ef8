"""Key points: which there are, how they connect, and the pose that a model found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]


@dataclass(frozen=True)
class Skeleton:
    """Names of the key points in the order of the model's output, and the bones between them."""

    name: str
    keypoints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]

    def index(self, keypoint: str) -> int:
        """The row of a key point in a pose."""
        return self.keypoints.index(keypoint)


BLAZEPOSE_33 = Skeleton(
    name="blazepose-33",
    keypoints=(
        "nose",
        "left_eye_inner",
        "left_eye",
        "left_eye_outer",
        "right_eye_inner",
        "right_eye",
        "right_eye_outer",
        "left_ear",
        "right_ear",
        "mouth_left",
        "mouth_right",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_pinky",
        "right_pinky",
        "left_index",
        "right_index",
        "left_thumb",
        "right_thumb",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
        "left_heel",
        "right_heel",
        "left_foot_index",
        "right_foot_index",
    ),
    bones=(
        *((0, 1), (1, 2), (2, 3), (3, 7), (0, 4), (4, 5), (5, 6), (6, 8), (9, 10)),
        *((11, 12), (11, 23), (12, 24), (23, 24)),
        *((11, 13), (13, 15), (15, 17), (15, 19), (15, 21), (17, 19)),
        *((12, 14), (14, 16), (16, 18), (16, 20), (16, 22), (18, 20)),
        *((23, 25), (25, 27), (27, 29), (27, 31), (29, 31)),
        *((24, 26), (26, 28), (28, 30), (28, 32), (30, 32)),
    ),
)
"""The topology of BlazePose (MediaPipe's pose_landmark model card). Left is the person's left."""

_COCO_KEYPOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
_COCO_BONES = (
    *((0, 1), (0, 2), (1, 3), (2, 4)),
    *((5, 6), (5, 11), (6, 12), (11, 12)),
    *((5, 7), (7, 9), (6, 8), (8, 10)),
    *((11, 13), (13, 15), (12, 14), (14, 16)),
)

COCO_17 = Skeleton(name="coco-17", keypoints=_COCO_KEYPOINTS, bones=_COCO_BONES)
"""The key points of COCO (Lin et al., "Microsoft COCO", 2014): MoveNet's, YOLO's and RTMPose's."""

HALPE_26 = Skeleton(
    name="halpe-26",
    keypoints=(
        *_COCO_KEYPOINTS,
        *("head", "neck", "hip", "left_foot_index", "right_foot_index"),
        *("left_small_toe", "right_small_toe", "left_heel", "right_heel"),
    ),
    bones=(
        *_COCO_BONES,
        *((17, 18), (18, 19)),
        *((15, 20), (15, 22), (15, 24), (16, 21), (16, 23), (16, 25)),
    ),
)
"""The key points of Halpe without hands and face (Fang et al., "AlphaPose", 2022); its big toe has
the name of BlazePose's tip of the foot."""

JOINTS = tuple(
    f"{side}_{part}"
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
)
"""The key points that counting goes by, by name: every skeleton that is used has them."""

SKELETONS = {skeleton.name: skeleton for skeleton in (BLAZEPOSE_33, COCO_17, HALPE_26)}
"""By name."""


def skeleton_of(names: tuple[str, ...]) -> Skeleton:
    """A skeleton of key points with these names; its bones are those of COCO whose ends it has."""
    for known in SKELETONS.values():
        if names == known.keypoints:
            return known
    ends = [(_COCO_KEYPOINTS[start], _COCO_KEYPOINTS[end]) for start, end in _COCO_BONES]
    bones = [(names.index(a), names.index(b)) for a, b in ends if a in names and b in names]
    return Skeleton(name=f"custom-{len(names)}", keypoints=names, bones=tuple(bones))


@dataclass(frozen=True, slots=True)
class Pose:
    """One person in one frame."""

    skeleton: Skeleton
    pixels: Points
    """(key points, 3): x, y in pixels of the frame, and a score from 0 to 1."""
    world: Points | None
    """(key points, 3): metres from the middle of the hips; x to the right in the image, y down,
    z away from the camera. None where the model has no world landmarks."""
    score: float
    """How sure the model is that there is a person, 0 to 1."""
    others: int | None = None
    """How many more people the model saw in its region; None where it looks for one only."""
