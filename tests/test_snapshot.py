"""`edgecv snapshot` as its users meet it: a process, a picture and an exit code."""

import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.broker import PATIENCE_S, wait_until
from tests.test_cli import edgecv
from tests.video import write_video


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_person_is_waited_for_and_the_picture_is_written(tmp_path: Path) -> None:
    result = edgecv("snapshot", str(tmp_path / "out.jpg"), "--source", "synthetic:squat?azimuth=0")

    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"{tmp_path}/out.jpg: 640 x 480 · auto, count 0 · a person in view")
    assert " fps · frame age " in lines[0]
    assert (tmp_path / "out.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    picture = cv2.imread(str(tmp_path / "out.jpg"))
    assert picture is not None
    assert picture.shape == (480, 640, 3)
    assert files(tmp_path) == {"out.jpg"}


def test_without_anybody_the_picture_says_so_too(tmp_path: Path) -> None:
    write_video(tmp_path / "empty.mp4", 20)
    (tmp_path / "out.PNG").write_text("what was there before")

    out = tmp_path / "out.PNG"
    result = edgecv("snapshot", str(out), "--source", str(tmp_path / "empty.mp4"), "--wait", "0.2")

    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{out}: 64 x 64 · auto, count 0 · nobody in view\n"
    assert out.read_bytes().startswith(b"\x89PNG")
    assert files(tmp_path) == {"empty.mp4", "out.PNG"}


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("{tmp}/out.gif",), 2, "out.gif: expected a name that ends in .jpg or .jpeg or .png"),
        (("{tmp}/none/out.jpg",), 1, "out.jpg can't be written: No such file or directory"),
        (("/proc/out.jpg",), 1, "/proc/out.jpg can't be written"),
        (("{tmp}/folder.jpg",), 1, "folder.jpg can't be written: it is not a file"),
        (("{tmp}/out.jpg", "--source", "synthetic:nap"), 2, "no exercise 'nap'"),
        (("{tmp}/out.jpg", "--source", "{tmp}/none.mp4"), 1, "none.mp4: no such file"),
    ],
)
def test_what_is_wrong_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    (tmp_path / "folder.jpg").mkdir()

    result = edgecv("snapshot", *(argument.format(tmp=tmp_path) for argument in arguments))

    assert result.returncode == code
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("edgecv: ")
    assert complaint in lines[0]
    assert files(tmp_path) == {"folder.jpg"}


@pytest.mark.parametrize("wait", ["-1", "nan"])
def test_a_time_that_is_none_is_wrong_usage(tmp_path: Path, wait: str) -> None:
    result = edgecv("snapshot", str(tmp_path / "out.jpg"), "--wait", wait)

    assert result.returncode == 2
    assert f"--wait: {wait}: expected a number of seconds" in result.stderr


def test_told_to_stop_before_the_first_frame_it_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edgecv", "snapshot", str(tmp_path / "out.jpg"), "--source"]
    process = subprocess.Popen(
        [*command, "synthetic:squat"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    status = Path(f"/proc/{process.pid}/status")
    # From here on SIGINT is caught (bit 1 of the mask of caught signals, SIGTERM is bit 14).
    wait_until(lambda: caught(status) & 1 << 14 != 0, "its signal handlers")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)

    assert (process.returncode, out, err) in (
        (1, "", "edgecv: synthetic:squat gave no picture before the end\n"),
        (0, out, ""),
    )
    assert files(tmp_path) <= ({"out.jpg"} if process.returncode == 0 else set())


def caught(status: Path) -> int:
    """The signals that the process has handlers for, as a mask."""
    lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
    return int(lines["SigCgt"], 16)
