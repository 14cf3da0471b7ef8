"""Which ONNX Runtime there is, and whether a wheel fits: of the standard library alone, and without
loading it.

The builds for the processor and for the GPU are different packages (onnxruntime, onnxruntime-gpu)
with the same module: the one that is installed last overwrites the other.
"""

import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from edgecv.errors import EdgecvError

MODULE = "onnxruntime"
DISTRIBUTIONS = (MODULE, f"{MODULE}-gpu")
PROVIDERS = ("tensorrt", "cuda")
CUDA = "cuda"
OLDEST = (1, 19)
"""The first that was built for NumPy 2, which edgecv needs (release notes of ONNX Runtime 1.19).
edgecv's models were run with it, too."""
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

    @property
    def is_for_gpu(self) -> bool:
        return CUDA in self.providers

    @property
    def is_too_old(self) -> bool:
        return _release(self.version) < OLDEST

    @property
    def words(self) -> str:
        return f"{self.name} {self.version} ({', '.join(self.providers) or 'no GPU'})"


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

    Raises EdgecvError with what was seen where it is no ONNX Runtime with CUDA for this machine and
    this Python. Nothing is unpacked.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _checked(archive, wheel, machine, python)
    except OSError as error:
        raise EdgecvError(f"the wheel {wheel} can't be read: {error.strerror}") from error
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise EdgecvError(f"{wheel} is no whole wheel ({error.args[0]}): fetch it again") from error


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
    if wrong:
        raise EdgecvError(
            f"{wheel.name} does not fit: {'; '.join(wrong)}. Nothing was changed; docs/jetson.md "
            "says which wheels there are"
        )
    return build


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
