"""`edgecv bench reps`: the figures are what they are said to be, and wrong input is named."""

import argparse
import itertools
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgecv.bench.reps import folds, poses, robustness, score
from edgecv.bench.reps.baselines import smoothed_peaks, two_thresholds
from edgecv.bench.reps.clip import Clip
from edgecv.bench.reps.folder import Evaluation, Folder, evaluate
from edgecv.bench.reps.labels import Label, exercise_named, load_labels
from edgecv.bench.reps.report import describe, plain
from edgecv.bench.reps.score import ClipScore, ModeScore, matches, score_clip
from edgecv.bench.reps.summary import summarise, summarise_baselines
from edgecv.bench.reps.transforms import VARIANTS
from edgecv.cli import bench
from edgecv.errors import ConfigError, EdgecvError
from edgecv.findings import Told
from edgecv.reps import one_exercise
from edgecv.reps.exercises import EXERCISES
from edgecv.reps.outcome import Rep, Side, Tempo
from edgecv.traces import Sample
from tests.poses import pose, wave
from tests.recordings import performed, write_labels, write_trace
from tests.shared import CLIPS, needs_clips
from tests.video import write_video

COLUMNS = 80


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    bench.add_parser(parser.add_subparsers())
    options = parser.parse_args(["bench", "reps", *arguments])
    code: int = options.execute(options)
    return code


def told(exercise: str, turn_s: float, delay_s: float = 0.0) -> Told:
    tempo = Tempo(away_s=0.4, hold_s=0.2, back_s=0.4, rest_s=None)
    rep = Rep(
        exercise=exercise,
        start_s=turn_s - 0.5,
        turn_s=turn_s,
        end_s=turn_s + 0.5,
        amplitude=1.0,
        side=Side.BOTH,
        tempo=tempo,
        range=1.0,
        partial=False,
        symmetry=1.0,
        confidence=0.9,
    )
    return Told(rep, turn_s + 0.5 + delay_s)


def mode(*reps: Told, accept: tuple[int, ...] = (), matched: int | None = None) -> ModeScore:
    names = [one.rep.exercise for one in reps]
    return ModeScore(
        told=reps,
        error=min((abs(len(reps) - n) for n in accept), default=None),
        matched=matched,
        label=max(set(names), key=names.count) if names else None,
        label_changes=0,
        wrong_label_reps=sum(name != "squat" for name in names),
    )


def clip_of_squats(named: int, auto: list[str], accept: tuple[int, ...], **more: Any) -> ClipScore:
    label = Label(file="a.mp4", exercise="squat", reps=accept[0], reps_accept=accept, **more)
    return ClipScore(
        label=label,
        exercise="squat",
        frames=100,
        seconds=10.0,
        cost_ms=0.5,
        auto=mode(*(told(name, float(n)) for n, name in enumerate(auto)), accept=accept),
        named=mode(*(told("squat", float(n)) for n in range(named)), accept=accept),
        false_named={},
        baselines={"two_thresholds": named, "smoothed_peaks": 0},
    )


def clip_of_nothing(named: Mapping[str, int], auto: int) -> ClipScore:
    return ClipScore(
        label=Label(file="n.mp4", exercise="none"),
        exercise=None,
        frames=100,
        seconds=30.0,
        cost_ms=0.5,
        auto=mode(*(told("squat", float(n)) for n in range(auto)), accept=(0,)),
        named=None,
        false_named=dict(named),
        false_baselines={"two_thresholds": 2, "smoothed_peaks": 5},
    )


# Labels


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        *(("squat", "squat"), ("Squats", "squat"), ("Goblet Squat", "squat"), ("lunges", "lunge")),
        *(("push-up", "push_up"), ("Push Ups", "push_up"), ("pushups", "push_up")),
        *(("bicep_curl", "biceps_curl"), ("biceps curls", "biceps_curl"), ("crunches", "sit_up")),
        *(("pullup", "pull_up"), ("chin-ups", "pull_up"), ("situps", "sit_up")),
        *(("shoulder_press", "overhead_press"), ("jumping jacks", "jumping_jack")),
        *(("tricep_pushdowns", "triceps_pushdown"), ("high knees", "high_knees")),
        *(("mountain climbers", "mountain_climber"), ("lateral_raise", "lateral_raise")),
        *(("juggling", None), ("", None), ("s", None)),
    ],
)
def test_names_of_others_mean_our_exercises(name: str, ours: str | None) -> None:
    assert exercise_named(name, EXERCISES) == ours


