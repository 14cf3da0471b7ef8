"""Where a set ends."""

from edgecv.athlete.poses import SIZE
from edgecv.pose.keypoints import BLAZEPOSE_33
from edgecv.reps.counter import Counter
from edgecv.reps.outcome import Counted, SetEnded
from tests.counted import TimedPose, after, follow, pausing, reps_of, trial


def told(poses: list[TimedPose], exercise: str | None = None) -> list[tuple[float, str]]:
    """When which sets ended and reps were told, without the end of the recording."""
    counter = Counter(BLAZEPOSE_33, exercise, pause_s=8.0)
    return [
        (time_s, "end" if isinstance(outcome, SetEnded) else "rep")
        for time_s, pose in poses
        for outcome in counter.update(time_s, pose, SIZE)
        if isinstance(outcome, SetEnded | Counted)
    ]


def test_a_set_ends_after_a_pause_and_the_next_rep_begins_another() -> None:
    done = trial("squat")
    rest_s = done.reps[2].end_s + 0.1
    outcomes = told(pausing(done.poses, rest_s, 11.0), "squat")

    assert [what for _, what in outcomes] == ["rep"] * 3 + ["end"] + ["rep"] * 2
    end_s = next(time_s for time_s, what in outcomes if what == "end")
    last_s = outcomes[2][0]
    assert 7.5 < end_s - last_s < 9.0


def test_who_does_slow_reps_may_pause_longer() -> None:
    done = trial("squat", tempo=2.0)
    period_s = done.reps[1].turn_s - done.reps[0].turn_s
    rest_s = done.reps[2].end_s + 0.1
    outcomes = told(pausing(done.poses, rest_s, 8.5), "squat")

    assert 3 * period_s > 11
    assert [what for _, what in outcomes] == ["rep"] * 5


def test_a_set_does_not_end_in_the_middle_of_a_movement() -> None:
    done = trial("squat", uneven=0.0)
    fourth = done.reps[3]
    halted = pausing(done.poses, fourth.start_s - 0.1, 6.2)

    assert [what for _, what in told(halted, "squat")] == ["rep"] * 5


def test_who_leaves_and_comes_back_soon_goes_on_with_the_set() -> None:
    done = trial("squat")
    rest_s = done.reps[2].end_s + 0.3
    first = [timed for timed in done.poses if timed[0] <= rest_s]
    then = [timed for timed in done.poses if timed[0] > rest_s]

    assert [w for _, w in told(after(first, then, 4.0), "squat")] == ["rep"] * 5


def test_who_leaves_for_long_has_ended_the_set() -> None:
    done = trial("squat")
    gone = [(done.poses[-1][0] + n / 5, None) for n in range(1, 60)]

    assert [w for _, w in told([*done.poses, *gone], "squat")] == ["rep"] * 5 + ["end"]


def test_the_end_of_the_recording_ends_the_set_and_says_so() -> None:
    outcomes = follow(trial("squat").poses, "squat")

    assert outcomes[-1] == SetEnded("squat", "the end of the recording")
    assert len(reps_of(outcomes)) == 5


def test_a_set_that_somebody_ends_says_why_and_ends_once() -> None:
    counter = Counter(BLAZEPOSE_33, "squat")
    for time_s, pose in trial("squat").poses:
        counter.update(time_s, pose, SIZE)

    assert counter.end_set("it was reset") == [SetEnded("squat", "it was reset")]
    assert counter.end_set("it was reset") == []
