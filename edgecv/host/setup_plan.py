"""What puts edgecv on a Debian, Raspberry Pi OS or Jetson, told by the machine's own files: nothing
is changed here. Not tried on a Raspberry Pi or a Jetson.
"""

import platform
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgecv.capture.csi import RASPBERRY_PI
from edgecv.errors import EdgecvError
from edgecv.host.command import run_command
from edgecv.host.install import install_steps, uninstall_steps
from edgecv.host.jetson import JETPACKS, Jetson, find_jetson
from edgecv.host.onnxruntime_builds import DISTRIBUTIONS, MODULE, Build, builds_in, read_wheel

HOME = Path("opt/edgecv")
LINK = Path("usr/local/bin/edgecv")
MACHINES = ("x86_64", "aarch64")
"""Those that ONNX Runtime's and OpenCV's wheels are made for."""
PYTHONS = {"6": (3, 10), "7": (3, 12)}
"""Of JetPack's Ubuntu, for which its packages are made."""
PIP = ("-m", "pip")
QUIET = ("-q", "--disable-pip-version-check")
ASK = f"import {MODULE} as o; print(o.__file__, o.__version__, *o.get_available_providers())"


@dataclass(frozen=True, slots=True)
class Machine:
    """What edgecv is to be put on."""

    checkout: Path
    """What is installed: this source, or a wheel of it."""
    root: Path = Path("/")
    python: tuple[int, int] = (sys.version_info[0], sys.version_info[1])
    interpreter: str = sys.executable
    machine: str = platform.machine()
    has_venv: bool = True
    which: Callable[[str], str | None] = shutil.which

    @property
    def home(self) -> Path:
        return self.root / HOME

    @property
    def own_python(self) -> str:
        return str(self.home / "bin/python")

    @property
    def version(self) -> str:
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def own_packages(self) -> Path:
        return self.home / "lib" / f"python{self.version}" / "site-packages"

    @property
    def systems_packages(self) -> list[Path]:
        """What a venv with --system-site-packages sees on a Debian or Ubuntu, in this order."""
        return [
            self.root / f"usr/local/lib/python{self.version}/dist-packages",
            self.root / "usr/lib/python3/dist-packages",
            self.root / f"usr/lib/python{self.version}/dist-packages",
        ]


@dataclass(slots=True)
class Plan:
    """What is found, and what is to be run."""

    says: list[str] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)
    service: list[str] = field(default_factory=list)
    """What the command for the service does, in words."""


def install_plan(machine: Machine, *, wheel: Path | None = None, may_reboot: bool = False) -> Plan:
    """What installs edgecv, or updates it. Nothing is changed by asking.

    Raises EdgecvError where that can't go well, with what to do.
    """
    if machine.which("apt-get") is None:
        raise EdgecvError("there is no apt-get: this is no Debian, Raspberry Pi OS or JetPack")
    if machine.machine not in MACHINES:
        raise EdgecvError(
            f"onnxruntime is not made for {machine.machine}, only for {' and '.join(MACHINES)}: "
            "on a Raspberry Pi take the 64-bit system"
        )
    jetson = find_jetson(machine.root)
    if wheel is not None and jetson is None:
        raise EdgecvError("--onnxruntime is for a Jetson: elsewhere pip finds the right one")
    plan = Plan()
    if jetson is not None:
        _plan_jetson(plan, machine, jetson, wheel)
    else:
        model = _model(machine.root)
        if model:
            plan.says.append(f"board: {model}")
        is_pi = "Raspberry Pi" in model and not any(map(machine.which, RASPBERRY_PI))
        plan.commands += _system_packages(machine, ["rpicam-apps-lite"] if is_pi else [])
        plan.commands += _environment(machine, vendor=False)
        plan.commands.append(_pip(machine, "install", *QUIET, "--upgrade", str(machine.checkout)))
    program = str(machine.home / "bin/edgecv")
    plan.commands += [
        ["ln", "-sfn", program, str(machine.root / LINK)],
        [program, "service", "install", *(["--may-reboot"] if may_reboot else [])],
    ]
    if Path(program).exists():  # what runs is the old one, until it is started anew
        plan.commands.append(["systemctl", "try-restart", "edgecv.service", "edgecv@*.service"])
    runs = [machine.own_python, "-m", "edgecv", "run"]
    steps = install_steps(runs, root=machine.root, run=run_command, may_reboot=may_reboot)
    plan.service = [step.words for step in steps]
    return plan


def uninstall_plan(machine: Machine) -> Plan:
    """What takes it away again; configuration and journal stay, and what apt has installed."""
    plan = Plan()
    program = machine.home / "bin/edgecv"
    if program.exists():
        plan.commands.append([str(program), "service", "uninstall"])
        plan.service = [step.words for step in uninstall_steps(root=machine.root, run=run_command)]
    if machine.home.exists():
        plan.commands.append(["rm", "-rf", str(machine.home)])
    link = machine.root / LINK
    if link.is_symlink():
        plan.commands.append(["rm", str(link)])
    plan.says.append(
        "/etc/edgecv and /var/lib/edgecv stay, and the packages that apt has installed"
    )
    return plan


def requirements(checkout: Path) -> list[str]:
    """What edgecv needs at run time, as pyproject.toml has it (Python 3.10 reads no TOML).

    Raises EdgecvError where that can't be read.
    """
    try:
        text = (checkout / "pyproject.toml").read_text(encoding="utf-8")
    except OSError as error:
        raise EdgecvError(f"{checkout} is no source of edgecv: {error.strerror}") from error
    block = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    return re.findall(r'^ +"([^"]+)",', block[1], re.MULTILINE) if block else []


