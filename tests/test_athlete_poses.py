"""Poses of the athlete without rendering: true where nothing is wrong, else wrong as a model is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgecv.athlete import DOINGS, EXERCISES, Athlete, Everyday
from edgecv.athlete.flaws import Flaws
from edgecv.athlete.performance import perform
from edgecv.athlete.poses import Trial, poses, track, trials
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose
from edgecv.pose.open_estimator import open_estimator

EXACT = Flaws(habits=False)
FPS = 15.0


def trial(activity: str = "squat", flaws: Flaws = EXACT, **options: Any) -> Trial:
    """One, seen from the front unless told otherwise."""
    given: dict[str, Any] = {
        "azimuths_deg": (0,),
        "fps": FPS,
        "reps": 3,
        "uneven": 0.0,
        "seconds": 10.0,
    } | options
    return next(iter(trials((activity,), flaws=(flaws,), **given)))


def found(trial: Trial) -> list[Pose]:
    return [pose for _, pose in trial.poses if pose is not None]


def stacked(trial: Trial) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 33, 3) each: pixels and world of the frames in which somebody was found."""
    seen = found(trial)
    worlds = [pose.world for pose in seen if pose.world is not None]
    return np.stack([pose.pixels for pose in seen]).astype(float), np.stack(worlds).astype(float)


def row(name: str) -> int:
    return BLAZEPOSE_33.index(name)


def angle(points: NDArray[np.float64], *names: str) -> NDArray[np.float64]:
    """(n,) degrees, at the second of three points."""
    first, corner, last = (points[:, row(name)] for name in names)
    a, b = first - corner, last - corner
    cosine = np.einsum("ni,ni->n", a, b) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    degrees: NDArray[np.float64] = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return degrees


@pytest.mark.parametrize("azimuth", [0, 135])
@pytest.mark.parametrize("exercise", ["squat", "burpee", "hip_abduction", "pull_up"])
def test_without_flaws_poses_are_where_the_renderer_has_its_joints(
    exercise: str, azimuth: int
) -> None:
    seen = trial(exercise, azimuths_deg=(azimuth,), seeds=(4,), fps=4.0, heights_m=(0.8,))
    athlete = Athlete(exercise, reps=3, azimuth_deg=azimuth, seed=4, camera_height_m=0.8)
    assert seen.reps == athlete.reps
    for time_s, pose in seen.poses:
        assert pose is not None
        assert pose.world is not None
        np.testing.assert_allclose(pose.pixels[:, :2], athlete.landmarks(time_s)[:, :2], atol=1e-3)
        np.testing.assert_allclose(pose.world, athlete.world_landmarks(time_s), atol=1e-5)


def test_everyday_poses_are_where_the_renderer_has_its_joints() -> None:
    seen = trial("dancing", azimuths_deg=(45,), fps=2.0)
    athlete = Everyday("dancing", seconds=10.0, azimuth_deg=45)
    for time_s, pose in seen.poses:
        assert pose is not None
        np.testing.assert_allclose(pose.pixels[:, :2], athlete.landmarks(time_s)[:, :2], atol=1e-3)


@pytest.mark.long
def test_every_activity_makes_a_trial_that_knows_the_right_answer() -> None:
    made = list(trials(azimuths_deg=(30,), fps=4.0, reps=2, seconds=6.0))
    assert len(made) == len(EXERCISES) + len(DOINGS)
    assert len({one.name for one in made}) == len(made)
    for one in made:
        name = one.name.split()[0]
        if name in EXERCISES:
            assert one.exercise == (EXERCISES[name].counts_as or name)
            assert one.count == 2
        else:
            assert one.exercise == DOINGS[name].exercise
            assert one.count == 0
        assert len(found(one)) > 0.6 * len(one.poses)
        times = [time_s for time_s, _ in one.poses]
        assert times == sorted(times)


def test_repetitions_that_are_broken_off_are_not_in_the_right_answer() -> None:
    one = trial(reps=6, partial=0.5)
    assert len(one.reps) == 6
    assert one.count == 3


