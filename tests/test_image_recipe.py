"""The recipe of the appliance image: its units, its scripts, its boot script and its steps."""

import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from firmware import image, initrd, units
from firmware.cameras import MODULES
from firmware.emulator import Tools
from firmware.steps import StepFailed, Steps, hash_of
from tests.exposure import exposure, needs_systemd
from tests.tools import TOOLBOX, needs_tools

ROOT = Path(__file__).parents[1]
FIRMWARE = ROOT / "firmware"
OVERLAY = FIRMWARE / "overlay"
LIBRARY = OVERLAY / "usr/lib/edgecv"
UNITS = OVERLAY / "usr/lib/systemd/system"
OURS = sorted(path.name for path in UNITS.glob("edgecv*.service"))
EXPOSURE = 2.5
HOST_UNITS = Path("/usr/lib/systemd/system")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is ours of the image's root, with programs that do nothing in the places of others."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(OVERLAY, root, dirs_exist_ok=True)
    for path, text in units.files().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for program in ("opt/edgecv/bin/python", "usr/bin/systemctl", "usr/bin/rm"):
        (root / program).parent.mkdir(parents=True, exist_ok=True)
        (root / program).write_text("#!/bin/sh\n")
        (root / program).chmod(0o755)
    for target in HOST_UNITS.glob("*.target"):
        shutil.copy(target, root / "usr/lib/systemd/system")
    return root


@needs_systemd
@pytest.mark.parametrize(
    "name", [*OURS, "edgecv.service", *(path.name for path in UNITS.glob("edgecv*.timer"))]
)
def test_systemd_finds_nothing_wrong_with_a_unit(root: Path, name: str) -> None:
    named = name.replace("@.", "@sda1.")
    command = ["systemd-analyze", "verify", "--man=no", f"--root={root}", named]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in result.stderr.splitlines() if "edgecv" in line] == []


@needs_systemd
@pytest.mark.parametrize("name", [*OURS, "edgecv.service", "edgecv-reboot.service"])
def test_a_service_of_the_image_gives_away_little(root: Path, name: str) -> None:
    file = root / "usr/lib/systemd/system" / name
    assert exposure(file) <= EXPOSURE


def test_the_image_s_service_is_the_one_that_the_installer_writes() -> None:
    assert not (UNITS / "edgecv.service").exists()
    text = units.files()[units.UNITS / "edgecv.service"]
    assert "ExecStart=/opt/edgecv/bin/python -m edgecv run --config /etc/edgecv/edgecv.toml" in text


@pytest.mark.parametrize(
    "script",
    [
        *(path for path in FIRMWARE.glob("*.sh")),
        *LIBRARY.iterdir(),
        *(FIRMWARE / name for name in ("in-toolbox", "init", "test")),
        ROOT / "scripts" / "image",
    ],
    ids=lambda path: path.name,
)
def test_a_shell_can_read_every_script(script: Path) -> None:
    in_bash = script.suffix == ".sh" or "bash" in script.read_text().partition("\n")[0]
    shell = "bash" if in_bash else "sh"
    subprocess.run([shell, "-n", str(script)], check=True)


def test_nothing_listens_unless_it_is_asked_to() -> None:
    """No port but SSH's is opened, and that only with a key."""
    rules = (OVERLAY / "etc/nftables.conf").read_text()
    assert "policy drop" in rules.partition("chain input")[2].partition("}")[0]
    assert re.search(r"dport (?!@open)\d+ (?!udp|accept)", rules) is None
    ssh = (UNITS / "ssh.service.d/edgecv.conf").read_text()
    assert "ConditionPathExists=/data/shared/ssh/authorized_keys" in ssh
    settings = (OVERLAY / "etc/ssh/sshd_config.d/edgecv.conf").read_text()
    assert "PasswordAuthentication no" in settings
    resolver = (OVERLAY / "etc/systemd/resolved.conf.d/edgecv.conf").read_text()
    for name in ("LLMNR", "MulticastDNS", "DNSStubListener"):
        assert f"{name}=no" in resolver


