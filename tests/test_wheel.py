"""The wheel, installed on its own, away from the checkout."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from edgecv import __version__

CHECKOUT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run(*pip, "--wheel-dir", folder, CHECKOUT, cwd=folder)
    (built,) = folder.glob("edgecv-*.whl")
    return built


def empty_environment(folder: Path) -> Path:
    """A new virtual environment's interpreter."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    return folder / "bin" / "python"


def install(python: Path, *what: str | Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "--python", python, "install", "--quiet", *what, cwd=python.parent)


def check_that_it_works(python: Path, folder: Path) -> None:
    edgecv = python.with_name("edgecv")
    assert run(edgecv, "--version", cwd=folder) == f"edgecv {__version__}\n"
    assert "counted 1, true 1" in run(
        edgecv, "run", "--source", "synthetic:squat?reps=1&pace=false", cwd=folder
    )


def test_the_wheel_runs_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """The packages it depends on are borrowed from the tests' own environment."""
    python = empty_environment(tmp_path / "venv")
    install(python, "--no-deps", wheel)
    (site,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

    where = run(python, "-c", "import edgecv; print(edgecv.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(tmp_path)
    check_that_it_works(python, tmp_path)


@pytest.mark.long
def test_the_wheel_brings_in_all_that_it_needs(wheel: Path, tmp_path: Path) -> None:
    python = empty_environment(tmp_path / "venv")
    install(python, wheel)

    check_that_it_works(python, tmp_path)


def test_models_licences_and_the_example_are_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    licences = f"edgecv-{__version__}.dist-info/licenses/"
    assert {
        f"{licences}LICENSE",
        f"{licences}NOTICE",
        f"{licences}models/LICENSE",
        "edgecv/models/LICENSE",
        "edgecv/models/models.toml",
        "edgecv/models/blazepose_full.onnx",
        "edgecv/models/blazepose_detector.onnx",
        "edgecv/example.toml",
        "edgecv/py.typed",
    } <= names
    assert not any(name.startswith(("tests/", "scripts/", "shared/")) for name in names)
