"""Cameras on the ribbon cable, through the program that the board's maker gives for them.

The OpenCV that pip installs reaches neither libcamera (Raspberry Pi) nor Argus (Jetson), and with a
program of its own it need not: a driver that hangs takes only that program with it. Not tried on
hardware.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from edgecv.errors import SourceError
from edgecv.host.jetson import is_jetson

TREE = Path("/proc/device-tree")
RASPBERRY_PI = ("rpicam-vid", "libcamera-vid")
"""The second is the older name."""
JETSON = "gst-launch-1.0"
# nvarguscamerasrc writes its own talk to standard output, in the midst of pictures: it goes to
# standard error, whose last line is shown when it fails, and the pictures have a pipe of their own.
_APART = ("sh", "-c", 'exec 3>&1 1>&2; exec "$@"', "sh")


def csi_command(
    number: int,
    *,
    width: int,
    height: int,
    fps: float,
    tree: Path = TREE,
    which: Callable[[str], str | None] = shutil.which,
) -> list[str]:
    """What writes the pictures of camera `number` of this board as MJPEG to its output.

    Raises SourceError when the board is none that is known, or its program is not installed.
    """
    try:
        board = (tree / "model").read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        board = ""
    on_jetson = is_jetson(tree)
    program = next(filter(which, [JETSON] if on_jetson else RASPBERRY_PI), None)
    if program is None:
        raise SourceError(f"camera csi:{number}: {_what_is_missing(board, on_jetson)}")
    if on_jetson:
        size = f"width={width},height={height},framerate={round(fps)}/1"
        return [
            *(*_APART, program, "-q", "nvarguscamerasrc", f"sensor-id={number}"),
            *("!", f"video/x-raw(memory:NVMM),format=NV12,{size}"),
            *("!", "nvjpegenc", "!", "fdsink", "fd=3", "sync=false"),
        ]
    return [
        *(program, "--codec", "mjpeg", "-t", "0", "-n", "--flush", "--camera", str(number)),
        *("--width", str(width), "--height", str(height), "--framerate", f"{fps:g}", "-o", "-"),
    ]


def _what_is_missing(board: str, on_jetson: bool) -> str:
    if on_jetson:
        return f"{JETSON} is not installed on this {board} (apt-get install gstreamer1.0-tools)"
    if "raspberry" in board.lower():
        return f"rpicam-vid is not installed on this {board} (apt-get install rpicam-apps)"
    return (
        f"this is neither a Raspberry Pi nor a Jetson ({board or 'no device tree'}): "
        "use /dev/video0, or exec: with a program that writes MJPEG"
    )
