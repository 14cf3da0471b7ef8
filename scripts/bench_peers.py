#!/usr/bin/env python3
"""MediaPipe's Python Pose beside edgecv, over the same clip, in turns, on the same two cores.

    scripts/bench peers                                     # on a rendered clip
    scripts/bench peers --clip squats.mp4 --exercise squat

It installs mediapipe 0.10.14 into an environment of its own (build/peers, some 700 MB). Landmarks
are compared where both found somebody; reps are counted by edgecv's counter on those of each.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edgecv.athlete import Athlete
from edgecv.bench.report import Figure, describe, describe_machine
from edgecv.pose.keypoints import BLAZEPOSE_33, JOINTS, Pose
from edgecv.reps.counter import RepCounter

SCRIPTS = Path(__file__).resolve().parent
PACKAGE = "mediapipe==0.10.14"
FPS = 30.0
ROWS = [BLAZEPOSE_33.index(joint) for joint in JOINTS]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, over a clip."""

    figures: dict[str, float]
    """Medians over the runs."""
    pixels: np.ndarray
    world: np.ndarray
    fps: float

    def count(self, exercise: str) -> int:
        """Reps, by edgecv's counter on these key points."""
        counter = RepCounter(exercise, BLAZEPOSE_33)
        reps = 0
        for number, (pixels, world) in enumerate(zip(self.pixels, self.world, strict=True)):
            pose = None
            if np.isfinite(pixels).all():
                pose = Pose(BLAZEPOSE_33, pixels.astype("f"), world.astype("f"), 1.0)
            reps += counter.update(number / self.fps, pose) is not None
        return reps


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/bench peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--clip", type=Path, help="a video (default: a rendered athlete)")
    parser.add_argument("--exercise", default="squat", help="that is counted (default: squat)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument(
        "--venv", type=Path, default=SCRIPTS.parent / "build" / "peers", help="of MediaPipe"
    )
    options = parser.parse_args()
    python = environment(options.venv)
    with tempfile.TemporaryDirectory() as folder:
        clip = options.clip or render(Path(folder) / "athlete.mp4", options.exercise)
        commands = {
            "mediapipe": [python, SCRIPTS / "peer_mediapipe.py"],
            "edgecv": [Path(sys.executable), SCRIPTS / "peer_edgecv.py"],
        }
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
        for _ in range(options.repeat):
            for name, command in commands.items():
                runs[name].append(run([*command, clip, Path(folder) / f"{name}.npz"]))
        theirs, ours = (side(runs[name], Path(folder) / f"{name}.npz") for name in commands)
    print(f"{clip.name}: {ours.figures['frames']:.0f} frames, medians of {options.repeat}")
    print(f"{describe_machine()}\n\n{describe(compare(ours, theirs, options.exercise))}")
    return 0


def environment(folder: Path) -> Path:
    """The interpreter of the peer's environment, which is made if it is not there."""
    python = folder / "bin" / "python"
    probe = [str(python), "-c", "import mediapipe"]
    if python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return python
    print(f"installing {PACKAGE} into {folder}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
    if subprocess.run(pip, check=False).returncode:
        sys.exit(f"bench: {PACKAGE} can't be installed here (it has wheels up to Python 3.12)")
    return python


def render(path: Path, exercise: str) -> Path:
    athlete = Athlete(exercise, reps=5, tempo_s=2.5, azimuth_deg=45.0, noise=0.3)
    fourcc = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), fourcc, FPS, (640, 480))
    for number in range(int(athlete.duration_s * FPS)):
        writer.write(athlete.render(number / FPS))
    writer.release()
    return path


def run(command: list[Path]) -> dict[str, float]:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"bench: {command[1].name} failed:\n{result.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return figures


def side(runs: list[dict[str, float]], path: Path) -> Side:
    figures = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    found: Any = np.load(path)
    return Side(figures, found["pixels"], found["world"], float(found["fps"]))


def compare(ours: Side, theirs: Side, exercise: str) -> list[Figure]:
    """Ours beside theirs, with what is to be reached."""

    def figure(
        what: str,
        key: str,
        unit: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Figure:
        return Figure(
            *("edgecv", what, ours.figures[key], unit, "MediaPipe", theirs.figures[key]),
            at_least=at_least,
            at_most=at_most,
        )

    off = distances(ours.pixels, theirs.pixels)
    landmarks = "Distance of the joints, in % of the person's extent"
    return [
        figure("frames a second", "fps", "/s", at_least=3.0),
        figure("a frame, p50", "p50_ms", "ms"),
        figure("CPU time a frame", "cpu_ms", "ms", at_most=0.5),
        figure("memory at the end", "memory_mb", "MB", at_most=0.25),
        figure("memory at the most", "peak_mb", "MB"),
        Figure(landmarks, "median", 100 * float(np.median(off)), "%", "bound", 2.5, at_most=1.0),
        Figure(
            *(landmarks, "p95", 100 * float(np.percentile(off, 95)), "%", "bound", 6.0),
            at_most=1.0,
        ),
        Figure(
            *("Reps", exercise, float(ours.count(exercise)), ""),
            *("MediaPipe", float(theirs.count(exercise))),
        ),
    ]


def distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Of each joint in each frame in which both found somebody, as a share of the extent."""
    both = np.isfinite(ours).all(axis=(1, 2)) & np.isfinite(theirs).all(axis=(1, 2))
    away = np.linalg.norm(ours[both][:, ROWS, :2] - theirs[both][:, ROWS, :2], axis=2)
    extent = np.ptp(theirs[both][..., :2], axis=1).max(axis=1)
    shares: np.ndarray = away / extent[:, None]
    return shares


if __name__ == "__main__":
    sys.exit(main())
