"""Which ONNX Runtime there is, and whether a wheel fits: of the standard library alone, and without
loading it.

The builds for the processor and for the GPU are different packages (onnxruntime, onnxruntime-gpu)
with the same module: the one that is installed last overwrites the other.
"""

import platform
import re
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from pathlib import Path

from edgecv.errors import EdgecvError

MODULE = "onnxruntime"
DISTRIBUTIONS = (MODULE, f"{MODULE}-gpu")
TENSORRT, CUDA = PROVIDERS = ("tensorrt", "cuda")
OLDEST = (1, 19)
"""The first that was built for NumPy 2, which edgecv needs (release notes of ONNX Runtime 1.19).
edgecv's models were run with it, too."""
WITHIN_S = 20.0
_MACHINES = {"aarch64": 183, "x86_64": 62}
"""e_machine of an ELF header: elf.h."""


@dataclass(frozen=True, slots=True)
class Build:
    """An ONNX Runtime, installed or in a wheel."""

    name: str
    version: str
    providers: tuple[str, ...]
    """Of PROVIDERS: those whose library is part of it."""
    where: Path
    lacks: tuple[str, ...] = ()
    """Libraries that TensorRT's would need, and that are not on this box."""

    @property
    def is_for_gpu(self) -> bool:
        return CUDA in self.providers

    @property
    def is_too_old(self) -> bool:
        return _release(self.version) < OLDEST

    @property
    def words(self) -> str:
        lacks = f", no tensorrt for want of {', '.join(self.lacks)}" if self.lacks else ""
        return f"{self.name} {self.version} ({', '.join(self.providers) or 'no GPU'}{lacks})"


