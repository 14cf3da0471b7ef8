"""Poses with known joint angles, and movements made of them."""

import math
from collections.abc import Iterator

import numpy as np

from edgecv.pose.keypoints import BLAZEPOSE_33, Pose

LENGTHS = {"torso": 0.5, "thigh": 0.42, "shank": 0.42, "upper_arm": 0.3, "forearm": 0.26}


def pose(
    *,
    knee: float = 175.0,
    hip: float = 175.0,
    shoulder: float = 15.0,
    elbow: float = 170.0,
    score: float = 0.9,
    seen: tuple[str, ...] = ("left", "right"),
) -> Pose:
    """A figure in the plane with these angles (degrees) on both sides; the sides not in `seen`
    have a score of 0.1."""
    world = np.zeros((33, 3), np.float32)
    pixels = np.full((33, 3), 0.1, np.float32)
    for side, across in (("left", 0.1), ("right", -0.1)):
        points = _chain(knee, hip, shoulder, elbow)
        for name, (x, y) in points.items():
            row = BLAZEPOSE_33.index(f"{side}_{name}")
            world[row] = x, y, across
            pixels[row] = 320 + 200 * x, 240 + 200 * y, score if side in seen else 0.1
    return Pose(BLAZEPOSE_33, pixels, world, score=0.99)


def wave(
    reps: int, *, period_s: float = 2.0, fps: float = 30.0, still_s: float = 1.0
) -> Iterator[tuple[float, float]]:
    """(time, phase): stands still at 0, goes `reps` times to 1 and back, stands still."""
    moving_s = reps * period_s
    for frame in range(int((moving_s + 2 * still_s) * fps) + 1):
        time_s = frame / fps
        into_s = min(max(time_s - still_s, 0.0), moving_s)
        yield time_s, (1 - math.cos(2 * math.pi * into_s / period_s)) / 2


def _chain(
    knee: float, hip: float, shoulder: float, elbow: float
) -> dict[str, tuple[float, float]]:
    def step(start: tuple[float, float], degrees: float, length: float) -> tuple[float, float]:
        angle = math.radians(degrees)
        return start[0] + length * math.cos(angle), start[1] + length * math.sin(angle)

    thigh = 90.0
    hip_at = (0.0, 0.0)
    knee_at = step(hip_at, thigh, LENGTHS["thigh"])
    ankle_at = step(knee_at, thigh + 180 - knee, LENGTHS["shank"])
    torso = thigh + hip
    shoulder_at = step(hip_at, torso, LENGTHS["torso"])
    upper_arm = torso + 180 + shoulder
    elbow_at = step(shoulder_at, upper_arm, LENGTHS["upper_arm"])
    wrist_at = step(elbow_at, upper_arm + 180 + elbow, LENGTHS["forearm"])
    return {
        "hip": hip_at,
        "knee": knee_at,
        "ankle": ankle_at,
        "shoulder": shoulder_at,
        "elbow": elbow_at,
        "wrist": wrist_at,
    }
