"""U-Boot's script, in U-Boot, on the partitions of the image: which slot it starts from, and what
it does when none can be started."""

import shutil
from pathlib import Path

from firmware.emulator import FIRMWARE, Card, Machine, Tools
from tests.broker import free_port
from tests.tools import TOOLBOX, needs_tools

PATIENCE_S = 120.0

pytestmark = needs_tools


def empty_card(folder: Path, tools: Tools, state: str) -> Card:
    """With the image's partitions and boot script, and nothing in its slots."""
    for made in ("root/boot", "root/data", "in"):
        (folder / made).mkdir(parents=True)
    for name in ("boot.cmd", "genimage.cfg"):
        shutil.copy(FIRMWARE / "boot" / name, folder)
    tools.run(
        *("mkimage", "-A", "arm64", "-T", "script", "-C", "none"),
        *("-d", f"{folder}/boot.cmd", f"{folder}/root/boot/boot.scr"),
    )
    (folder / "in" / "root.ext4").write_bytes(bytes(1 << 20))
    (folder / "in" / "bootstate").write_bytes(bytes(0x4000))
    if state:
        (folder / "state").write_text(state)
        tools.run("mkenvimage", "-s", "0x4000", "-o", f"{folder}/in/bootstate", f"{folder}/state")
    tools.run(
        *("genimage", "--config", f"{folder}/genimage.cfg", "--rootpath", f"{folder}/root"),
        *("--tmppath", f"{folder}/work", "--inputpath", f"{folder}/in"),
        *("--outputpath", f"{folder}/out"),
    )
    return Card(folder / "out" / "edgecv.img", tools)


def starts(folder: Path, state: str, until: str) -> list[str]:
    """What the script says until it says `until`."""
    assert TOOLBOX is not None
    tools = Tools(TOOLBOX, folder)
    card = empty_card(folder, tools, state)
    with Machine(card, tools, folder / "log", ssh_port=free_port(), key=folder / "none") as machine:
        machine.wait_for(until, PATIENCE_S)
        return [line.removeprefix("edgecv: ") for line in machine.said("edgecv: [^\n]*")]


def test_a_slot_that_can_not_be_started_loses_its_tries_and_then_the_other_one_has_its_turn(
    tmp_path: Path,
) -> None:
    state = "BOOT_ORDER=B A\nBOOT_A_LEFT=1\nBOOT_B_LEFT=1\n"
    assert starts(tmp_path, state, "slot A, order A B, tries left A 2 B 3\n") == [
        "slot B, order B A, tries left A 1 B 0",
        "slot B does not start",
        "slot A, order B A, tries left A 0 B 0",
        "slot A does not start",
        "no slot has a try left, beginning anew",
        "slot A, order A B, tries left A 2 B 3",
    ]


def test_a_damaged_state_of_the_slots_is_begun_anew_and_linux_reads_it(tmp_path: Path) -> None:
    assert starts(tmp_path, "", "slot A, [^\n]*\n") == [
        "no state of the slots, beginning anew",
        "slot A, order A B, tries left A 2 B 3",
    ]
    assert TOOLBOX is not None
    settings = (FIRMWARE / "overlay/etc/fw_env.config").read_text()
    device = "/dev/disk/by-partlabel/bootstate"
    card = Card(tmp_path / "out" / "edgecv.img", Tools(TOOLBOX, tmp_path))
    (tmp_path / "bootstate").write_bytes(card.raw("bootstate"))
    (tmp_path / "fw_env.config").write_text(settings.replace(device, f"{tmp_path}/bootstate"))
    printed = card.tools.run("fw_printenv", "-c", f"{tmp_path}/fw_env.config", "BOOT_A_LEFT")
    assert printed == b"BOOT_A_LEFT=2\n"
