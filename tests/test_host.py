"""What the box says, and one instance at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgecv.errors import ConfigError
from edgecv.host.held import held_by_us
from edgecv.host.instance import InstanceLock, state_folder
from edgecv.host.memory import resident_mb


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
