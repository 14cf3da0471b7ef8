#!/usr/bin/env python3
"""Builds the appliance image; scripts/image runs it. image.py CACHE OUTPUT"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

FIRMWARE = Path(__file__).resolve().parent
CHECKOUT = FIRMWARE.parent
sys.path.insert(0, str(CHECKOUT))

from edgecv.host.digest import sha256_of  # noqa: E402
from firmware.steps import StepFailed, Steps, hash_of  # noqa: E402

HOOKS = ("native.sh", "of-this-processor", "boot-files.sh")
SOURCES = ("edgecv", "models", "pyproject.toml", "README.md", "LICENSE", "NOTICE")
SIGNING = ("EDGECV_SIGNING_CERT", "EDGECV_SIGNING_KEY", "EDGECV_SIGNING_KEYRING")


class Signing(NamedTuple):
    """Files that a bundle is signed with, and what a box is to trust."""

    cert: Path
    key: Path
    keyring: Path

    @classmethod
    def for_trials(cls, folder: Path) -> "Signing":
        """What trial-keys.sh has made there: its own certificate is all that is trusted."""
        return cls(folder / "cert.pem", folder / "key.pem", folder / "cert.pem")


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

    def build(self) -> list[Path]:
        """The image, its bmap, the bundle that updates to it, and the manifest. Raises
        StepFailed."""
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
        signing = self._signing()
        root_key = hash_of(
            [*files("root.sh", "initrd.py", "init", "overlay", "boot"), signing.keyring],
            [rootfs_key, app_key],
        )
        made_of = (f"{rootfs}/rootfs.tar", f"{app}/root", "{}", version(), str(signing.keyring))
        root = self._step("root", root_key, "root.sh", *made_of)
        disk_key = hash_of(files("disk.sh", "boot"), [root_key])
        disk = self._step("disk", disk_key, "disk.sh", str(root), "{}", self.name)
        bundle_key = hash_of([*files("bundle.sh"), signing.cert], [root_key])
        bundle = f"{{}}/{self.name}.raucb"
        bundled = self._step(
            "bundle",
            bundle_key,
            "bundle.sh",
            f"{root}/root.ext4",
            version(),
            *map(str, signing),
            bundle,
        )
        made = [disk / f"{self.name}.img.zst", disk / f"{self.name}.img.bmap"]
        made.append(bundled / f"{self.name}.raucb")
        return [*made, self._manifest(root, made)]

    def _signing(self) -> Signing:
        """The publisher's, as the environment names them, or those for trials."""
        given = [os.environ.get(name, "") for name in SIGNING]
        if any(given):
            absent = [
                f"{name} ({value or 'not set'})"
                for name, value in zip(SIGNING, given, strict=True)
                if not Path(value).is_file()
            ]
            if absent:
                raise StepFailed(f"no file to sign with: {', '.join(absent)}")
            return Signing(*(Path(value).resolve() for value in given))
        keys = self._cache / "trial-keys"
        done = subprocess.run(
            self._inside(str(FIRMWARE / "trial-keys.sh"), str(keys)),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StepFailed(f"no key for trials could be made: {done.stderr.strip()}")
        print(f"signed with a key for trials, in {keys}: a publisher names {', '.join(SIGNING)}")
        return Signing.for_trials(keys)

    @property
    def name(self) -> str:
        return f"edgecv-{version()}-arm64"

    def _key(self, *names: str) -> str:
        """Of what is made with the tools."""
        return hash_of(files(*names), [self._toolbox_key])

    def _step(self, name: str, key: str, script: str, *arguments: str) -> Path:
        def command(folder: Path) -> Sequence[str]:
            filled = [argument.replace("{}", str(folder)) for argument in arguments]
            return self._inside(str(FIRMWARE / script), *filled)

        return self.steps.step(name, key, command)

    def _inside(self, *words: str) -> list[str]:
        """A command among the tools, with every folder that it names."""
        folders = {CHECKOUT, self._cache}
        folders |= {Path(one).parent for one in words if Path(one).is_file()}
        inside = [str(FIRMWARE / "in-toolbox"), str(self._toolbox / "root")]
        return [*inside, *map(str, sorted(folders)), "--", *words]

    def _manifest(self, root: Path, made: Sequence[Path]) -> Path:
        """What the image is made of, and what its files' hashes are."""
        lock = (FIRMWARE / "wheels.lock").read_text("utf-8")
        wheels = re.findall(r"^(\S+)==(\S+) --hash=sha256:(\S+)$", lock, re.MULTILINE)
        packages = (root / "packages").read_text("utf-8").splitlines()
        manifest = {
            "image": self.name,
            "version": version(),
            "debian": dict(line.split(" ", 1) for line in packages),
            "python": {name: {"version": of, "sha256": sha} for name, of, sha in wheels},
            "files": {
                file.name: {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
                for file in made
            },
        }
        text = json.dumps(manifest, indent=1) + "\n"
        path = made[0].with_name(f"{self.name}.manifest.json")
        path.write_text(text, encoding="utf-8")
        return path


def main() -> int:
    cache, output = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    cache.mkdir(parents=True, exist_ok=True)
    started_s = time.monotonic()
    image = Image(cache)
    try:
        made = image.build()
    except StepFailed as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    output.mkdir(parents=True, exist_ok=True)
    for file in made:
        shutil.copyfile(file, output / file.name)
        print(f"{file.stat().st_size / 1e6:8.1f} MB  {output / file.name}")
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
