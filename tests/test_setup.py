"""scripts/install: what it would do to a machine, told by the machine's own files, and what it does
to a real environment with a real pip."""

import os
import platform
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from edgecv.errors import EdgecvError
from edgecv.host import setup, setup_plan
from edgecv.host.onnxruntime_builds import builds_in, read_wheel
from edgecv.host.setup_plan import Machine, Plan, install_plan, requirements, uninstall_plan
from tests.jetpack import (
    JETPACK_5,
    JETPACK_6,
    JETPACK_7,
    JETPACK_7_ON_ORIN,
    JetPack,
    install_runtime,
    make_wheel,
    put,
    runtime,
)

ROOT = Path(__file__).parents[1]
CPU = next(one for one in requirements(ROOT) if one.startswith("onnxruntime"))
PYTHON = (sys.version_info[0], sys.version_info[1])


def machine(root: Path, jetpack: JetPack, *lacks: str, **more: object) -> Machine:
    """With all programs but those that it `lacks`."""
    return Machine(
        ROOT,
        jetpack.put_into(root),
        python=jetpack.python,
        interpreter="/usr/bin/python3",
        machine="aarch64",
        which=lambda name: None if name in lacks else f"/usr/bin/{name}",
        **more,  # type: ignore[arg-type]
    )


def lines(plan: Plan) -> list[str]:
    return [" ".join(command) for command in plan.commands]


def refusal(box: Machine, wheel: Path | None = None) -> str:
    before = everything(box.root)
    with pytest.raises(EdgecvError) as refused:
        install_plan(box, wheel=wheel)
    assert everything(box.root) == before
    return str(refused.value)


