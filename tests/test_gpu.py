"""With a real GPU of NVIDIA's and the ONNX Runtime for it: CUDA and TensorRT compute what the
processor does. On other machines there is nothing to be tried."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from edgecv.athlete import Athlete
from edgecv.pose.catalogue import models_folder
from edgecv.pose.keypoints import Pose
from edgecv.pose.open_estimator import open_estimator
from edgecv.pose.providers import NAMES, Active, SessionSettings

FRAMES, FPS = 30, 15
MOST = 0.01
"""Of the person's height: the half-precision products of a GPU's tensor cores move a key point by
less."""
NODES = ("nvidia[0-9]*", "nvgpu/*/ctrl")


def missing(provider: str) -> str | None:
    """Why it can't be tried here."""
    if not any(found for pattern in NODES for found in Path("/dev").glob(pattern)):
        return "there is no GPU of NVIDIA's in this machine"
    if NAMES[provider] not in onnxruntime.get_available_providers():
        return f"this ONNX Runtime has no {NAMES[provider]}: pip's onnxruntime-gpu has it"
    return None


@pytest.fixture(params=["cuda", pytest.param("tensorrt", marks=pytest.mark.long)])
def provider(request: pytest.FixtureRequest) -> str:
    why = missing(request.param)
    if why is not None:
        pytest.skip(why)
    return str(request.param)


def poses(settings: SessionSettings) -> list[Pose]:
    """Of a rendered athlete who does squats."""
    estimator = open_estimator(str(models_folder() / "blazepose_full.onnx"), 1, settings=settings)
    athlete = Athlete("squat", reps=1)
    found = []
    for number in range(FRAMES):
        pose = estimator(athlete.render(number / FPS), number / FPS)
        if pose is not None:
            found.append(pose)
    return found


def test_a_gpu_computes_the_model_and_finds_the_poses_that_the_processor_finds(
    provider: str, tmp_path: Path
) -> None:
    told: list[Active] = []
    building: list[bool] = []
    settings = SessionSettings(
        providers=(provider,), cache=tmp_path, building=building.append, opened=told.append
    )
    there = poses(settings)
    here = poses(SessionSettings(providers=("cpu",)))
    assert {(active.provider, active.refused) for active in told} == {(provider, ())}
    assert len(there) == len(here) > FRAMES // 2
    for ours, theirs in zip(there, here, strict=True):
        height = float(np.ptp(theirs.pixels[:, 1]))
        assert np.abs(ours.pixels[:, :2] - theirs.pixels[:, :2]).max() <= MOST * height

    built = len(building)
    poses(settings)
    assert len(building) == built, "an engine is built once"
    assert bool(built) == (provider == "tensorrt")