def test_every_alias_leads_to_an_exercise_that_there_is() -> None:
    from edgecv.bench.reps.labels import ALIASES

    assert set(ALIASES.values()) <= set(EXERCISES)
    assert not set(ALIASES) & set(EXERCISES)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "no such file"),
        ("{", "labels.json: "),
        ("{}", "Expected `array`"),
        ('[{"exercise": "squat"}]', "missing required field `file`"),
        ('[{"file": "a", "reps": "two"}]', r"Expected `int \| null`"),
        ('[{"file": "a", "reps": -2}]', "negative number of reps"),
        ('[{"file": "a"}, {"file": "a"}]', "more than one label"),
    ],
)
def test_labels_that_can_t_be_used_are_named(
    tmp_path: Path, text: str | None, complaint: str
) -> None:
    if text is not None:
        (tmp_path / "labels.json").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=complaint):
        load_labels(tmp_path)
    with pytest.raises(ConfigError, match="no such folder"):
        load_labels(tmp_path / "nowhere")


def test_any_accepted_count_is_right_and_nothing_has_none() -> None:
    assert Label(file="a", exercise="squat", reps=3).accepted == (3,)
    assert Label(file="a", exercise="squat", reps=3, reps_accept=(3, 4)).accepted == (3, 4)
    assert Label(file="a", exercise="squat", reps=None).accepted == ()
    assert Label(file="a", exercise="None", reps=None).accepted == (0,)


# Matching and summing up


@pytest.mark.parametrize("seed", range(30))
def test_as_many_reps_are_matched_as_is_possible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found, labelled = (rng.uniform(0, 6, int(rng.integers(0, 6))).tolist() for _ in range(2))

    def best(one: list[float], other: list[float]) -> int:
        if len(one) > len(other):
            one, other = other, one
        return max(
            sum(abs(a - b) <= 1 for a, b in zip(one, order, strict=False))
            for order in itertools.permutations(other)
        )

    assert matches(found, labelled) == matches(labelled, found) == best(found, labelled)


def test_the_summary_is_over_the_nearest_accepted_count() -> None:
    clips = [
        clip_of_squats(3, ["squat"] * 3, (3,)),
        clip_of_squats(4, ["squat", "lunge", "lunge"], (2, 3)),
        clip_of_squats(1, ["squat"], (3,)),
        clip_of_nothing({"squat": 2, "push_up": 1}, auto=4),
    ]

    summary = summarise(clips)

    named, auto = summary["named"], summary["auto"]
    assert (named.clips, named.negatives, named.negative_seconds) == (3, 1, 30.0)
    assert (named.exact, named.within_one, named.mae) == (0.3333, 0.6667, 1.0)
    assert (named.false_reps, named.wrong_label_reps, named.label) == (3, 0, 1.0)
    assert (auto.exact, auto.within_one, auto.mae) == (0.6667, 0.6667, 0.6667)
    assert (auto.false_reps, auto.wrong_label_reps, auto.label) == (4, 2, 0.6667)
    rules = summarise_baselines(clips)
    assert (rules["two_thresholds"].exact, rules["two_thresholds"].false_reps) == (0.3333, 2)
    assert rules["smoothed_peaks"].mae == pytest.approx(8 / 3, abs=1e-3)


def test_none_told_is_the_wrong_label_unless_none_is_accepted() -> None:
    missed, right = clip_of_squats(2, [], (2,)), clip_of_squats(0, [], (0, 3))

    assert summarise([missed])["auto"].label == 0.0
    assert summarise([right])["auto"].label is None
    assert "auto 0" in describe(Evaluation([missed]))
    assert "auto 0" not in describe(Evaluation([right]))


def test_precision_recall_and_delay_are_over_what_was_timed() -> None:
    reps = [told("squat", 1.0), told("squat", 3.0, 0.2), told("squat", 9.0, 2.0)]
    label = Label(file="a", exercise="squat", reps=4, rep_times_s=(1.2, 3.1, 5.0, 7.0))
    clip = ClipScore(
        label=label,
        exercise="squat",
        frames=1,
        seconds=1.0,
        cost_ms=0.5,
        auto=mode(*reps, accept=(4,), matched=2),
        named=mode(*reps, accept=(4,), matched=2),
        false_named={},
    )

    summary = summarise([clip, clip_of_squats(2, ["squat"] * 2, (2,))])["named"]

    assert (summary.timed, summary.precision, summary.recall) == (1, 0.6667, 0.5)
    assert (summary.delay_p50_s, summary.delay_p90_s) == (0.0, 2.0)


def test_a_summary_of_nothing_has_no_shares() -> None:
    summary = summarise([])["auto"]

    assert (summary.exact, summary.label, summary.precision, summary.delay_p50_s) == (None,) * 4
    assert "–" in describe(Evaluation())