def everything(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


# What it knows of a machine


@pytest.mark.parametrize(
    ("jetpack", "words"),
    [
        (
            JETPACK_6,
            "board: NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super, "
            "JetPack 6.2, L4T r36.4.3",
        ),
        (JETPACK_7, "board: NVIDIA Jetson AGX Thor Developer Kit, JetPack 7, L4T r38.2.0"),
        (JETPACK_7_ON_ORIN, "board: Another Maker's Carrier, JetPack 7.2.1, L4T r39.2.1"),
    ],
)
def test_board_and_jetpack_are_known_by_their_files(
    tmp_path: Path, jetpack: JetPack, words: str
) -> None:
    assert install_plan(machine(tmp_path, jetpack)).says[0] == words


def test_a_jetpack_that_is_too_old_or_not_known_is_refused_with_what_to_do(
    tmp_path: Path,
) -> None:
    assert refusal(machine(tmp_path / "5", JETPACK_5)) == (
        "NVIDIA Orin NX Developer Kit: its L4T r35.4.1 has a Python that is too old; "
        "flash JetPack 6 (L4T r36) or 7 (r38, r39)"
    )
    newer = machine(tmp_path / "newer", JETPACK_7)
    put(newer.root / "etc/nv_tegra_release", "# R45 (release), REVISION: 1.0, GCID: 1\n")
    assert "L4T r45.1.0 is newer than this edgecv; take a newer edgecv" in refusal(newer)
    bare = machine(tmp_path / "bare", JETPACK_7)
    (bare.root / "etc/nv_tegra_release").unlink()
    (bare.root / "var/lib/dpkg/status").unlink()
    assert "neither /etc/nv_tegra_release nor the package nvidia-l4t-core tells" in refusal(bare)


def test_a_python_that_is_not_jetpack_s_own_is_refused(tmp_path: Path) -> None:
    box = machine(tmp_path, JETPACK_7)
    other = Machine(ROOT, box.root, (3, 13), "python3", "aarch64", which=box.which)
    assert "Python 3.13, and JetPack 7's packages are for 3.12" in refusal(other)


def test_other_boxes_are_installed_as_before(tmp_path: Path) -> None:
    def plan(model: str, *lacks: str) -> Plan:
        put(tmp_path / "proc/device-tree/model", model)
        box = machine(tmp_path, JETPACK_6, *lacks)
        (tmp_path / "proc/device-tree/compatible").unlink()
        put(tmp_path / "proc/device-tree/model", model)
        return install_plan(box, may_reboot=True)

    pi = plan("Raspberry Pi 5 Model B Rev 1.0\0", "rpicam-vid", "libcamera-vid")
    home = tmp_path / "opt/edgecv"
    assert pi.says == ["board: Raspberry Pi 5 Model B Rev 1.0"]
    assert lines(pi) == [
        "apt-get update -q",
        "env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "
        "rpicam-apps-lite",
        f"/usr/bin/python3 -m venv {home}",
        f"{home}/bin/python -m pip install -q --disable-pip-version-check --upgrade {ROOT}",
        f"ln -sfn {home}/bin/edgecv {tmp_path}/usr/local/bin/edgecv",
        f"{home}/bin/edgecv service install --may-reboot",
    ]
    assert lines(plan("")) == lines(pi)[2:]
    with pytest.raises(EdgecvError, match="--onnxruntime is for a Jetson"):
        install_plan(machine_without_jetson(tmp_path), wheel=Path("any.whl"))


def machine_without_jetson(root: Path) -> Machine:
    return Machine(ROOT, root / "other", machine="x86_64", which=lambda name: name)


def test_what_it_can_not_be_put_on_is_told(tmp_path: Path) -> None:
    assert "there is no apt-get" in refusal(machine(tmp_path, JETPACK_6, "apt-get"))
    small = Machine(ROOT, tmp_path / "small", machine="armv7l", which=lambda name: name)
    (tmp_path / "small").mkdir()
    assert "onnxruntime is not made for armv7l" in refusal(small)


def test_the_list_of_requirements_is_that_of_the_package() -> None:
    data = msgspec.toml.decode((ROOT / "pyproject.toml").read_bytes())
    assert requirements(ROOT) == data["project"]["dependencies"]


def test_the_installer_needs_nothing_but_the_standard_library() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from edgecv.host.setup import main\nmain(['--help'])"
    )
    command = [sys.executable, "-ISB", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--onnxruntime WHEEL" in done.stdout


# What becomes of the vendor's packages


@pytest.mark.parametrize("jetpack", [JETPACK_6, JETPACK_7, JETPACK_7_ON_ORIN])
def test_on_a_jetson_without_the_gpu_s_build_the_processor_s_is_taken_and_that_is_said(
    tmp_path: Path, jetpack: JetPack
) -> None:
    box = machine(tmp_path, jetpack, "gst-launch-1.0", has_venv=False)
    plan = install_plan(box)
    python = f"{tmp_path}/opt/edgecv/bin/python"
    pip = f"{python} -m pip install -q --disable-pip-version-check --upgrade"
    others = [one for one in requirements(ROOT) if one != CPU]
    assert "opencv-python-headless>=5.0" in others
    assert lines(plan)[:-3] == [
        "apt-get update -q",
        "env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "
        "python3-venv gstreamer1.0-tools",
        f"/usr/bin/python3 -m venv --system-site-packages {tmp_path}/opt/edgecv",
        " ".join([pip, *others, CPU]),
        f"{pip} --no-deps {ROOT}",
    ]
    assert plan.commands[-3] == [python, "-c", setup_plan.ASK]
    assert any(
        words.startswith("the GPU is not used") and "--onnxruntime WHEEL" in words
        for words in plan.says
    )
    version = f"{jetpack.python[0]}.{jetpack.python[1]}"
    assert any(
        f"JetPack's OpenCV stays as it is in /usr/lib/python{version}/dist-packages/cv2" in words
        for words in plan.says
    )


@pytest.mark.parametrize("site", ["usr/local/lib/python3.10", "usr/lib/python3"])
def test_the_gpu_s_build_of_the_system_is_left_alone_and_not_hidden(
    tmp_path: Path, site: str
) -> None:
    box = machine(tmp_path, JETPACK_6)
    install_runtime(tmp_path / site / "dist-packages")
    install_runtime(box.own_packages, "onnxruntime", "1.23.2", gpu=False)
    plan = install_plan(box)
    assert plan.says[1].startswith("onnxruntime-gpu 1.23.0 (tensorrt, cuda) in ")
    assert not [line for line in lines(plan) if CPU in line]
    uninstalls = [line for line in lines(plan) if "pip uninstall" in line]
    assert [line.split(" -y ")[1] for line in uninstalls] == ["onnxruntime"]


def test_a_gpu_s_build_that_edgecv_has_already_stays(tmp_path: Path) -> None:
    box = machine(tmp_path, JETPACK_6)
    install_runtime(box.own_packages)
    assert not [line for line in lines(install_plan(box)) if CPU in line or "uninstall" in line]


def test_a_gpu_s_build_for_numpy_1_is_refused_and_nothing_put_over_it(tmp_path: Path) -> None:
    box = machine(tmp_path, JETPACK_6)
    install_runtime(tmp_path / "usr/local/lib/python3.10/dist-packages", version="1.18.0")
    assert "is built for NumPy 1, and would not run: give a newer one" in refusal(box)
    assert install_plan(box, wheel=runtime(tmp_path)).commands


def test_two_builds_that_have_overwritten_each_other_are_told_apart_by_nobody(
    tmp_path: Path,
) -> None:
    site = tmp_path / "usr/local/lib/python3.10/dist-packages"
    install_runtime(site)
    install_runtime(site, "onnxruntime", "1.23.2", gpu=False)
    assert "sudo pip3 uninstall onnxruntime onnxruntime-gpu" in refusal(
        machine(tmp_path, JETPACK_6)
    )


def test_a_build_in_somebody_s_home_is_told_of(tmp_path: Path) -> None:
    box = machine(tmp_path, JETPACK_6)
    install_runtime(tmp_path / "home/ada/.local/lib/python3.10/site-packages")
    assert any("is nothing for a service, which sees no homes" in w for w in install_plan(box).says)


def test_an_environment_of_another_python_is_made_anew(tmp_path: Path) -> None:
    box = machine(tmp_path, JETPACK_7)
    put(Path(box.own_python), "")

    def made(version: str, sees: str) -> list[str]:
        text = f"include-system-site-packages = {sees}\nversion = {version}\n"
        put(box.home / "pyvenv.cfg", text)
        return [line for line in lines(install_plan(box)) if " venv " in line]

    new = f"/usr/bin/python3 -m venv --system-site-packages {box.home}"
    assert made("3.12.3", "true") == []
    assert made("3.12.3", "false") == [new]
    assert made("3.10.12", "true") == [new.replace(str(box.home), f"--clear {box.home}")]


def test_what_runs_is_started_anew_with_what_was_put_in_its_place(tmp_path: Path) -> None:
    box = machine(tmp_path, JETPACK_6)
    assert "try-restart" not in lines(install_plan(box))[-1]
    put(box.home / "bin/edgecv", "")
    assert lines(install_plan(box))[-1] == ("systemctl try-restart edgecv.service edgecv@*.service")


# The wheel that is given


def test_a_wheel_that_fits_is_taken_and_what_is_in_its_way_goes_first(tmp_path: Path) -> None:
    box = machine(tmp_path, JETPACK_6)
    install_runtime(box.own_packages, "onnxruntime", "1.23.2", gpu=False)
    wheel = runtime(tmp_path)
    plan = install_plan(box, wheel=wheel)
    assert plan.says[1] == f"onnxruntime-gpu 1.23.0 (tensorrt, cuda) is taken from {wheel}"
    steps = [line for line in lines(plan) if " pip " in line]
    assert steps[0].endswith("pip uninstall -q --disable-pip-version-check -y onnxruntime")
    assert steps[1].endswith(str(wheel))
    assert CPU not in steps[1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tag": "cp312-cp312-linux_aarch64"}, "it is for cp312, and this Python is cp310"),
        ({"tag": "cp310-cp310-manylinux_2_28_x86_64"}, "and this machine is aarch64"),
        ({"tag": "cp310-cp310-win_arm64"}, "it is for win_arm64, and this is Linux"),
        ({"tag": "cp310-cp310-manylinux_2_99_aarch64"}, "and this C library is older"),
        ({"providers": ()}, "it has no libonnxruntime_providers_cuda.so, so it is a build for"),
        ({"machine": "x86_64"}, "_cuda.so is built for another processor"),
        ({"name": "torch"}, "it is torch, and onnxruntime or onnxruntime-gpu is wanted"),
        ({"version": "1.18.0"}, "its version is 1.18.0, and NumPy 2 needs 1.19"),
    ],
)
def test_a_wheel_that_does_not_fit_is_refused_with_what_was_seen(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    box = machine(tmp_path / "root", JETPACK_6)
    wheel = runtime(tmp_path, **change)  # type: ignore[arg-type]
    told = refusal(box, wheel)
    assert told.startswith(f"{wheel.name} does not fit: ")
    assert says in told


def with_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: dict[str, str]
) -> None:
    """A loader that does not find these: for a word in the library's name what it lacks."""
    cases = "".join(
        f"*{word}*) echo '\tlibc.so.6 => /lib/libc.so.6'; echo '\t{name} => not found';;\n"
        for word, name in missing.items()
    )
    text = f"#!/bin/sh\nprintf '\\tlibonnxruntime_x.so => not found\\n'\ncase $1 in\n{cases}esac\n"
    put(tmp_path / "bin/ldd", text).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")


