"""The real RAUC says what we read, where scripts/image has fetched it; dm-verity is the emulator's
part (firmware/test faults)."""

import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgecv.errors import EdgecvError
from edgecv.update import rauc
from tests.tools import TOOLBOX, needs_tools

ENTER = Path(__file__).parents[1] / "firmware" / "in-toolbox"
HAS_RAUC = TOOLBOX is not None and all(
    (TOOLBOX / "usr/bin" / name).exists() for name in ("rauc", "mksquashfs", "dbus-daemon")
)

pytestmark = [
    needs_tools,
    pytest.mark.skipif(not HAS_RAUC, reason="RAUC is not among the tools: sudo scripts/image"),
]

MANIFEST = """\
[update]
compatible=edgecv-arm64
version=0.2.0
[bundle]
format=verity
[image.rootfs]
filename=root.img
"""
MAKE = """\
set -e
sign() {
  openssl req -quiet -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=$1 \
    -keyout $1.key -out $1.pem -not_before $2 -not_after $3
  cp -r content content-$1
  rauc bundle --cert=$1.pem --key=$1.key content-$1 $1.raucb
}
sign good 20200101000000Z 20990101000000Z
sign rogue 20200101000000Z 20990101000000Z
sign old 20200101000000Z 20210101000000Z
sign early 20980101000000Z 20990101000000Z
cat good.pem old.pem early.pem >keyring.pem
"""
SERVICE = """\
dbus-daemon --session --nofork --address="$DBUS_SESSION_BUS_ADDRESS" &
until [ -e bus ]; do sleep 0.02; done
rauc --conf="$PWD/system.conf" service --override-boot-slot=A &
until rauc --conf="$PWD/system.conf" status; do sleep 0.1; done
touch ready
read -r _
kill $(jobs -p)
"""
CONFIG = """\
[system]
compatible=edgecv-arm64
bootloader=custom
bundle-formats=verity
data-directory={folder}/data
[handlers]
bootloader-custom-backend={folder}/backend
[keyring]
path={folder}/keyring.pem
[slot.rootfs.0]
device={folder}/slot-a
bootname=A
[slot.rootfs.1]
device={folder}/slot-b
bootname=B
"""
BACKEND = """\
#!/bin/sh
case $1 in
  get-primary) cat {folder}/primary ;;
  set-primary) echo $2 >{folder}/primary ;;
  get-state) if [ $2 = A ]; then echo good; else echo bad; fi ;;
esac
"""


def enter(folder: Path, *command: str) -> list[str]:
    return [str(ENTER), str(TOOLBOX), str(folder), "--", *command]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles good and bad, and a configuration."""
    folder = tmp_path_factory.mktemp("rauc")
    (folder / "content").mkdir()
    (folder / "content" / "manifest.raucm").write_text(MANIFEST)
    (folder / "content" / "root.img").write_bytes(os.urandom(100_000))
    subprocess.run(
        enter(folder, "bash", "-c", MAKE), cwd=folder, check=True, capture_output=True, timeout=60
    )
    good = (folder / "good.raucb").read_bytes()
    (folder / "cut.raucb").write_bytes(good[:50_000])
    (folder / "empty.raucb").write_bytes(b"")
    # In the signature itself, which ends 8 bytes before the end: before it are structures of which
    # a changed byte may make no signature at all.
    (folder / "changed.raucb").write_bytes(good[:-20] + bytes([good[-20] ^ 1]) + good[-19:])
    (folder / "system.conf").write_text(CONFIG.format(folder=folder))
    (folder / "backend").write_text(BACKEND.format(folder=folder))
    (folder / "backend").chmod(0o755)
    (folder / "primary").write_text("A\n")
    (folder / "data").mkdir()
    for name in ("slot-a", "slot-b"):
        (folder / name).write_bytes(bytes(200_000))
    return folder


@pytest.fixture
def real(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`rauc` in PATH is the real one; the folder of bundles."""
    program = tmp_path / "rauc"
    line = shlex.join(enter(folder, "rauc", f"--conf={folder}/system.conf"))
    program.write_text(f'#!/bin/sh\ncd {shlex.quote(str(folder))} && exec {line} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DBUS_STARTER_BUS_TYPE", "session")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder}/bus")
    return folder


@pytest.fixture
def service(real: Path) -> Iterator[Path]:
    """RAUC's service runs."""
    with subprocess.Popen(
        enter(real, "bash", "-c", SERVICE),
        cwd=real,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        while not (real / "ready").exists():
            assert process.poll() is None
            time.sleep(0.02)
        yield real
        process.stdin.close()
        process.wait(10)
    for name in ("ready", "bus"):
        (real / name).unlink(missing_ok=True)


def test_a_good_bundle_says_what_it_is_for(real: Path) -> None:
    bundle = rauc.info(real / "good.raucb")
    assert (bundle.compatible, bundle.version) == ("edgecv-arm64", "0.2.0")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("rogue", "its signature is none that this box trusts"),
        ("changed", "its signature is none that this box trusts"),
        ("old", "its signature is not valid now by this box's clock"),
        ("early", "its signature is not valid now by this box's clock"),
        ("cut", "it is no bundle, or a part of one"),
        ("empty", "it is no bundle, or a part of one"),
    ],
)
def test_what_it_refuses_is_put_into_the_right_words(real: Path, name: str, reason: str) -> None:
    with pytest.raises(EdgecvError, match=f"{name}.raucb is refused: {reason}"):
        rauc.info(real / f"{name}.raucb")


def test_without_its_service_there_is_a_reason(real: Path) -> None:
    assert real
    with pytest.raises(EdgecvError, match="rauc status failed: Error retrieving slot status"):
        rauc.slots()


def test_its_service_tells_of_the_slots_and_chooses_one(service: Path) -> None:
    slots = rauc.slots()
    assert slots.compatible == "edgecv-arm64"
    assert (slots.booted.name, slots.booted.bootname, slots.booted.good) == ("rootfs.0", "A", True)
    assert (slots.other.name, slots.other.bootname, slots.other.good) == ("rootfs.1", "B", False)
    assert slots.primary == "rootfs.0"
    rauc.mark_active("other")
    assert rauc.slots().primary == "rootfs.1"
    rauc.mark_active("booted")
    assert rauc.slots().primary == "rootfs.0"
    with pytest.raises(EdgecvError, match=r"mark-active rootfs\.7 failed: rauc mark: "):
        rauc.mark_active("rootfs.7")
    assert (service / "primary").read_text() == "A\n"


def test_an_installation_that_it_refuses_ends_with_its_reason(service: Path) -> None:
    heard: list[tuple[int | None, str]] = []
    with pytest.raises(EdgecvError, match=r"failed: signature verification failed: Verify error"):
        rauc.install(service / "rogue.raucb", lambda *step: heard.append(step))
    assert (0, "Installing") in heard
    assert (service / "slot-b").read_bytes() == bytes(200_000)
