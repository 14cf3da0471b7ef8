from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgecv.athlete import EXERCISES, Athlete
from edgecv.pose.keypoints import BLAZEPOSE_33

AZIMUTHS = range(0, 360, 45)
LIMBS = [
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
        ("ankle", "foot_index"),
    )
]
WIDTHS = [("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")]
BENDING = {
    "squat": ("hip", "knee", "ankle"),
    "biceps_curl": ("shoulder", "elbow", "wrist"),
}
"""The joint that bends the most in each exercise."""
# Shares of the body's mass, and where along a limb it is: Winter, Biomechanics and Motor Control
# of Human Movement, table 4.
MASSES = [
    (("shoulder", "hip"), 0.289, 0.40),
    (("shoulder", "elbow"), 0.028, 0.436),
    (("elbow", "wrist"), 0.022, 0.682),
    (("hip", "knee"), 0.100, 0.433),
    (("knee", "ankle"), 0.061, 0.606),
]
"""For each side; the trunk carries the head."""

Points = NDArray[np.float32]


def point(points: Points, name: str) -> Points:
    row: Points = points[BLAZEPOSE_33.index(name)]
    return row


def distance(points: Points, pair: tuple[str, str]) -> float:
    return float(np.linalg.norm(point(points, pair[0]) - point(points, pair[1])))


def angle(points: Points, side: str, joint: tuple[str, str, str]) -> float:
    first, corner, last = (point(points, f"{side}_{name}") for name in joint)
    a, b = first - corner, last - corner
    return float(np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))))


def times(athlete: Athlete, count: int = 40) -> NDArray[np.float64]:
    return np.linspace(0.0, athlete.duration_s, count)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_bones_keep_their_length(exercise: str) -> None:
    athlete = Athlete(exercise, reps=2)
    lengths = np.array(
        [
            [distance(athlete.world_landmarks(t), pair) for pair in LIMBS + WIDTHS]
            for t in times(athlete)
        ]
    )
    assert np.ptp(lengths, axis=0).max() < 1e-5


def test_feet_stay_where_they_are_in_a_squat() -> None:
    athlete = Athlete("squat", reps=2, azimuth_deg=90.0)
    feet = [
        BLAZEPOSE_33.index(f"{side}_{part}")
        for side in ("left", "right")
        for part in ("ankle", "heel", "foot_index")
    ]
    first = athlete.landmarks(0.0)[feet]
    metres_per_px = distance(athlete.world_landmarks(0.0), LIMBS[2]) / distance(
        athlete.landmarks(0.0)[:, :2], LIMBS[2]
    )
    for t in times(athlete):
        moved = np.abs(athlete.landmarks(t)[feet] - first)
        assert moved[:, :2].max() * metres_per_px < 0.01
        assert moved[:, 2].max() < 0.01


def test_the_weight_stays_over_the_feet_in_a_squat() -> None:
    athlete = Athlete("squat", reps=1, azimuth_deg=90.0)
    for t in times(athlete):
        points = athlete.world_landmarks(t)
        mass = np.zeros(3)
        for (start, end), share, along in MASSES:
            for side in ("left", "right"):
                a, b = point(points, f"{side}_{start}"), point(points, f"{side}_{end}")
                mass += share * (a + along * (b - a))
        toe, heel = point(points, "left_foot_index")[0], point(points, "left_heel")[0]
        assert toe < mass[0] < heel


@pytest.mark.parametrize(("exercise", "shut"), [("squat", (65, 85)), ("biceps_curl", (35, 50))])
def test_a_rep_goes_from_straight_to_bent(exercise: str, shut: tuple[int, int]) -> None:
    athlete = Athlete(exercise, reps=3)
    for rep in athlete.reps:
        for side in ("left", "right"):
            start = angle(athlete.world_landmarks(rep.start_s), side, BENDING[exercise])
            turn = angle(athlete.world_landmarks(rep.turn_s), side, BENDING[exercise])
            assert 160 < start < 180
            assert shut[0] < turn < shut[1]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_joint_is_most_bent_when_the_rep_turns(exercise: str) -> None:
    athlete = Athlete(exercise, reps=3)
    for rep in athlete.reps:
        moments = np.linspace(rep.start_s, rep.end_s, 201)
        angles = [angle(athlete.world_landmarks(t), "left", BENDING[exercise]) for t in moments]
        assert abs(moments[int(np.argmin(angles))] - rep.turn_s) < 0.03 * 2.5


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_movement_has_no_jumps(exercise: str) -> None:
    athlete = Athlete(exercise, reps=2, tempo_s=2.0)
    step_s = 0.005
    moments = np.arange(0.0, athlete.duration_s, step_s)
    angles = np.array(
        [angle(athlete.world_landmarks(t), "left", BENDING[exercise]) for t in moments]
    )
    speed = np.diff(angles) / step_s
    assert np.abs(np.diff(speed)).max() < 0.05 * np.abs(speed).max()


def test_reps_follow_each_other_between_two_rests() -> None:
    athlete = Athlete("squat", reps=5, tempo_s=2.0, seed=7)
    assert len(athlete.reps) == 5
    assert athlete.reps[0].start_s == pytest.approx(1.2)
    assert athlete.duration_s == pytest.approx(athlete.reps[-1].end_s + 1.5)
    for rep in athlete.reps:
        assert rep.start_s < rep.turn_s < rep.end_s
        assert rep.end_s - rep.start_s == pytest.approx(2.0, rel=0.05)
    for rep, following in pairwise(athlete.reps):
        assert following.start_s == rep.end_s


def test_reps_are_completed_when_they_end() -> None:
    athlete = Athlete("biceps_curl", reps=3)
    assert athlete.reps_completed(-1.0) == 0
    for count, rep in enumerate(athlete.reps):
        assert athlete.reps_completed(rep.end_s - 1e-6) == count
        assert athlete.reps_completed(rep.end_s) == count + 1
    assert athlete.reps_completed(1e9) == 3


