"""A Jetson: its JetPack, what it is allowed to run at, its ONNX Runtime, and what its camera on the
ribbon cable needs. Pure but for the look at files and processes. Not tried on a Jetson."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.host.jetson import (
    ARGUS,
    ARGUS_SOCKET,
    LIBRARIES,
    Clocks,
    Jetson,
    clocks,
    find_jetson,
    power_mode,
)
from edgecv.host.onnxruntime_builds import Build, builds_in
from edgecv.host.unit import ARGUS_PATH_NAME
from edgecv.pose.providers import CUDA, NAMES, TENSORRT

PLUGINS = {"nvarguscamerasrc": "libgstnvarguscamerasrc.so", "nvjpegenc": "libgstnvjpeg.so"}
"""GStreamer's elements that read the camera, and where they come from (nvidia-l4t-gstreamer)."""
COMM = 15
"""The kernel keeps so many letters of a process's name: proc(5)."""


def examine_jetson(
    root: Path, builds: Callable[[], tuple[Sequence[Build], Sequence[str]]]
) -> Iterator[Finding]:
    """Nothing on another box. `builds` gives what is installed as the module that is used, and the
    providers that it names."""
    jetson = find_jetson(root)
    if jetson is None:
        return
    yield _jetpack(jetson)
    yield _power(root)
    yield _clocks(clocks(root))
    yield _runtime(*builds())


def builds_in_use() -> tuple[Sequence[Build], Sequence[str]]:
    """Of this very Python."""
    import onnxruntime  # takes a while: only a Jetson is asked

    site = Path(onnxruntime.__file__).parents[1]
    return builds_in(site), onnxruntime.get_available_providers()


def examine_argus(
    root: Path, source: str, which: Callable[[str], str | None] = shutil.which
) -> Iterator[Finding]:
    """What `csi:` needs on a Jetson; nothing on another box, or for another source."""
    if not source.lower().startswith("csi:") or find_jetson(root) is None:
        return
    if which("gst-launch-1.0") is None:
        yield failure(
            "GStreamer",
            "gst-launch-1.0 is not installed, which reads the camera",
            "sudo apt-get install gstreamer1.0-tools",
        )
    folder = root / LIBRARIES / "gstreamer-1.0"
    missing = [element for element, file in PLUGINS.items() if not (folder / file).exists()]
    if missing:
        yield failure(
            "GStreamer",
            f"{' and '.join(missing)} are missing in /{folder.relative_to(root)}",
            "sudo apt-get install nvidia-l4t-gstreamer nvidia-l4t-camera",
        )
    elif which("gst-launch-1.0") is not None:
        yield ok("GStreamer", "gst-launch-1.0 with nvarguscamerasrc; OpenCV's is not needed")
    yield _daemon(root)
    if (root / "etc/systemd/system" / ARGUS_PATH_NAME).exists():
        yield ok("ladder", "the service may have nvargus-daemon restarted")
    else:
        yield unavailable(
            "ladder", "edgecv may not restart nvargus-daemon: no service is installed"
        )


def _jetpack(jetson: Jetson) -> Finding:
    if jetson.problem is not None:
        return failure("JetPack", f"{jetson.problem}", "see docs/jetson.md")
    return ok("JetPack", f"{jetson.jetpack}, L4T r{jetson.l4t}")


def _power(root: Path) -> Finding:
    """The mode is the owner's choice: it is told, and not judged."""
    mode = power_mode(root)
    if mode is None:
        return unavailable("power mode", "nvpmodel has kept none")
    words = f"{mode.name or 'of an unknown name'} (nvpmodel {mode.number})"
    if mode.unlimited is not None and mode.unlimited != mode.number:
        words += f"; without a limit: sudo nvpmodel -m {mode.unlimited}"
    return ok("power mode", words)


def _clocks(now: Clocks) -> Finding:
    parts = [f"{now.cores} of {now.cores_there} cores"] if now.cores_there else []
    if now.cpu_most is not None:
        could = f", and could {now.cpu_could}" if (now.cpu_could or 0) > now.cpu_most else ""
        parts.append(f"processor at most {now.cpu_most} MHz{could}")
    if now.gpu_most is not None:
        parts.append(f"GPU {now.gpu_now} of {now.gpu_most} MHz")
    if not parts:
        return unavailable("clocks", "the kernel does not tell")
    parts.append("held at the top (jetson_clocks)" if now.fixed else "as needed")
    return ok("clocks", ", ".join(parts))


def _runtime(builds: Sequence[Build], available: Sequence[str]) -> Finding:
    has = [key for key in (TENSORRT, CUDA) if NAMES[key] in available]
    words = ", ".join(f"{build.name} {build.version}" for build in builds) or "one of its own"
    remedy = "sudo scripts/install --onnxruntime WHEEL: see docs/jetson.md"
    if len(builds) > 1:
        return warning(
            "ONNX Runtime",
            f"{words}: both are the same module, and have overwritten each other",
            remedy,
        )
    if not has:
        return warning(
            "ONNX Runtime",
            f"{words} is the build for the processor: the GPU is not used",
            remedy,
        )
    return ok("ONNX Runtime", f"{words}, for {' and '.join(has)}")


def _daemon(root: Path) -> Finding:
    names = (_name(file) for file in (root / "proc").glob("[0-9]*/comm"))
    if ARGUS[:COMM] not in names:
        return failure(
            "nvargus-daemon",
            "it does not run, and serves the camera",
            "sudo systemctl restart nvargus-daemon",
        )
    if not (root / ARGUS_SOCKET).exists():
        return failure(
            "nvargus-daemon",
            f"it runs, and does not listen on /{ARGUS_SOCKET}",
            "sudo systemctl restart nvargus-daemon",
        )
    return ok("nvargus-daemon", f"it listens on /{ARGUS_SOCKET}")


def _name(comm: Path) -> str:
    try:
        return comm.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # ended meanwhile
        return ""
