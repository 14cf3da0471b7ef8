"""The service's unit, and what puts it on a machine."""

import grp
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from edgecv.errors import EdgecvError
from edgecv.host import install, unit
from edgecv.host.command import run_command
from tests.exposure import exposure, needs_systemd
from tests.jetpack import JETPACK_6

COMMAND = ["/opt/edgecv/bin/python", "-m", "edgecv", "run"]
REAL = ["/usr/bin/env", "edgecv", "run"]
EXPOSURE = 2.0
ROOT = Path(__file__).parents[1]


@needs_systemd
@pytest.mark.parametrize("name", ["edgecv.service", "edgecv@garage.service"])
def test_systemd_finds_nothing_wrong_with_the_unit(name: str, tmp_path: Path) -> None:
    text = unit.instance(REAL) if "@" in name else unit.service(REAL)
    file = tmp_path / name.replace("garage", "")
    file.write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in result.stderr.splitlines() if "edgecv" in line]
    assert complaints == []


@needs_systemd
def test_the_unit_gives_away_little(tmp_path: Path) -> None:
    file = tmp_path / "edgecv.service"
    file.write_text(unit.service(REAL))
    assert exposure(file) <= EXPOSURE


def test_the_unit_says_what_the_watchdog_relies_on() -> None:
    text = unit.service(COMMAND)
    for line in (
        "Type=notify",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "RuntimeDirectoryPreserve=yes",
        "TimeoutStopSec=10",
        "ExecStart=/opt/edgecv/bin/python -m edgecv run --config /etc/edgecv/edgecv.toml",
    ):
        assert line in text.splitlines()
    assert "--config /etc/edgecv/%i.toml" in unit.instance(COMMAND)
    assert "RuntimeDirectory=edgecv-%i" in unit.instance(COMMAND)


def test_odd_paths_are_quoted_for_systemd() -> None:
    text = unit.service(["/opt/my edgecv/100%/$py", "-m"])
    assert 'ExecStart="/opt/my edgecv/100%%/$$py" -m --config' in text