# Scoring a recording


def test_a_set_is_scored_in_both_modes() -> None:
    clip = performed("squat")
    label = Label(file="a", exercise="squats", reps=4, rep_times_s=(1.0,))

    scored = score_clip(clip, label, with_baselines=True)

    assert scored.exercise == "squat"
    assert scored.named is not None
    assert (scored.named.count, scored.named.error) == (4, 0)
    assert (scored.auto.count, scored.auto.label, scored.auto.wrong_label_reps) == (4, "squat", 0)
    assert scored.auto.told[0].time_s >= scored.auto.told[0].rep.end_s
    assert scored.false_named == {}
    assert set(scored.baselines) == {"two_thresholds", "smoothed_peaks"}


def test_where_nobody_counted_only_other_names_are_mistakes() -> None:
    scored = score_clip(performed("squat"), Label(file="a", exercise="squat", reps=None))

    assert scored.named is not None
    assert scored.named.error is None
    assert set(scored.false_named) == set(score.COMMON) - {"squat"}
    assert scored.auto.wrong_label_reps == 0


def test_in_a_recording_of_nothing_every_rep_is_a_mistake() -> None:
    scored = score_clip(performed("squat"), Label(file="a", exercise="none"))

    assert scored.named is None
    assert scored.false_named["squat"] == 4
    assert summarise([scored])["auto"].false_reps == 4
    assert summarise([scored])["named"].false_reps >= 4


def test_an_exercise_that_we_don_t_have_is_scored_for_its_count_only() -> None:
    scored = score_clip(performed("squat"), Label(file="a", exercise="juggling", reps=4))

    assert (scored.exercise, scored.named) == (None, None)
    assert summarise([scored])["auto"].exact == 1.0
    assert summarise([scored])["auto"].label is None
    assert plain(Evaluation([scored]))["not_ours"] == ["a"]
    assert "juggling" in describe(Evaluation([scored]))


def bends(lowest_deg: float) -> list[Sample]:
    """Knees that go from 175° to this and back, four times."""
    return [
        Sample(time_s, pose(knee=175 - (175 - lowest_deg) * phase)) for time_s, phase in wave(4)
    ]


@pytest.mark.parametrize(
    ("lowest_deg", "by_thresholds", "by_peaks"), [(80, 4, 4), (100, 0, 4), (160, 0, 0)]
)
def test_published_rules_count_what_they_are_known_to_count(
    lowest_deg: float, by_thresholds: int, by_peaks: int
) -> None:
    assert two_thresholds(bends(lowest_deg), "squat") == by_thresholds
    assert smoothed_peaks(bends(lowest_deg), "squat") == by_peaks


def test_published_rules_know_which_way_a_joint_goes_and_mind_nobody() -> None:
    raises = [Sample(t, pose(shoulder=15 + 150 * phase)) for t, phase in wave(3)]
    assert two_thresholds(raises, "jumping_jack") == smoothed_peaks(raises, "jumping_jack") == 3
    nobody = [Sample(n / 10, None) for n in range(100)]
    assert smoothed_peaks(nobody, "squat") == two_thresholds(nobody, "squat") == 0


# A folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Traces of a set of squats and of a wave of the hand, what is missing, and what is broken."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    clips = tmp_path / "clips"
    clips.mkdir()
    write_trace(clips / "squats.trace", performed("squat"))
    write_trace(clips / "curls.trace", performed("biceps_curl"))
    still = performed("squat")
    write_trace(clips / "still.trace", still._replace(samples=still.samples[:8]))
    (clips / "broken.mp4").write_bytes(b"not a video")
    write_labels(
        clips,
        {"file": "squats.trace", "exercise": "squat", "reps": 4, "source_repo": "one"},
        {"file": "curls.trace", "exercise": "bicep_curl", "reps": 5, "source_repo": "two"},
        {"file": "still.trace", "exercise": "none", "reps": 0},
        {"file": "broken.mp4", "exercise": "squat", "reps": 2},
        {"file": "absent.mp4", "exercise": "squat", "reps": 2},
    )
    return clips


def test_what_can_t_be_scored_is_skipped_with_its_reason(folder: Path) -> None:
    steps: list[None] = []

    evaluation = evaluate(Folder(folder), load_labels(folder), step=lambda: steps.append(None))

    assert [clip.label.file for clip in evaluation.clips] == [
        *("squats.trace", "curls.trace", "still.trace")
    ]
    assert set(evaluation.skipped) == {"broken.mp4", "absent.mp4"}
    assert "not a video" in evaluation.skipped["broken.mp4"]
    assert evaluation.skipped["absent.mp4"] == "no such file"
    assert len(steps) == 5