def _plan_jetson(plan: Plan, machine: Machine, jetson: Jetson, wheel: Path | None) -> None:
    """JetPack's packages are seen, and none of them is replaced or hidden but NumPy and OpenCV,
    of which edgecv has its own; nobody else sees those."""
    if jetson.problem is not None:
        raise EdgecvError(jetson.problem)
    plan.says.append(f"board: {jetson.words}")
    major = JETPACKS[int(jetson.l4t.partition(".")[0])]
    wanted = PYTHONS[major]
    if machine.python != wanted:
        raise EdgecvError(
            f"python3 is Python {machine.version}, and JetPack {major}'s packages are for "
            f"{wanted[0]}.{wanted[1]}: start it with PATH=/usr/bin:$PATH"
        )
    chosen = _choose_onnxruntime(machine, wheel)
    plan.says += chosen.says
    opencv = [folder / "cv2" for folder in machine.systems_packages if (folder / "cv2").exists()]
    if opencv:
        plan.says.append(
            f"JetPack's OpenCV stays as it is in /{opencv[0].relative_to(machine.root)}; edgecv's "
            f"own is in /{HOME} alone, and csi: needs neither: gst-launch-1.0 reads the camera"
        )
    tools = [] if machine.which("gst-launch-1.0") else ["gstreamer1.0-tools"]
    plan.commands += _system_packages(machine, tools)
    plan.commands += _environment(machine, vendor=True)
    if chosen.in_the_way:
        plan.commands.append(_pip(machine, "uninstall", *QUIET, "-y", *chosen.in_the_way))
    others = [one for one in requirements(machine.checkout) if _name(one) not in DISTRIBUTIONS]
    # Not as dependencies of edgecv: pip knows nothing of the GPU's build, whose name is another.
    plan.commands += [
        _pip(machine, "install", *QUIET, "--upgrade", *others, *chosen.wanted),
        _pip(machine, "install", *QUIET, "--upgrade", "--no-deps", str(machine.checkout)),
        [machine.own_python, "-c", ASK],
    ]


@dataclass(frozen=True, slots=True)
class _Chosen:
    says: list[str]
    wanted: list[str] = field(default_factory=list)
    """What pip is to install."""
    in_the_way: list[str] = field(default_factory=list)
    """What is in edgecv's own environment, and would hide or be hidden."""


def _choose_onnxruntime(machine: Machine, wheel: Path | None) -> _Chosen:
    """The GPU's build that is given, or there; the processor's where there is none."""
    own = builds_in(machine.own_packages)
    in_the_way = [build.name for build in own]
    if wheel is not None:
        given = read_wheel(wheel, machine=machine.machine, python=machine.python)
        return _Chosen(
            [f"{given.words} is taken from {wheel}"], [str(wheel.absolute())], in_the_way
        )
    if len(own) == 1 and own[0].is_for_gpu:
        return _Chosen([f"{own[0].words} in {own[0].where} stays"])
    vendors = next(filter(None, map(builds_in, machine.systems_packages)), [])
    if len(vendors) > 1 and vendors[0].is_for_gpu:
        names = " and ".join(build.name for build in vendors)
        raise EdgecvError(
            f"{names} are both in {vendors[0].where}, and have overwritten each other: "
            f"sudo pip3 uninstall {names.replace(' and', '')}, then install the GPU's build again"
        )
    if vendors and vendors[0].is_for_gpu:
        vendor = vendors[0]
        if vendor.is_too_old:
            raise EdgecvError(
                f"{vendor.words} in {vendor.where} is built for NumPy 1, and would not run: give a "
                "newer one with --onnxruntime WHEEL; docs/jetson.md says which there are"
            )
        return _Chosen([f"{vendor.words} in {vendor.where} is used"], [], in_the_way)
    says = [
        "the GPU is not used: there is no ONNX Runtime for it, and pip has none for a Jetson. Look "
        "for a wheel (docs/jetson.md says which there are), and give it with --onnxruntime WHEEL"
    ]
    for build in _in_homes(machine):
        says.append(f"{build.words} in {build.where} is nothing for a service, which sees no homes")
    (processors,) = (one for one in requirements(machine.checkout) if _name(one) == MODULE)
    return _Chosen(says, [processors], in_the_way if len(own) > 1 else [])


def _in_homes(machine: Machine) -> list[Build]:
    """What pip has installed without sudo."""
    folders = (machine.root / "home").glob(f"*/.local/lib/python{machine.version}/site-packages")
    return [build for site in sorted(folders) for build in builds_in(site) if build.is_for_gpu]


def _system_packages(machine: Machine, names: Sequence[str]) -> list[list[str]]:
    needed = [*names] if machine.has_venv else ["python3-venv", *names]
    if not needed:
        return []
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q"]
    return [["apt-get", "update", "-q"], [*apt, "--no-install-recommends", *needed]]


def _environment(machine: Machine, *, vendor: bool) -> list[list[str]]:
    """A virtual environment, for the `vendor` one that sees the system's packages. One of another
    Python, of before an upgrade of the system, is made anew."""
    try:
        told = (machine.home / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        told = ""
    is_of_this = re.search(rf"^version = {re.escape(machine.version)}\.", told, re.MULTILINE)
    sees = "include-system-site-packages = true" in told
    if is_of_this and Path(machine.own_python).exists() and (sees or not vendor):
        return []
    options = ["--system-site-packages"] if vendor else []
    if told and not is_of_this:
        options.append("--clear")
    return [[machine.interpreter, "-m", "venv", *options, str(machine.home)]]


def _pip(machine: Machine, *arguments: str) -> list[str]:
    return [machine.own_python, *PIP, *arguments]


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement, maxsplit=1)[0].lower()


def _model(root: Path) -> str:
    try:
        text = (root / "proc/device-tree/model").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.strip("\0\n ")
