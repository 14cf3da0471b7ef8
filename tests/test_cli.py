"""The command line as its users meet it: a process, its output and its exit code."""

import shlex
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from edgecv import __version__
from edgecv.answers import version_answer
from edgecv.pose.catalogue import models_folder
from tests.jetpack import install_runtime
from tests.video import write_video


def edgecv(*arguments: str, timeout_s: float = 60) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "edgecv", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def test_importing_edgecv_loads_nothing_heavy() -> None:
    code = (
        "import sys, edgecv, edgecv.cli, edgecv.config; "
        "print([m for m in ('cv2', 'onnxruntime', 'paho', 'numpy', 'rich') if m in sys.modules])"
    )
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert loaded.strip() == "[]"


def test_the_version_is_the_package_s() -> None:
    assert edgecv("--version").stdout.strip() == f"edgecv {__version__}"


def test_help_names_the_options_with_examples() -> None:
    result = edgecv("run", "--help")

    assert result.returncode == 0
    for option in ("--config", "--source", "--exercise", "--mqtt", "examples:", "exit codes:"):
        assert option in result.stdout


def test_wrong_usage_exits_with_2() -> None:
    for arguments in ((), ("walk",), ("run", "--nonsense")):
        result = edgecv(*arguments)
        assert result.returncode == 2
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("--source", "synthetic:moonwalk"), 2, "no exercise 'moonwalk'"),
        (("--source", "synthetic:squat?reps=0"), 2, "reps = '0': expected an integer >= 1"),
        (("--source", "synthetic:squat?rep=3"), 2, "unknown key rep: did you mean reps?"),
        (("--source", "synthetic:squat?fps=soon"), 2, "fps = 'soon': expected a number"),
        (("--source", "synthetic:squat", "--exercise", "nap"), 2, "counting.exercise = 'nap'"),
        (("--source", ""), 2, "camera.source = ''"),
        (("--mqtt", ":1883"), 2, "--mqtt :1883: expected HOST or HOST:PORT"),
        (("--mqtt", "box:99999"), 2, "--mqtt box:99999: expected HOST or"),
        (("--config", "{tmp}/none.toml"), 2, "none.toml: No such file"),
        (("--config", "{tmp}/bad.toml"), 2, "unknown key camera.sauce: did you mean source?"),
        (("--config", "{tmp}/model.toml"), 2, "pose.model = 'gpt': known are blazepose-full"),
        (("--source", "{tmp}/none.mp4"), 1, "none.mp4: no such file"),
        (("--source", "{tmp}"), 1, "is not a file"),
        (("--source", "{tmp}/text.mp4"), 1, "text.mp4 is damaged, or not a video"),
        (("--source", "{tmp}/cut.mp4"), 1, "cut.mp4 is damaged, or not a video"),
        (("--source", "{tmp}/empty.mp4"), 1, "empty.mp4 is damaged, or not a video"),
        (("--source", "/dev/video97"), 1, "camera /dev/video97: no such device"),
        (("--source", "/dev/null"), 1, "camera /dev/null gives no pictures"),
    ],
)
def test_bad_input_is_one_clear_line_and_no_traceback(
    tmp_path: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    (tmp_path / "bad.toml").write_text("[camera]\nsauce = 'a'\n", encoding="utf-8")
    (tmp_path / "model.toml").write_text("[pose]\nmodel = 'gpt'\n", encoding="utf-8")
    (tmp_path / "text.mp4").write_text("not a video\n" * 100, encoding="utf-8")
    (tmp_path / "empty.mp4").touch()
    write_video(tmp_path / "whole.mp4", 50)
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "whole.mp4").read_bytes()[:2000])

    result = edgecv("run", *(argument.format(tmp=tmp_path) for argument in arguments))

    assert result.returncode == code
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("edgecv: ")
    assert complaint in lines[0]


def test_a_video_file_is_processed_to_its_end_and_no_frame_is_dropped(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", 40)

    result = edgecv("run", "--source", str(tmp_path / "clip.mp4"))

    assert result.returncode == 0, result.stderr
    assert "40 frames = 40 delivered + 0 superseded + 0 skipped + 0 failed" in result.stdout
    assert "counted 0" in result.stdout


def test_a_reader_that_goes_away_ends_nothing() -> None:
    """`edgecv run | head -1`: the run goes on to its end, silently."""
    source = "synthetic:squat?reps=1&pace=false"
    command = f"{shlex.quote(sys.executable)} -m edgecv run --source '{source}' | head -1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602

    assert result.stdout == f"edgecv {__version__}\n"
    assert result.stderr == ""


@pytest.mark.parametrize("damage", ["missing", "text", "truncated", "another model"])
def test_a_model_file_that_is_no_good_is_one_clear_line(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "models"
    shutil.copytree(models_folder(), folder)
    model = folder / "blazepose_full.onnx"
    content = model.read_bytes()
    model.unlink()
    if damage == "text":
        model.write_text("not a model", encoding="utf-8")
    elif damage == "truncated":
        model.write_bytes(content[: len(content) // 2])
    elif damage == "another model":
        shutil.copy(folder / "blazepose_detector.onnx", model)
    code = (
        "import sys; from pathlib import Path; import edgecv.pose.catalogue as catalogue\n"
        f"catalogue.models_folder = lambda: Path({str(folder)!r})\n"
        "from edgecv.cli import main; sys.exit(main(['run', '--source', 'synthetic:squat']))"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )

    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert f"edgecv: model {model}" in result.stderr


def test_the_gpu_s_onnx_runtime_is_told_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "onnxruntime-gpu" not in version_answer().packages
    install_runtime(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    packages = version_answer().packages
    assert packages["onnxruntime-gpu"] == "1.23.0"
    assert packages["onnxruntime"] == metadata.version("onnxruntime")
    monkeypatch.setattr(metadata, "version", only_the_gpu_s)
    packages = version_answer().packages
    assert packages["onnxruntime-gpu"] == "1.23.0"
    assert "onnxruntime" not in packages


def only_the_gpu_s(name: str) -> str:
    if name == "onnxruntime-gpu":
        return "1.23.0"
    raise metadata.PackageNotFoundError(name)