class Machine:
    """A folder that stands for a machine, and what was run on it."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.ran: list[str] = []
        monkeypatch.setattr(unit, "USER", grp.getgrgid(os.getgid()).gr_name)

    def run(self, command: Sequence[str]) -> None:
        self.ran.append(" ".join(command))

    def install(self, *, may_reboot: bool = False, command: Sequence[str] = COMMAND) -> list[str]:
        self.ran = []
        steps = install.install_steps(command, root=self.root, run=self.run, may_reboot=may_reboot)
        for step in steps:
            step.do()
        return [step.words for step in steps]

    def uninstall(self) -> list[str]:
        self.ran = []
        steps = install.uninstall_steps(root=self.root, run=self.run)
        for step in steps:
            step.do()
        return [step.words for step in steps]

    def files(self) -> set[str]:
        return {str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file()}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path / "root", monkeypatch)


def test_it_is_installed_enabled_and_started(machine: Machine) -> None:
    machine.install()
    assert machine.files() == {
        "etc/edgecv/edgecv.toml",
        "etc/sysusers.d/edgecv.conf",
        "etc/systemd/system/edgecv.service",
        "etc/systemd/system/edgecv@.service",
    }
    assert machine.ran == [
        "systemd-sysusers edgecv.conf",
        "systemctl daemon-reload",
        "systemctl enable edgecv.service",
        "systemctl restart edgecv.service",
    ]
    config = machine.root / "etc/edgecv/edgecv.toml"
    assert config.stat().st_mode & 0o777 == 0o640
    assert config.parent.stat().st_mode & 0o777 == 0o750


def test_a_second_time_changes_nothing_and_leaves_what_runs_alone(machine: Machine) -> None:
    machine.install()
    config = machine.root / "etc/edgecv/edgecv.toml"
    config.write_text("# edited\n")
    machine.install()
    assert machine.ran == [
        "systemd-sysusers edgecv.conf",
        "systemctl enable edgecv.service",
        "systemctl start edgecv.service",
    ]
    assert config.read_text() == "# edited\n"


def test_a_new_version_replaces_the_unit_and_restarts(machine: Machine) -> None:
    machine.install(command=["/opt/old/bin/python"])
    machine.install()
    assert machine.ran[-1] == "systemctl restart edgecv.service"
    text = (machine.root / "etc/systemd/system/edgecv.service").read_text()
    assert "/opt/edgecv/bin/python" in text


def test_whoever_wants_it_gets_the_unit_that_may_reboot(machine: Machine) -> None:
    machine.install(may_reboot=True)
    assert "etc/systemd/system/edgecv-reboot.path" in machine.files()
    assert "systemctl enable edgecv.service edgecv-reboot.path" in machine.ran
    assert "systemctl start edgecv-reboot.path" in machine.ran


def test_it_is_taken_away_and_configuration_stays(machine: Machine) -> None:
    machine.install(may_reboot=True)
    machine.uninstall()
    assert machine.files() == {"etc/edgecv/edgecv.toml"}
    assert machine.ran[0] == "systemctl disable --now edgecv.service edgecv-reboot.path"
    assert machine.uninstall() == []


def test_a_program_in_a_home_folder_is_refused(machine: Machine) -> None:
    with pytest.raises(EdgecvError, match="has no access to home folders"):
        machine.install(command=["/home/ada/.venv/bin/python"])


def test_a_command_that_fails_is_named_with_what_it_said() -> None:
    with pytest.raises(EdgecvError, match="sh -c echo no >&2; exit 1 failed: no"):
        run_command(["sh", "-c", "echo no >&2; exit 1"])
    with pytest.raises(EdgecvError, match="no-such-program can't be run: No such file"):
        run_command(["no-such-program"])


def test_a_dry_run_says_what_it_would_do_and_does_nothing() -> None:
    command = [sys.executable, "-m", "edgecv", "service", "install", "--dry-run"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 1:
        assert "home folders" in result.stderr
        return
    assert result.returncode == 0
    assert "write /etc/systemd/system/edgecv.service" in result.stdout


def test_the_installer_can_be_read_by_a_shell_and_says_what_it_does(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "install"
    subprocess.run(["bash", "-n", str(script)], check=True)
    shown = subprocess.run([str(script), "--help"], capture_output=True, text=True, check=True)
    assert "sudo scripts/install" in shown.stdout
    (tmp_path / "systemctl").write_text("#!/bin/sh\n")
    (tmp_path / "systemctl").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    planned = subprocess.run(
        [str(script), "--dry-run"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    if planned.returncode == 0:
        assert "/opt/edgecv/bin/edgecv service install" in planned.stdout
    else:
        assert planned.stderr.startswith("install: ")


# On a Jetson


@pytest.fixture
def jetson(machine: Machine) -> Machine:
    JETPACK_6.put_into(machine.root)
    return machine


def units(machine: Machine) -> set[str]:
    return {file for file in machine.files() if file.startswith("etc/systemd/")}


ON_A_JETSON = {
    "etc/systemd/system/edgecv.service",
    "etc/systemd/system/edgecv@.service",
    "etc/systemd/system/edgecv.service.d/jetson.conf",
    "etc/systemd/system/edgecv@.service.d/jetson.conf",
    "etc/systemd/system/edgecv-nvargus.path",
    "etc/systemd/system/edgecv-nvargus.service",
}


def test_on_a_jetson_the_service_may_use_the_gpu_and_ask_for_the_daemon(jetson: Machine) -> None:
    jetson.install()
    assert units(jetson) == ON_A_JETSON
    assert "systemctl enable edgecv.service edgecv-nvargus.path" in jetson.ran
    assert "systemctl start edgecv-nvargus.path" in jetson.ran
    text = (jetson.root / "etc/systemd/system/edgecv.service.d/jetson.conf").read_text()
    for line in ("PrivateTmp=no", "ReadWritePaths=/tmp", "RuntimeDirectory=nvargus-edgecv"):
        assert line in text.splitlines()
    allowed = [line for line in text.splitlines() if line.startswith("DeviceAllow=/dev")]
    assert allowed == [
        "DeviceAllow=/dev/host1x-fence rw",
        "DeviceAllow=/dev/nvgpu/igpu0/ctrl rw",
        "DeviceAllow=/dev/nvhost-ctrl-gpu rw",
        "DeviceAllow=/dev/nvmap rw",
    ]


def test_what_a_jetson_needs_is_found_nowhere_else(machine: Machine) -> None:
    machine.install(may_reboot=True)
    assert not [file for file in machine.files() if "jetson" in file or "nvargus" in file]
    assert "nvargus" not in unit.service(COMMAND)


def test_devices_that_an_upgrade_has_brought_are_allowed_by_another_run(jetson: Machine) -> None:
    jetson.install()
    (jetson.root / "dev/nvidia0").touch()
    assert jetson.install()[:2] == [
        "write /etc/systemd/system/edgecv.service.d/jetson.conf",
        "write /etc/systemd/system/edgecv@.service.d/jetson.conf",
    ]
    assert jetson.ran[-1] == "systemctl restart edgecv.service"


def test_from_a_jetson_all_of_it_is_taken_away(jetson: Machine) -> None:
    before = jetson.files()
    jetson.install(may_reboot=True)
    jetson.uninstall()
    assert jetson.files() == before | {"etc/edgecv/edgecv.toml"}
    assert jetson.ran[0] == (
        "systemctl disable --now edgecv.service edgecv-reboot.path edgecv-nvargus.path"
    )
    assert not list((jetson.root / "etc/systemd/system").glob("*.d"))


def test_what_somebody_has_added_beside_the_drop_in_stays(jetson: Machine) -> None:
    jetson.install()
    mine = jetson.root / "etc/systemd/system/edgecv.service.d/mine.conf"
    mine.write_text("[Service]\n")
    jetson.uninstall()
    assert mine.exists()


@needs_systemd
def test_systemd_finds_nothing_wrong_with_what_a_jetson_gets(tmp_path: Path) -> None:
    service = tmp_path / "edgecv.service"
    service.write_text(unit.service(REAL))
    drop_in = tmp_path / "edgecv.service.d" / "jetson.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(unit.jetson(["/dev/nvmap", "/dev/nvgpu/igpu0/ctrl"]))
    (tmp_path / "edgecv-nvargus.path").write_text(unit.ARGUS_PATH)
    (tmp_path / "edgecv-nvargus.service").write_text(unit.ARGUS_SERVICE)
    files = [service, tmp_path / "edgecv-nvargus.path", tmp_path / "edgecv-nvargus.service"]
    command = ["systemd-analyze", "verify", "--man=no", *map(str, files)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in result.stderr.splitlines() if "edgecv" in line or "conf" in line]
    assert complaints == []
    assert exposure(service) <= EXPOSURE
