"""The signals of a pose whose angles and lengths are known."""

import dataclasses

import numpy as np
import pytest

from edgecv.pose.keypoints import BLAZEPOSE_33, Pose
from edgecv.reps.joints import JointReader
from edgecv.reps.signals import COLUMNS, SignalReader, Signals
from tests.poses import LENGTHS, pose

SIZE = (640, 480)


def read(*poses: Pose, step_s: float = 0.1) -> Signals:
    """The signals of the last one."""
    joints, reader = JointReader(BLAZEPOSE_33), SignalReader()
    for n, one in enumerate(poses):
        body = joints(one, SIZE)
        assert body is not None
        signals = reader(n * step_s, body)
    return signals


def value(signals: Signals, name: str) -> float:
    return float(signals.values[COLUMNS.index(name)])


@pytest.mark.parametrize("side", ["left", "right"])
def test_angles_are_those_of_the_body(side: str) -> None:
    signals = read(pose(knee=100, hip=80, shoulder=40, elbow=70))
    for joint, degrees in {"knee": 100, "hip": 80, "shoulder": 40, "elbow": 70}.items():
        assert value(signals, f"{joint}.{side}") == pytest.approx(degrees, abs=0.5)


def test_heights_are_in_metres_however_near_the_person_is() -> None:
    near = pose(knee=180, hip=180, shoulder=0, elbow=180)
    far = dataclasses.replace(near, pixels=near.pixels * np.array([0.4, 0.4, 1], np.float32))
    for signals, pixels_per_metre in ((read(near), 200), (read(far), 80)):
        assert signals.pixels_per_metre == pytest.approx(pixels_per_metre, rel=0.02)
        legs_m = LENGTHS["thigh"] + LENGTHS["shank"]
        assert value(signals, "hip_over_ankle.left") == pytest.approx(legs_m, rel=0.03)
        arm_m = LENGTHS["upper_arm"] + LENGTHS["forearm"]
        assert value(signals, "wrist_over_shoulder.right") == pytest.approx(-arm_m, rel=0.03)


def test_the_trunk_is_at_no_angle_when_upright() -> None:
    assert value(read(pose(hip=180)), "torso") == pytest.approx(0, abs=0.5)
    assert value(read(pose(hip=90)), "torso") == pytest.approx(90, abs=0.5)


def test_a_place_is_the_sum_of_what_was_moved_in_the_picture() -> None:
    still = pose()
    lower = dataclasses.replace(still, pixels=still.pixels + np.array([0, 40, 0], np.float32))
    moved = read(still, lower)

    assert value(read(still), "hip_up.left") == 0
    assert value(moved, "hip_up.left") == pytest.approx(-0.2, rel=0.03)
    assert value(moved, "hip_across.left") == pytest.approx(0, abs=1e-6)


def test_a_place_is_not_followed_over_a_gap() -> None:
    still = pose()
    lower = dataclasses.replace(still, pixels=still.pixels + np.array([0, 40, 0], np.float32))
    assert value(read(still, lower, step_s=0.7), "hip_up.left") == 0


def test_a_signal_is_seen_as_well_as_the_least_of_its_joints() -> None:
    signals = read(pose(seen=("left",)))

    assert signals.seen[COLUMNS.index("knee.left")] == pytest.approx(0.9)
    assert signals.seen[COLUMNS.index("knee.right")] == pytest.approx(0.1)
    assert signals.seen[COLUMNS.index("torso")] == pytest.approx(0.9)


def flat(one: Pose, *, right_of: float = 0.0, ankle: float = 0.0) -> Pose:
    """Without world landmarks: the right side is so many metres beside the left one in the picture,
    and its ankle so many more."""
    pixels = one.pixels.copy()
    right = [name.startswith("right_") for name in BLAZEPOSE_33.keypoints]
    pixels[right, 0] -= 200 * right_of
    pixels[BLAZEPOSE_33.index("right_ankle"), 0] -= 200 * ankle
    return dataclasses.replace(one, pixels=pixels, world=None)


def test_without_world_landmarks_angles_are_those_of_the_picture_and_depths_unknown() -> None:
    signals = read(flat(pose(knee=100)))

    assert value(signals, "knee.left") == pytest.approx(100, abs=0.5)
    assert np.isnan(value(signals, "chest"))


@pytest.mark.parametrize(
    ("right_of", "stride", "straddle"),
    [(0.0, 0.2, np.nan), (0.05, 0.25, np.nan), (0.18, np.nan, np.nan), (0.3, np.nan, 0.5)],
    ids=["from the side", "nearly", "between", "from the front"],
)
def test_without_world_landmarks_the_view_tells_a_stride_from_a_straddle(
    right_of: float, stride: float, straddle: float
) -> None:
    signals = read(flat(pose(), right_of=right_of, ankle=0.2))

    assert value(signals, "stride") == pytest.approx(stride, rel=0.1, nan_ok=True)
    assert value(signals, "straddle") == pytest.approx(straddle, rel=0.1, nan_ok=True)


def test_in_the_picture_a_trunk_that_points_at_the_camera_leans_by_how_high_it_reaches() -> None:
    def bowed(height_m: float) -> Signals:
        upright = flat(pose(hip=180))
        pixels = upright.pixels.copy()
        for part in ("shoulder", "elbow", "wrist"):
            for side in ("left", "right"):
                pixels[BLAZEPOSE_33.index(f"{side}_{part}"), 1] += 200 * (0.5 - height_m)
        return read(upright, dataclasses.replace(upright, pixels=pixels))

    assert value(bowed(0.5), "torso") == pytest.approx(0, abs=1)
    assert value(bowed(0.5), "hip.left") == pytest.approx(180, abs=1)
    assert value(bowed(0.25), "torso") == pytest.approx(60, abs=3)
    assert np.isnan(value(bowed(0.25), "hip.left"))
    assert value(bowed(0.0), "torso") == pytest.approx(90, abs=1)
