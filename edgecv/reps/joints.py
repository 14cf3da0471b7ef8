"""The joints that counting looks at, from the key points of any skeleton."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgecv.pose import keypoints
from edgecv.pose.keypoints import Points, Pose, Skeleton

Floats = NDArray[np.float64]

JOINTS = ("nose", *keypoints.JOINTS)
NOSE = 0
SHOULDER, ELBOW, WRIST, HIP, KNEE, ANKLE = 1, 3, 5, 7, 9, 11
"""The left one's row in `Body`; the right one's is the next."""

BORDER = 0.01
"""A joint so far outside the frame, as a share of it, is a guess of the model's."""
GUESSED = 0.3
"""The score of a guess, at most."""
MAX_PIXEL = 1e5
MAX_METRE = 10.0


@dataclass(frozen=True, slots=True)
class Body:
    """The joints of one person in one frame, in the order of JOINTS."""

    pixels: Floats
    """(13, 2): x to the right, y down."""
    world: Floats | None
    """(13, 3): metres from the middle of the hips; None where the model has none."""
    seen: Floats
    """(13,): 0 to 1; at most GUESSED outside the frame."""


class JointReader:
    """Takes the joints out of poses of one skeleton."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._rows = np.array([skeleton.index(joint) for joint in JOINTS[1:]])
        self._nose = skeleton.index("nose") if "nose" in skeleton.keypoints else None

    def __call__(self, pose: Pose, frame_size: tuple[int, int]) -> Body | None:
        """`frame_size` is width and height in pixels. None for a pose that can't be one: a joint
        that is no number, or all in one place."""
        points = self._joints(pose.pixels)
        if self._nose is None:
            points[NOSE, 2] = 0.0
        pixels, seen = points[:, :2], points[:, 2]
        if not np.abs(pixels).max() < MAX_PIXEL or not np.isfinite(seen).all():
            return None
        if np.ptp(pixels, axis=0).max() < 1.0:
            return None
        world = None
        if pose.world is not None:
            world = self._joints(pose.world)
            if not np.abs(world).max() < MAX_METRE or np.ptp(world, axis=0).max() < 0.05:
                return None
        size = np.array(frame_size, np.float64)
        inside = ((pixels > -BORDER * size) & (pixels < (1 + BORDER) * size)).all(axis=1)
        seen = np.clip(np.where(inside, seen, np.minimum(seen, GUESSED)), 0.0, 1.0)
        return Body(pixels, world, seen)

    def _joints(self, points: Points) -> Floats:
        """In the order of JOINTS; where there is no nose, between the shoulders."""
        joints = points[self._rows].astype(np.float64)
        nose = joints[:2].mean(axis=0) if self._nose is None else points[self._nose]
        return np.vstack((nose, joints))
