"""Installs the newest bundle of a USB stick, if it is newer than what runs:

    python -m edgecv.update.stick DEVICE

The device is mounted for this process alone, read-only.
"""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from edgecv.clock import Clock, SystemClock
from edgecv.errors import EdgecvError
from edgecv.image.provision import mounted
from edgecv.update import kept, rauc
from edgecv.update.install import Job, install_copy, only_one
from edgecv.update.kept import Last, Places
from edgecv.update.outcome import in_words
from edgecv.update.progress import Progress
from edgecv.update.version import is_newer

PATTERN = "*.raucb"

log = logging.getLogger("edgecv.update")


def update(folder: Path, places: Places, clock: Clock, *, restart: bool = True) -> bool:
    """Whether something was installed. Raises EdgecvError for a bundle that is refused."""
    paths = sorted(path for path in folder.glob(PATTERN) if path.is_file())
    if not paths:
        log.info("there is no bundle (%s)", PATTERN)
        return False
    with only_one(places):
        progress = Progress(places, clock, log.info)
        with progress.attempt():
            path = _newest(paths, kept.installed_version(places), kept.read(places.last, Last))
            if path is not None:
                install_copy(Job(places, clock, progress, restart), path)
    return path is not None


def _newest(paths: Sequence[Path], installed: str, last: Last | None) -> Path | None:
    """Of those that are newer than what runs; one that was left before would only be left again, at
    each start with the stick plugged in. Raises EdgecvError where there is none, and one was
    refused."""
    newest, version, refused = None, installed, []
    for path in paths:
        try:
            found = rauc.info(path).version or ""
        except EdgecvError as error:
            refused.append(str(error))
            log.warning("%s", error)
            continue
        if last is not None and last.outcome == "rolled_back" and last.version == found:
            log.warning("%s is left alone: %s", path.name, in_words(last))
        elif is_newer(found, version):
            newest, version = path, found
        else:
            log.info("%s is left alone: it has %s, and %s is there", path.name, found, version)
    if newest is None and refused:
        raise EdgecvError("; ".join(refused))
    return newest


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m edgecv.update.stick")
    parser.add_argument("device")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with mounted(options.device) as volume:
            update(volume.folder, Places(), SystemClock())
    except EdgecvError as error:
        log.error("%s", error)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