def test_times_outside_the_performance_show_it_standing() -> None:
    athlete = Athlete("squat", reps=1)
    np.testing.assert_array_equal(athlete.render(-5.0), athlete.render(0.0))
    np.testing.assert_array_equal(athlete.landmarks(1e6), athlete.landmarks(athlete.duration_s))


@pytest.mark.parametrize("azimuth", AZIMUTHS)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_whole_body_is_in_the_picture(exercise: str, azimuth: int) -> None:
    for width, height in ((640, 480), (480, 640)):
        athlete = Athlete(exercise, reps=2, azimuth_deg=azimuth, width=width, height=height)
        for t in times(athlete, 15):
            x, y, depth = athlete.landmarks(t).T
            assert x.min() > 0.05 * width
            assert x.max() < 0.95 * width
            assert y.min() > 0.05 * height
            assert y.max() < 0.95 * height
            assert depth.min() > 0.5


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_world_landmarks_are_what_the_camera_sees(azimuth: int) -> None:
    """A similarity of the picture's plane maps them to the pixels, but for perspective."""
    athlete = Athlete("squat", azimuth_deg=azimuth)
    t = athlete.reps[0].turn_s
    pixels, world = athlete.landmarks(t), athlete.world_landmarks(t)
    np.testing.assert_allclose(world[:, 2] - world[0, 2], pixels[:, 2] - pixels[0, 2], atol=1e-5)
    rays = (pixels[:, :2] - (320.0, 240.0)) * pixels[:, 2:]
    metres = world[:, :2] - world[:1, :2]
    focal = np.sum((rays - rays[0]) * metres) / np.sum(metres**2)
    np.testing.assert_allclose(rays - rays[0], focal * metres, atol=0.05)
    assert 500 < focal < 700


@pytest.mark.parametrize(
    ("azimuth", "axis", "sign"), [(0, 0, 1), (180, 0, -1), (90, 2, -1), (270, 2, 1)]
)
def test_left_is_the_athletes_own_left(azimuth: int, axis: int, sign: int) -> None:
    """To the right in the picture from the front; nearer to a camera on the left."""
    world = Athlete("squat", azimuth_deg=azimuth).world_landmarks(0.0)
    for part in ("shoulder", "hip", "knee", "ear"):
        across = point(world, f"left_{part}")[axis] - point(world, f"right_{part}")[axis]
        assert sign * across > 0.1


def test_world_landmarks_start_between_the_hips_and_point_down() -> None:
    world = Athlete("biceps_curl").world_landmarks(0.7)
    assert world.shape == (33, 3)
    assert world.dtype == np.float32
    hips = point(world, "left_hip") + point(world, "right_hip")
    np.testing.assert_allclose(hips, 0.0, atol=1e-6)
    assert point(world, "nose")[1] < -0.5
    assert point(world, "left_ankle")[1] > 0.7


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_the_picture_shows_the_body_where_the_landmarks_are(azimuth: int) -> None:
    """Where the head was before a squat, the wall is seen at the bottom of it."""
    athlete = Athlete("squat", reps=1, azimuth_deg=azimuth)
    before, after = athlete.render(0.0), athlete.render(athlete.reps[0].turn_s)
    changed = np.abs(before.astype(int) - after).max(axis=2) > 30
    for name in ("left_ear", "right_ear"):
        x, y, _ = point(athlete.landmarks(0.0), name).tolist()
        assert changed[round(y), round(x)]


def test_the_same_seed_gives_the_same_pictures() -> None:
    one, two = (Athlete("squat", reps=2, seed=3) for _ in range(2))
    assert one.reps == two.reps
    for t in (0.0, 2.0, 4.1):
        np.testing.assert_array_equal(one.render(t), two.render(t))


def test_another_seed_gives_another_performance() -> None:
    one, two = (Athlete("squat", reps=2, seed=seed) for seed in (3, 4))
    assert one.reps != two.reps
    assert not np.array_equal(one.landmarks(2.0), two.landmarks(2.0))


def test_a_picture_does_not_depend_on_the_pictures_before() -> None:
    athlete = Athlete("squat", reps=2)
    before = athlete.render(2.0)
    athlete.render(4.0)
    np.testing.assert_array_equal(athlete.render(2.0), before)


def test_it_draws_into_the_picture_that_it_is_given() -> None:
    athlete = Athlete("squat", width=320, height=240)
    out = np.zeros((240, 320, 3), np.uint8)
    assert athlete.render(1.0, out) is out
    np.testing.assert_array_equal(out, athlete.render(1.0))


def test_a_picture_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"out is \(10, 10, 3\).*give \(480, 640, 3\)"):
        Athlete("squat").render(0.0, np.zeros((10, 10, 3), np.uint8))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"exercise": "yoga"}, r"exercise is 'yoga': .*squat, biceps_curl"),
        ({"reps": 0}, r"reps is 0: .*1 or more"),
        ({"tempo_s": 0.3}, r"tempo_s is 0\.3: .*more than 0\.3"),
        ({"tempo_s": float("nan")}, r"tempo_s is nan"),
        ({"azimuth_deg": float("inf")}, r"azimuth_deg is inf"),
        ({"width": 63}, r"width is 63: .*64"),
        ({"height": 10_000}, r"height is 10000: .*8192"),
        ({"seed": -1}, r"seed is -1: .*0 or more"),
        ({"camera_height_m": 0.0}, r"camera_height_m is 0\.0: .*metres"),
    ],
)
def test_bad_values_are_named_with_what_is_allowed(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Athlete(**{"exercise": "squat", **values})
