"""What both sides of `scripts/bench peers` do alike: every frame of a clip, timed apart from its
decoding, on the same two cores. Used in environments without edgecv, too."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Found = tuple[Floats, Floats] | None
"""Of one person: (key points, 3) x, y in pixels and score; (key points, 3) metres, NaN where the
model gives none."""
CORES = 2
WARM_UP = 5


def main(prepare: Callable[[], Callable[[NDArray[np.uint8], float], Found]]) -> None:
    """`peer_X.py CLIP OUT [MODEL]`: run what `prepare` makes over the clip, write what it found to
    OUT (.npz), and print the figures as JSON."""
    clip, out = sys.argv[1:3]
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    estimate = prepare()
    # One thread: more of them decode ahead, and that would count as the time of a pose.
    capture = cv2.VideoCapture(clip, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    fps = capture.get(cv2.CAP_PROP_FPS) or 30.0
    size = [capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)]
    found: list[Found] = []
    wall_s: list[float] = []
    cpu_s = 0.0
    while True:
        read, image = capture.read()
        if not read:
            break
        cpu, wall = time.process_time(), time.perf_counter()
        found.append(estimate(np.asarray(image, np.uint8), len(found) / fps))
        wall_s.append(time.perf_counter() - wall)
        if len(found) > WARM_UP:
            cpu_s += time.process_time() - cpu
    shape = next((one[0].shape for one in found if one), (1, 3))
    nobody = (np.full(shape, np.nan), np.full(shape, np.nan))
    pixels, world = zip(*(one or nobody for one in found), strict=True)
    np.savez(out, pixels=np.array(pixels), world=np.array(world), fps=fps, size=size)
    frames = len(found) - WARM_UP
    figures = {
        "frames": len(found),
        "fps": frames / sum(wall_s[WARM_UP:]),
        "p50_ms": 1e3 * float(np.median(wall_s[WARM_UP:])),
        "cpu_ms": 1e3 * cpu_s / frames,
        "memory_mb": _resident_mb(),
        "peak_mb": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
    print(json.dumps(figures))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