def test_a_wheel_for_another_cuda_is_refused_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_libraries(tmp_path, monkeypatch, {"_cuda": "libcublas.so.13"})
    told = refusal(machine(tmp_path / "root", JETPACK_6), runtime(tmp_path))
    assert "it is for another CUDA: this box has no libcublas.so.13. Nothing was changed" in told


def test_a_wheel_whose_tensorrt_is_missing_is_taken_for_cuda_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_libraries(tmp_path, monkeypatch, {"_tensorrt": "libnvinfer.so.10"})
    plan = install_plan(machine(tmp_path / "root", JETPACK_6), wheel=runtime(tmp_path))
    assert "(cuda, no tensorrt for want of libnvinfer.so.10) is taken" in plan.says[1]


def test_a_wheel_of_several_platforms_fits_when_one_of_them_does(tmp_path: Path) -> None:
    tag = "cp312-cp312-manylinux_2_27_aarch64.manylinux_2_28_aarch64"
    build = read_wheel(
        runtime(tmp_path, "onnxruntime", tag=tag, providers=("cuda",)),
        machine="aarch64",
        python=(3, 12),
    )
    assert (build.name, build.providers) == ("onnxruntime", ("cuda",))


def test_what_is_no_whole_wheel_is_told(tmp_path: Path) -> None:
    box = machine(tmp_path / "root", JETPACK_6)
    wheel = runtime(tmp_path)
    half = tmp_path / f"half-{wheel.name}"
    half.write_bytes(wheel.read_bytes()[:-100])
    assert "is no whole wheel" in refusal(box, half)
    renamed = wheel.rename(tmp_path / wheel.name.replace("cp310", "cp312"))
    assert "its name and its metadata differ: cp310-cp310-linux_aarch64" in refusal(box, renamed)
    with zipfile.ZipFile(tmp_path / "empty.whl", "w"):
        pass
    assert "there is no METADATA in it" in refusal(box, tmp_path / "empty.whl")
    assert "can't be read: No such file" in refusal(box, tmp_path / "none.whl")


