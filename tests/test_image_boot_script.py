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
    return said(empty_card(folder, tools, state), tools, folder, until)


def said(card: Card, tools: Tools, folder: Path, until: str) -> list[str]:
    with Machine(card, tools, folder / "log", ssh_port=free_port(), key=folder / "none") as machine:
        machine.wait_for(until, PATIENCE_S)
        return [line.removeprefix("edgecv: ") for line in machine.said("edgecv: [^\n]*")]


def test_a_slot_that_can_not_be_started_loses_its_tries_and_then_the_other_one_has_its_turn(
    tmp_path: Path,
) -> None:
    state = "BOOT_ORDER=B A\nBOOT_A_LEFT=1\nBOOT_B_LEFT=1\nBOOT_GOOD=A\n"
    assert starts(tmp_path, state, "neither slot can [^\n]*\n") == [
        "slot B, order B A, tries left A 1 B 0",
        "slot B does not start",
        "slot A, order B A, tries left A 0 B 0",
        "slot A does not start",
        "no slot has a try left, A was good last",
        "slot A, order B A, tries left A 0 B 0",
        "slot A does not start",
        "slot B does not start",
        "neither slot can be started: this card has to be flashed anew",
    ]


def test_of_two_slots_without_tries_the_one_that_was_good_last_is_started(tmp_path: Path) -> None:
    state = "BOOT_ORDER=A B\nBOOT_A_LEFT=0\nBOOT_B_LEFT=0\nBOOT_GOOD=B\n"
    assert starts(tmp_path, state, "neither slot can [^\n]*\n") == [
        "no slot has a try left, B was good last",
        "slot B, order A B, tries left A 0 B 0",
        "slot B does not start",
        "slot A does not start",
        "neither slot can be started: this card has to be flashed anew",
    ]


def test_a_new_card_begins_with_slot_a_and_linux_reads_the_state(tmp_path: Path) -> None:
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


def test_a_state_that_was_half_written_is_taken_from_its_copy(tmp_path: Path) -> None:
    state = "BOOT_ORDER=B A\nBOOT_A_LEFT=3\nBOOT_B_LEFT=3\nBOOT_GOOD=B\n"
    assert starts(tmp_path, state, "slot B, [^\n]*\n") == ["slot B, order B A, tries left A 3 B 2"]
    assert TOOLBOX is not None
    tools = Tools(TOOLBOX, tmp_path)
    card = Card(tmp_path / "out" / "edgecv.img", tools)
    begin, _ = card.partition("bootstate")
    with card.file.open("r+b") as file:
        file.seek(begin)
        file.write(bytes(512))
    assert said(card, tools, tmp_path, "slot B, [^\n]*\n") == [
        "the state of the slots is damaged, its copy is taken",
        "slot B, order B A, tries left A 3 B 1",
    ]
