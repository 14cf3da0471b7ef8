from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgecv.athlete import EXERCISES, Athlete, PassesBy
from edgecv.athlete.motions import motion_of
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
TRUNK = [
    BLAZEPOSE_33.index(f"{side}_{part}")
    for side in ("left", "right")
    for part in ("shoulder", "hip")
]
WIDTHS = [("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")]
KNEE, ELBOW = ("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")
HIP, SHOULDER = ("shoulder", "hip", "knee"), ("hip", "shoulder", "elbow")
ANKLE = ("knee", "ankle", "foot_index")
MOVES = {
    "squat": (KNEE, (160, 180), (60, 85)),
    "lunge": (KNEE, (160, 180), (75, 100)),
    "push_up": (ELBOW, (155, 180), (45, 75)),
    "sit_up": (HIP, (120, 145), (35, 65)),
    "jumping_jack": (SHOULDER, (0, 20), (135, 175)),
    "biceps_curl": (ELBOW, (160, 180), (35, 50)),
    "alternating_curl": (ELBOW, (160, 180), (35, 50)),
    "overhead_press": (ELBOW, (40, 60), (160, 180)),
    "pull_up": (ELBOW, (160, 180), (40, 60)),
    "goblet_squat": (KNEE, (160, 180), (60, 90)),
    "split_squat": (KNEE, (160, 180), (80, 110)),
    "step_up": (KNEE, (80, 115), (155, 180)),
    "deadlift": (HIP, (155, 180), (55, 80)),
    "kettlebell_swing": (HIP, (75, 100), (150, 180)),
    "hip_abduction": (HIP, (155, 180), (115, 140)),
    "calf_raise": (ANKLE, (95, 125), (130, 160)),
    "high_knees": (KNEE, (160, 180), (65, 100)),
    "jump_rope": (ANKLE, (90, 115), (125, 155)),
    "crunch": (HIP, (120, 145), (90, 115)),
    "leg_raise": (HIP, (155, 180), (80, 105)),
    "glute_bridge": (HIP, (120, 145), (150, 180)),
    "mountain_climber": (HIP, (155, 180), (40, 75)),
    "burpee": (SHOULDER, (0, 30), (60, 90)),
    "one_arm_curl": (ELBOW, (160, 180), (35, 50)),
    "lateral_raise": (SHOULDER, (0, 30), (80, 110)),
    "front_raise": (SHOULDER, (0, 30), (80, 105)),
    "bent_row": (ELBOW, (160, 180), (80, 110)),
    "triceps_pushdown": (ELBOW, (60, 85), (155, 180)),
    "triceps_extension": (ELBOW, (155, 180), (50, 75)),
    "bench_press": (ELBOW, (160, 180), (70, 95)),
    "dip": (ELBOW, (160, 180), (80, 110)),
}
"""A joint that moves in each exercise: its angle at rest and at the turn, from and to."""
FOCAL_PX = 600.0
"""Of the camera of pictures of 640 x 480."""
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

IN_TURN = [
    name if number % 3 == 0 else pytest.param(name, marks=pytest.mark.long)
    for number, name in enumerate(EXERCISES)
]
"""Every third; all of them where there is time."""


def point(points: Points, name: str) -> Points:
    row: Points = points[BLAZEPOSE_33.index(name)]
    return row


def distance(points: Points, pair: tuple[str, str]) -> float:
    return float(np.linalg.norm(point(points, pair[0]) - point(points, pair[1])))


def angle(points: Points, side: str, joint: tuple[str, str, str]) -> float:
    first, corner, last = (point(points, f"{side}_{name}") for name in joint)
    a, b = first - corner, last - corner
    return float(np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))))


def moving_angle(
    athlete: Athlete, t_s: float, side: str | None, exercise: str | None = None
) -> float:
    """Of the joint in MOVES, on that side or on the left."""
    exercise = exercise or athlete.reps[0].exercise
    return angle(athlete.world_landmarks(t_s), side or "left", MOVES[exercise][0])


def in_the_room(athlete: Athlete, t_s: float) -> Points:
    """(33, 3) landmarks in metres along the camera's axes, which stand still."""
    points = athlete.landmarks(t_s)
    points[:, :2] = (points[:, :2] - (320.0, 240.0)) * points[:, 2:] / FOCAL_PX
    return points


def times(athlete: Athlete, count: int = 40) -> NDArray[np.float64]:
    return np.linspace(0.0, athlete.duration_s, count)


