"""`edgecv replay` as its users meet it: a process, its count, its video."""

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.broker import wait_until
from tests.test_cli import edgecv
from tests.video import write_video

PATIENCE_S = 60


def frames_of(path: Path) -> tuple[int, float]:
    """How many frames there really are, and how many a second."""
    video = cv2.VideoCapture(str(path))
    frames = 0
    while video.read()[0]:
        frames += 1
    rate = video.get(cv2.CAP_PROP_FPS)
    video.release()
    return frames, rate


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("exercise", "azimuth"),
    [("squat", 90), pytest.param("biceps_curl", 30, marks=pytest.mark.long)],
)
def test_it_counts_the_truth_at_recorded_times(exercise: str, azimuth: int) -> None:
    source = f"synthetic:{exercise}?reps=3&tempo=2&azimuth={azimuth}&fps=12&pace=true"

    result = edgecv("replay", source, "--exercise", exercise)

    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    name = exercise.replace("_", " ")
    assert f"finished  {name}: counted 3, true 3" in result.stdout
    reps = re.findall(rf"^ +0:(\d\d\.\d)  rep (\d) +{name} ", result.stdout, re.MULTILINE)
    assert [number for _, number in reps] == ["1", "2", "3"]
    first, _, third = (float(time) for time, _ in reps)
    assert third - first == pytest.approx(4.0, abs=0.7)
    assert f"set       1 finished: 3 × {name}" in result.stdout
    assert "camera" not in result.stdout


def test_the_video_has_every_frame_at_the_source_s_rate(tmp_path: Path) -> None:
    write_video(tmp_path / "in.mp4", 40, fps=12.5)

    result = edgecv("replay", str(tmp_path / "in.mp4"), "--video", str(tmp_path / "out.mp4"))

    assert result.returncode == 0, result.stderr
    assert "40 frames = 40 delivered" in result.stdout
    assert frames_of(tmp_path / "out.mp4") == (40, 12.5)
    assert files(tmp_path) == {"in.mp4", "out.mp4"}


def test_a_video_of_it_is_counted_alike(tmp_path: Path) -> None:
    """Annotated pictures are still pictures of somebody doing squats."""
    out = tmp_path / "out.mp4"
    source = "synthetic:squat?reps=1&tempo=2&azimuth=45&fps=15"

    result = edgecv("replay", source, "--video", str(out))
    again = edgecv("replay", str(out))

    assert result.returncode == again.returncode == 0, result.stderr + again.stderr
    frames = re.search(r"(\d+) frames = ", result.stdout)
    assert frames
    assert frames_of(out) == (int(frames[1]), 15.0)
    assert "finished  squat: counted 1\n" in again.stdout


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_a_signal_leaves_a_playable_video(tmp_path: Path, number: signal.Signals) -> None:
    out, log = tmp_path / "out.mp4", tmp_path / "log"
    command = [sys.executable, "-m", "edgecv", "replay", "synthetic:squat?reps=200&tempo=2&fps=15"]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, "--video", str(out)], stdout=output, stderr=output)
    wait_until(lambda: "rep 1" in log.read_text(), "the first rep", PATIENCE_S)

    process.send_signal(number)

    assert process.wait(PATIENCE_S) == 0
    assert "stopped   squat: counted" in log.read_text()
    frames = re.search(r"= (\d+) delivered", log.read_text())
    assert frames
    assert frames_of(out) == (int(frames[1]), 15.0)
    assert files(tmp_path) == {"out.mp4", "log"}


def test_a_reader_that_goes_away_ends_nothing(tmp_path: Path) -> None:
    write_video(tmp_path / "in.mp4", 5)
    out = tmp_path / "out.mp4"
    source = "synthetic:squat?reps=2&tempo=1.6&fps=10"
    python = shlex.quote(sys.executable)
    command = f"{python} -m edgecv replay '{source}' --video '{out}' | head -1"
    result = subprocess.run(  # noqa: S602
        command, shell=True, capture_output=True, text=True, check=False, timeout=120
    )

    assert len(result.stdout.splitlines()) == 1
    assert "rep 1" in result.stdout
    assert result.stderr == ""
    assert frames_of(out)[0] > 40


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("/dev/video0",), 2, "/dev/video0 is live: edgecv replay takes recordings"),
        (("{tmp}/none.mp4",), 1, "none.mp4: no such file"),
        (("{tmp}/text.mp4", "--video", "{tmp}/out.mp4"), 1, "is damaged, or not a video"),
        (("{tmp}/in.mp4", "--exercise", "nap"), 2, "counting.exercise = 'nap'"),
        (("{tmp}/in.mp4", "--video", "{tmp}/out.avi"), 2, "expected a name that ends in .mp4"),
        (("{tmp}/in.mp4", "--video", "{tmp}/none/out.mp4"), 1, "can't be written: No such file"),
        (("{tmp}/in.mp4", "--video", "{tmp}/in.mp4"), 2, "is the recording itself"),
    ],
)
def test_what_is_wrong_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    write_video(tmp_path / "in.mp4", 5)
    (tmp_path / "text.mp4").write_text("not a video\n" * 100, encoding="utf-8")

    result = edgecv("replay", *(argument.format(tmp=tmp_path) for argument in arguments))

    assert result.returncode == code
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("edgecv: ")
    assert complaint in lines[0]
    assert files(tmp_path) == {"in.mp4", "text.mp4"}


@pytest.mark.long
def test_a_whole_workout_is_counted_exercise_by_exercise() -> None:
    result = edgecv("replay", "synthetic:workout?fps=12", timeout_s=240)

    assert result.returncode == 0, result.stderr
    assert "5 squat + 4 push up + 6 jumping jack: counted 15, true 15" in result.stdout
    sets = re.findall(r"set +(\d) finished: (.+)", result.stdout)
    assert sets == [("1", "5 × squat"), ("2", "4 × push up"), ("3", "6 × jumping jack")]
