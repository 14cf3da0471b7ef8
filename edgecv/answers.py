"""What commands answer with `--json`: the types are the schema."""

import platform
from importlib import metadata

import msgspec

from edgecv import __version__
from edgecv.capture.found import FoundCamera
from edgecv.doctor.finding import Group
from edgecv.host.identity import board, system_name
from edgecv.running import Life
from edgecv.serial_line.ports import FoundPort
from edgecv.settings import Setting
from edgecv.status import StatusDocument
from edgecv.update.kept import Trial, UpdateStatus
from edgecv.update.rauc import Slots


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv status`."""

    life: Life
    age_s: float
    """Of the status."""
    status: StatusDocument


class VersionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv version`; null is not known, or not installed."""

    edgecv: str
    python: str
    system: str | None
    kernel: str
    machine: str
    board: str | None
    packages: dict[str, str | None]


RUNTIME, GPU = "onnxruntime", "onnxruntime-gpu"
PACKAGES = (
    RUNTIME,
    "opencv-python-headless",
    "numpy",
    "paho-mqtt",
    "pyserial",
    "msgspec",
    "rich",
)


def version_answer() -> VersionAnswer:
    """Of this machine."""
    return VersionAnswer(
        edgecv=__version__,
        python=platform.python_version(),
        system=system_name(),
        kernel=platform.release(),
        machine=platform.machine(),
        board=board(),
        packages=_versions(),
    )


def _versions() -> dict[str, str | None]:
    """The GPU's ONNX Runtime is a package of another name: it is told where it is there."""
    found = {name: _version(name) for name in PACKAGES}
    gpu = _version(GPU)
    if gpu is None:
        return found
    if found[RUNTIME] is None:
        del found[RUNTIME]
    return {GPU: gpu, **found}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


class CamerasAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv cameras`."""

    cameras: list[FoundCamera]


class PortsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv serial list`."""

    ports: list[FoundPort]


class SnapshotAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv snapshot`."""

    file: str
    width: int
    height: int
    score: float | None
    """How sure the model is of the person in view; null: nobody is."""
    exercise: str
    set_reps: int


class ConfigAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv config`."""

    file: str | None
    """Null: there is none, and all values are defaults."""
    settings: list[Setting] = []
    faults: list[str] = []
    """What is wrong, in words."""


class DoctorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv doctor`."""

    groups: list[Group]
    exit_code: int


class UpdateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv update status`."""

    image: bool
    """False: this is no appliance image, and of the rest only what is installed means something."""
    status: UpdateStatus
    slots: Slots | None = None
    """Null: RAUC does not tell; it does so to root."""
    unknown: str | None = None
    """Why not."""
    trial: Trial | None = None
    """A new version that has to prove good yet, or waits for a restart."""


class UpdateDone(msgspec.Struct, frozen=True, kw_only=True):
    """Of `edgecv update install` and `rollback`."""

    changed: bool
    """False: there was nothing to do."""
    restarting: bool


def encode_answer(answer: msgspec.Struct) -> str:
    """Indented for people, with a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"
