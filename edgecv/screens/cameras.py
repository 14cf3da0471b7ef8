"""The cameras of the box, for people. Pure."""

from collections.abc import Iterable, Sequence

from edgecv.capture.found import FoundCamera
from edgecv.capture.modes import Mode
from edgecv.screens.text import line

NONE = (
    "no camera is plugged in that Linux knows as a video device; for one on a ribbon cable try "
    "--source csi:"
)


def describe(cameras: Sequence[FoundCamera], columns: int) -> str:
    """A paragraph a camera."""
    if not cameras:
        return NONE
    return "\n\n".join("\n".join(_paragraph(camera, columns)) for camera in cameras)


def _paragraph(camera: FoundCamera, columns: int) -> Iterable[str]:
    yield camera.path
    if camera.problem is not None:
        yield line("  problem", [camera.problem], columns)
        return
    yield line("  name", [camera.name or "not known", camera.device], columns)
    if camera.used_by:
        yield line("  in use", [f"by {', '.join(camera.used_by)}"], columns)
    if not camera.modes:
        yield line("  formats", ["the driver does not say"], columns)
    for form in dict.fromkeys(mode.form for mode in camera.modes):
        sizes = sorted({m.width * m.height: m for m in camera.modes if m.form == form}.items())
        yield line(f"  {form}", [_size(mode) for _, mode in sizes], columns)


def _size(mode: Mode) -> str:
    rates = ", ".join(f"{rate:.4g}" for rate in mode.fps)
    return f"{mode.width} x {mode.height}" + (f" at {rates} fps" if rates else "")
