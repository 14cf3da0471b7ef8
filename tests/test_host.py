"""What the box says, and one instance at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgecv.clock import SystemClock, _set_from_real_time_clock
from edgecv.errors import ConfigError
from edgecv.host.held import held_by_us
from edgecv.host.identity import board, device_id, serial_number
from edgecv.host.instance import InstanceLock, state_folder
from edgecv.host.led import blink
from edgecv.host.memory import resident_mb
from edgecv.host.temperature import temperature_c
from tests.broker import wait_until


def test_memory_is_what_the_kernel_says() -> None:
    resident = resident_mb()
    assert resident is not None
    assert 10 < resident < 10_000


def test_an_open_descriptor_of_ours_or_of_a_child_is_found(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    link = tmp_path / "by-id"
    link.symlink_to(device)
    assert held_by_us(str(link)) == []

    with device.open("rb") as held:
        assert held_by_us(str(link)) == [f"pid {os.getpid()} fd {held.fileno()}"]
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=held)
    assert held_by_us(str(device)) == [f"pid {child.pid} fd 1"]

    child.communicate()
    assert held_by_us(str(device)) == []


def test_two_devices_run_side_by_side_but_not_one_twice(tmp_path: Path) -> None:
    taken = pytest.raises(ConfigError, match=f"running already, as pid {os.getpid()}: stop")
    with InstanceLock("gym", tmp_path), InstanceLock("hall", tmp_path), taken:
        InstanceLock("gym", tmp_path).__enter__()
    with InstanceLock("gym", tmp_path):
        pass


def test_a_killed_one_does_not_stand_in_the_way(tmp_path: Path) -> None:
    code = (
        "from edgecv.host.instance import InstanceLock; from pathlib import Path; import sys\n"
        f"with InstanceLock('gym', Path({str(tmp_path)!r})):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(ConfigError, match=f"pid {holder.pid}"):
        InstanceLock("gym", tmp_path).__enter__()

    holder.send_signal(signal.SIGKILL)
    holder.communicate()

    with InstanceLock("gym", tmp_path):
        pass


def test_a_folder_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="STATE_DIRECTORY"):
        InstanceLock("gym", tmp_path / "file").__enter__()


def test_the_state_folder_is_systemd_s_or_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/edgecv:/elsewhere")
    assert state_folder() == Path("/var/lib/edgecv")
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setenv("XDG_STATE_HOME", "/home/me/state")
    assert state_folder() == Path("/home/me/state/edgecv")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Stands for the device tree."""
    return tmp_path / "base"


def test_the_end_of_the_serial_number_is_the_id(tree: Path, tmp_path: Path) -> None:
    tree.mkdir()
    (tree / "serial-number").write_bytes(b"10000000a1B2c3D4\0")
    assert serial_number(tree) == "10000000a1B2c3D4"
    assert device_id(tmp_path, device_tree=tree) == "a1b2c3d4"


def test_else_the_id_is_made_out_of_the_machine_id_which_it_does_not_give_away(
    tree: Path, tmp_path: Path
) -> None:
    machine = tmp_path / "machine-id"
    ids = set()
    for number in range(3):
        machine.write_text(f"{number:032x}\n")
        made = device_id(tmp_path, device_tree=tree, machine_id=machine)
        assert made == device_id(tmp_path, device_tree=tree, machine_id=machine)
        assert made not in machine.read_text()
        ids.add(made)
    assert len(ids) == 3


def test_else_it_is_drawn_once_and_kept(tree: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "no-machine-id"
    drawn = device_id(tmp_path / "state", device_tree=tree, machine_id=nowhere)
    assert drawn == device_id(tmp_path / "state", device_tree=tree, machine_id=nowhere)
    assert drawn != device_id(tmp_path / "other", device_tree=tree, machine_id=nowhere)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"no serial number .* name one in \[device\] id"):
        device_id(tmp_path / "file" / "state", device_tree=tree, machine_id=nowhere)


def test_the_board_is_named(tree: Path, tmp_path: Path) -> None:
    assert board(tree, tmp_path / "dmi") is None
    (tmp_path / "dmi").mkdir()
    (tmp_path / "dmi" / "sys_vendor").write_text("ACME\n")
    (tmp_path / "dmi" / "product_name").write_text("Box 3000\n")
    assert board(tree, tmp_path / "dmi") == "ACME Box 3000"
    tree.mkdir()
    (tree / "model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    assert board(tree, tmp_path / "dmi") == "Raspberry Pi 4 Model B Rev 1.4"


def zone(folder: Path, number: int, kind: str, temp: str) -> None:
    (folder / f"thermal_zone{number}").mkdir()
    (folder / f"thermal_zone{number}" / "type").write_text(kind + "\n")
    (folder / f"thermal_zone{number}" / "temp").write_text(temp + "\n")


def test_the_temperature_is_that_of_the_warmest_part_of_the_processor(tmp_path: Path) -> None:
    assert temperature_c(tmp_path) is None
    zone(tmp_path, 0, "battery", "90000")
    zone(tmp_path, 1, "cpu-thermal", "51123")
    zone(tmp_path, 2, "CPU-therm", "48000")
    zone(tmp_path, 3, "soc-thermal", "rubbish")
    zone(tmp_path, 4, "cpu-broken", "-273000")
    assert temperature_c(tmp_path) == 51.123


def test_a_light_blinks_and_then_does_as_before(tmp_path: Path) -> None:
    assert not blink(0.3, tmp_path)
    led = tmp_path / "ACT"
    led.mkdir()
    (led / "trigger").write_text("none timer [mmc0] heartbeat")
    (led / "brightness").write_text("")
    assert blink(0.3, tmp_path)
    wait_until(lambda: (led / "trigger").read_text() == "mmc0", "it is done")
    assert (led / "brightness").read_text() in ("0", "1")


def test_whether_the_clock_is_right_is_asked_of_the_kernel(tmp_path: Path) -> None:
    assert SystemClock().synced() in (True, False)
    assert not _set_from_real_time_clock(tmp_path)
    (tmp_path / "rtc0").mkdir()
    (tmp_path / "rtc0" / "hctosys").write_text("0\n")
    assert not _set_from_real_time_clock(tmp_path)
    (tmp_path / "rtc0" / "hctosys").write_text("1\n")
    assert _set_from_real_time_clock(tmp_path)
