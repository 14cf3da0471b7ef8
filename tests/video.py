"""Small video files."""

from pathlib import Path

import cv2
import numpy as np


def write_video(path: Path, frames: int, fps: float = 25.0) -> None:
    """64 x 64 pixels; each frame is a little brighter than the one before."""
    codec = "MJPG" if path.suffix == ".avi" else "mp4v"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (64, 64))
    for frame in range(frames):
        writer.write(np.full((64, 64, 3), 5 * frame % 256, np.uint8))
    writer.release()
