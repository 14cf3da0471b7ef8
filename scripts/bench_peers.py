"""Others beside edgecv, over the same clip, in turns, on the same two cores.

    scripts/bench peers                                     # MediaPipe, on a rendered clip
    scripts/bench peers --clip squats.mp4 --exercise squat
    scripts/bench peers --yolo yolo11n-pose.onnx            # Ultralytics' own predict

A peer is installed into an environment of its own in build/: MediaPipe 0.10.14 (some 700 MB) or
Ultralytics (some 7 GB with PyTorch). Joints are compared where both found somebody, and reps are
counted by edgecv's counter on those of each.
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
from edgecv.pose.keypoints import BLAZEPOSE_33, COCO_17, JOINTS, Pose, Skeleton
from edgecv.reps.counter import Counter
from edgecv.reps.outcome import Counted, Outcome

SCRIPTS = Path(__file__).resolve().parent
FPS = 30.0


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's program, and what it has to be beside."""

    name: str
    packages: tuple[str, ...]
    module: str
    script: str
    skeleton: Skeleton
    bounds: dict[str, float]
    """To be reached: ratios of figures, ours over theirs; distances of joints in %."""


MEDIAPIPE = Peer(
    name="MediaPipe",
    packages=("mediapipe==0.10.14",),
    module="mediapipe",
    script="peer_mediapipe.py",
    skeleton=BLAZEPOSE_33,
    bounds={"fps": 3.0, "cpu_ms": 0.5, "memory_mb": 0.25, "median": 2.5, "p95": 6.0},
)
ULTRALYTICS = Peer(
    name="Ultralytics",
    packages=("ultralytics", "onnx", "onnxruntime"),
    module="ultralytics",
    script="peer_ultralytics.py",
    skeleton=COCO_17,
    bounds={},
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, over a clip."""

    figures: dict[str, float]
    """Medians over the runs."""
    pixels: np.ndarray
    world: np.ndarray
    fps: float
    size: tuple[int, int]
    """Width and height of the frames."""

    def count(self, exercise: str, skeleton: Skeleton) -> int:
        """Reps, by edgecv's counter on these key points."""
        counter = Counter(skeleton, exercise)
        reps: list[Outcome] = []
        for number, (pixels, world) in enumerate(zip(self.pixels, self.world, strict=True)):
            pose = None
            if np.isfinite(pixels).all():
                metres = world.astype(np.float32) if np.isfinite(world).all() else None
                pose = Pose(skeleton, pixels.astype(np.float32), metres, 1.0)
            reps += counter.update(number / self.fps, pose, self.size)
        reps += counter.finish()
        return sum(isinstance(outcome, Counted) for outcome in reps)


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
        "--yolo", type=Path, help="for Ultralytics: a YOLO pose model as it has exported it (.onnx)"
    )
    parser.add_argument("--venv", type=Path, help="of the peer (default: in build/)")
    options = parser.parse_args()
    peer, model = MEDIAPIPE, "blazepose-full"
    if options.yolo:
        peer, model = ULTRALYTICS, str(options.yolo)
    python = environment(peer, options.venv or SCRIPTS.parent / "build" / f"peer-{peer.module}")
    with tempfile.TemporaryDirectory() as folder:
        clip = options.clip or render(Path(folder) / "athlete.mp4", options.exercise)
        commands = {
            "theirs": [str(python), str(SCRIPTS / peer.script)],
            "ours": [sys.executable, str(SCRIPTS / "peer_edgecv.py")],
        }
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
        for _ in range(options.repeat):
            for name, command in commands.items():
                out = str(Path(folder) / f"{name}.npz")
                runs[name].append(run([*command, str(clip), out, model]))
        theirs, ours = (side(runs[name], Path(folder) / f"{name}.npz") for name in commands)
    print(f"{clip.name}: {ours.figures['frames']:.0f} frames, medians of {options.repeat}")
    print(f"{describe_machine()}\n\n{describe(compare(peer, ours, theirs, options.exercise))}")
    return 0


def environment(peer: Peer, folder: Path) -> Path:
    """The interpreter of the peer's environment, which is made if it is not there."""
    python = folder / "bin" / "python"
    probe = [str(python), "-c", f"import {peer.module}"]
    if python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return python
    print(f"installing {', '.join(peer.packages)} into {folder}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, *peer.packages], check=False).returncode:
        sys.exit(f"bench: {', '.join(peer.packages)} can't be installed here")
    return python


def render(path: Path, exercise: str) -> Path:
    athlete = Athlete(exercise, reps=5, tempo_s=2.5, azimuth_deg=45.0, noise=0.3)
    fourcc = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), fourcc, FPS, (640, 480))
    for number in range(int(athlete.duration_s * FPS)):
        writer.write(athlete.render(number / FPS))
    writer.release()
    return path


def run(command: list[str]) -> dict[str, float]:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"bench: {Path(command[1]).name} failed:\n{result.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return figures


def side(runs: list[dict[str, float]], path: Path) -> Side:
    figures = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    found: Any = np.load(path)
    width, height = found["size"]
    size = int(width), int(height)
    return Side(figures, found["pixels"], found["world"], float(found["fps"]), size)


def compare(peer: Peer, ours: Side, theirs: Side, exercise: str) -> list[Figure]:
    """Ours beside theirs, with what is to be reached."""

    def figure(what: str, key: str, unit: str) -> Figure:
        bound = peer.bounds.get(key)
        return Figure(
            *("edgecv", what, ours.figures[key], unit, peer.name, theirs.figures[key]),
            at_least=bound if key == "fps" else None,
            at_most=bound if key != "fps" else None,
        )

    def distance(what: str, percentile: float) -> Figure:
        value = float(np.percentile(off, percentile))
        bound = peer.bounds.get(what)
        compared = ("bound", bound, None, 1.0) if bound else ("", None, None, None)
        return Figure(
            "Distance of the joints, in % of the person's extent", what, value, "%", *compared
        )

    off = 100 * distances(peer.skeleton, ours.pixels, theirs.pixels)
    return [
        figure("frames a second", "fps", "/s"),
        figure("a frame, p50", "p50_ms", "ms"),
        figure("CPU time a frame", "cpu_ms", "ms"),
        figure("memory at the end", "memory_mb", "MB"),
        figure("memory at the most", "peak_mb", "MB"),
        distance("median", 50),
        distance("p95", 95),
        Figure(
            *("Reps", exercise, float(ours.count(exercise, peer.skeleton)), ""),
            *(peer.name, float(theirs.count(exercise, peer.skeleton))),
        ),
    ]


def distances(skeleton: Skeleton, ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Of each joint in each frame in which both found somebody, as a share of the extent."""
    rows = [skeleton.index(joint) for joint in JOINTS]
    both = np.isfinite(ours).all(axis=(1, 2)) & np.isfinite(theirs).all(axis=(1, 2))
    away = np.linalg.norm(ours[both][:, rows, :2] - theirs[both][:, rows, :2], axis=2)
    extent = np.ptp(theirs[both][:, rows, :2], axis=1).max(axis=1)
    shares: np.ndarray = away / extent[:, None]
    return shares


if __name__ == "__main__":
    sys.exit(main())