# The command


def test_a_dry_run_prints_every_step_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = machine(tmp_path, JETPACK_6)
    wheel = runtime(tmp_path)
    before = everything(tmp_path)
    assert setup.main(["--dry-run", "--onnxruntime", str(wheel)], box) == 0
    said = capsys.readouterr().out
    assert everything(tmp_path) == before
    plan = install_plan(box, wheel=wheel)
    assert said.count("\n+ ") == len(plan.commands)
    assert all(words in said for words in plan.says)
    assert said.splitlines()[-1] == "    systemctl restart edgecv.service"
    for file in ("edgecv.service", "edgecv.service.d/jetson.conf", "edgecv-nvargus.path"):
        assert f"    write /etc/systemd/system/{file}\n" in said


def test_a_dry_run_of_the_uninstallation_names_what_is_there_and_what_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = machine(tmp_path, JETPACK_6)
    put(box.home / "bin/edgecv", "")
    for unit in ("edgecv.service", "edgecv-nvargus.path"):
        put(tmp_path / "etc/systemd/system" / unit, "")
    assert setup.main(["--dry-run", "--uninstall"], box) == 0
    assert capsys.readouterr().out.splitlines() == [
        "/etc/edgecv and /var/lib/edgecv stay, and the packages that apt has installed",
        f"+ {box.home}/bin/edgecv service uninstall",
        "    systemctl disable --now edgecv.service edgecv-nvargus.path",
        "    remove /etc/systemd/system/edgecv.service",
        "    remove /etc/systemd/system/edgecv-nvargus.path",
        "    systemctl daemon-reload",
        f"+ rm -rf {box.home}",
    ]
    assert box.home.exists()


def test_what_is_wrong_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert setup.main(["--dry-run"], machine(tmp_path, JETPACK_5)) == 1
    assert capsys.readouterr().err.startswith("install: NVIDIA Orin NX Developer Kit")
    box = machine(tmp_path / "6", JETPACK_6, "systemctl")
    assert setup.main(["--dry-run"], box) == 1
    assert "there is no systemd" in capsys.readouterr().err
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert setup.main([], box) == 1
    assert "only root can do this: sudo scripts/install" in capsys.readouterr().err