def test_the_report_for_programs_has_what_is_promised(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(folder), "--jobs", "2", "--json") == 0
    report = json.loads(capsys.readouterr().out)

    for name in ("named", "auto"):
        summary = report["summary"][name]
        assert {"exact", "within_one", "false_reps", "label", "mae"} <= set(summary)
        assert (summary["clips"], summary["exact"], summary["within_one"]) == (2, 0.5, 1.0)
        assert (summary["negatives"], summary["false_reps"]) == (1, 0)
    first = report["clips"][0]
    assert (first["named"]["count"], first["auto"]["label"]) == (4, "squat")
    assert len(first["named"]["reps"]) == 4
    assert set(report["skipped"]) == {"broken.mp4", "absent.mp4"}
    assert set(report["baselines"]) == {"two_thresholds", "smoothed_peaks"}


def test_the_report_for_people_fits_the_screen_and_names_what_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(folder), "--jobs", "1") == 0
    text = capsys.readouterr().out

    table = text.partition("\n\n" + "curls")[0]
    assert max(map(len, table.splitlines())) <= COLUMNS
    assert "curls.trace: biceps_curl, 5; named 4 x biceps_curl" in text
    assert "skipped: 2" in text
    assert "squats.trace:" not in text


def test_a_folder_of_which_nothing_can_be_scored_is_an_error(tmp_path: Path) -> None:
    write_labels(tmp_path, {"file": "absent.mp4", "exercise": "squat", "reps": 2})

    with pytest.raises(EdgecvError, match=r"none of 1 recordings.*absent.mp4: no such file"):
        run(str(tmp_path), "--jobs", "1")


@pytest.mark.parametrize("arguments", [(), (".", "--jobs", "0"), (".", "--jobs", "many")])
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2


def test_poses_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_video(tmp_path / "a.mp4", 4)
    write_labels(tmp_path, {"file": "a.mp4", "exercise": "none"})
    labels = load_labels(tmp_path)

    assert evaluate(Folder(tmp_path), labels).clips[0].frames == 4
    assert len(list((tmp_path / "cache" / "edgecv").rglob("*.*"))) == 1

    monkeypatch.setattr("edgecv.bench.reps.folder.find_poses", None)
    assert evaluate(Folder(tmp_path), labels).clips[0].frames == 4

    shutil.move(tmp_path / "a.mp4", tmp_path / "b.mp4")
    write_labels(tmp_path, {"file": "b.mp4", "exercise": "none"})
    assert evaluate(Folder(tmp_path), load_labels(tmp_path)).clips[0].frames == 4


def test_a_recording_that_was_changed_has_other_poses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_video(tmp_path / "a.mp4", 4)
    before = poses.cached(tmp_path / "a.mp4")
    write_video(tmp_path / "a.mp4", 5)

    assert poses.cached(tmp_path / "a.mp4") != before
    assert str(before).startswith(str(tmp_path / "cache" / "edgecv" / "poses"))


def test_other_code_around_the_model_finds_other_poses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path / "a.mp4", 4)
    code = tmp_path / "region.py"
    monkeypatch.setattr(poses, "code", lambda: [code])

    code.write_text("MARGIN = 1.25")
    before = poses.cached(tmp_path / "a.mp4")
    assert poses.cached(tmp_path / "a.mp4") == before
    code.write_text("MARGIN = 1.3")

    assert poses.cached(tmp_path / "a.mp4") != before


def test_the_estimator_is_part_of_that_code() -> None:
    assert {"blazepose.py", "region.py", "one_euro.py", "decode.py", "files.py"} <= {
        path.name for path in poses.code()
    }


