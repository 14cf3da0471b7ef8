"""The slots as the bootloader knows them (firmware/boot/boot.cmd)."""

import re
from pathlib import Path

from edgecv.errors import EdgecvError
from edgecv.host.command import run_command

OTHER = {"A": "B", "B": "A"}
LAST_RESORT = "edgecv.last_resort"
"""On the kernel's command line: no slot had a try left."""


def running_slot(cmdline: str) -> str:
    """A or B, as the kernel was told. Raises EdgecvError where it was not."""
    found = re.search(r"\brauc\.slot=([AB])\b", cmdline)
    if found is None:
        raise EdgecvError("the kernel was not told which slot it was started from")
    return found[1]


def read_cmdline() -> str:
    """What the bootloader has told the kernel."""
    return Path("/proc/cmdline").read_text("ascii", "replace")


def boot_order() -> list[str]:
    """Slots, that which is to be started first. Raises EdgecvError."""
    return run_command(("fw_printenv", "-n", "BOOT_ORDER")).split()


def set_boot_order(order: list[str]) -> None:
    """Raises EdgecvError."""
    run_command(("fw_setenv", "BOOT_ORDER", " ".join(order)))