def test_the_script_refuses_an_old_python_before_it_reads_any_of_ours(tmp_path: Path) -> None:
    old = "#!/bin/sh\n[ $1 = --version ] && echo Python 3.8.10\n[ $1 = --version ]\n"
    put(tmp_path / "python3", old).chmod(0o755)
    done = subprocess.run(
        [str(ROOT / "scripts/install"), "--dry-run"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "install: Python 3.10 or newer is needed, python3 is Python 3.8.10; on a Jetson flash "
        "JetPack 6 or 7\n"
    )


def test_a_command_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(EdgecvError, match="sh -c 'exit 3' ended with exit code 3"):
        setup.run(["sh", "-c", "exit 3"])
    with pytest.raises(EdgecvError, match="none can't be run: No such file"):
        setup.run([str(tmp_path / "none")])


# With a real pip


class Box:
    """A machine of this Python and this processor, that has the files of a JetPack."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tag = f"cp{PYTHON[0]}{PYTHON[1]}-cp{PYTHON[0]}{PYTHON[1]}-linux_{platform.machine()}"
        self.wheels = tmp_path / "wheels"
        monkeypatch.setattr(setup_plan, "PYTHONS", {"6": PYTHON})
        self.machine = Machine(
            ROOT,
            replace(JETPACK_6, python=PYTHON).put_into(tmp_path / "root"),
            which=lambda name: name,
        )
        needs = tuple(requirements(ROOT))
        program = {"edgecv/__init__.py": b"", "edgecv/__main__.py": b""}
        self.edgecv = make_wheel(tmp_path, "edgecv", "0.1.0", files=program, requires=needs)
        for name, version, module in (
            ("opencv_python_headless", "5.0.0", "cv2"),
            ("numpy", "2.2.6", "numpy"),
            ("paho_mqtt", "2.1.0", "paho"),
            ("pyserial", "3.5", "serial"),
            ("msgspec", "0.20.0", "msgspec"),
            ("rich", "14.0.0", "rich"),
            ("tomli", "2.2.0", "tomli"),
        ):
            source = {f"{module}/__init__.py": f"__version__ = {version!r}\n".encode()}
            make_wheel(self.wheels, name, version, files=source)
        runtime(self.wheels, "onnxruntime", "1.23.2", tag="py3-none-any", providers=())
        self.environment = {
            **{k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            **{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_NO_COMPILE": "1"},
        }

    def wheel(self) -> Path:
        return runtime(
            self.wheels.parent, version="1.24.0", tag=self.tag, machine=platform.machine()
        )

    def run(self, plan: Plan) -> None:
        """But for the service, whose part is another's."""
        site = self.machine.own_packages
        vendors = self.machine.systems_packages[2]
        for command in plan.commands:
            if "service" in command or command[0] in ("apt-get", "env", "ln", "systemctl"):
                continue
            words = [str(self.edgecv) if word == str(ROOT) else word for word in command]
            done = subprocess.run(
                words, env=self.environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (words, done.stdout + done.stderr)
            if "venv" in words:
                # Where an Ubuntu's Python looks for the system's packages: behind its own.
                put(site / "vendors.pth", f"{vendors}\n")

    def ask(self, program: str) -> str:
        command = [self.machine.own_python, "-c", program]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    @property
    def providers(self) -> str:
        return self.ask("import onnxruntime as o; print(*o.get_available_providers())")


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    return Box(tmp_path, monkeypatch)


def test_a_real_pip_leaves_the_vendor_s_packages_alone_and_never_mixes_the_builds(
    box: Box,
) -> None:
    vendors = box.machine.systems_packages[2]
    gpu = "CUDAExecutionProvider TensorrtExecutionProvider CPUExecutionProvider"

    box.run(install_plan(box.machine))
    assert box.providers == "CPUExecutionProvider"

    install_runtime(vendors)
    before = everything(vendors)
    box.run(install_plan(box.machine))
    assert everything(vendors) == before
    assert builds_in(box.machine.own_packages) == []
    assert box.providers == gpu
    assert box.ask("import onnxruntime; print(onnxruntime.__file__)").startswith(str(vendors))
    assert "cv2/__init__.py" in before
    assert box.ask("import cv2; print(cv2.__version__)") == "5.0.0"

    box.run(install_plan(box.machine, wheel=box.wheel()))
    assert everything(vendors) == before
    assert box.providers == gpu
    (own,) = builds_in(box.machine.own_packages)
    assert (own.name, own.version, own.is_for_gpu) == ("onnxruntime-gpu", "1.24.0", True)
    again = " ".join(lines(install_plan(box.machine)))
    assert "onnxruntime>=" not in again
    assert "uninstall" not in again

    box.run(uninstall_plan(box.machine))
    assert not box.machine.home.exists()
    assert everything(vendors) == before
    assert uninstall_plan(box.machine).commands == []