def test_poses_that_are_given_come_first(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    own = write_trace(tmp_path / "given" / "a.trace", performed("squat"))
    (tmp_path / "a.mp4").write_bytes(b"never looked at")

    assert poses.cached(tmp_path / "a.mp4", tmp_path / "given") == own
    assert poses.cached(own) == own


# Folds and robustness


def test_constants_are_as_before_when_a_setting_is_over() -> None:
    before = one_exercise.STRONG

    with folds.applied({"edgecv.reps.one_exercise:STRONG": 0.9}):
        assert one_exercise.STRONG == 0.9
    assert before == one_exercise.STRONG

    for unknown in ("edgecv.reps.nowhere:X", "edgecv.reps.counter:NOTHING", "edgecv:__name__"):
        with pytest.raises(ConfigError, match="constant"), folds.applied({unknown: 1.0}):
            pass


def test_each_constant_of_the_grid_is_there_and_the_code_s_value_is_among_those_tried() -> None:
    with folds.applied({name: values[0] for name, values in folds.GRID.items()}):
        pass
    for constant, values in folds.GRID.items():
        module, name = constant.split(":")
        assert getattr(__import__(module, fromlist=[name]), name) in values
    tried = folds.settings(folds.GRID, 5)
    assert (len(tried), tried[0]) == (6, {})
    assert tried == folds.settings(folds.GRID, 5)


def test_a_source_has_no_say_in_its_own_setting() -> None:
    """Setting 1 is right for all but the clips of `bad`, which are right with setting 0 alone."""

    def scores(source: str, right_with: int) -> list[ClipScore]:
        return [
            clip_of_squats(3 if n == right_with else 5, ["squat"] * 3, (3,), source_repo=source)
            for n in range(2)
        ]

    crossed = folds.choose(
        [scores("bad", 0), scores("bad", 0), scores("good", 1), scores("fine", 1)],
        [{"a": 0.0}, {"a": 1.0}],
    )

    chosen = {fold.source: (fold.setting["a"], fold.clips) for fold in crossed.folds}
    assert chosen == {"bad": (1.0, 2), "good": (0.0, 1), "fine": (0.0, 1)}
    assert crossed.summary["named"].exact == 0.0
    assert "3 sources held out" in folds.describe(crossed)


def test_a_folder_is_cross_validated(folder: Path) -> None:
    grid = {"edgecv.reps.one_exercise:STRONG": (0.6, 0.8)}

    crossed = folds.cross_validate(Folder(folder), load_labels(folder), grid, draws=1)

    assert {fold.source for fold in crossed.folds} == {"one", "two", "still.trace"}
    assert crossed.settings == 2
    assert crossed.summary["named"].within_one == 1.0


def test_what_a_variant_changes_is_told() -> None:
    same = clip_of_squats(3, ["squat"] * 3, (3,))
    other = clip_of_squats(4, ["squat"] * 3, (3,))
    quiet, loud = clip_of_nothing({"squat": 1}, 0), clip_of_nothing({"squat": 3}, 1)

    found = robustness.compare([(same, same), (same, other), (quiet, loud)], "x", gentle=True)
    assert (found.named_unchanged, found.auto_unchanged) == (0.5, 1.0)
    assert (found.named_kept, found.new_false_named, found.new_false_auto) == (0.5, 2, 1)
    assert (found.changed, found.missed) == (("a.mp4", "n.mp4"), True)

    calm = robustness.compare([(same, same), (loud, quiet)], "x", gentle=True)
    assert not calm.missed
    assert (calm.new_false_named, calm.new_false_auto, calm.changed) == (0, 0, ())
    assert "MISSED" in robustness.describe([found, calm])
    assert max(map(len, robustness.describe([found]).splitlines())) <= COLUMNS


def test_robustness_compares_each_variant_with_the_clip_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgecv.bench.reps.robustness.VARIANTS", VARIANTS[:2])
    labels = load_labels(folder)

    found = robustness.robustness(Folder(folder), [labels[0], labels[-1]])

    assert [one.variant for one in found] == [v.name for v in VARIANTS[:2]]
    assert [one.named_unchanged for one in found] == [1.0, 1.0]


# Real clips


@needs_clips
@pytest.mark.long
def test_real_clips_are_counted_far_better_than_by_the_published_rules() -> None:
    """From poses of another model, which lie beside the clips."""
    labels = load_labels(CLIPS)
    clips = []
    for label in labels:
        clips.append(score_clip(npz_clip(CLIPS / "traces", label.file), label, with_baselines=True))
    named, rules = summarise(clips)["named"], summarise_baselines(clips)

    assert named.exact is not None
    assert named.exact > 0.8
    for rule in rules.values():
        assert named.false_reps < rule.false_reps / 3


def npz_clip(folder: Path, file: str) -> Clip:
    from edgecv.pose.keypoints import BLAZEPOSE_33, Pose

    with np.load(folder / f"{Path(file).stem}.npz") as held:
        times, pixels, world = held["t"], held["px"], held["world"]
        width, height = (int(side) for side in held["size"])
    samples = []
    for time_s, px, metres in zip(times, pixels, world, strict=True):
        pose = None
        if np.isfinite(px).all():
            points = px[:, [0, 1, 3]].astype(np.float32)
            pose = Pose(BLAZEPOSE_33, points, metres.astype(np.float32), 1.0)
        samples.append(Sample(float(time_s), pose))
    return Clip(samples, BLAZEPOSE_33, (width, height))