@pytest.mark.parametrize("exercise", IN_TURN)
def test_bones_keep_their_length(exercise: str) -> None:
    athlete = Athlete(exercise, reps=2)
    lengths = np.array(
        [
            [distance(athlete.world_landmarks(t), pair) for pair in LIMBS + WIDTHS]
            for t in times(athlete, 15)
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


def test_there_is_a_promise_for_every_exercise() -> None:
    assert set(MOVES) == set(EXERCISES)


@pytest.mark.parametrize("seed", [1, 4])
@pytest.mark.parametrize("exercise", IN_TURN)
def test_a_rep_goes_from_rest_to_turn(exercise: str, seed: int) -> None:
    athlete = Athlete(exercise, reps=3, seed=seed)
    _, rest, turn = MOVES[exercise]
    for rep in athlete.reps:
        assert rest[0] < moving_angle(athlete, rep.start_s, rep.side, exercise) < rest[1]
        assert turn[0] < moving_angle(athlete, rep.turn_s, rep.side, exercise) < turn[1]
        assert rest[0] < moving_angle(athlete, rep.end_s, rep.side, exercise) < rest[1]


@pytest.mark.parametrize("exercise", [n for n, row in EXERCISES.items() if not row.down_to])
def test_the_joint_has_moved_the_most_when_the_rep_turns(exercise: str) -> None:
    athlete = Athlete(exercise, reps=3)
    _, rest, turn = MOVES[exercise]
    for rep in athlete.reps:
        moments = np.linspace(rep.start_s, rep.end_s, 61)
        angles = np.array([moving_angle(athlete, t, rep.side, exercise) for t in moments])
        farthest = angles.argmin() if turn < rest else angles.argmax()
        assert abs(moments[int(farthest)] - rep.turn_s) < 0.03 * EXERCISES[exercise].natural_s


def test_a_burpee_goes_down_to_a_plank_and_ends_with_a_jump() -> None:
    athlete = Athlete("burpee", reps=2, seed=3, azimuth_deg=0.0)
    rep = athlete.reps[0]
    moments = np.linspace(rep.start_s, rep.end_s, 81)
    places = np.array([in_the_room(athlete, t) for t in moments])
    hand, foot, nose = (BLAZEPOSE_33.index(n) for n in ("left_wrist", "left_ankle", "nose"))
    stretched = np.linalg.norm(places[:, hand] - places[:, foot], axis=1)
    assert abs(moments[int(stretched.argmax())] - rep.turn_s) < 0.1
    down = athlete._camera.axes[:, 1]
    feet, head = places[:, foot] @ down, places[:, nose] @ down
    assert 0.12 < np.ptp(feet[moments > rep.end_s - 0.5]) < 0.25
    assert head.max() - head[0] > 0.1
    assert head[0] - head.min() > 0.8


@pytest.mark.parametrize("exercise", IN_TURN)
def test_the_movement_has_no_jumps(exercise: str) -> None:
    athlete = Athlete(exercise, reps=1, tempo_s=2.0)
    step_s = 0.02
    moments = np.arange(0.0, athlete.duration_s, step_s)
    places = np.array([in_the_room(athlete, t) for t in moments])
    speed = np.diff(places, axis=0) / step_s
    assert np.abs(np.diff(speed, axis=0)).max() < 0.4 * np.abs(speed).max()


@pytest.mark.parametrize("seed", [4, 6])
@pytest.mark.parametrize("exercise", IN_TURN)
def test_what_is_planted_stays_where_it_is(exercise: str, seed: int) -> None:
    athlete = Athlete(exercise, reps=2, seed=seed)
    motion = motion_of(exercise, seed)
    rep = athlete.reps[0]
    for limb in motion.planted:
        side, kind = limb.split("_")
        mark = BLAZEPOSE_33.index(f"{side}_{'foot_index' if kind == 'leg' else 'index'}")
        places = [in_the_room(athlete, t)[mark] for t in np.linspace(rep.start_s, rep.end_s, 9)]
        # The toes on which a foot turns are not quite where the landmark is.
        assert np.ptp(places, axis=0).max() < (0.04 if limb in motion.pivots else 0.005)


@pytest.mark.parametrize("exercise", IN_TURN)
def test_nothing_is_below_the_floor(exercise: str) -> None:
    athlete = Athlete(exercise, reps=2, azimuth_deg=0.0)
    down = athlete._camera.axes[:, 1]
    for t in times(athlete, 15):
        heights = in_the_room(athlete, t) @ down + athlete._camera.position[1]
        assert heights.min() > -0.02


def test_a_lunge_lands_before_it_is_lowest_and_the_foot_stays_there() -> None:
    athlete = Athlete("lunge", reps=2, tempo_s=2.0)
    for rep in athlete.reps:
        toes = BLAZEPOSE_33.index(f"{rep.side}_foot_index")
        places = [in_the_room(athlete, rep.turn_s + t)[toes] for t in (-0.25, -0.1, 0.0, 0.1, 0.25)]
        assert np.ptp(places, axis=0).max() < 0.005
        assert np.linalg.norm(places[0] - in_the_room(athlete, rep.start_s)[toes]) > 0.5


@pytest.mark.parametrize("exercise", ["lunge", "alternating_curl"])
def test_sides_alternate(exercise: str) -> None:
    athlete = Athlete(exercise, reps=4)
    assert [rep.side for rep in athlete.reps] == ["left", "right", "left", "right"]
    for rep in athlete.reps:
        world = athlete.world_landmarks(rep.turn_s)
        joint = MOVES[exercise][0][2]
        forward = {side: -in_front(world, f"{side}_{joint}") for side in ("left", "right")}
        assert max(forward, key=lambda side: forward[side]) == rep.side


def in_front(world: Points, name: str) -> float:
    """How far behind the chest a point is, from the front of somebody who stands upright."""
    across = point(world, "left_shoulder") - point(world, "right_shoulder")
    front = np.cross(across, (0.0, -1.0, 0.0))
    return float(-(point(world, name) - point(world, "left_hip")) @ front)


@pytest.mark.parametrize("exercise", ["squat", "push_up", "jumping_jack", "lunge"])
def test_partial_reps_go_less_far_and_do_not_count(exercise: str) -> None:
    athlete = Athlete(exercise, reps=8, partial=0.5, seed=2)
    assert sum(rep.full for rep in athlete.reps) == 4
    assert athlete.reps_completed(athlete.duration_s) == 4
    ways: dict[bool, list[float]] = {True: [], False: []}
    for rep in athlete.reps:
        rest = moving_angle(athlete, rep.start_s, rep.side)
        ways[rep.full].append(abs(moving_angle(athlete, rep.turn_s, rep.side) - rest))
        assert rep.full == (rep.amplitude > 0.5)
    assert max(ways[False]) < 0.75 * min(ways[True])


def test_uneven_reps_differ_in_tempo_and_amplitude() -> None:
    even, uneven = (Athlete("squat", reps=12, uneven=share).reps for share in (0.0, 1.0))
    for reps, tempo, amplitude in (
        (even, (0.0, 0.3), (0.0, 0.1)),
        (uneven, (0.6, 2.0), (0.1, 0.3)),
    ):
        assert tempo[0] < np.ptp([rep.end_s - rep.start_s for rep in reps]) < tempo[1]
        assert amplitude[0] < np.ptp([rep.amplitude for rep in reps]) < amplitude[1]
    assert all(rep.full and rep.amplitude > 0.7 for rep in uneven)


def test_a_pause_is_in_turns_at_rest_and_at_the_turn() -> None:
    athlete = Athlete("squat", reps=4, tempo_s=2.0, pause_every=2, pause_s=5.0)
    first, second, third, fourth = athlete.reps
    assert second.start_s == first.end_s
    assert third.start_s == pytest.approx(second.end_s + 5.0)
    assert fourth.end_s - fourth.start_s == pytest.approx(7.0, abs=0.2)
    for start in (second.end_s, fourth.turn_s):
        knees = [moving_angle(athlete, start + t, None) for t in (0.0, 2.0, 5.0)]
        assert np.ptp(knees) < 2.0
    assert moving_angle(athlete, second.end_s + 2.0, None) > 160
    assert moving_angle(athlete, fourth.turn_s + 2.0, None) < 85
    assert athlete.exercise_at(0.5) is None
    assert athlete.exercise_at(fourth.turn_s + 2.0) == "squat"


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


@pytest.mark.parametrize("azimuth", [0, 135, 270])
@pytest.mark.parametrize("exercise", IN_TURN)
def test_the_whole_body_is_in_the_picture(exercise: str, azimuth: int) -> None:
    sizes = [(640, 480), (480, 640)] if azimuth % 90 else [(640, 480)]
    for width, height in sizes:
        seed = azimuth // 45
        athlete = Athlete(
            exercise, reps=2, azimuth_deg=azimuth, width=width, height=height, seed=seed
        )
        for t in times(athlete, 6):
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
    assert focal == pytest.approx(FOCAL_PX, rel=0.01)


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


@pytest.mark.parametrize("where", ["behind", "in_front"])
def test_a_passer_by_is_seen_and_changes_nothing_that_is_true(where: PassesBy) -> None:
    alone, passed = (Athlete("squat", reps=3, passer_by=who, seed=3) for who in (None, where))
    assert alone.reps == passed.reps
    assert alone.duration_s == passed.duration_s
    seen = 0
    for t in times(alone, 20):
        np.testing.assert_array_equal(alone.landmarks(t), passed.landmarks(t))
        seen += not np.array_equal(alone.render(t), passed.render(t))
    assert 4 < seen < 16
    for t in (0.0, alone.duration_s):
        np.testing.assert_array_equal(alone.render(t), passed.render(t))


def test_who_passes_in_front_hides_the_athlete_and_who_passes_behind_does_not() -> None:
    alone = Athlete("squat", reps=3, seed=3)
    middle = alone.duration_s / 2
    hidden = {}
    for where in ("behind", "in_front"):
        passed = Athlete("squat", reps=3, seed=3, passer_by=where)
        worst = 0.0
        for t in np.linspace(middle - 0.6, middle + 0.6, 7):
            x, y, _ = alone.landmarks(t)[TRUNK].mean(axis=0).round().astype(int).tolist()
            spot = (slice(y - 3, y + 4), slice(x - 3, x + 4))
            change = np.abs(alone.render(t)[spot].astype(int) - passed.render(t)[spot])
            worst = max(worst, float(change.mean()))
        hidden[where] = worst
    assert hidden["behind"] < 1.0
    assert hidden["in_front"] > 20.0


def test_noise_has_the_deviation_that_is_asked_for() -> None:
    clean, noisy = (Athlete("squat", noise=noise).render(1.0) for noise in (0.0, 0.25))
    difference = noisy.astype(float) - clean
    assert difference[:, :, 1].std() == pytest.approx(8.0, rel=0.1)


def test_noise_is_another_one_in_each_picture_and_the_same_in_the_same() -> None:
    athlete = Athlete("squat", noise=0.5, width=160, height=120)
    first = athlete.render(0.0)
    assert not np.array_equal(athlete.render(-1.0), first)
    np.testing.assert_array_equal(athlete.render(0.0), first)


def test_a_slow_shutter_blurs_what_moves_and_nothing_else() -> None:
    sharp, blurred = (
        Athlete("jumping_jack", tempo_s=1.0, shutter_s=shutter_s) for shutter_s in (0.0, 0.05)
    )
    fast = sharp.reps[0].start_s + 0.25
    difference = np.abs(sharp.render(fast).astype(int) - blurred.render(fast)).max(axis=2)
    assert difference.max() > 30
    assert np.mean(difference > 2) < 0.1
    np.testing.assert_array_equal(sharp.landmarks(fast), blurred.landmarks(fast))


@pytest.mark.parametrize("seed", range(8))
def test_seeds_are_people_of_different_builds(seed: int) -> None:
    one, other = (Athlete("squat", seed=s).world_landmarks(0.0) for s in (seed, seed + 1))
    assert not np.allclose(one, other, atol=0.01)
    height = np.ptp(one[:, 1])
    assert 1.35 < height < 1.85  # from the eyes to the toes


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
        ({"exercise": "yoga"}, r"exercise is 'yoga': .*squat, lunge"),
        ({"reps": 0}, r"reps is 0: .*1 or more"),
        ({"tempo_s": 0.3}, r"tempo_s is 0\.3: .*more than 0\.3"),
        ({"tempo_s": float("nan")}, r"tempo_s is nan"),
        ({"azimuth_deg": float("inf")}, r"azimuth_deg is inf"),
        ({"width": 63}, r"width is 63: .*64"),
        ({"height": 10_000}, r"height is 10000: .*8192"),
        ({"seed": -1}, r"seed is -1: .*0 or more"),
        ({"camera_height_m": 0.0}, r"camera_height_m is 0\.0: .*metres"),
        ({"partial": 1.1}, r"partial is 1\.1: .*0 to 1"),
        ({"uneven": -0.1}, r"uneven is -0\.1: .*0 to 1"),
        ({"pause_every": -1}, r"pause_every is -1: .*0 or more"),
        ({"pause_s": 61.0}, r"pause_s is 61\.0: .*0 to 60 seconds"),
        ({"noise": 2.0}, r"noise is 2\.0: .*0 to 1"),
        ({"shutter_s": 0.2}, r"shutter_s is 0\.2: .*0 to 0\.1 seconds"),
        ({"passer_by": "above"}, r"passer_by is 'above': .*behind, in_front"),
    ],
)
def test_bad_values_are_named_with_what_is_allowed(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Athlete(**{"exercise": "squat", **values})
