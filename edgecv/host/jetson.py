"""Which Jetson this is, by the files of its JetPack, and what it is set to. Not tried on a Jetson.

Of the standard library alone: the installer asks before anything is installed.
"""

import re
from dataclasses import dataclass
from pathlib import Path

TREE = Path("proc/device-tree")
TEGRA = "nvidia,tegra"
"""What the device tree of every Jetson is compatible with: "nvidia,tegra234" is an Orin."""
JETPACKS = {35: "5", 36: "6", 38: "7", 39: "7"}
"""JetPack by the first number of L4T (Jetson Linux): NVIDIA's JetPack archive."""
OLDEST = 36
ARGUS_SOCKET = Path("tmp/argus_socket")
"""Where nvargus-daemon listens; it makes it anew at every start."""
ARGUS = "nvargus-daemon"
LIBRARIES = Path("usr/lib/aarch64-linux-gnu")
GPU_NODES = (
    *("nvmap", "nvhost-*", "nvgpu/*/*", "nvidia[0-9]*", "nvidiactl", "nvidia-uvm*"),
    *("nvidia-modeset", "host1x-fence", "nvsciipc"),
)
"""Under /dev: what CUDA and the multimedia programs open besides /dev/dri, as the devices.csv of
NVIDIA's container toolkit lists them for JetPack 6 and 7."""


@dataclass(frozen=True, slots=True)
class Jetson:
    """A board of NVIDIA's, and the system on it."""

    model: str
    l4t: str
    """Such as "36.4.3"; empty where nothing tells."""
    jetpack: str
    """Such as "6.2.1", or "6" where its package is not installed; empty where it is not known."""

    @property
    def words(self) -> str:
        jetpack = f"JetPack {self.jetpack}, " if self.jetpack else ""
        return f"{self.model}, {jetpack}L4T r{self.l4t or '?'}"

    @property
    def problem(self) -> str | None:
        """Why edgecv can't be installed there, and what to do; None: it can."""
        major = int(self.l4t.partition(".")[0] or 0)
        if major in JETPACKS and major >= OLDEST:
            return None
        if not major:
            found = "neither /etc/nv_tegra_release nor the package nvidia-l4t-core tells its L4T"
        elif major < OLDEST:
            found = f"its L4T r{self.l4t} has a Python that is too old"
        else:
            found = f"its L4T r{self.l4t} is newer than this edgecv"
        todo = "take a newer edgecv, or flash" if major > OLDEST else "flash"
        return f"{self.model}: {found}; {todo} JetPack 6 (L4T r36) or 7 (r38, r39)"


def find_jetson(root: Path = Path("/")) -> Jetson | None:
    """None where this is another box."""
    tree = root / TREE
    if not is_jetson(tree):
        return None
    model = _read(tree / "model")
    l4t = _release(_read(root / "etc/nv_tegra_release")) or _package(root, "nvidia-l4t-core")
    jetpack = _package(root, "nvidia-jetpack")
    major = int(l4t.partition(".")[0] or 0)
    return Jetson(model or "Jetson of an unknown kind", l4t, jetpack or JETPACKS.get(major, ""))


def is_jetson(tree: Path = Path("/") / TREE) -> bool:
    """By its device tree: other makers' boards have models of their own, and the same chip."""
    compatible = _read(tree / "compatible").split("\0")
    named = _read(tree / "model").lower()
    return any(one.startswith(TEGRA) for one in compatible) or "jetson" in named


def gpu_nodes(root: Path = Path("/")) -> list[str]:
    """The devices that the GPU's libraries open, as they are there now: "/dev/nvmap"."""
    found = {file for pattern in GPU_NODES for file in (root / "dev").glob(pattern)}
    return [f"/{file.relative_to(root)}" for file in sorted(found) if not file.is_dir()]


@dataclass(frozen=True, slots=True)
class PowerMode:
    """What nvpmodel allows the board to use."""

    number: int
    name: str
    """Empty where its configuration does not list it."""
    unlimited: int | None
    """The number of the mode without a limit (MAXN…); it is not always the first or the last."""


def power_mode(root: Path = Path("/")) -> PowerMode | None:
    """As nvpmodel keeps it, which everybody may read; `nvpmodel -q` wants root on some boards."""
    kept = re.search(r"pmode:(\d+)", _read(root / "var/lib/nvpmodel/status"))
    config = _read(root / "etc/nvpmodel.conf")
    default = re.search(r"^<\s*PM_CONFIG\s+DEFAULT=(\d+)", config, re.MULTILINE)
    number = kept or default
    if number is None:
        return None
    modes = re.findall(r"^<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\S+)\s*>", config, re.MULTILINE)
    names = {int(mode): name for mode, name in modes}
    most = [mode for mode, name in names.items() if name.startswith("MAXN")]
    chosen = int(number[1])
    return PowerMode(chosen, names.get(chosen, ""), most[0] if most else None)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the processor and the GPU may run at, in MHz; None where the kernel does not tell."""

    cores: int
    """Those that are switched on."""
    cores_there: int
    cpu_now: int | None
    cpu_most: int | None
    """As the power mode allows."""
    cpu_could: int | None
    """As the hardware could."""
    gpu_now: int | None
    gpu_most: int | None
    fixed: bool
    """At the highest that is allowed all the time, as `jetson_clocks` sets them."""


def clocks(root: Path = Path("/")) -> Clocks:
    """Out of cpufreq (kHz) and devfreq (Hz); `jetson_clocks --show` would want root."""
    cpus = root / "sys/devices/system/cpu"
    policy = cpus / "cpu0/cpufreq"
    gpu = next(
        (
            folder
            for folder in sorted((root / "sys/class/devfreq").glob("*"))
            if folder.name.endswith((".gpu", ".ga10b", ".gv11b")) or "gpu" in folder.name
        ),
        root / "nowhere",
    )
    least = _number(policy / "scaling_min_freq")
    most = _number(policy / "scaling_max_freq")
    return Clocks(
        cores=_count(_read(cpus / "online")),
        cores_there=_count(_read(cpus / "present")),
        cpu_now=_scaled(_number(policy / "scaling_cur_freq"), 1000),
        cpu_most=_scaled(most, 1000),
        cpu_could=_scaled(_number(policy / "cpuinfo_max_freq"), 1000),
        gpu_now=_scaled(_number(gpu / "cur_freq"), 1000_000),
        gpu_most=_scaled(_number(gpu / "max_freq"), 1000_000),
        fixed=least is not None and least == most,
    )


def _release(text: str) -> str:
    """Of "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, …"."""
    found = re.search(r"# R(\d+) \(release\), REVISION: ([\d.]+)", text)
    return f"{found[1]}.{found[2]}" if found else ""


def _package(root: Path, name: str) -> str:
    """The version of an installed Debian package, without what stands behind + or -."""
    for block in _read(root / "var/lib/dpkg/status").split("\n\n"):
        if block.startswith(f"Package: {name}\n") and "\nStatus: install ok installed" in block:
            found = re.search(r"^Version: ([\d.]+)", block, re.MULTILINE)
            return found[1] if found else ""
    return ""


def _count(ranges: str) -> int:
    """Of "0-3,5": how many."""
    count = 0
    for part in ranges.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdecimal():
            count += int(last or first) - int(first) + 1
    return count


def _scaled(value: int | None, by: int) -> int | None:
    return None if value is None else round(value / by)


def _number(path: Path) -> int | None:
    text = _read(path)
    return int(text) if text.isdecimal() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        return ""
