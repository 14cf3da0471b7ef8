"""What the athlete does that is no exercise with repetitions, and that everybody stays human."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from edgecv.athlete import DOINGS, EXERCISES, Everyday
from edgecv.athlete.performance import do, perform
from edgecv.athlete.poses import Track, track
from edgecv.athlete.repetitions import Manner
from edgecv.pose.keypoints import BLAZEPOSE_33

HOLDS = {"plank", "wall_sit"}
FPS = 12.0
BONES = [
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
        ("ankle", "heel"),
    )
]


def done(activity: str, seed: int, *, seconds: float = 20.0, fps: float = FPS) -> Track:
    if activity in DOINGS:
        return track(do(activity, seconds=seconds, seed=seed), fps)
    return track(perform(activity, reps=2, seed=seed, manner=Manner(uneven=1.0, form=1.0)), fps)


def point(points: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """(n, 3) metres: to the athlete's left at the start, up, to the front."""
    place: NDArray[np.float64] = points[:, BLAZEPOSE_33.index(name)]
    return place


@pytest.mark.parametrize("activity", DOINGS)
def test_bones_keep_their_length_and_nobody_sinks_into_the_floor(activity: str) -> None:
    points = done(activity, seed=2).points
    for start, end in BONES:
        lengths = np.linalg.norm(point(points, start) - point(points, end), axis=1)
        assert np.ptp(lengths) < 1e-6
    assert points[..., 1].min() > -0.02
    # Somebody always touches the floor, or nearly.
    assert points[..., 1].min(axis=1).max() < 0.12


@pytest.mark.parametrize("activity", [*EXERCISES, *DOINGS])
def test_no_knee_bends_backwards(activity: str) -> None:
    points = done(activity, seed=2, seconds=10.0).points
    across = point(points, "left_hip") - point(points, "right_hip")
    for side in ("left", "right"):
        thigh = point(points, f"{side}_knee") - point(points, f"{side}_hip")
        shin = point(points, f"{side}_ankle") - point(points, f"{side}_knee")
        assert np.einsum("ni,ni->n", np.cross(thigh, shin), across).min() > 0.0


@pytest.mark.parametrize("activity", DOINGS)
def test_nobody_moves_in_jumps(activity: str) -> None:
    points = done(activity, seed=3, seconds=4.0, fps=60.0).points
    speed = np.diff(points, axis=0) * 60.0
    assert np.linalg.norm(speed, axis=2).max() < 9.0
    assert np.linalg.norm(np.diff(speed, axis=0), axis=2).max() < 4.5


@pytest.mark.parametrize("doing", DOINGS)
def test_an_everyday_doing_has_no_true_rep_and_lasts_about_as_long_as_is_asked(doing: str) -> None:
    performance = do(doing, seconds=20.0)
    assert performance.reps == ()
    assert performance.exercise == (doing if doing in HOLDS else None)
    assert 20.0 <= performance.timetable.duration_s < 50.0


@pytest.mark.parametrize("doing", sorted(set(DOINGS) - HOLDS))
def test_the_same_seed_does_the_same_and_another_something_else(doing: str) -> None:
    one, same, other = (done(doing, seed, seconds=5.0) for seed in (5, 5, 7))
    np.testing.assert_array_equal(one.points, same.points)
    assert one.times_s[-1] != other.times_s[-1]


@pytest.mark.parametrize("hold", sorted(HOLDS))
def test_a_timed_hold_is_held_for_as_long_as_is_asked(hold: str) -> None:
    athlete = Everyday(hold, seconds=10.0)
    held = [t for t in np.arange(0.0, athlete.duration_s, 0.1) if athlete.exercise_at(t) == hold]
    assert len(held) == pytest.approx(100, abs=2)
    still = np.array([athlete.world_landmarks(t) for t in held])
    assert np.ptp(still, axis=0).max() < 0.03
    assert athlete.exercise_at(0.5) is None
    assert athlete.exercise_at(athlete.duration_s - 0.5) is None


def test_who_dances_bends_the_knees_to_a_beat() -> None:
    for seed in range(1, 4):
        hips = point(done("dancing", seed).points, "left_hip")[:, 1]
        assert 0.08 < np.ptp(hips) < 0.28
        steady = np.diff(hips[hips.size // 8 : -hips.size // 8])
        turns = np.flatnonzero((steady[:-1] < 0) & (steady[1:] >= 0))
        beats = np.diff(turns) / FPS
        assert 0.4 < np.median(beats) < 1.4
        assert beats.std() < 0.25 * beats.mean()


def test_who_sets_up_comes_in_bends_twice_and_leaves() -> None:
    followed = done("setting_up", seed=2)
    hips, head = point(followed.points, "left_hip"), point(followed.points, "nose")
    assert abs(hips[0, 0]) > 2.5
    assert abs(hips[-1, 0]) > 2.5
    assert np.sign(hips[0, 0]) != np.sign(hips[-1, 0])
    low = head[:, 1] < 0.75 * head[0, 1]
    assert np.count_nonzero(np.diff(low.astype(int)) == 1) == 2


def test_who_sits_down_sits_for_longer_than_a_rep_takes() -> None:
    for seed in range(1, 4):
        hips = point(done("sitting", seed, seconds=30.0).points, "left_hip")[:, 1]
        sat = hips < 0.7 * hips[0]
        edges = np.flatnonzero(np.diff(np.concatenate(([0], sat.astype(int), [0]))))
        assert min((edges[1::2] - edges[::2]) / FPS) > 3.0


@pytest.mark.parametrize("doing", ["waving", "talking", "boxing", "picking_up"])
def test_nobody_does_the_same_gesture_twice(doing: str) -> None:
    points = done(doing, seed=1).points
    reach = np.linalg.norm(point(points, "left_wrist") - point(points, "left_shoulder"), axis=1)
    near = np.flatnonzero((reach[1:-1] < reach[:-2]) & (reach[1:-1] <= reach[2:]))
    assert len(near) > 3
    assert np.std(reach[near + 1]) > 0.01
    assert np.std(np.diff(near)) > 0.2 * np.mean(np.diff(near))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: do("yoga"), r"doing is 'yoga': .*walking, sitting"),
        (lambda: do("walking", seconds=0.5), r"seconds is 0\.5: .*1 to 3600"),
        (lambda: do("walking", seed=-1), r"seed is -1: .*0 or more"),
        (lambda: Everyday("walking", azimuth_deg=float("nan")), r"azimuth_deg is nan"),
    ],
)
def test_bad_values_are_named_with_what_is_allowed(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make()