def test_the_same_arguments_give_the_same_poses_and_another_seed_others() -> None:
    flaws = Flaws(noise=0.01, jitter=0.01, lost=0.1)
    one, same, other = (
        stacked(trial("push_up", flaws, seeds=(seed,), fps=5.0)) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one[0], same[0])
    np.testing.assert_array_equal(one[1], same[1])
    assert one[0].shape != other[0].shape or not np.allclose(one[0], other[0])


def test_an_unknown_activity_is_named_with_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"activity is 'yoga': .*squat, .*walking"):
        next(trials(("yoga",)))


def test_each_view_has_errors_of_its_own() -> None:
    one, other = trials(("squat",), azimuths_deg=(0, 0), fps=5.0, reps=1)
    assert not np.allclose(stacked(one)[1], stacked(other)[1], atol=0.01)


def test_every_combination_is_tried_once() -> None:
    names = [
        one.name
        for one in trials(
            ("squat", "waving"),
            azimuths_deg=(0, 90),
            heights_m=(0.8, 1.6),
            seeds=(1, 2),
            tempos=(0.7, 1.4),
            flaws=(EXACT, Flaws(mirror=True)),
            fps=1.0,
            seconds=3.0,
        )
    ]
    assert len(names) == len(set(names)) == 32 + 16  # no tempo is asked of who waves


def test_everybody_has_a_form_of_their_own_and_it_is_still_the_exercise() -> None:
    knee = ("left_hip", "left_knee", "left_ankle")
    elbow = ("left_shoulder", "left_elbow", "left_wrist")

    def least(exercise: str, joint: tuple[str, str, str], form: float) -> list[float]:
        worlds = (
            stacked(trial(exercise, seeds=(seed,), form=form, reps=1, fps=8.0))[1]
            for seed in range(1, 7)
        )
        return [float(angle(world, *joint).min()) for world in worlds]

    for exercise, joint, deep in (("squat", knee, 110), ("push_up", elbow, 110)):
        alike, own = (least(exercise, joint, form) for form in (0.0, 1.0))
        assert np.std(alike) < 4.0 < np.std(own)
        assert max(own) < deep


@pytest.mark.parametrize("exercise", [n for n, row in EXERCISES.items() if row.rest.pitch])
def test_who_gets_ready_first_stands_before_and_after_and_does_as_many(exercise: str) -> None:
    one = trial(exercise, seeds=(3,), from_standing=True, reps=2, fps=8.0)
    assert one.count == 2
    _, world = stacked(one)
    for frame in (0, -1):
        place = {name: world[frame, row(name)] for name in ("nose", "left_ankle", "left_wrist")}
        assert place["nose"][1] < -0.6
        assert place["left_ankle"][1] > 0.7
    speed = np.linalg.norm(np.diff(world, axis=0), axis=2) * 8.0
    assert speed.max() < 9.0


def test_tempo_is_a_share_of_what_is_natural() -> None:
    for exercise in ("squat", "high_knees"):
        slow, quick = (trial(exercise, tempos=(tempo,)).reps[0] for tempo in (1.5, 1.0))
        ratio = (slow.end_s - slow.start_s) / (quick.end_s - quick.start_s)
        assert ratio == pytest.approx(1.5, rel=0.01)


def test_a_mirror_swaps_left_and_right_of_the_body_and_of_the_truth() -> None:
    one, mirrored = (trial("one_arm_curl", flaws) for flaws in (EXACT, replace(EXACT, mirror=True)))
    assert {rep.side for rep in one.reps} == {"left"}
    assert {rep.side for rep in mirrored.reps} == {"right"}
    (pixels, world), (flipped, other) = stacked(one), stacked(mirrored)
    np.testing.assert_allclose(
        flipped[:, row("right_wrist"), 0], 640 - pixels[:, row("left_wrist"), 0], atol=1e-3
    )
    np.testing.assert_allclose(
        other[:, row("right_wrist")], world[:, row("left_wrist")] * (-1, 1, 1), atol=1e-5
    )
    assert angle(other, "right_shoulder", "right_elbow", "right_wrist").min() < 60
    assert angle(other, "left_shoulder", "left_elbow", "left_wrist").min() > 150


