"""The benchmarks: those on a made-up clock reach their bounds, the others are complete."""

import argparse
import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgecv.bench import capture, fps, model, pipeline
from edgecv.bench.consumer import PerFrameMeter
from edgecv.bench.report import Figure, columns, describe
from edgecv.cli import bench
from edgecv.errors import ConfigError, EdgecvError, ModelError
from edgecv.pose.estimator import Estimator
from edgecv.pose.open_estimator import open_estimator
from edgecv.rates import RateMeter
from tests.graphs import constant_model

COLUMNS = 80


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    bench.add_parser(parser.add_subparsers())
    options = parser.parse_args(["bench", *arguments])
    code: int = options.execute(options)
    return code


def tables(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, dict[str, Any]]:
    """What is printed for people, which fits the screen, and for programs."""
    assert run(*arguments) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= COLUMNS
    assert "cores" in text
    assert run(*arguments, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["bench"] == arguments[0]
    assert set(report["machine"]) == {"processor", "cores", "python", "opencv", "onnxruntime"}
    return text, report


@pytest.fixture(scope="module")
def comparisons() -> list[fps.Comparison]:
    return fps.compare()


def test_the_fps_meter_reaches_every_bound_in_every_scenario(
    comparisons: list[fps.Comparison],
) -> None:
    assert len(comparisons) == 8
    assert [(c.scenario.name, c.input_jitter, c.missed) for c in comparisons if c.missed] == []


def test_batches_make_the_per_frame_method_stutter_and_not_ours(
    comparisons: list[fps.Comparison],
) -> None:
    for comparison in comparisons:
        if comparison.scenario.frames > 1:
            assert comparison.per_frame.jitter > 5 * comparison.ours.jitter
            assert comparison.per_frame.error > 20 * comparison.ours.error
        assert comparison.per_frame.silent_s is None


@pytest.mark.parametrize("scenario", [s for s in fps.SCENARIOS if s.frames == 12], ids=str)
def test_the_replay_gives_what_was_published_of_the_per_frame_method(
    scenario: fps.Scenario,
) -> None:
    replayed = fps.as_published(scenario)

    assert 100 * replayed.jitter == pytest.approx(scenario.published.old_jitter, abs=2)
    assert 100 * replayed.error == pytest.approx(scenario.published.old_error, abs=1)


def test_the_same_seed_gives_the_same_figures_and_another_gives_others() -> None:
    def quality(seed: int) -> fps.Quality:
        return fps.replay(fps.make_trace(fps.SCENARIOS[1], 0.1, seed), RateMeter())

    assert quality(1) == quality(1) != quality(2)


def test_a_meter_that_is_wrong_misses_its_bounds() -> None:
    scenario = fps.SCENARIOS[0]
    wrong = fps.replay(fps.make_trace(scenario, 0.1, 1), PerFrameMeter())
    comparison = fps.Comparison(scenario, 0.1, ours=wrong, worst=wrong, per_frame=wrong)

    assert comparison.missed == ["jitter", "error", "stalls", "silence"]
    assert "MISS" in fps.describe([comparison])


def test_bench_fps_prints_all_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    text, report = tables(capsys, "fps", "--seconds", "8", "--seeds", "1")

    for scenario in fps.SCENARIOS:
        assert text.count(scenario.name) == 3
    assert len(report["figures"]) == 8
    for figure in report["figures"]:
        assert {"ours", "per_frame", "jitter_bound", "jitter_ratio", "missed"} <= set(figure)


def test_bench_pipeline_counts_inferences_and_preview_apart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenarios = (pipeline.Scenario(100.0, 0.02), pipeline.Scenario(200.0, 0.03))
    monkeypatch.setattr(pipeline, "SCENARIOS", scenarios)
    monkeypatch.setattr(pipeline, "measure", functools.cache(pipeline.measure))

    text, report = tables(capsys, "pipeline", "--seconds", "0.2")

    assert "5.98 -> 12.80" in text
    assert [figure["what"] for figure in report["figures"]] == [
        *["inferences", "inferences", "preview frames", "preview frames"] * 2
    ]
    bounds = [figure["theirs"] for figure in report["figures"] if figure["beside"] == "bound"]
    assert bounds == [pytest.approx(50), pytest.approx(100 / 3)]
    assert all(figure["ours"] > 0 and figure["ratio"] > 0 for figure in report["figures"])


def test_rates_are_counted_from_the_first_to_the_last() -> None:
    assert pipeline.rate([]) == pipeline.rate([1.0]) == 0
    assert pipeline.rate([1.0, 1.1, 1.2, 1.3]) == pytest.approx(10)


@pytest.fixture(scope="module")
def estimator() -> Estimator:
    return open_estimator("blazepose-full", 1)


def test_bench_capture_tells_each_saving_and_what_idling_costs(
    estimator: Estimator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "open_estimator", lambda _model, _threads: estimator)
    monkeypatch.setattr(capture, "FRAMES", 30)
    monkeypatch.setattr(capture, "measure", functools.cache(capture.measure))

    text, report = tables(capsys, "capture", "--seconds", "0.2", "--repetitions", "1")

    figures = report["figures"]
    compared = [figure["what"] for figure in figures if figure["theirs"] is not None]
    assert len(compared) == 6
    assert all(figure["ours"] >= 0 for figure in figures)
    assert figures[-2]["what"] == "detector and loop"
    assert figures[-2]["theirs"] == 5.0
    assert "max_fps 10" in text


def test_bench_model_tells_what_each_stage_costs_beside_the_bare_session(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "measure", functools.cache(model.measure))

    _, report = tables(capsys, "model", "--frames", "5", "--threads", "1")

    figures = {figure["what"]: figure for figure in report["figures"]}
    stages = [figure["ours"] for what, figure in figures.items() if ":" in what]
    assert len(stages) == 3
    assert all(0 < stage < figures["session"]["ours"] for stage in stages)
    assert figures["session"]["ours"] < figures["whole loop"]["ours"]
    assert (figures["time"]["theirs"], figures["CPU time"]["theirs"]) == (1.0, 1.5)
    assert figures["memory"]["ours"] > 50


def test_a_model_that_finds_nobody_cant_be_measured(tmp_path: Path) -> None:
    points = {"points": np.zeros((1, 1, 17, 3), np.float32)}
    path = constant_model(tmp_path / "blind.onnx", ("uint8", (1, 192, 192, 3)), points)
    with pytest.raises(ModelError, match="finds the rendered athlete too seldom"):
        run("model", "--model", str(path), "--frames", "5")


def test_the_pictures_have_somebody_in_view_or_nobody(estimator: Estimator) -> None:
    estimator.reset()
    assert estimator(capture.athlete_pictures(1)[0], 0.0) is not None
    for picture in capture.empty_pictures():
        estimator.reset()
        assert estimator(picture, 0.0) is None


def test_a_missed_bound_is_marked_and_its_absence_is_not() -> None:
    kept = Figure("group", "kept", 9.9, "/s", "bound", 10.0, at_least=0.98)
    slow = Figure("group", "slow", 9.0, "/s", "bound", 10.0, at_least=0.98)
    dear = Figure("other", "dear", 6.0, "%", "bound", 5.0, at_most=1.0)
    told = Figure("other", "told", 1.0, "%")

    lines = describe([kept, slow, dear, told]).splitlines()

    assert [line.rsplit(maxsplit=1)[-1] for line in lines] == [
        *("ratio", "group", "ok", "MISSED", "other", "MISSED", "%")
    ]


def test_columns_are_aligned() -> None:
    assert columns(("a", "bb"), [("ccc", "1")]) == "a    bb\nccc   1"


@pytest.mark.parametrize("which", [[], ["fps"], ["pipeline"], ["capture"]])
def test_help_names_the_options_and_exit_codes(
    which: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*which, "--help")

    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "exit code" in text
    for word in ("--json", "--seconds") if which else ("examples:", "fps", "pipeline", "capture"):
        assert word in text


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("fps", "--seeds", "0"),
        ("fps", "--seconds", "soon"),
        ("pipeline", "--seconds", "-1"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2


def test_nothing_of_it_is_loaded_until_it_is_wanted() -> None:
    code = (
        "import sys, edgecv.cli.bench, edgecv.cli.run, edgecv.app; "
        "print([m for m in sys.modules if m.startswith('edgecv.bench')])"
    )
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert loaded.strip() == "[]"


def test_the_journal_writes_less_than_a_plain_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        run("journal", "--json", "--folder", str(tmp_path))
    except EdgecvError as error:
        pytest.skip(str(error))
    training, idle, _ = json.loads(capsys.readouterr().out)["figures"]
    assert 0 < idle["ours"] < training["ours"]
    assert not training["missed"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        run("journal", "--folder", str(tmp_path / "nowhere"))


def test_bench_soak_loses_no_frame_and_tells_what_grew(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("soak", "--frames", "150") == 0
    text = capsys.readouterr().out

    assert "0 superseded" in text
    assert "0 failed + 0 in flight (balanced)" in text
    for what in ("descriptors more", "threads more"):
        line = next(line for line in text.splitlines() if what in line)
        assert line.split()[-1] == "0.00"
    assert "to the first pose" in text
