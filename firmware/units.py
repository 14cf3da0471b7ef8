"""Writes edgecv's own units into a root folder, the very ones that `edgecv service install` writes:
units.py ROOT"""

import sys
from pathlib import Path

from edgecv.host import unit

COMMAND = ("/opt/edgecv/bin/python", "-m", "edgecv", "run")
UNITS = Path("usr/lib/systemd/system")


def files() -> dict[Path, str]:
    """By their places in the root folder."""
    return {
        UNITS / "edgecv.service": unit.service(COMMAND),
        UNITS / "edgecv-reboot.path": unit.REBOOT_PATH,
        UNITS / "edgecv-reboot.service": unit.REBOOT_SERVICE,
        Path("usr/lib/sysusers.d/edgecv.conf"): unit.SYSUSERS,
    }


def main() -> None:
    root = Path(sys.argv[1])
    for path, text in files().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
