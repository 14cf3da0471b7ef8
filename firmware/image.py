#!/usr/bin/env python3
"""Builds the appliance image; scripts/image runs it. image.py CACHE OUTPUT"""

import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent
CHECKOUT = FIRMWARE.parent
sys.path.insert(0, str(CHECKOUT))

from firmware.steps import StepFailed, Steps, hash_of  # noqa: E402

HOOKS = ("native.sh", "of-this-processor", "boot-files.sh")
SOURCES = ("edgecv", "models", "pyproject.toml", "README.md", "LICENSE", "NOTICE")


def version() -> str:
    text = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    found = re.search(r'^version = "(.+)"$', text, re.MULTILINE)
    assert found
    return found[1]


def files(*names: str) -> list[Path]:
    return [FIRMWARE / name for name in names]


class Image:
    """The steps, in their order; each knows what it is made of."""

    def __init__(self, cache: Path) -> None:
        self.steps = Steps(cache)
        self._cache = cache

    def build(self) -> Path:
        """The folder with the image. Raises StepFailed."""
        self._toolbox_key = hash_of(files("toolbox.list", "toolbox.sh", "debian.sh"))
        self._toolbox = self.steps.step(
            "toolbox",
            self._toolbox_key,
            lambda folder: [str(FIRMWARE / "toolbox.sh"), str(folder / "root")],
        )
        rootfs_key = self._key("packages.list", "rootfs.sh", "debian.sh", *HOOKS)
        rootfs = self._step("rootfs", rootfs_key, "rootfs.sh", "{}/rootfs.tar")
        wheels_key = self._key("wheels.lock", "wheels.sh")
        wheels = self._step("wheels", wheels_key, "wheels.sh", "{}")
        app_key = hash_of(
            [CHECKOUT / name for name in SOURCES] + files("app.sh", "units.py"), [wheels_key]
        )
        app = self._step("app", app_key, "app.sh", str(CHECKOUT), str(wheels), "{}/root")
        root_key = hash_of(
            files("root.sh", "initrd.py", "init", "overlay", "boot"), [rootfs_key, app_key]
        )
        root = self._step(
            "root", root_key, "root.sh", f"{rootfs}/rootfs.tar", f"{app}/root", "{}", version()
        )
        disk_key = hash_of(files("disk.sh", "boot"), [root_key])
        disk = self._step("disk", disk_key, "disk.sh", str(root), "{}", self.name)
        self._manifest(root, disk)
        return disk

    @property
    def name(self) -> str:
        return f"edgecv-{version()}-arm64"

    def _key(self, *names: str) -> str:
        """Of what is made with the tools."""
        return hash_of(files(*names), [self._toolbox_key])

    def _step(self, name: str, key: str, script: str, *arguments: str) -> Path:
        def command(folder: Path) -> Sequence[str]:
            filled = [argument.replace("{}", str(folder)) for argument in arguments]
            inside = [str(FIRMWARE / "in-toolbox"), str(self._toolbox / "root")]
            shared = [str(CHECKOUT), str(self._cache), "--"]
            return [*inside, *shared, str(FIRMWARE / script), *filled]

        return self.steps.step(name, key, command)

    def _manifest(self, root: Path, disk: Path) -> None:
        """What the image is made of, and what its files' hashes are."""
        lock = (FIRMWARE / "wheels.lock").read_text("utf-8")
        wheels = re.findall(r"^(\S+)==(\S+) --hash=sha256:(\S+)$", lock, re.MULTILINE)
        packages = (root / "packages").read_text("utf-8").splitlines()
        made = [disk / f"{self.name}.img{ending}" for ending in (".zst", ".bmap")]
        manifest = {
            "image": self.name,
            "version": version(),
            "debian": dict(line.split(" ", 1) for line in packages),
            "python": {name: {"version": of, "sha256": sha} for name, of, sha in wheels},
            "files": {
                file.name: {"bytes": file.stat().st_size, "sha256": _sha256(file)} for file in made
            },
        }
        text = json.dumps(manifest, indent=1) + "\n"
        (disk / f"{self.name}.manifest.json").write_text(text, encoding="utf-8")


def _sha256(file: Path) -> str:
    sha = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def main() -> int:
    cache, output = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    cache.mkdir(parents=True, exist_ok=True)
    started_s = time.monotonic()
    image = Image(cache)
    try:
        disk = image.build()
    except StepFailed as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    output.mkdir(parents=True, exist_ok=True)
    for ending in (".img.zst", ".img.bmap", ".manifest.json"):
        made = disk / f"{image.name}{ending}"
        shutil.copyfile(made, output / made.name)
        print(f"{made.stat().st_size / 1e6:8.1f} MB  {output / made.name}")
    _give_back(output)
    print(f"built in {time.monotonic() - started_s:.0f} s")
    return 0


def _give_back(folder: Path) -> None:
    """To whoever has called us by sudo."""
    if "SUDO_UID" in os.environ:
        for path in (folder, *folder.iterdir()):
            os.chown(path, int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"]))


if __name__ == "__main__":
    sys.exit(main())
