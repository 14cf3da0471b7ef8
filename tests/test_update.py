"""An update goes into the slot that does not run; whatever goes wrong, what runs is as it was."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from edgecv.errors import EdgecvError
from edgecv.update import kept, rauc
from edgecv.update.install import (
    check,
    install_file,
    may_begin,
    only_one,
    roll_back,
)
from edgecv.update.kept import Last, Trial, UpdateStatus
from edgecv.update.progress import STALE_S, look
from edgecv.update.version import is_newer
from tests.updates import Box, make_box, restarted


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    return make_box(tmp_path, monkeypatch)


def refused(box: Box, path: Path) -> str:
    """Why; what runs is as it was, and everybody can read the reason."""
    job = box.job()
    with pytest.raises(EdgecvError) as error, job.progress.attempt():
        install_file(job, path)
    status = look(box.places, box.clock.now())
    assert (status.state, status.problem) == ("idle", str(error.value))
    assert not box.places.trial.exists()
    assert box.world()["primary"] == "rootfs.0"
    assert "systemctl reboot" not in box.calls
    return str(error.value)


def test_a_bundle_goes_into_the_other_slot_and_the_box_restarts(box: Box) -> None:
    job = box.job()
    with job.progress.attempt():
        install_file(job, box.bundle())
    assert box.world()["primary"] == "rootfs.1"
    assert box.calls[-1] == "systemctl reboot"
    trial = kept.read(box.places.trial, Trial)
    assert trial is not None
    assert (trial.slot, trial.version, trial.from_version) == ("B", "0.2.0", "0.1.0")
    assert (trial.camera, trial.broker, trial.tries, trial.missing) == (False, False, 0, "")
    status = kept.read(box.places.status, UpdateStatus)
    assert status is not None
    assert status.state == "restarting"
    assert any("installing 0.2.0 in slot B" in line for line in box.said)
    assert " 70 %" in box.said


def test_the_new_version_begins_with_a_copy_of_what_is_kept_now(box: Box) -> None:
    job = box.job()
    install_file(job, box.bundle())
    assert not (box.places.data / "b").exists()
    assert not list(box.places.data.glob("*.gone"))
    assert (box.places.data / "a" / "kept").read_text() == "a"
    assert (box.places.data / "shared" / "kept").read_text() == "shared"
    # It was thrown away only once all that can be known of the bundle was known.
    order = [call.split()[1] for call in box.calls if call.startswith("rauc")]
    assert order == ["status", "info", "mount", "install"]
