"""The catalogue of models: by name, and refused with the names that there are."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgecv.config import Config
from edgecv.errors import ConfigError, ModelError
from edgecv.pose.catalogue import damaged_files, load_catalogue, models_folder
from edgecv.pose.open_estimator import open_estimator


def test_the_default_model_opens_and_has_33_key_points() -> None:
    assert len(open_estimator(Config().pose.model, threads=1).skeleton.keypoints) == 33


@pytest.mark.parametrize("model", ["yolo", "", "blazepose"])
def test_an_unknown_model_is_refused_with_the_names_that_there_are(model: str) -> None:
    with pytest.raises(ConfigError, match="known are blazepose-full"):
        open_estimator(model, threads=1)


def test_the_shipped_files_are_as_they_were_built() -> None:
    assert damaged_files(models_folder()) == []


def test_a_changed_and_a_missing_file_are_found(tmp_path: Path) -> None:
    shutil.copytree(models_folder(), tmp_path, dirs_exist_ok=True)
    content = bytearray((tmp_path / "blazepose_full.onnx").read_bytes())
    content[-1000] ^= 1
    (tmp_path / "blazepose_full.onnx").write_bytes(content)
    (tmp_path / "blazepose_detector.onnx").unlink()
    names = {path.name for path in damaged_files(tmp_path)}
    assert names == {"blazepose_full.onnx", "blazepose_detector.onnx"}


@pytest.mark.parametrize("text", ["models = ", 'version = "x"', '[models.x]\ndecoder = "new"'])
def test_a_catalogue_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "models.toml").write_text(text)
    with pytest.raises(ModelError, match=r"models\.toml"):
        load_catalogue(tmp_path)


def test_the_appliance_loads_the_model_runtime_only_with_the_model() -> None:
    code = "import sys, edgecv.app; print('onnxruntime' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_reading_the_catalogue_and_the_key_points_loads_no_model_runtime() -> None:
    code = (
        "import sys, edgecv.pose.keypoints\n"
        "from edgecv.pose.catalogue import load_catalogue, models_folder\n"
        "load_catalogue(models_folder())\n"
        "print({'onnxruntime', 'cv2'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