def test_roll_and_scale_turn_and_shrink_the_picture_and_leave_the_body() -> None:
    straight, world = stacked(trial())
    turned, leaning = stacked(trial(flaws=replace(EXACT, roll_deg=10.0, scale=0.5)))
    spine = [row("left_shoulder"), row("left_ankle")]
    ways = [np.subtract(*pixels[:, spine, :2].transpose(1, 0, 2)) for pixels in (straight, turned)]
    sizes = [np.linalg.norm(way, axis=1) for way in ways]
    np.testing.assert_allclose(sizes[1], 0.5 * sizes[0], rtol=1e-4)
    tilts = [np.degrees(np.arctan2(way[:, 0], -way[:, 1])) for way in ways]
    np.testing.assert_allclose(tilts[1] - tilts[0], 10.0, atol=1e-2)
    knee = ("left_hip", "left_knee", "left_ankle")
    np.testing.assert_allclose(angle(leaning, *knee), angle(world, *knee), atol=0.1)
    assert np.abs(leaning[..., :2] - world[..., :2]).max() > 0.1


def test_a_time_scale_stretches_poses_and_truth_alike() -> None:
    one, slow = (trial(flaws=replace(EXACT, time_scale=scale)) for scale in (1.0, 1.5))
    assert slow.poses[-1][0] == pytest.approx(1.5 * one.poses[-1][0])
    assert slow.reps[2].turn_s == pytest.approx(1.5 * one.reps[2].turn_s)
    np.testing.assert_array_equal(stacked(slow)[0], stacked(one)[0])


def test_as_many_frames_are_lost_as_is_asked() -> None:
    one = trial("talking", replace(EXACT, lost=0.2), seconds=30.0)
    assert 1.0 - len(found(one)) / len(one.poses) == pytest.approx(0.2, abs=0.05)


def test_gaps_come_as_often_and_last_as_long_as_is_asked() -> None:
    one = trial("talking", replace(EXACT, gap_s=0.5, gap_every_s=3.0), seconds=30.0)
    missing = np.array([pose is None for _, pose in one.poses])
    edges = np.flatnonzero(np.diff(missing.astype(int)) == 1)
    assert len(edges) == pytest.approx(one.poses[-1][0] / 3.0, abs=1)
    assert missing.mean() == pytest.approx(0.5 / 3.0, abs=0.03)
    assert not missing[0]


@pytest.mark.parametrize(
    ("crop", "out", "within"),
    [
        ("feet", ("left_ankle", "right_heel"), ("nose", "left_hip")),
        ("hands", ("left_wrist", "right_wrist"), ("left_hip", "right_ankle")),
    ],
)
def test_what_is_cropped_is_out_of_the_frame_and_has_a_low_score(
    crop: Any, out: tuple[str, str], within: tuple[str, str]
) -> None:
    one = trial("overhead_press", Flaws(crop=crop))
    pixels, _ = stacked(one)
    turn = round(one.reps[0].turn_s * FPS)
    for name in out:
        assert not 0 <= pixels[turn, row(name), 1] < 480
        assert pixels[turn, row(name), 2] < 0.3
    for name in within:
        assert 0 <= pixels[turn, row(name), 1] < 480
        assert pixels[turn, row(name), 2] > 0.7


