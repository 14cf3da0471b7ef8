"""Takes over the boot file of the boot partition or of a USB stick, once for each that is new:

    python -m edgecv.image.provision [--restart] DEVICE

The device is mounted for this process alone, and writable only while secrets are blanked and the
report is written. Whatever happens, there is a configuration that edgecv can start with.
"""

import argparse
import grp
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edgecv import __version__
from edgecv.capture.address import without_passwords
from edgecv.clock import SystemClock
from edgecv.config import load_tables
from edgecv.errors import EdgecvError
from edgecv.host.command import run_command
from edgecv.host.identity import device_id
from edgecv.host.unit import USER
from edgecv.image.boot_file import written
from edgecv.image.report import NAME, report
from edgecv.image.store import Places
from edgecv.image.take_over import Taken, is_known, remember, take_over, write_config
from edgecv.image.text import AT_MOST

BOOT_FILES = ("edgecv.toml", "edgecv.toml.txt")
"""Windows hides the ending of the second."""
SERVICES = ("edgecv.service", "iwd.service", "ssh.service")
"""What goes by what a boot file says."""

log = logging.getLogger("edgecv.image")


class Volume:
    """A file system that holds a boot file: a folder that is mounted read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        """A file, cut where it is far too long; None where there is none."""
        path = self.folder / name
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(AT_MOST + 1)

    def boot_file(self) -> tuple[str, bytes] | None:
        """Its name and its content; None where there is none."""
        for name in BOOT_FILES:
            data = self.read(name)
            if data is not None:
                return name, data
        return None

    def overwrite(self, name: str, data: bytes) -> None:
        """In its place on the disk, so that what stood there is gone from it."""
        with (self.folder / name).open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            file.write(data.ljust(size, b"\0"))
            file.flush()
            os.fsync(file.fileno())
            file.truncate(len(data))
            os.fsync(file.fileno())

    def remove(self, name: str) -> None:
        """The file and what stands in it."""
        self.overwrite(name, b"")
        (self.folder / name).unlink()

    def put(self, name: str, text: str) -> None:
        """For an editor of whatever system."""
        with (self.folder / name).open("w", encoding="utf-8", newline="\r\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def writable(self) -> Iterator[None]:
        run_command(("mount", "-o", "remount,rw", str(self.folder)))
        try:
            yield
        finally:
            run_command(("mount", "-o", "remount,ro", str(self.folder)))


def provision(volume: Volume, places: Places, group: int, before: Callable[[], None]) -> None:
    """Takes its boot file over and says so in its report, if there is a new one; `before` is called
    before anything is changed.

    Raises OSError and EdgecvError.
    """
    found = volume.boot_file()
    if found is None:
        log.info("there is no boot file")
        return
    name, data = found
    if is_known(data, places):
        log.info("%s is known", name)
        return
    before()
    taken = take_over(data, name, places, group, volume.read)
    for line in (taken.problem or f"{name} is taken over").splitlines():
        log.log(logging.ERROR if taken.problem else logging.INFO, "%s", line)
    write_config(places, group)
    try:
        with volume.writable():
            if taken.instead is not None:
                volume.overwrite(name, taken.instead)
            for secret in taken.remove:
                volume.remove(secret)
            volume.put(NAME, _report(taken, places))
    finally:
        # Until now a pulled plug has it taken over once more, and blanked then.
        if taken.problem is None:
            remember(data, places)


def _report(taken: Taken, places: Places) -> str:
    now = SystemClock().wall()
    tables = load_tables(places.config)
    lines = without_passwords(written(tables)).splitlines()
    device = tables.get("device", {}).get("id") or device_id(places.state)
    head = f"edgecv {__version__}, {now:%Y-%m-%d %H:%M} UTC by the box's clock"
    return report(taken, head=head, device_id=device, in_force=lines)


@contextmanager
def mounted(device: str) -> Iterator[Volume]:
    """Raises EdgecvError with what mount says."""
    with tempfile.TemporaryDirectory() as folder:
        run_command(("mount", "-o", "ro,nosuid,nodev,noexec,umask=0077", device, folder))
        try:
            yield Volume(Path(folder))
        finally:
            run_command(("umount", folder))


class Running:
    """edgecv, which runs already when a stick is plugged in: it stops before anything changes."""

    def __init__(self) -> None:
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True
        run_command(("systemctl", "stop", "edgecv.service"))

    def go_on(self) -> None:
        """With what has changed."""
        if self._stopped:
            for service in SERVICES:
                run_command(("systemctl", "restart", service))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m edgecv.image.provision")
    parser.add_argument("device")
    parser.add_argument("--restart", action="store_true", help="edgecv may be running")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    places = Places()
    group = grp.getgrnam(USER).gr_gid
    running = Running()
    try:
        with mounted(options.device) as volume:
            provision(volume, places, group, running.stop if options.restart else lambda: None)
    except (OSError, EdgecvError) as error:
        log.error("the boot file can't be taken over: %s", error)
    try:
        problem = write_config(places, group)
        if problem is not None:
            log.error("what was taken over can't be used, so the defaults are: %s", problem)
        running.go_on()
    except (OSError, EdgecvError) as error:
        log.error("the configuration can't be put in force: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
