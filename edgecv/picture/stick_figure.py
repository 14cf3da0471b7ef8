"""A pose drawn over its frame: bones and joints, the surer the thicker."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from edgecv.frames import Image
from edgecv.picture.drawing import Colour, blend, disc, line
from edgecv.pose.keypoints import Pose, Skeleton

LEFT: Colour = (233, 180, 86)
RIGHT: Colour = (0, 159, 230)
"""The person's left and right: sky blue and orange out of the palette of Okabe and Ito, which
colour-blind people can tell apart."""
MIDDLE: Colour = (235, 235, 235)
EDGE: Colour = (30, 24, 20)
CORE: Colour = (255, 255, 255)

LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
"""What carries an exercise; face, hands and feet are drawn smaller."""
BONE, SMALL_BONE = 5.0, 2.2
JOINT, SMALL_JOINT = 4.2, 2.0
OUTLINE, SMALL_OUTLINE = 1.2, 0.7
"""Widths and radii at a score of 1, in pixels of the design."""
SURE = 0.5
"""Points with a lower score, and their bones, are faint."""
SURE_OPACITY, FAINT_OPACITY = 0.95, 0.4
FAR = 1e5
"""Pixels: a point further away is none."""


class Joint(NamedTuple):
    x: float
    y: float
    score: float
    colour: Colour
    limb: bool


def draw_pose(image: Image, pose: Pose, unit: float) -> None:
    """Draw into `image`; `unit`: its pixels to a pixel of the design.

    Key points that are not finite are left out, and so are their bones.
    """
    there = np.abs(pose.pixels).max(axis=1) < FAR  # false for NaN
    if not there.any():
        return
    # Only the part of the picture that the person takes up is copied and blended.
    margin = 2 * (JOINT + OUTLINE) * unit + 3
    box = [pose.pixels[there, :2].min(axis=0) - margin, pose.pixels[there, :2].max(axis=0) + margin]
    (left, top), (right, bottom) = np.clip(box, 0, None).astype(int)
    crop = image[top:bottom, left:right]
    if crop.size == 0:
        return
    styles = _styles(pose.skeleton)
    joints = {
        index: Joint(x - left, y - top, min(max(score, 0.0), 1.0), *styles[index])
        for index, (x, y, score) in enumerate(pose.pixels.tolist())
        if there[index]
    }
    bones = [
        (joints[start], joints[end])
        for start, end in _far_to_near(pose)
        if start in joints and end in joints
    ]
    for sure, opacity in ((False, FAINT_OPACITY), (True, SURE_OPACITY)):
        layer = crop.copy()
        _draw_bones(layer, [bone for bone in bones if (_score(*bone) >= SURE) == sure], unit)
        _draw_joints(layer, [j for j in joints.values() if (j.score >= SURE) == sure], unit)
        blend(layer, opacity, crop)


def _draw_bones(image: Image, bones: list[tuple[Joint, Joint]], unit: float) -> None:
    for start, end in bones:
        limb = start.limb and end.limb
        width = (BONE if limb else SMALL_BONE) * _share(_score(start, end)) * unit
        edge = 2 * (OUTLINE if limb else SMALL_OUTLINE) * unit
        line(image, start[:2], end[:2], EDGE, width + edge)
        line(
            image, start[:2], end[:2], start.colour if start.colour == end.colour else MIDDLE, width
        )


def _draw_joints(image: Image, joints: list[Joint], unit: float) -> None:
    for joint in joints:
        radius = (JOINT if joint.limb else SMALL_JOINT) * _share(joint.score) * unit
        if joint.limb:
            disc(image, joint[:2], EDGE, radius + OUTLINE * unit)
        disc(image, joint[:2], CORE if joint.limb else joint.colour, radius)


def _far_to_near(pose: Pose) -> list[tuple[int, int]]:
    """The bones in an order in which what is in front is drawn last."""
    if pose.world is None:
        return list(pose.skeleton.bones)
    depth = pose.world[:, 2]
    return sorted(pose.skeleton.bones, key=lambda bone: -float(depth[bone[0]] + depth[bone[1]]))


def _score(start: Joint, end: Joint) -> float:
    return min(start.score, end.score)


def _share(score: float) -> float:
    """Of the width or radius that a score of 1 has."""
    return 0.35 + 0.65 * score


@lru_cache
def _styles(skeleton: Skeleton) -> tuple[tuple[Colour, bool], ...]:
    """Colour, and whether it belongs to a limb, of each key point."""
    return tuple(
        (
            LEFT if "left" in name else RIGHT if "right" in name else MIDDLE,
            name.endswith(LIMBS),
        )
        for name in skeleton.keypoints
    )
