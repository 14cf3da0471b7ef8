"""Cameras on the ribbon cable, through the program that the board's maker gives for them.

The OpenCV that pip installs reaches neither libcamera (Raspberry Pi) nor Argus (Jetson). Not tried
on hardware.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from edgecv.errors import SourceError

MODEL = Path("/proc/device-tree/model")
RASPBERRY_PI = ("rpicam-vid", "libcamera-vid")
"""The second is the older name."""
JETSON = "gst-launch-1.0"


def csi_command(
    number: int,
    *,
    width: int,
    height: int,
    fps: float,
    model: Path = MODEL,
    which: Callable[[str], str | None] = shutil.which,
) -> list[str]:
    """What writes the pictures of camera `number` of this board as MJPEG to its output.

    Raises SourceError when the board is none that is known, or its program is not installed.
    """
    try:
        board = model.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        board = ""
    is_jetson = "jetson" in board.lower() or "nvidia" in board.lower()
    program = next(filter(which, [JETSON] if is_jetson else RASPBERRY_PI), None)
    if program is None:
        raise SourceError(f"camera csi:{number}: {_what_is_missing(board, is_jetson)}")
    if is_jetson:
        caps = f"video/x-raw(memory:NVMM),width={width},height={height},framerate={round(fps)}/1"
        return [
            *(program, "-q", "nvarguscamerasrc", f"sensor-id={number}", "!", caps),
            *("!", "nvjpegenc", "!", "fdsink"),
        ]
    return [
        *(program, "--codec", "mjpeg", "-t", "0", "-n", "--flush", "--camera", str(number)),
        *("--width", str(width), "--height", str(height), "--framerate", f"{fps:g}", "-o", "-"),
    ]


def _what_is_missing(board: str, is_jetson: bool) -> str:
    if is_jetson:
        return f"{JETSON} is not installed on this {board} (apt-get install gstreamer1.0-tools)"
    if "raspberry" in board.lower():
        return f"rpicam-vid is not installed on this {board} (apt-get install rpicam-apps)"
    return (
        f"this is neither a Raspberry Pi nor a Jetson ({board or 'no device tree'}): "
        "use /dev/video0, or exec: with a program that writes MJPEG"
    )
