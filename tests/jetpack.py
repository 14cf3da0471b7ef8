"""The files of a JetPack, by which a Jetson is known, and wheels for it."""

import hashlib
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

ELF_MACHINES = {"aarch64": 183, "x86_64": 62}


@dataclass(frozen=True)
class JetPack:
    """A board with its system, as NVIDIA ships it."""

    model: str
    compatible: str
    release: str
    """The first line of nv_tegra_release."""
    l4t: str
    package: str
    """The version of nvidia-jetpack; empty where it is not installed."""
    python: tuple[int, int]
    system: str

    def put_into(self, root: Path) -> Path:
        put(root / "proc/device-tree/model", f"{self.model}\0")
        put(root / "proc/device-tree/compatible", f"{self.compatible}\0")
        if self.release:
            put(
                root / "etc/nv_tegra_release",
                f"{self.release}\n# KERNEL_VARIANT: oot\nTARGET_USERSPACE_LIB_DIR=nvidia\n",
            )
        packages = {"nvidia-l4t-core": f"{self.l4t}-20250107174145", "nvidia-jetpack": self.package}
        blocks = [
            f"Package: {name}\nStatus: install ok installed\nArchitecture: arm64\n"
            f"Version: {version}\nDescription: NVIDIA\n"
            for name, version in packages.items()
            if version.strip("-")
        ]
        put(root / "var/lib/dpkg/status", "\n".join(["Package: adduser\nStatus: x\n", *blocks]))
        put(root / "etc/os-release", f'PRETTY_NAME="{self.system}"\n')
        for node in ("nvmap", "nvhost-ctrl-gpu", "nvgpu/igpu0/ctrl", "host1x-fence", "video0"):
            put(root / "dev" / node, "")
        cv2 = f"usr/lib/python{self.python[0]}.{self.python[1]}/dist-packages/cv2/__init__.py"
        put(root / cv2, "__version__ = '4.8.0'\n")
        return root


JETPACK_5 = JetPack(
    model="NVIDIA Orin NX Developer Kit",
    compatible="nvidia,p3768-0000+p3767-0000\0nvidia,p3767-0000\0nvidia,tegra234",
    release="# R35 (release), REVISION: 4.1, GCID: 33958178, BOARD: t186ref, EABI: aarch64",
    l4t="35.4.1",
    package="5.1.2-b104",
    python=(3, 8),
    system="Ubuntu 20.04.6 LTS",
)
JETPACK_6 = JetPack(
    model="NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super",
    compatible="nvidia,p3768-0000+p3767-0005-super\0nvidia,p3767-0005\0nvidia,tegra234",
    release="# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, "
    "DATE: Wed Jan  8 01:49:37 UTC 2025",
    l4t="36.4.3",
    package="6.2+b77",
    python=(3, 10),
    system="Ubuntu 22.04.5 LTS",
)
JETPACK_7 = JetPack(
    model="NVIDIA Jetson AGX Thor Developer Kit",
    compatible="nvidia,p4071-0000+p3834-0008\0nvidia,p3834-0008\0nvidia,tegra264",
    release="# R38 (release), REVISION: 2.0, GCID: 41844464, BOARD: generic, EABI: aarch64, "
    "DATE: Fri Aug 22 00:55:42 UTC 2025",
    l4t="38.2.0",
    package="",
    python=(3, 12),
    system="Ubuntu 24.04.3 LTS",
)
JETPACK_7_ON_ORIN = JetPack(
    model="Another Maker's Carrier",
    compatible="maker,carrier\0nvidia,p3767-0005\0nvidia,tegra234",
    release="",
    l4t="39.2.1",
    package="7.2.1-b12",
    python=(3, 12),
    system="Ubuntu 24.04.4 LTS",
)


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def library(machine: str) -> bytes:
    """The head of a shared library."""
    return b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<HH", 3, ELF_MACHINES[machine])


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    tag: str = "py3-none-any",
    files: dict[str, bytes] | None = None,
    requires: tuple[str, ...] = (),
) -> Path:
    """One that pip installs."""
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    contents = {
        **(files or {f"{name}/__init__.py": b""}),
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n{needs}"
        ).encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
    }
    record = "".join(f"{path},,\n" for path in [*contents, f"{info}/RECORD"])
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, data in {**contents, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(path, data)
    return wheel


def runtime(
    folder: Path,
    name: str = "onnxruntime_gpu",
    version: str = "1.23.0",
    *,
    tag: str = "cp310-cp310-linux_aarch64",
    providers: tuple[str, ...] = ("cuda", "tensorrt"),
    machine: str = "aarch64",
) -> Path:
    """A wheel of ONNX Runtime."""
    return make_wheel(folder, name, version, tag=tag, files=module(version, providers, machine))


def module(version: str, providers: tuple[str, ...], machine: str) -> dict[str, bytes]:
    """What both builds bring: one that says what it has by what lies in it."""
    names = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}
    has = [*(names[one] for one in providers), "CPUExecutionProvider"]
    program = f"__version__ = {version!r}\ndef get_available_providers(): return {has!r}\n"
    libraries = {
        f"onnxruntime/capi/libonnxruntime_providers_{one}.so": library(machine)
        for one in ("shared", *providers)
    }
    return {"onnxruntime/__init__.py": program.encode(), **libraries}


def install_runtime(
    site: Path, name: str = "onnxruntime_gpu", version: str = "1.23.0", *, gpu: bool = True
) -> None:
    """As pip of the system has put it there."""
    files = module(version, ("cuda", "tensorrt") if gpu else (), "aarch64")
    digest = hashlib.sha256(b"".join(files.values())).hexdigest()
    files[f"{name}-{version}.dist-info/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n\n{digest}\n"
    ).encode()
    for path, data in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