def builds_in(site: Path) -> list[Build]:
    """Those that are installed in a folder of packages."""
    libraries = site / MODULE / "capi"
    providers = tuple(one for one in PROVIDERS if (libraries / _library(one)).exists())
    found = []
    for metadata in sorted(site.glob(f"{MODULE}*.dist-info/METADATA")):
        try:
            head = HeaderParser().parsestr(metadata.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
        name = _normal(head.get("Name", ""))
        if name.startswith(MODULE) and libraries.exists():
            found.append(Build(name, head.get("Version", "0"), providers, site))
    return found


def read_wheel(wheel: Path, *, machine: str, python: tuple[int, int]) -> Build:
    """What a wheel brings; `machine` as in `uname -m`.

    Raises EdgecvError with what was seen where it is no ONNX Runtime with CUDA for this machine,
    this Python, and the CUDA that is there.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _checked(archive, wheel, machine, python)
    except OSError as error:
        raise EdgecvError(f"the wheel {wheel} can't be read: {error.strerror}") from error
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise EdgecvError(f"{wheel} is no whole wheel ({error.args[0]}): fetch it again") from error


def missing_libraries(library: Path) -> list[str]:
    """What a library needs and the dynamic loader does not find, as ldd(1) tells: its own siblings
    apart."""
    if not library.exists():
        return []
    try:
        done = subprocess.run(
            ["ldd", str(library)], capture_output=True, text=True, check=False, timeout=WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    found = re.findall(r"^\s*(\S+) => not found", done.stdout, re.MULTILINE)
    return sorted({name for name in found if MODULE not in name})


def provider_library(module: Path, provider: str) -> Path:
    """Of the installed module in this folder."""
    return module / "capi" / _library(provider)


def _checked(archive: zipfile.ZipFile, wheel: Path, machine: str, python: tuple[int, int]) -> Build:
    names = archive.namelist()
    folders = [name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
    if len(folders) != 1:
        raise KeyError("there is no METADATA in it")
    head = HeaderParser().parsestr(archive.read(folders[0]).decode("utf-8", "replace"))
    tags = HeaderParser().parsestr(
        archive.read(folders[0].replace("METADATA", "WHEEL")).decode("utf-8", "replace")
    )
    name, version = _normal(head.get("Name", "")), head.get("Version", "")
    libraries = {one: f"{MODULE}/capi/{_library(one)}" for one in PROVIDERS}
    providers = tuple(one for one, library in libraries.items() if library in names)
    build = Build(name, version, providers, wheel)
    wrong = list(_wrong_with(build, _tags(wheel, tags.get_all("Tag", [])), machine, python))
    if not wrong:
        wrong = [
            f"{library} is built for another processor"
            for library in (libraries[one] for one in providers)
            if _machine_of(archive, library) != _MACHINES.get(machine)
        ]
    lacks = {} if wrong else {one: _lacks(archive, libraries[one]) for one in providers}
    if lacks.get(CUDA):
        wrong = [f"it is for another CUDA: this box has no {', '.join(lacks[CUDA])}"]
    if wrong:
        raise EdgecvError(
            f"{wheel.name} does not fit: {'; '.join(wrong)}. Nothing was changed; docs/jetson.md "
            "says which wheels there are"
        )
    usable = tuple(one for one in providers if not lacks[one])
    return replace(build, providers=usable, lacks=tuple(lacks.get(TENSORRT, ())))


def _wrong_with(
    build: Build, tags: set[tuple[str, str, str]], machine: str, python: tuple[int, int]
) -> Iterator[str]:
    if build.name not in DISTRIBUTIONS:
        yield f"it is {build.name or 'nameless'}, and {' or '.join(DISTRIBUTIONS)} is wanted"
        return
    ours = f"cp{python[0]}{python[1]}"
    pythons = {tag for tag, _, _ in tags}
    if not pythons & {ours, "py3"}:
        yield f"it is for {', '.join(sorted(pythons))}, and this Python is {ours}"
    platforms = {platform for _, _, platform in tags}
    if not any(one.startswith("linux") or "linux_" in one for one in platforms):
        yield f"it is for {', '.join(sorted(platforms))}, and this is Linux"
    elif not any(one.endswith(f"_{machine}") for one in platforms):
        yield f"it is for {', '.join(sorted(platforms))}, and this machine is {machine}"
    elif not any(_libc_of(one) <= _release(platform.libc_ver()[1]) for one in platforms):
        yield f"it is for {', '.join(sorted(platforms))}, and this C library is older"
    if not build.is_for_gpu:
        yield f"it has no {_library(CUDA)}, so it is a build for the processor"
    if build.is_too_old:
        yield f"its version is {build.version}, and NumPy 2 needs {'.'.join(map(str, OLDEST))}"


def _tags(wheel: Path, lines: list[str]) -> set[tuple[str, str, str]]:
    """(Python, ABI, platform) that both the metadata and the name of the file tell.

    Raises KeyError where they differ: pip goes by the name, and a new name changes nothing inside.
    """
    inside = {tag for line in lines for tag in _expanded(line.strip().split("-"))}
    outside = set(_expanded(wheel.name.removesuffix(".whl").split("-")[-3:]))
    if not inside & outside:
        raise KeyError(f"its name and its metadata differ: {', '.join(lines) or 'no tags'}")
    return inside & outside


def _expanded(tag: list[str]) -> Iterator[tuple[str, str, str]]:
    if len(tag) == 3:
        pythons, abis, platforms = (part.split(".") for part in tag)
        yield from ((p, abi, on) for p in pythons for abi in abis for on in platforms)


def _libc_of(tag: str) -> tuple[int, ...]:
    """The least glibc that a platform asks for: PEP 600; linux_… asks for none."""
    found = re.match(r"manylinux_(\d+)_(\d+)_", tag)
    return (int(found[1]), int(found[2])) if found else ()


def _lacks(archive: zipfile.ZipFile, library: str) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="edgecv-") as folder:
        return missing_libraries(Path(archive.extract(library, folder)))


def _machine_of(archive: zipfile.ZipFile, library: str) -> int | None:
    with archive.open(library) as file:
        head = file.read(20)
    if len(head) < 20 or head[:4] != b"\x7fELF":
        return None
    return int(struct.unpack_from("<H", head, 18)[0])


def _library(provider: str) -> str:
    return f"lib{MODULE}_providers_{provider}.so"


def _normal(name: str) -> str:
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _release(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version.partition("+")[0])[:3]))
