"""`scripts/bench peers`: our side of it runs, and what is compared is what it says."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgecv.athlete import Athlete
from edgecv.pose.keypoints import BLAZEPOSE_33

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
FPS = 10.0


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(SCRIPTS)
    return importlib.import_module("bench_peers")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    athlete = Athlete("squat", reps=1, tempo_s=2.0)
    path = tmp_path / "athlete.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (640, 480))
    for number in range(12):
        writer.write(athlete.render(number / FPS))
    writer.release()
    return path


def test_our_side_finds_everybody_and_tells_what_it_cost(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "ours.npz"
    script = str(SCRIPTS / "peer_edgecv.py")
    command = [sys.executable, script, str(clip), str(out), "blazepose-full"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout)
    assert figures["frames"] == 12
    assert all(value > 0 for value in figures.values())
    found = np.load(out)
    assert found["pixels"].shape == found["world"].shape == (12, 33, 3)
    assert np.isfinite(found["pixels"]).all()
    assert found["fps"] == FPS


def performed(peers: Any, shift: float, cost: float) -> Any:
    """A side that saw the truth, `shift` pixels to the right, and paid `cost` for it."""
    athlete = Athlete("squat", reps=2, tempo_s=2.0, azimuth_deg=90)
    times = np.arange(0.0, athlete.duration_s, 1 / FPS)
    pixels = np.array([athlete.landmarks(time_s) for time_s in times], np.float64)
    pixels[..., 0] += shift
    pixels[..., 2] = 1.0
    world = np.array([athlete.world_landmarks(time_s) for time_s in times])
    keys = ("frames", "p50_ms", "cpu_ms", "memory_mb", "peak_mb")
    figures = {**dict.fromkeys(keys, cost), "fps": 100 / cost}
    return peers.Side(figures, pixels, world, FPS, (640, 480))


def test_ours_stands_beside_theirs_with_the_bounds(peers: Any) -> None:
    ours, theirs = performed(peers, 5.0, 10.0), performed(peers, 0.0, 50.0)
    theirs.pixels[3] = np.nan
    figures = {f.what: f for f in peers.compare(peers.MEDIAPIPE, ours, theirs, "squat")}

    assert figures["frames a second"].ratio == pytest.approx(5)
    assert not any(figure.missed for figure in figures.values())
    extents = np.ptp(ours.pixels[:, [11, 12, *range(13, 17), *range(23, 29)], :2], axis=1).max(1)
    assert 500 / extents.max() < figures["median"].ours < 500 / extents.min()
    assert (figures["squat"].ours, figures["squat"].theirs) == (2, 2)
    worse = {f.what: f for f in peers.compare(peers.MEDIAPIPE, theirs, ours, "squat")}
    assert worse["memory at the end"].missed
    assert worse["frames a second"].missed
    assert len(peers.distances(BLAZEPOSE_33, ours.pixels, theirs.pixels)) == len(ours.pixels) - 1
