"""Which points of a body a camera sees, and which the body itself hides."""

import itertools

import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.body import Floats
from edgecv.pose.keypoints import BLAZEPOSE_33

_JOINTS = BLAZEPOSE_33.index
_CAPSULES = (
    *(
        (f"{side}_{start}", f"{side}_{end}", radius_m)
        for side, (start, end, radius_m) in itertools.product(
            ("left", "right"),
            (
                ("shoulder", "hip", 0.11),
                ("hip", "knee", 0.075),
                ("knee", "ankle", 0.05),
                ("shoulder", "elbow", 0.045),
                ("elbow", "wrist", 0.035),
            ),
        )
    ),
    ("left_ear", "right_ear", 0.09),
)
"""Flesh between two key points, about as thick as `anatomy` has it."""
_STARTS = [_JOINTS(start) for start, _, _ in _CAPSULES]
_ENDS = [_JOINTS(end) for _, end, _ in _CAPSULES]
_RADII = np.array([radius_m for _, _, radius_m in _CAPSULES])
_MARGIN_M = 0.06
"""What hides a point is at least so much nearer than the flesh around it."""


def hidden(seen: Floats) -> NDArray[np.bool_]:
    """(n, 33): is a landmark behind another part of the body? From `seen` (n, 33, 3), metres along
    the camera's axes."""
    plane = seen[..., :2] / seen[..., 2:]
    start, end = plane[:, _STARTS], plane[:, _ENDS]
    near, far = seen[:, _STARTS, 2], seen[:, _ENDS, 2]
    along = end - start
    squared = np.maximum(np.einsum("nci,nci->nc", along, along), 1e-9)
    away = plane[:, :, None] - start[:, None]
    share = np.clip(np.einsum("npci,nci->npc", away, along) / squared[:, None], 0.0, 1.0)
    miss = away - share[..., None] * along[:, None]
    depth = near[:, None] + share * (far - near)[:, None]
    covered = np.einsum("npci,npci->npc", miss, miss) * depth**2 < _RADII**2
    nearer = depth + _RADII + _MARGIN_M < seen[..., 2:]
    behind: NDArray[np.bool_] = (covered & nearer).any(axis=2)
    return behind