def test_the_rules_for_devices_come_after_those_that_they_rely_on() -> None:
    """udev goes by the names of the files: 60-persistent-*.rules find out what a device is, and
    99-systemd.rules starts what it wants."""
    (rules,) = (OVERLAY / "etc/udev/rules.d").iterdir()
    assert "60-persistent-v4l.rules" < rules.name < "99-systemd.rules"


@needs_tools
@pytest.mark.parametrize(
    "command",
    [
        ("udevadm", "verify", str(OVERLAY / "etc/udev/rules.d/70-edgecv.rules")),
        ("nft", "--check", "--file", str(OVERLAY / "etc/nftables.conf")),
    ],
    ids=["udev", "nft"],
)
def test_the_program_of_the_image_s_own_release_reads_what_is_for_it(
    command: tuple[str, ...],
) -> None:
    assert TOOLBOX is not None
    Tools(TOOLBOX, ROOT).run(*command)


def run(script: str, *words: str | Path, **environment: str) -> str:
    command = [str(LIBRARY / script), *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return done.stdout


class Card:
    """The data partition, and what runs from it."""

    def __init__(self, folder: Path) -> None:
        self.data, self.run = folder / "data", folder / "run"
        for made in (self.data, self.run):
            made.mkdir()
        self.folder = folder

    def start(self, slot: str, machine_id: str = "a" * 32) -> Path:
        """Gives what the slot keeps."""
        (self.folder / "cmdline").write_text(f"root=x rauc.slot={slot} panic=10\n")
        (self.folder / "machine-id").write_text(machine_id + "\n")
        given = (self.folder / "cmdline", self.folder / "machine-id", str(os.getgid()))
        run("slot", self.data, self.run, *given)
        return (self.run / "slot").resolve()


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


def test_a_slot_begins_with_what_the_other_has_and_goes_its_own_way(card: Card) -> None:
    a = card.start("A")
    (a / "state" / "journal").write_text("3 reps")
    b = card.start("B")
    assert b != a
    assert (b / "state" / "journal").read_text() == "3 reps"
    (b / "state" / "journal").write_text("4 reps, as a newer edgecv writes it")
    assert (card.start("A") / "state" / "journal").read_text() == "3 reps"
    assert (card.start("B") / "state" / "journal").read_text().startswith("4 reps")


def test_a_copy_that_was_cut_off_is_made_anew(card: Card) -> None:
    a = card.start("A")
    (a / "state" / "journal").write_text("3 reps")
    (card.data / "b.new").mkdir()
    (card.data / "b.new" / "half").write_text("")
    b = card.start("B")
    assert not (b / "half").exists()
    assert (b / "state" / "journal").read_text() == "3 reps"


def test_a_slot_that_follows_the_other_one_is_told_so_until_that_is_settled(card: Card) -> None:
    changed, last = card.run / "slot-changed", card.data / "shared" / "slot"
    for slot, told in (("A", False), ("A", False), ("B", False), ("A", True), ("A", True)):
        changed.unlink(missing_ok=True)
        card.start(slot)
        assert changed.exists() == told, slot
    assert last.read_text() == "B\n"
    last.write_text("A\n")
    changed.unlink()
    card.start("A")
    assert not changed.exists()


def test_the_first_machine_id_stays(card: Card) -> None:
    card.start("A", "a" * 32)
    card.start("B", "b" * 32)
    assert (card.data / "shared/machine-id").read_text() == "a" * 32 + "\n"


def test_secrets_are_in_folders_for_edgecv_or_root_alone(card: Card) -> None:
    card.start("A")
    modes = {
        name: oct((card.data / "shared" / name).stat().st_mode & 0o777)
        for name in ("iwd", "ssh", "secrets", "crashes")
    }
    assert modes == {"iwd": "0o700", "ssh": "0o700", "secrets": "0o750", "crashes": "0o750"}


@pytest.fixture
def a_clock(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A `date` that says what stands in a file, and that can be set."""
    now = tmp_path / "now"
    now.write_text("1000\n")
    program = tmp_path / "date"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in +%s) cat {now} ;; "-u -s @"*) echo "${{3#@}}" >{now} ;; esac\n'
    )
    program.chmod(0o755)
    return now, {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


def test_the_clock_does_not_go_back_over_a_restart(
    tmp_path: Path, a_clock: tuple[Path, dict[str, str]]
) -> None:
    now, environment = a_clock
    kept = tmp_path / "clock"
    run("clock", "keep", kept, "900", **environment)
    # The plug was pulled 14 minutes later; the box begins in 1970.
    now.write_text("5\n")
    run("clock", "restore", kept, "900", tmp_path / "rtc", **environment)
    assert int(now.read_text()) == 1900
    run("clock", "keep", kept, "0", **environment)
    now.write_text("5000\n")
    run("clock", "restore", kept, "900", tmp_path / "rtc", **environment)
    assert int(now.read_text()) == 5000


@pytest.mark.parametrize(("says", "after"), [(1840, 1840), (5, 1000)])
def test_a_clock_of_the_box_is_believed_unless_it_has_gone_back(
    tmp_path: Path, a_clock: tuple[Path, dict[str, str]], says: int, after: int
) -> None:
    now, environment = a_clock
    (tmp_path / "rtc" / "rtc0").mkdir(parents=True)
    (tmp_path / "rtc" / "rtc0" / "hctosys").write_text("1\n")
    run("clock", "keep", tmp_path / "clock", "900", **environment)
    now.write_text(f"{says}\n")
    run("clock", "restore", tmp_path / "clock", "900", tmp_path / "rtc", **environment)
    assert int(now.read_text()) == after


@pytest.mark.parametrize("kept", [None, "", "soon", "12 34", "-5"])
def test_a_clock_that_was_not_kept_stays_as_it_is(
    tmp_path: Path, a_clock: tuple[Path, dict[str, str]], kept: str | None
) -> None:
    now, environment = a_clock
    if kept is not None:
        (tmp_path / "clock").write_text(kept)
    run("clock", "restore", tmp_path / "clock", "900", tmp_path / "rtc", **environment)
    assert int(now.read_text()) == 1000


def test_the_last_ten_failures_are_kept_and_no_good_ends(tmp_path: Path) -> None:
    journalctl = tmp_path / "journalctl"
    journalctl.write_text("#!/bin/sh\necho the last words\n")
    journalctl.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    folder = tmp_path / "crashes"
    run("crash-log", folder, "edgecv.service", PATH=path, SERVICE_RESULT="success")
    assert not folder.exists()
    folder.mkdir()
    for number in range(12):
        (folder / f"2020010{number:02}T000000Z-edgecv.service.log").write_text("old")
    run("crash-log", folder, "edgecv.service", PATH=path, SERVICE_RESULT="watchdog")
    logs = sorted(folder.iterdir())
    assert len(logs) == 10
    assert logs[-1].read_text() == "edgecv.service: watchdog  \nthe last words\n"


def test_the_drivers_of_cameras_are_kept() -> None:
    """Of those that people have, and of those that the image is tested with."""
    recipe = (FIRMWARE / "root.sh").read_text()
    (given_up,) = re.findall(r"^ +rm -rf (drivers/.*?)\n\)", recipe, re.DOTALL | re.MULTILINE)
    command = ["bash", "-c", f"printf '%s/\\n' {given_up}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    folders = ("common", "mc", "v4l2-core", "cec", "rc", "usb/uvc", "test-drivers/vivid")
    kept = ["drivers/usb/usbip/", *(f"drivers/media/{folder}/" for folder in folders)]
    gone = done.stdout.splitlines()
    assert "drivers/media/pci/" in gone
    assert [folder for folder in kept if folder.startswith(tuple(gone))] == []
    (checked,) = re.findall(r"for module in (.*); do", recipe)
    assert set(MODULES) <= set(checked.split())


def test_a_module_comes_after_those_that_it_needs() -> None:
    dependencies = "a/ext-four.ko.xz: b/mbcache.ko.xz c/crc.ko.xz\nb/mbcache.ko.xz: c/crc.ko.xz\n"
    dependencies += "c/crc.ko.xz:\nd/other.ko.xz:\n"
    wanted = ("ext_four", "not_there")
    order = ["c/crc.ko.xz", "b/mbcache.ko.xz", "a/ext-four.ko.xz"]
    assert initrd.in_order(wanted, dependencies) == order


def test_cpio_reads_the_initial_ram_disk_s_archive(tmp_path: Path) -> None:
    if shutil.which("cpio") is None:
        pytest.skip("cpio is not installed")
    archive = initrd.Archive()
    archive.add("bin", initrd.FOLDER)
    archive.add("bin/program", initrd.PROGRAM, b"odd")
    archive.add("bin/link", initrd.LINK, b"program")
    command = ["cpio", "-idm", "--quiet"]
    subprocess.run(command, input=archive.close(), cwd=tmp_path, check=True)
    assert (tmp_path / "bin/program").read_bytes() == b"odd"
    assert os.access(tmp_path / "bin/program", os.X_OK)
    assert os.readlink(tmp_path / "bin/link") == "program"


def test_a_program_of_another_processor_is_told_apart(tmp_path: Path) -> None:
    for name, machine in (("ours", 0x3E), ("theirs", 0xB7)):
        head = b"\x7fELF" + bytes(14) + struct.pack("<H", machine)
        (tmp_path / name).write_bytes(head)
    (tmp_path / "text").write_text("#!/bin/sh\n")
    command = [str(FIRMWARE / "of-this-processor"), *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path / 'ours'}\n"


def test_every_wheel_is_pinned_and_what_edgecv_needs_is_among_them() -> None:
    import msgspec

    lines = (FIRMWARE / "wheels.lock").read_text().splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"\S+==\S+ --hash=sha256:[0-9a-f]{64}", line) for line in pinned)
    project = msgspec.toml.decode((ROOT / "pyproject.toml").read_bytes())["project"]
    needed = {
        re.split("[<>=;]", one)[0] for one in project["dependencies"] if "< '3.11'" not in one
    }
    assert needed <= {line.partition("==")[0] for line in pinned}


class Kitchen:
    """A cache, and a step in it that notes when it is made."""

    def __init__(self, folder: Path) -> None:
        self.made = 0
        self.steps = Steps(folder, lambda _: None)

    def step(self, key: str, *, fail: bool = False) -> Path:
        def make(folder: Path) -> Sequence[str]:
            self.made += 1
            text = f"open({str(folder / 'dish')!r}, 'w').write('soup'); print('too hot')"
            return [sys.executable, "-c", f"{text}; raise SystemExit({fail})"]

        return self.steps.step("soup", key, make)


def test_a_step_is_made_once_for_what_it_is_made_of(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    first = kitchen.step("leek")
    assert kitchen.step("leek") == first
    assert kitchen.made == 1
    second = kitchen.step("carrot")
    assert (second / "dish").read_text() == "soup"
    assert kitchen.made == 2
    assert not first.exists()


def test_a_step_that_failed_is_named_with_its_last_words_and_made_again(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    with pytest.raises(StepFailed, match=r"soup failed after \d+ s \(.*soup\.log\):\ntoo hot"):
        kitchen.step("leek", fail=True)
    kitchen.step("leek")
    assert kitchen.made == 2


def test_the_hash_is_of_names_contents_and_rights_and_of_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_text("1")
    before = hash_of([folder])
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.pyc").write_text("")
    os.utime(folder / "a", (0, 0))
    assert hash_of([folder]) == before
    (folder / "a").chmod(0o755)
    program = hash_of([folder])
    (folder / "a").rename(folder / "b")
    assert len({before, program, hash_of([folder]), hash_of([folder], ["word"])}) == 4


def test_the_image_has_the_version_of_edgecv() -> None:
    from edgecv import __version__

    assert image.version() == __version__
