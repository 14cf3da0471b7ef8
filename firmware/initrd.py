#!/usr/bin/env python3
"""Makes the initial RAM disk: busybox, the kernel's modules for finding the root file system, and
`init` beside this file. It needs no emulation and takes a second.

    initrd.py ROOT OUTPUT
"""

import lzma
import subprocess
import sys
from pathlib import Path

MODULES = (
    # QEMU's virt machine
    *("virtio_pci", "virtio_blk", "virtio_mmio", "virtio_rng", "i6300esb"),
    # Raspberry Pi 3 and 4: cards and sticks, and what they hang on
    *("bcm2835_wdt", "bcm2835", "sdhci_iproc", "bcm2835_sdhost", "bcm2835_mmc", "mmc_block"),
    *("clk_raspberrypi", "pinctrl_bcm2835", "reset_raspberrypi", "gpio_raspberrypi_exp"),
    *("raspberrypi_power", "bcm2835_power", "bcm2835_dma", "regulator_fixed", "gpio_regulator"),
    *("pcie_brcmstb", "xhci_pci", "dwc2", "usb_storage", "uas", "sd_mod"),
    *("ext4", "crc32c_generic"),
)
FOLDERS = ("bin", "data", "dev", "modules", "proc", "root", "run", "sys")
FOLDER, FILE, LINK, DEVICE = 0o040755, 0o100644, 0o120777, 0o020600
PROGRAM = 0o100755


class Archive:
    """A cpio archive of the kind that the kernel unpacks ("newc": buffer-format.rst in its
    documentation)."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._number = 0

    def add(
        self, name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)
    ) -> None:
        self._number += 1
        path = name.encode() + b"\0"
        fields = (self._number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + path
        self._align()
        self.data += data
        self._align()

    def close(self) -> bytes:
        self.add("TRAILER!!!", 0)
        return bytes(self.data)

    def _align(self) -> None:
        self.data += b"\0" * (-len(self.data) % 4)


def module_name(path: str) -> str:
    return Path(path).name.partition(".ko")[0].replace("-", "_")


def in_order(wanted: tuple[str, ...], dependencies: str) -> list[str]:
    """The files of the wanted modules that there are, each after those that it needs;
    `dependencies` is modules.dep (depmod(8))."""
    needs: dict[str, list[str]] = {}
    for line in dependencies.splitlines():
        path, _, others = line.partition(":")
        # The nearest stand first there.
        needs[module_name(path)] = [*reversed(others.split()), path]
    ordered: dict[str, None] = {}
    for name in wanted:
        ordered.update(dict.fromkeys(needs.get(name, [])))
    return list(ordered)


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout
    return data


def make(root: Path) -> bytes:
    """For the kernel in `root`."""
    (modules,) = (root / "usr/lib/modules").iterdir()
    archive = Archive()
    for folder in FOLDERS:
        archive.add(folder, FOLDER)
    archive.add("dev/console", DEVICE, device=(5, 1))
    archive.add("bin/busybox", PROGRAM, (root / "usr/bin/busybox").read_bytes())
    archive.add("bin/sh", LINK, b"busybox")
    names = []
    for path in in_order(MODULES, (modules / "modules.dep").read_text("utf-8")):
        names.append(module_name(path) + ".ko")
        archive.add(f"modules/{names[-1]}", FILE, unpacked(modules / path))
    archive.add("modules/order", FILE, "".join(f"{name}\n" for name in names).encode())
    archive.add("init", PROGRAM, Path(__file__).with_name("init").read_bytes())
    return archive.close()


def main() -> None:
    root, output = Path(sys.argv[1]), Path(sys.argv[2])
    pack = ["zstd", "-19", "-q", "-T0"]
    packed = subprocess.run(pack, input=make(root), capture_output=True, check=True).stdout
    output.write_bytes(packed)
    print(f"initrd: {len(packed) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
