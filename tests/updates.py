"""A box to update: its files, and programs that answer as RAUC 1.13 and systemd do."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgecv.clock import FakeClock
from edgecv.update.install import Job
from edgecv.update.kept import Places
from edgecv.update.progress import Progress
from tests.programs import python_program

COMPATIBLE = "edgecv-arm64"
RAUC = r"""
import json, os, signal, subprocess, sys, time
from pathlib import Path

box = Path(__file__).parents[1]
world = json.loads((box / "world.json").read_text())
arguments = [one for one in sys.argv[1:] if not one.startswith("--mount=")]
with (box / "calls").open("a") as calls:
    calls.write(" ".join(["rauc", *arguments]) + "\n")

def fail(*lines, code=1):
    for line in lines:
        print(line, file=sys.stderr)
    sys.exit(code)

def bundle(path):
    if not path.exists():
        fail(f"No such file: {path}")
    print(f"rauc-Message: 19:44:05.888: Reading bundle: {path}", file=sys.stderr)
    try:
        found = json.loads(path.read_text())
    except ValueError:
        fail("Invalid bundle format: Signature size (9084240882782758426) exceeds bundle size")
    if found.get("signed") is not True:
        print("rauc-Message: 19:44:05.890: Verifying bundle signature... ", file=sys.stderr)
        fail("signature verification failed: Verify error: " + found.get("signed"))
    return found

match arguments:
    case ["info", "--output-format=json", path]:
        found = bundle(Path(path))
        print(json.dumps({
            "compatible": found["compatible"], "version": found["version"],
            "description": None, "build": None, "format": "verity", "hooks": [],
            "hash": "57b92425f84510746f87c9aee424cd1bdd2778f4e0d37719beac4cfd0ae70518",
            "images": [],
        }))
    case ["mount", path]:
        found = bundle(Path(path))
        prefix = next(a for a in sys.argv if a.startswith("--mount=")).partition("=")[2]
        folder = Path(prefix) / "bundle"
        folder.mkdir()
        (folder / "manifest.raucm").write_text("[update]\n")
        image = folder / "rootfs.img"
        image.write_bytes(b"x" * 3_000_000)
        if found.get("damaged"):
            if os.geteuid() == 0:
                subprocess.run(["/bin/mount", "--bind", "/proc/1/mem", image], check=True)
            else:
                image.chmod(0)
        print(f"Mounted bundle at {folder}. Use 'umount {folder}' to unmount.")
    case ["status", "--detailed", "--output-format=json"]:
        if world.get("status"):
            fail("Error retrieving slot status via D-Bus: " + world["status"])
        slots = [
            {f"rootfs.{at}": {
                "class": "rootfs", "device": f"/dev/disk/by-partlabel/root-{name.lower()}",
                "type": "raw", "bootname": name, "parent": None, "mountpoint": None,
                "state": "booted" if name == world["booted"] else "inactive",
                "boot_status": "good" if name in world["good"] else "bad",
                "slot_status": {"bundle": {"compatible": "edgecv-arm64", "version": version}}
                if (version := world["versions"].get(name)) else {"bundle": {"compatible": None}},
            }}
            for at, name in enumerate("AB")
        ]
        print(json.dumps({
            "compatible": world["compatible"], "variant": "", "booted": world["booted"],
            "boot_primary": world["primary"], "slots": slots, "artifact-repositories": [],
        }))
    case ["status", "mark-active", name]:
        booted = "AB".index(world["booted"])
        name = {"booted": f"rootfs.{booted}", "other": f"rootfs.{1 - booted}"}.get(name, name)
        world["primary"] = name
        (box / "world.json").write_text(json.dumps(world))
        print(f"rauc status: activated slot {name}")
    case ["install", path]:
        print("installing", flush=True)
        for line in world["install"]:
            print(line, flush=True)
        if world.get("waits"):
            (box / "writing").touch()
            while not (box / "go-on").exists():
                time.sleep(0.02)
        if world.get("install_fails"):
            print("LastError: " + world["install_fails"], flush=True)
            print("idle", flush=True)
            fail(f"Installing `{path}` failed")
        other = 1 - "AB".index(world["booted"])
        world["primary"] = f"rootfs.{other}"
        world["versions"]["AB"[other]] = bundle(Path(path))["version"]
        (box / "world.json").write_text(json.dumps(world))
        print("idle\nInstalling `" + path + "` succeeded")
    case _:
        fail("unknown: " + " ".join(arguments))
