"""`edgecv record` and `edgecv replay` on traces, as their users meet them."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgecv.bench.reps.agreement import Agreement, label_beside
from edgecv.bench.reps.labels import Label
from edgecv.config import AUTO, Counting
from edgecv.events import Event, RepEvent, SetFinishedEvent
from edgecv.findings import Findings, describe_refused, find
from edgecv.pose.keypoints import BLAZEPOSE_33
from edgecv.replay import replay
from edgecv.trace_recorder import TraceRecorder
from edgecv.traces import Trace
from edgecv.view import View
from tests.broker import wait_until
from tests.recordings import FPS, SIZE, performed, write_labels, write_trace
from tests.test_cli import edgecv
from tests.test_replay import frames_of
from tests.views import make_view

PATIENCE_S = 60


@pytest.fixture
def squats(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "squats.trace", performed("squat"))


# Counting a trace


@pytest.mark.parametrize("exercise", [AUTO, "squat", "biceps_curl"])
def test_a_trace_leads_to_what_was_found_in_it(tmp_path: Path, exercise: str) -> None:
    clip = performed("biceps_curl")
    trace = Trace(write_trace(tmp_path / "t.trace", clip))
    events: list[Event] = []
    views: list[View] = []

    done = replay(
        trace,
        settings=Counting(exercise=exercise),
        record=events.append,
        observe=views.append,
        stop=threading.Event(),
    )
    found = find(trace, trace.skeleton, None if exercise == AUTO else exercise, trace.frame_size)

    reps = [event for event in events if isinstance(event, RepEvent)]
    assert [(r.exercise, round(r.turn_s, 3)) for r in reps] == [
        (told.rep.exercise, round(told.rep.turn_s, 3)) for told in found.told
    ]
    assert sum(done.counts.values()) == len(reps) == (0 if exercise == "squat" else 4)
    assert done.frames == len(views) == len(clip.samples)
    assert done.seconds == pytest.approx(found.seconds)
    finished = [event for event in events if isinstance(event, SetFinishedEvent)]
    assert [event.set_reps for event in finished] == [len(one.told) for one in found.sets]
    assert views[-1].state.set_reps == len(reps)


def test_it_stops_when_it_is_asked_to(squats: Path) -> None:
    stop = threading.Event()
    frames: list[View] = []

    def observe(view: View) -> None:
        frames.append(view)
        if len(frames) == 10:
            stop.set()

    done = replay(
        Trace(squats),
        settings=Counting(),
        record=lambda _: None,
        observe=observe,
        stop=stop,
    )

    assert (done.frames, done.stopped) == (10, True)


def test_what_was_counted_after_all_is_not_refused() -> None:
    clip = performed("biceps_curl")
    found = find(clip.samples, clip.skeleton, None, SIZE)

    counted = {(told.rep.exercise, told.rep.turn_s) for told in found.told}
    assert counted
    assert not counted & {(one.exercise, one.turn_s) for one in found.refused}


def test_poses_that_stand_still_or_go_back_in_time_count_nothing() -> None:
    clip = performed("squat")
    findings = Findings(BLAZEPOSE_33, None)

    for sample in [*clip.samples[:20], *clip.samples[:20]]:
        findings.see(1.0, sample.pose, SIZE)
    for sample in reversed(clip.samples):
        findings.see(sample.time_s, sample.pose, SIZE)
    findings.finish()

    assert findings.told == []


# The command


def test_replay_prints_reps_sets_and_the_agreement_with_the_labels(squats: Path) -> None:
    write_labels(
        squats.parent, {"file": "squats.mp4", "exercise": "squats", "reps": 4, "rep_times_s": [99]}
    )

    result = edgecv("replay", str(squats))

    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert [int(n) for n in re.findall(r"rep (\d) +squat ", result.stdout)] == [1, 2, 3, 4]
    assert "set       1 finished: 4 × squat" in result.stdout
    assert "finished  squat: counted 4" in result.stdout
    assert "labelled  4 squat: right; 0 of 1 at the labelled times" in result.stdout


def test_every_refused_movement_is_explained(squats: Path) -> None:
    result = edgecv("replay", str(squats), "--exercise", "lunge", "--explain")

    assert result.returncode == 0, result.stderr
    clip = performed("squat")
    refused = find(clip.samples, clip.skeleton, "lunge", SIZE).refused
    assert refused
    for one in refused:
        assert one.reason.split(":")[0] in result.stdout
    assert len(re.findall(r"^(?:refused| {7}) +\d+\.\d s  \S", result.stdout, re.M)) == len(refused)


def test_json_is_one_object_with_all_of_it(squats: Path, tmp_path: Path) -> None:
    write_labels(tmp_path, {"file": "squats.trace", "exercise": "squat", "reps": 5})

    result = edgecv("replay", str(squats), "--json")

    report = json.loads(result.stdout)
    assert (report["count"], report["counts"]) == (4, {"squat": 4})
    assert [one["exercise"] for one in report["reps"]] == ["squat"] * 4
    assert {"start_s", "turn_s", "end_s", "told_s", "away_s", "side"} <= set(report["reps"][0])
    assert [(one["exercise"], one["reps"]) for one in report["sets"]] == [("squat", 4)]
    assert (report["labels"]["error"], report["labels"]["reps_accept"]) == (1, [5])
    for one in report["refused"]:
        assert {"exercise", "turn_s", "reason"} <= set(one)
    assert (report["stopped"], report["cut_off"]) == (False, False)


def test_a_plot_and_a_video_are_drawn(squats: Path, tmp_path: Path) -> None:
    out, video = tmp_path / "out.png", tmp_path / "out.mp4"

    result = edgecv("replay", str(squats), "--plot", str(out), "--video", str(video))

    assert result.returncode == 0, result.stderr
    picture = cv2.imread(str(out))
    assert picture is not None
    assert picture.shape == (600, 1200, 3)
    frames, fps = frames_of(video)
    assert frames == len(performed("squat").samples)
    assert fps == pytest.approx(FPS, rel=0.01)


def test_a_trace_that_was_cut_off_is_counted_up_to_there(squats: Path) -> None:
    squats.write_bytes(squats.read_bytes()[:-3000])

    result = edgecv("replay", str(squats), "--json")

    assert result.returncode == 0
    assert "is cut off or damaged" in result.stderr
    assert json.loads(result.stdout)["cut_off"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("{tmp}/nothing.trace",), 1, "No such file"),
        (("{tmp}/text.trace",), 1, "is no trace"),
        (("{tmp}/squats.trace", "--exercise", "juggling"), 2, "known are"),
        (("{tmp}/squats.trace", "--plot", "{tmp}/out.gif"), 2, "ends in .png"),
        (("{tmp}/squats.trace", "--plot", "{tmp}/no/out.png"), 1, "can't be written"),
    ],
)
def test_what_is_wrong_is_one_clear_line(
    squats: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    (squats.parent / "text.trace").write_text("hello", encoding="utf-8")

    result = edgecv("replay", *(one.format(tmp=squats.parent) for one in arguments))

    assert result.returncode == code
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert complaint in result.stderr


def test_labels_that_can_t_be_read_don_t_keep_it_from_counting(squats: Path) -> None:
    (squats.parent / "labels.json").write_text("{", encoding="utf-8")

    result = edgecv("replay", str(squats))

    assert result.returncode == 0
    assert "counted 4" in result.stdout
    assert "not compared with labels" in result.stderr


@pytest.mark.parametrize(
    ("label", "verdict"),
    [
        (Label(file="a", exercise="squat", reps=4), "4 squat: right"),
        (Label(file="a", exercise="squat", reps=6, reps_accept=(6, 7)), "6 or 7 squat: off by 2"),
        (Label(file="a", exercise="none"), "nothing in it counts: 4 counted"),
        (Label(file="a", exercise="lunges", reps=4), "4 lunge: right; taken for squat"),
        (Label(file="a", exercise="juggling", reps=None), "juggling, counted by nobody"),
    ],
)
def test_the_agreement_is_told_in_words(label: Label, verdict: str) -> None:
    clip = performed("squat")
    found = find(clip.samples, clip.skeleton, None, SIZE)

    assert str(Agreement(found, label)).startswith(verdict)


def test_a_label_is_found_by_the_name_of_the_video(tmp_path: Path) -> None:
    assert label_beside(tmp_path / "a.trace") is None
    write_labels(tmp_path, {"file": "a.mp4", "exercise": "squat", "reps": 1})

    assert label_beside(tmp_path / "a.trace") == label_beside(tmp_path / "a.mp4") is not None
    assert label_beside(tmp_path / "b.mp4") is None


def test_nothing_refused_is_said_to_be_nothing() -> None:
    assert describe_refused(Findings(BLAZEPOSE_33, None)) == "refused   no movement"


# Recording


def test_what_is_recorded_is_counted_alike(tmp_path: Path) -> None:
    out = tmp_path / "r.trace"
    source = "synthetic:squat?reps=2&tempo=1.6&azimuth=45&fps=12&pace=false"

    recorded = edgecv("record", str(out), "--source", source, "--exercise", "squat")
    again = edgecv("replay", str(out), "--exercise", "squat")

    assert recorded.returncode == again.returncode == 0, recorded.stderr + again.stderr
    assert "squat: counted 2" in recorded.stdout
    assert "squat: counted 2" in again.stdout
    header = json.loads(gzip.decompress(out.read_bytes()).split(b"\n")[0])
    assert header["source"] == source
    assert (header["width"], header["height"], header["world"]) == (640, 480, True)
    times = [sample.time_s for sample in Trace(out)]
    assert times[0] == 0.0
    assert np.diff(times) == pytest.approx(1 / 12, abs=1e-6)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_a_signal_leaves_a_whole_trace(tmp_path: Path, number: signal.Signals) -> None:
    out, log = tmp_path / "r.trace", tmp_path / "log"
    source = "synthetic:squat?reps=200&tempo=2&fps=15"
    command = [sys.executable, "-m", "edgecv", "record", str(out), "--source", source]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    wait_until(lambda: out.exists() and out.stat().st_size > 1000, "some poses", PATIENCE_S)

    process.send_signal(number)

    assert process.wait(PATIENCE_S) == 0, log.read_text()
    frames = re.search(r"r.trace: (\d+) frames", log.read_text())
    assert frames
    trace = Trace(out)
    assert len(list(trace)) == int(frames[1])
    assert not trace.cut_off


def test_it_ends_after_the_seconds_that_it_was_given(tmp_path: Path) -> None:
    out = tmp_path / "r.trace"
    source = "synthetic:squat?reps=200&fps=12&pace=false"

    result = edgecv("record", str(out), "--source", source, "--seconds", "2")

    assert result.returncode == 0, result.stderr
    times = [sample.time_s for sample in Trace(out)]
    assert 2.0 <= times[-1] < 3.0


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("{tmp}/r.txt",), 2, "ends in .trace"),
        (("{tmp}/no/r.trace",), 1, "can't be written: No such file"),
        (("{tmp}/r.trace", "--source", "{tmp}/nothing.mp4"), 1, "no such file"),
    ],
)
def test_what_keeps_it_from_recording_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    result = edgecv("record", *(one.format(tmp=tmp_path) for one in arguments))

    assert result.returncode == code
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert complaint in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_holds_nothing_up() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    recorder = TraceRecorder(Path("/dev/full"), skeleton=lambda: BLAZEPOSE_33, source="")
    view = make_view()

    recorder(view)
    recorder(view)

    assert recorder.close(10.0)
    assert recorder.failure is not None
    assert "No space left" in str(recorder.failure)
    assert recorder.frames == 2


def test_nobody_in_view_is_recorded_too(tmp_path: Path) -> None:
    out = tmp_path / "r.trace"
    recorder = TraceRecorder(out, skeleton=lambda: BLAZEPOSE_33, source="a test")

    for _ in range(3):
        recorder(make_view(pose=None))

    assert recorder.close(10.0)
    assert [sample.pose for sample in Trace(out)] == [None] * 3
