"""Update bundles for the tests: of the image's own system with another version, and such that a box
has to refuse."""

import os
import shutil
from pathlib import Path

from firmware.emulator import FIRMWARE, Tools
from firmware.image import Signing

NO_INIT = ("rm /usr/lib/systemd/systemd",)
"""So that the kernel finds nothing to start."""


class Bakery:
    """Makes bundles in a folder; `root` is a slot's file system, `signing` what the box trusts."""

    def __init__(self, folder: Path, root: Path, signing: Signing, tools: Tools) -> None:
        self._folder = folder
        self._root = root
        self._signing = signing
        self._tools = tools

    def of_version(self, version: str, changes: tuple[str, ...] = ()) -> Path:
        """The same system, which calls itself `version`; `changes` are commands of debugfs(8)."""
        root = self._folder / f"{version}.ext4"
        self._tools.run("cp", "--sparse=always", str(self._root), str(root))
        release = self._tools.run("debugfs", "-R", "cat /usr/lib/os-release", str(root)).decode()
        lines = [line for line in release.splitlines() if not line.startswith("IMAGE_VERSION=")]
        (self._folder / "os-release").write_text("\n".join([*lines, f"IMAGE_VERSION={version}\n"]))
        commands = self._folder / "commands"
        name = "/usr/lib/os-release"
        words = [f"rm {name}", f"write {self._folder}/os-release {name}", *changes]
        commands.write_text("\n".join(words) + "\n")
        self._tools.run("debugfs", "-w", "-f", str(commands), str(root))
        bundle = self._bake(root, version, self._signing)
        root.unlink()
        return bundle

    def of_somebody_else(self) -> Path:
        """Signed by whom the box does not know."""
        keys = self._folder / "stranger"
        self._tools.run(str(FIRMWARE / "trial-keys.sh"), str(keys))
        signing = Signing.for_trials(keys)
        return self._bake(self._little(), "9.1.0", signing)

    def for_another_device(self) -> Path:
        return self._bake(self._little(), "9.2.0", self._signing, "toaster")

    def damaged(self, bundle: Path) -> Path:
        """Its signature is right, and what it is about is not: some bytes in the middle."""
        copy = bundle.with_name("damaged.raucb")
        shutil.copyfile(bundle, copy)
        with copy.open("r+b") as file:
            file.seek(copy.stat().st_size // 2)
            file.write(bytes(4096))
        return copy

    def _little(self) -> Path:
        little = self._folder / "little.ext4"
        little.write_bytes(os.urandom(1 << 20))
        return little

    def _bake(self, root: Path, version: str, signing: Signing, *compatible: str) -> Path:
        bundle = self._folder / f"edgecv-{version}-arm64.raucb"
        words = (str(root), version, *map(str, signing), str(bundle), *compatible)
        self._tools.run(str(FIRMWARE / "bundle.sh"), *words)
        return bundle