"""
OTHERS = r"""
import json, subprocess, sys
from pathlib import Path

box = Path(__file__).parents[1]
world = json.loads((box / "world.json").read_text())
name = Path(__file__).name
with (box / "calls").open("a") as calls:
    calls.write(" ".join([name, *sys.argv[1:]]) + "\n")
if name == "umount":
    folder = Path(sys.argv[1])
    for file in folder.iterdir():
        if f" {file} " in Path("/proc/self/mounts").read_text():
            subprocess.run(["/bin/umount", file], check=True)
        file.unlink()
if name == "systemctl" and world.get("reboot"):
    sys.exit(world["reboot"])
"""
WORLD: dict[str, Any] = {
    "compatible": COMPATIBLE,
    "booted": "A",
    "primary": "rootfs.0",
    "good": ["A", "B"],
    "versions": {},
    "install": [
        "  0% Installing",
        " 20% Checking bundle done.",
        " 40% Determining target install group done.",
        " 71% Copying image to rootfs.1",
        " 99% Updating slots done.",
        "100% Installing done.",
    ],
}


@dataclass
class Box:
    """Slot A runs 0.1.0; B has been forgotten."""

    folder: Path
    places: Places
    clock: FakeClock = field(default_factory=lambda: FakeClock(1000.0))
    said: list[str] = field(default_factory=list)

    def world(self, **changes: Any) -> dict[str, Any]:
        """What RAUC finds, with these changes."""
        file = self.folder / "world.json"
        world = {**json.loads(file.read_text()), **changes}
        file.write_text(json.dumps(world))
        return world

    def bundle(self, name: str = "edgecv-0.2.0-arm64.raucb", **of: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(_bundle(**of)))
        return path

    @property
    def calls(self) -> list[str]:
        """Programs that were run, with their arguments."""
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def written(self) -> bool:
        """A slot was touched."""
        return any(call.startswith("rauc install") for call in self.calls)

    def job(self, *, restart: bool = True, say: Callable[[str], None] | None = None) -> Job:
        progress = Progress(self.places, self.clock, say or self.said.append)
        return Job(self.places, self.clock, progress, restart)


def _bundle(**of: Any) -> dict[str, Any]:
    return {"compatible": COMPATIBLE, "version": "0.2.0", "signed": True, **of}


def make_box(folder: Path, monkeypatch: Any) -> Box:
    """The programs are found first in PATH from now on."""
    programs = folder / "bin"
    programs.mkdir()
    for name, text in (("rauc", RAUC), ("umount", OTHERS), ("systemctl", OTHERS)):
        (programs / name).write_text(python_program(text))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder / "edgecv"))
    places = Places(data=folder / "data", run=folder / "run", etc=folder / "etc")
    places.etc.mkdir()
    (places.etc / "os-release").write_text("IMAGE_ID=edgecv\nIMAGE_VERSION=0.1.0\n")
    for name in ("a", "b", "shared"):
        (places.data / name).mkdir(parents=True)
        (places.data / name / "kept").write_text(name)
    (folder / "world.json").write_text(json.dumps(WORLD))
    return Box(folder, places)


def restarted(box: Box) -> None:
    """The box has started anew, in the slot that RAUC has chosen; nobody looked yet."""
    shutil.rmtree(box.places.run, ignore_errors=True)
    world = box.world()
    slot = "AB"[int(world["primary"][-1])]
    box.world(booted=slot)
    version = world["versions"].get(slot, "0.1.0")
    release = f"IMAGE_ID=edgecv\nIMAGE_VERSION={version}\n"
    (box.places.etc / "os-release").write_text(release)
