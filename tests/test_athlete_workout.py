import numpy as np
import pytest

from edgecv.athlete import WORKOUT, Athlete, Do, Performer, Stand, Workout
from edgecv.pose.keypoints import BLAZEPOSE_33

SHORT = (Stand(0.5), Do("squat", reps=1, tempo_s=1.5), Do("push_up", reps=1, tempo_s=1.5))


@pytest.fixture(scope="module")
def workout() -> Workout:
    return Workout()


def in_view(workout: Workout, t_s: float) -> np.ndarray:
    x, y, _ = workout.landmarks(t_s).T
    seen: np.ndarray = (x > 0) & (x < 640) & (y > 0) & (y < 480)
    return seen


def first(workout: Workout, exercise: str) -> float:
    return next(rep.start_s for rep in workout.reps if rep.exercise == exercise)


def last(workout: Workout, exercise: str) -> float:
    return max(rep.end_s for rep in workout.reps if rep.exercise == exercise)


def test_a_workout_and_an_athlete_are_performers(workout: Workout) -> None:
    performers: list[Performer] = [workout, Athlete("squat")]
    assert all(performer.duration_s > 10.0 for performer in performers)


def test_it_does_what_the_script_says_in_that_order(workout: Workout) -> None:
    script = [step for step in WORKOUT if isinstance(step, Do)]
    done = [rep.exercise for rep in workout.reps]
    assert done == [step.exercise for step in script for _ in range(step.reps)]
    assert [(step.exercise, step.reps) for step in script] == [
        ("squat", 5),
        ("push_up", 4),
        ("jumping_jack", 6),
    ]
    assert 45 < workout.duration_s < 60
    starts = [rep.start_s for rep in workout.reps]
    assert starts == sorted(starts)


def test_it_knows_what_is_being_done(workout: Workout) -> None:
    assert workout.exercise_at(-1.0) is None
    assert workout.exercise_at(2.0) is None
    for rep in workout.reps:
        assert workout.exercise_at(rep.turn_s) == rep.exercise
    assert workout.exercise_at(last(workout, "squat") + 1.0) is None
    assert workout.exercise_at(first(workout, "push_up") - 1.0) is None
    assert workout.exercise_at(workout.duration_s + 1.0) is None


def test_reps_are_completed_when_they_end(workout: Workout) -> None:
    assert workout.reps_completed(last(workout, "squat") - 0.01) == 4
    assert workout.reps_completed(last(workout, "squat")) == 5
    assert workout.reps_completed(first(workout, "jumping_jack")) == 9
    assert workout.reps_completed(workout.duration_s) == 15


@pytest.mark.parametrize("azimuth", range(0, 360, 45))
def test_nobody_is_in_view_before_and_after(azimuth: int) -> None:
    workout = Workout(SHORT, azimuth_deg=azimuth, seed=azimuth // 45)
    for t in (-1.0, 0.0, workout.duration_s, workout.duration_s + 1.0):
        assert not in_view(workout, t).any()
    for rep in workout.reps:
        for t in (rep.start_s, rep.turn_s, rep.end_s):
            assert in_view(workout, t).all()


def test_the_picture_is_empty_before_and_after(workout: Workout) -> None:
    empty = workout.render(0.0)
    np.testing.assert_array_equal(workout.render(workout.duration_s), empty)
    there = np.abs(workout.render(workout.reps[0].turn_s).astype(int) - empty).max(axis=2) > 30
    assert 0.01 < there.mean() < 0.3


def test_it_comes_from_the_left_and_leaves_to_the_right(workout: Workout) -> None:
    nose = BLAZEPOSE_33.index("nose")
    x = [workout.landmarks(t)[nose, 0] for t in (0.0, 1.0, 2.0)]
    assert x[0] < x[1] < x[2] < 320
    x = [workout.landmarks(workout.duration_s - t)[nose, 0] for t in (2.0, 1.0, 0.0)]
    assert 320 < x[0] < x[1] < x[2]


def test_who_walks_does_not_slide(workout: Workout) -> None:
    """At any moment the toes or the heel of one foot, at least, stand still."""
    marks = ("left_foot_index", "right_foot_index", "left_heel", "right_heel")
    feet = [BLAZEPOSE_33.index(mark) for mark in marks]
    for t in np.arange(0.3, 2.4, 0.1):
        before, after = (workout.landmarks(moment)[feet] for moment in (t, t + 0.02))
        metres = np.linalg.norm(after - before, axis=1) * before[:, 2] / 600.0
        assert metres.min() < 0.008


def test_nothing_jumps() -> None:
    """No landmark is faster than 6 m/s, or changes its speed by more than 2 m/s within 0.02 s."""
    workout = Workout(SHORT)
    step_s = 0.02
    moments = np.arange(0.0, workout.duration_s, step_s)
    points = np.array([workout.landmarks(t) for t in moments])
    points[:, :, :2] = (points[:, :, :2] - (320, 240)) * points[:, :, 2:] / 600.0
    speed = np.diff(points, axis=0) / step_s
    assert np.abs(speed).max() < 6.0
    assert np.abs(np.diff(speed, axis=0)).max() < 2.0


def test_the_same_arguments_give_the_same_pictures(workout: Workout) -> None:
    again = Workout()
    assert again.reps == workout.reps
    for t in (2.0, 23.0):
        np.testing.assert_array_equal(again.render(t), workout.render(t))


@pytest.mark.parametrize("exercise", ["sit_up", "pull_up", "lunge", "overhead_press"])
def test_other_exercises_can_be_in_a_script(exercise: str) -> None:
    workout = Workout([Stand(0.5), Do(exercise, reps=2, tempo_s=2.0), Stand(0.5)], azimuth_deg=30)
    assert len(workout.reps) == 2
    for t in np.linspace(workout.reps[0].start_s, workout.reps[-1].end_s, 9):
        assert in_view(workout, t).all()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ([], r"script is \[\]: .*one step"),
        ([Do("yoga", reps=1, tempo_s=2.0)], r"exercise is 'yoga': .*one of squat"),
        ([Do("squat", reps=0, tempo_s=2.0)], r"reps is 0: .*1 or more"),
        ([Do("squat", reps=1, tempo_s=0.0)], r"tempo_s is 0\.0: .*more than 0\.3"),
        ([Stand(0.0)], r"seconds is 0\.0: .*more than 0"),
    ],
)
def test_bad_scripts_are_refused(script: list[Stand | Do], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Workout(script)


def test_a_bad_view_is_refused() -> None:
    with pytest.raises(ValueError, match=r"noise is 3\.0: .*0 to 1"):
        Workout(SHORT, noise=3.0)