def test_whoever_is_out_of_the_picture_is_not_found() -> None:
    one = trial("setting_up", Flaws(), seconds=8.0)
    assert one.poses[0][1] is None
    assert one.poses[-1][1] is None
    assert one.poses[len(one.poses) // 2][1] is not None


def test_noise_has_the_size_that_is_asked_for_and_lasts_and_jitter_does_not() -> None:
    _, world = stacked(trial("talking", seconds=20.0))
    height = 1.63
    for flaws, kept in ((replace(EXACT, noise=0.02), 0.6), (replace(EXACT, jitter=0.02), 0.0)):
        _, noisy = stacked(trial("talking", flaws, seconds=20.0))
        errors = noisy[:, row("left_wrist")] - world[:, row("left_wrist")]
        np.testing.assert_allclose(
            errors.std(axis=0), [0.02 * height] * 2 + [0.04 * height], rtol=0.2
        )
        follows = np.corrcoef(errors[1:, 0], errors[:-1, 0])[0, 1]
        assert follows == pytest.approx(kept, abs=0.2)


# The habits of the model


def test_everybody_is_about_as_tall_to_the_model() -> None:
    heights = []
    for seed in range(1, 6):
        _, world = stacked(trial("biceps_curl", Flaws(), seeds=(seed,)))
        ankles = world[:, [row("left_ankle"), row("right_ankle")], 1].mean()
        heights.append(ankles - world[:, row("nose"), 1].mean())
    assert np.std(heights) < 0.03 * np.mean(heights)


def test_a_joint_behind_the_body_has_a_low_score_and_the_trunk_a_high_one() -> None:
    pixels, _ = stacked(trial("squat", Flaws(), azimuths_deg=(90,)))
    scores = np.median(pixels[..., 2], axis=0)
    assert scores[row("left_elbow")] > 0.8
    assert scores[row("right_elbow")] < 0.3
    assert scores[[row("right_hip"), row("right_shoulder"), row("nose")]].min() > 0.99


def test_a_far_bent_elbow_is_seen_less_bent_and_a_knee_as_it_is() -> None:
    bent = [
        angle(
            stacked(trial("biceps_curl", Flaws(), seeds=(seed,)))[1],
            *("left_shoulder", "left_elbow", "left_wrist"),
        ).min()
        for seed in range(1, 6)
    ]
    assert 60 < np.mean(bent) < 110
    knees = [
        angle(
            stacked(trial("squat", Flaws(), seeds=(seed,), azimuths_deg=(90,)))[1],
            *("left_hip", "left_knee", "left_ankle"),
        ).min()
        for seed in range(1, 6)
    ]
    assert 65 < np.mean(knees) < 95


def test_depth_is_flattened_the_most_from_behind() -> None:
    depths = []
    for azimuth in (90, 180):
        flat = [stacked(trial("push_up", f, azimuths_deg=(azimuth,)))[1] for f in (Flaws(), EXACT)]
        spread = [np.ptp(world[..., 2], axis=1).mean() for world in flat]
        depths.append(spread[0] / spread[1])
    assert all(0.4 < depth < 1.05 for depth in depths)


def test_who_stands_still_is_seen_to_stand_still() -> None:
    pixels, world = stacked(trial("squat", Flaws(), fps=30.0))
    still = slice(0, 30)
    assert np.diff(world[still], axis=0).std() < 0.006
    assert np.diff(pixels[still, :, :2], axis=0).std() < 1.0


@pytest.mark.long
@pytest.mark.parametrize(("exercise", "azimuth"), [("biceps_curl", 30), ("squat", 90)])
def test_the_habits_are_those_of_the_real_model(exercise: str, azimuth: int) -> None:
    """Of errors, scores and elbows: the model's within what eight draws of the habits come to."""
    athlete = Athlete(exercise, reps=2, azimuth_deg=azimuth, seed=2)
    followed = track(perform(exercise, reps=2, seed=2), FPS)
    truth = np.stack([athlete.landmarks(t) for t in followed.times_s.tolist()])

    def figures(seen: list[Pose | None]) -> tuple[float, float, float]:
        kept = [pose is not None for pose in seen]
        pixels = np.stack([pose.pixels for pose in seen if pose])
        world = np.stack([pose.world for pose in seen if pose and pose.world is not None])
        away = np.linalg.norm(pixels[..., :2] - truth[kept, :, :2], axis=2)
        elbow = angle(world.astype(float), "left_shoulder", "left_elbow", "left_wrist")
        return float(np.median(away)), float(np.median(pixels[..., 2])), float(elbow.min())

    estimator = open_estimator("blazepose-full", threads=1)
    real = figures([estimator(athlete.render(t), t) for t in followed.times_s.tolist()])
    camera = athlete._camera
    draws = np.array(
        [
            figures([pose for _, pose in poses(followed, camera, Flaws(), seed=seed)])
            for seed in range(8)
        ]
    )
    error_px, score, elbow_deg = np.median(draws, axis=0)
    assert error_px == pytest.approx(real[0], rel=0.6)
    assert score == pytest.approx(real[1], abs=0.1)
    assert elbow_deg == pytest.approx(real[2], abs=20.0)
