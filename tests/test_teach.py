"""An exercise that is shown is counted: for others, from elsewhere, at another pace."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from edgecv import athlete, config, taught
from edgecv.assemble import exercises as choices
from edgecv.athlete.motion import Motion
from edgecv.athlete.motions import EXERCISES as MOTIONS
from edgecv.athlete.poses import SIZE, Trial, trials
from edgecv.athlete.posture import STANDING_LEG, Limb, grounded, symmetric
from edgecv.counting import Counting
from edgecv.errors import ConfigError
from edgecv.events import RepEvent
from edgecv.pose.keypoints import BLAZEPOSE_33
from edgecv.reps.counter import Counter
from edgecv.reps.demonstration import NotLearned
from edgecv.reps.exercises import EXERCISES, Exercise, Sides
from edgecv.reps.outcome import Counted, Side
from edgecv.reps.teach import Lesson, learn
from edgecv.shown import Watcher
from edgecv.traces import TraceHeader, TraceWriter
from tests.poses import pose, wave
from tests.views import make_view

_REACHING = Limb(forward=165, outward=8, bend=10)
GOOD_MORNING = Motion(
    rest=symmetric(arms=_REACHING, legs=STANDING_LEG),
    turn=symmetric(
        pitch=68,
        spine=4,
        neck=-34,
        arms=_REACHING,
        legs=grounded(Limb(forward=104, outward=9, bend=46, twist=12), 68),
    ),
    planted=("left_leg", "right_leg"),
    natural_s=3.0,
)
_ELBOW_UP = Limb(forward=40, outward=60, bend=125)
ONE_ARM_ROW = Motion(
    rest=symmetric(arms=Limb(forward=8, outward=9, bend=6), legs=STANDING_LEG),
    turn=replace(
        symmetric(arms=Limb(forward=8, outward=9, bend=6), legs=STANDING_LEG), left_arm=_ELBOW_UP
    ),
    planted=("left_leg", "right_leg"),
    side="left",
)
OWN = {"good_morning": GOOD_MORNING, "one_arm_upright_row": ONE_ARM_ROW}
NAME = "good_morning"


@pytest.fixture(scope="module", autouse=True)
def own_motions() -> Iterator[None]:
    """The athlete can do what edgecv has no row for."""
    both: Mapping[str, Motion] = {**MOTIONS, **OWN}
    with pytest.MonkeyPatch.context() as patch:
        for module in (athlete.motions, athlete.performance, athlete.poses):
            patch.setattr(module, "EXERCISES", both)
        yield


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    taught.known_exercises.cache_clear()
    yield
    taught.known_exercises.cache_clear()


def shown(name: str, *, reps: int = 4, azimuth_deg: float = 30) -> Trial:
    return next(trials([name], azimuths_deg=[azimuth_deg], seeds=[1], reps=reps, fps=20))


def learned(trial: Trial, reps: int | None = None) -> Lesson:
    return learn(BLAZEPOSE_33, trial.poses, SIZE, reps=reps)


@pytest.fixture(scope="module")
def lesson(own_motions: None) -> Lesson:  # noqa: ARG001
    return learned(shown(NAME))


def count(trial: Trial, named: str | None, rows: Mapping[str, Exercise]) -> list[tuple[str, Side]]:
    counter = Counter(BLAZEPOSE_33, named, exercises=rows)
    outcomes = [o for time_s, seen in trial.poses for o in counter.update(time_s, seen, SIZE)]
    outcomes += counter.finish()
    return [(o.rep.exercise, o.rep.side) for o in outcomes if isinstance(o, Counted)]


@pytest.mark.long
def test_what_was_shown_is_counted_for_another_body_from_elsewhere_and_at_another_pace(
    lesson: Lesson,
) -> None:
    assert len(lesson.seconds) == 4
    assert lesson.exercise.lowers_first
    assert lesson.exercise.whole_body
    others = trials(
        [NAME], azimuths_deg=(0, 90, 135, 270), seeds=[2], tempos=(0.7, 1.4), reps=5, fps=15
    )
    for trial in others:
        assert len(count(trial, NAME, {NAME: lesson.exercise})) == 5, trial.name


def test_without_a_name_it_is_recognised_among_all_exercises(lesson: Lesson) -> None:
    trial = next(trials([NAME], azimuths_deg=[60], seeds=[3], reps=5, fps=15))
    counted = count(trial, None, {**EXERCISES, NAME: lesson.exercise})
    assert [name for name, _ in counted] == [NAME] * 5


@pytest.mark.long
def test_walking_talking_and_picking_things_up_are_not_counted_as_it(lesson: Lesson) -> None:
    doings = ("walking", "talking", "picking_up")
    for trial in trials(doings, azimuths_deg=(30, 180), seconds=20, fps=15):
        assert not count(trial, NAME, {NAME: lesson.exercise}), trial.name


def test_other_exercises_are_counted_as_before(lesson: Lesson) -> None:
    rows = {**EXERCISES, NAME: lesson.exercise}
    for exercise in ("squat", "overhead_press"):
        trial = next(trials([exercise], azimuths_deg=[45], reps=5, fps=15))
        assert [name for name, _ in count(trial, None, rows)] == [exercise] * 5


def test_what_one_arm_was_shown_to_do_is_counted_for_either() -> None:
    row = learned(shown("one_arm_upright_row")).exercise
    assert row.sides is Sides.EITHER
    for seed, side in ((1, Side.LEFT), (2, Side.RIGHT)):
        trial = next(
            trials(["one_arm_upright_row"], azimuths_deg=[0], seeds=[seed], reps=5, fps=15)
        )
        assert {side for _, side in count(trial, "row", {"row": row})} == {side}
        assert len(count(trial, "row", {"row": row})) == 5


def test_reps_of_an_exercise_that_is_known_are_said_to_be_that() -> None:
    assert learned(shown("biceps_curl")).known_as == "biceps_curl"


@pytest.mark.parametrize(
    ("poses", "reps", "complaint"),
    [
        ([(t / 20, None) for t in range(200)], None, "nobody was in view"),
        ([(t, pose()) for t, _ in wave(4)], None, "nothing moved far enough"),
        ([(t, pose(knee=175 - 85 * p, hip=175 - 90 * p)) for t, p in wave(2)], None, "only 2"),
        (
            [(t, pose(knee=175 - 85 * p, hip=175 - 90 * p)) for t, p in wave(7)],
            None,
            r"7 movements were alike, not 3 to 5: show .* say --reps 7",
        ),
        (
            [(t, pose(knee=175 - 85 * p, hip=175 - 90 * p)) for t, p in wave(4)],
            5,
            "4 movements were alike, not 5",
        ),
        ([(t * 60.0, pose()) for t in range(4)], None, "180 s are too long"),
        ([], None, "nobody was in view"),
    ],
)
def test_what_teaches_nothing_says_why_and_what_to_do(
    poses: Sequence[tuple[float, object]], reps: int | None, complaint: str
) -> None:
    with pytest.raises(NotLearned, match=complaint):
        learn(BLAZEPOSE_33, poses, SIZE, reps=reps)  # type: ignore[arg-type]


def test_two_movements_in_one_demonstration_leave_open_which_is_meant() -> None:
    squats = [(t, pose(knee=175 - 85 * p, hip=175 - 90 * p)) for t, p in wave(4)]
    later_s = squats[-1][0] + 0.05
    curls = [(later_s + t, pose(elbow=165 - 120 * p)) for t, p in wave(4)]
    with pytest.raises(NotLearned, match="two different movements"):
        learn(BLAZEPOSE_33, [*squats, *curls], SIZE)


def test_more_reps_are_learned_from_when_it_is_said_how_many() -> None:
    lesson = learn(
        BLAZEPOSE_33,
        [(t, pose(knee=175 - 85 * p, hip=175 - 90 * p)) for t, p in wave(7)],
        SIZE,
        reps=7,
    )
    assert len(lesson.seconds) == 7
    change, _ = lesson.exercise.parts["hip"]
    assert change == pytest.approx(-80, abs=15)


def keep(name: str, exercise: Exercise) -> Path:
    path = taught.path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(taught.text_of(exercise), encoding="utf-8")
    return path


def test_the_file_says_the_whole_row(lesson: Lesson) -> None:
    path = keep(NAME, lesson.exercise)
    again = taught.read(path)
    for field in dataclasses.fields(Exercise):
        assert getattr(again, field.name) == getattr(lesson.exercise, field.name), field.name


def test_a_taught_exercise_can_be_chosen_and_is_counted_by_the_appliance(lesson: Lesson) -> None:
    keep(NAME, lesson.exercise)
    known = taught.known_exercises()
    assert NAME in choices()
    events: list[object] = []
    counting = Counting(
        BLAZEPOSE_33,
        exercise=NAME,
        exercises=known,
        settings=config.Counting(),
        last_set=None,
        record=events.append,
        remember=lambda _name, _value: None,
        report=lambda **_: None,
    )
    for time_s, seen in shown(NAME).poses:
        counting.see(time_s, seen, None, SIZE)
    counting.finish()
    reps = [event for event in events if isinstance(event, RepEvent)]
    assert [rep.exercise for rep in reps] == [NAME] * 4


WRONG = {
    "sides = 'both'": "Invalid enum value 'both'",
    "[parts\nx": "exercise",
    "least_s = -1": "least_s = -1.0: expected 0 or more",
    "[parts]\nkne = { change = 3, weight = 1 }": "no signal 'kne': did you mean knee?",
    "[parts]\nknee = { change = 0, weight = 1 }": "expected a number that is not 0",
    "[parts]\nknee = { change = nan, weight = 1 }": "expected a number that is not 0",
    "[parts]\nknee = { change = 9, weight = 0 }": "parts.knee.weight = 0.0",
    "[parts]\nknee = { change = 9, wait = 1 }": "unknown field `wait`",
    "[parts]\n": "parts is empty",
    "[need]\nhip = 0.3": "need.hip is none of the parts",
    "[expected]\nstride = 1": "expected.stride: known are",
    "[rest]\nknee = { least = inf }": "a number is not finite",
    "nonsense = 1": "unknown field `nonsense`",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_file_that_cant_be_used_is_left_out_with_a_reason(
    line: str, caplog: pytest.LogCaptureFixture
) -> None:
    row = Exercise(parts={"knee": (-60, 1)}, expected={"knee": -60}, least_s=0.5)
    path = keep("mine", row)
    keep("sound", row)
    key = line.partition("\n" if line.startswith("[") else " =")[0]
    kept, skipping = [], False
    for old in path.read_text(encoding="utf-8").splitlines():
        if old.startswith("["):
            skipping = old.startswith(key)
        if not skipping and not old.startswith(f"{key} ="):
            kept.append(old)
    new = [*kept, line] if line.startswith("[") else [line, *kept]
    path.write_text("\n".join(new), encoding="utf-8")

    known = taught.known_exercises()

    assert "mine" not in known
    assert {"sound", *EXERCISES} <= set(known)
    (warning,) = caplog.messages
    assert str(path) in warning
    assert WRONG[line] in warning


@pytest.mark.parametrize("name", ["squat", "auto", "unknown", "Up", "../up", "", "a b", "1up"])
def test_names_that_cant_be_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"choose another|expected up to 32"):
        taught.path_of(name)


def test_before_a_camera_it_waits_counts_down_and_ends_when_the_time_is_over() -> None:
    said: list[str] = []
    done: list[float] = []
    watcher = Watcher(10.0, said.append)
    watcher.live = True
    for tenth in range(200):
        now_s = tenth / 10
        watcher.done = partial(done.append, now_s)
        watcher(make_view(pose=None if now_s < 2 else pose(), time_s=now_s, person=now_s >= 2))

    assert said[0] == "waiting for somebody to come into view"
    assert said[1:6] == [f"begin in {left} s" for left in (5, 4, 3, 2, 1)]
    assert said[6].startswith("begin: 10 s")
    assert watcher.samples[0][0] == pytest.approx(7.0)
    assert done[0] == pytest.approx(17.0)


def test_of_a_recording_every_frame_is_looked_at() -> None:
    watcher = Watcher(1.0, pytest.fail)
    for tenth in range(30):
        watcher(make_view(pose=pose(), time_s=tenth / 10))
    assert len(watcher.samples) == 30
    assert watcher.frame_size == (640, 480)


def edgecv(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "edgecv", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "STATE_DIRECTORY": str(folder)},
    )


def test_the_command_teaches_lists_and_forgets(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "mine.trace", shown(NAME))
    file = tmp_path / "exercises" / f"{NAME}.toml"

    done = edgecv("teach", NAME, str(trace), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 reps were shown" in done.stdout
    assert "weight 1.5" in done.stdout
    assert str(file) in done.stdout
    assert taught.read(file).sides is Sides.TOGETHER

    again = edgecv("teach", NAME, str(trace), folder=tmp_path)
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert edgecv("teach", "--list", folder=tmp_path).stdout.startswith(f"{NAME}: both sides")

    shown_to_home_assistant = edgecv("discovery", "show", "--json", folder=tmp_path)
    assert '"Good morning"' in shown_to_home_assistant.stdout
    replayed = edgecv(
        "replay", str(trace), "--exercise", NAME, "--explain", "--json", folder=tmp_path
    )
    assert json.loads(replayed.stdout)["counts"] == {NAME: 4}, replayed.stderr
    wrong = edgecv("replay", "synthetic:squat", "--exercise", "no", folder=tmp_path)
    assert wrong.returncode == 2
    assert NAME in wrong.stderr

    forgotten = edgecv("teach", "--forget", NAME, folder=tmp_path)
    assert forgotten.returncode == 0, forgotten.stderr
    assert not file.exists()
    assert edgecv("teach", "--forget", NAME, folder=tmp_path).returncode == 2


def test_the_command_writes_nothing_when_nothing_was_learned(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "mine.trace", shown(NAME, reps=2))
    for arguments, code, complaint in (
        ((NAME, str(trace)), 1, "nothing was learned: only 2 movements were alike"),
        ((NAME, str(tmp_path / "no.trace")), 1, "no.trace can't be read"),
        (("squat", str(trace)), 2, "squat is edgecv's own name"),
        ((), 2, "needs a NAME"),
    ):
        result = edgecv("teach", *arguments, folder=tmp_path)
        assert result.returncode == code
        assert complaint in result.stderr
        assert "Traceback" not in result.stderr
    assert not list((tmp_path / "exercises").iterdir())


def write_trace(path: Path, trial: Trial) -> Path:
    header = TraceHeader(skeleton=BLAZEPOSE_33.name, world=True, width=SIZE[0], height=SIZE[1])
    writer = TraceWriter(path, header)
    for time_s, seen in trial.poses:
        writer.write(time_s, seen)
    writer.close()
    return path
