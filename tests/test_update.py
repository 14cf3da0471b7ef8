"""An update goes into the slot that does not run; whatever goes wrong, what runs is as it was."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edgecv.clock import SystemClock
from edgecv.errors import EdgecvError
from edgecv.update import kept
from edgecv.update.install import install_file, may_begin, only_one, roll_back
from edgecv.update.kept import Last, Trial, UpdateStatus
from edgecv.update.progress import STALE_S, look
from edgecv.update.rauc import parse_slots
from edgecv.update.stick import update as update_from_stick
from edgecv.update.version import is_newer
from tests.exhibits import living
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


def test_what_was_well_before_is_written_down_so_that_it_is_missed_after(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    with living(box.folder / "edgecv", pid=os.getpid()):
        monkeypatch.setattr(box, "clock", SystemClock())
        install_file(box.job(), box.bundle())
    trial = kept.read(box.places.trial, Trial)
    assert trial is not None
    assert trial.camera
    assert trial.broker


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a signature of somebody else": (
        {"signed": "self-signed certificate"},
        "its signature is none that this box trusts",
    ),
    "a signature that is not valid yet by this clock": (
        {"signed": "certificate is not yet valid"},
        "look at the clock",
    ),
    "a bundle for another kind of device": (
        {"compatible": "toaster-arm64"},
        "it is for toaster-arm64, and this box is edgecv-arm64",
    ),
    "a damaged payload, of which the signature says nothing": (
        {"damaged": True},
        "the bundle is damaged: rootfs.img can't be read",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_before_a_slot_is_touched(box: Box, what: str) -> None:
    of, reason = REFUSED[what]
    assert reason in refused(box, box.bundle(**of))
    assert not box.written
    assert (box.places.data / "b" / "kept").read_text() == "b"
    assert not list(box.places.run.glob("mount-*"))


def test_what_is_no_bundle_is_refused_with_what_rauc_says(box: Box) -> None:
    path = box.folder / "letter.raucb"
    path.write_bytes(b"Dear Sir or Madam")
    reason = refused(box, path)
    assert "it is no bundle, or a part of one: fetch it again (rauc: Invalid bundle form" in reason
    assert "there is no such file" in refused(box, box.folder / "missing.raucb")
    assert not box.written


def test_a_slot_that_can_t_be_written_leaves_this_one_as_it_is(box: Box) -> None:
    box.world(install_fails="Failed updating slot rootfs.1: Input/output error")
    reason = refused(box, box.bundle())
    assert reason.endswith("failed: Failed updating slot rootfs.1: Input/output error")
    last = kept.read(box.places.last, Last)
    assert last is not None
    assert (last.version, last.from_version, last.outcome) == ("0.2.0", "0.1.0", "interrupted")
    assert last.reason == reason


def test_rauc_that_does_not_answer_is_named(box: Box) -> None:
    box.world(status="Could not connect: No such file or directory")
    reason = refused(box, box.bundle())
    assert "rauc status failed: Error retrieving slot status via D-Bus: Could not" in reason
    assert not box.written


@contextmanager
def writing(box: Box, number: int) -> Iterator[None]:
    """While the slot is being written, this process gets a signal."""
    box.world(waits=True)

    def interfere() -> None:
        while not (box.folder / "writing").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), number)
        while not any("finished first" in line for line in box.said):
            time.sleep(0.01)
        (box.folder / "go-on").touch()

    thread = threading.Thread(target=interfere)
    thread.start()
    yield
    thread.join()


def test_ctrl_c_while_the_slot_is_written_ends_with_what_ran_before(box: Box) -> None:
    job = box.job()
    with (
        writing(box, signal.SIGINT),
        pytest.raises(KeyboardInterrupt),
        job.progress.attempt(),
    ):
        install_file(job, box.bundle())
    assert box.world()["primary"] == "rootfs.0"
    assert not box.places.trial.exists()
    assert "systemctl reboot" not in box.calls
    assert look(box.places, box.clock.now()).problem == "it was broken off"
    last = kept.read(box.places.last, Last)
    assert last is not None
    assert last.outcome == "interrupted"
    with job.progress.attempt():
        install_file(box.job(), box.bundle())
    assert box.world()["primary"] == "rootfs.1"


def test_ctrl_c_while_it_is_checked_leaves_nothing(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    job = box.job()
    monkeypatch.setattr(job.progress, "reach", interrupt)
    with pytest.raises(KeyboardInterrupt), job.progress.attempt():
        install_file(job, box.bundle())
    assert any(call.startswith("umount") for call in box.calls)
    assert not list(box.places.run.glob("mount-*"))
    assert not box.places.trial.exists()
    assert not box.places.last.exists(), "nothing was begun"
    assert (box.places.data / "b").exists()
    assert look(box.places, box.clock.now()).problem == "it was broken off"


def test_without_a_restart_it_waits_for_one_and_nothing_else_is_installed(box: Box) -> None:
    job = box.job(restart=False)
    with job.progress.attempt():
        install_file(job, box.bundle())
    assert "systemctl reboot" not in box.calls
    assert look(box.places, box.clock.now()).state == "idle"
    with pytest.raises(EdgecvError, match="is installed and waits for a restart"):
        install_file(box.job(), box.bundle(version="0.3.0"))
    roll_back(box.job())
    assert box.world()["primary"] == "rootfs.0"
    assert not box.places.trial.exists()
    assert "systemctl reboot" not in box.calls


def test_a_version_on_trial_is_not_overwritten_nor_what_it_may_go_back_to(box: Box) -> None:
    install_file(box.job(), box.bundle())
    restarted(box)
    with pytest.raises(EdgecvError, match=r"0\.2\.0 is on trial: wait until it has proved good"):
        install_file(box.job(), box.bundle(version="0.3.0"))


def test_who_was_killed_while_installing_does_not_bar_the_next_one(box: Box) -> None:
    trial = Trial(
        slot="B", version="0.2.0", from_version="0.1.0", camera=True, broker=True, at="2026-11-21"
    )
    kept.keep(box.places.trial, trial)
    (box.places.data / "b.gone").mkdir()
    may_begin(box.places)
    assert not box.places.trial.exists()
    install_file(box.job(), box.bundle())
    assert not (box.places.data / "b.gone").exists()


def test_only_one_installs_at_a_time(box: Box) -> None:
    with (
        only_one(box.places),
        pytest.raises(EdgecvError, match="another update is going on"),
        only_one(box.places),
    ):
        pass
    with only_one(box.places):
        pass
    assert box.places.lock.stat().st_mode & 0o777 == 0o600


def test_going_back_says_to_what_and_why_it_was_done(box: Box) -> None:
    install_file(box.job(), box.bundle())
    restarted(box)
    box.places.trial.unlink()  # it has proved good
    roll_back(box.job())
    assert box.world()["primary"] == "rootfs.0"
    assert box.calls[-1] == "systemctl reboot"
    last = kept.read(box.places.last, Last)
    assert last is not None
    assert (last.version, last.outcome, last.reason) == ("0.2.0", "rolled_back", "by hand")
    assert any("going back to" in line for line in box.said)


def test_there_is_no_way_back_to_a_slot_that_can_t_be_started(box: Box) -> None:
    box.world(good=["A"])
    with pytest.raises(EdgecvError, match="slot B holds nothing that can be started"):
        roll_back(box.job())
    assert box.world()["primary"] == "rootfs.0"
    assert not box.places.last.exists()


def test_a_restart_that_fails_is_told_and_the_update_waits(box: Box) -> None:
    box.world(reboot="Failed to connect to bus")
    job = box.job()
    with (
        pytest.raises(EdgecvError, match="can't be restarted: Failed to connect to bus"),
        job.progress.attempt(),
    ):
        install_file(job, box.bundle())
    assert box.places.trial.exists()


def test_the_status_is_for_everybody_and_an_end_without_a_word_is_noticed(box: Box) -> None:
    job = box.job()
    job.progress.begin("installing", "installing 0.2.0 in slot B")
    job.progress.reach(40, 100)
    assert box.places.status.stat().st_mode & 0o777 == 0o644
    assert box.places.run.stat().st_mode & 0o777 == 0o755
    now_s = box.clock.now()
    status = look(box.places, now_s)
    assert (status.state, status.percent, status.problem) == ("installing", 40, None)
    status = look(box.places, now_s + STALE_S + 1)
    assert (status.state, status.percent) == ("idle", None)
    assert status.problem == "the update ended without a word while it was installing: try again"


def test_a_damaged_file_says_nothing_and_bars_nothing(box: Box) -> None:
    box.places.folder.mkdir()
    box.places.run.mkdir()
    for path in (box.places.trial, box.places.last, box.places.status, box.places.latest):
        path.write_bytes(b'{"state": "insta')
    assert look(box.places, 0.0) == UpdateStatus(installed="0.1.0")
    install_file(box.job(), box.bundle())
    assert box.world()["primary"] == "rootfs.1"


# The stick


def test_the_newest_bundle_of_a_stick_is_installed_from_a_copy(box: Box) -> None:
    stick = box.folder / "stick"
    stick.mkdir()
    box.bundle("stick/old.raucb", version="0.1.0")
    box.bundle("stick/new.raucb", version="0.10.0")
    box.bundle("stick/next.raucb", version="0.9.0")
    (stick / "notes.txt").write_text("nothing")
    assert update_from_stick(stick, box.places, box.clock)
    (install,) = [call for call in box.calls if call.startswith("rauc install")]
    # RAUC's service does not see what is mounted for us alone.
    assert install == f"rauc install {box.places.folder}/bundle.raucb"
    assert box.world()["versions"] == {"B": "0.10.0"}
    assert sorted(path.name for path in box.places.folder.iterdir()) == ["trial.json"]


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.1.0rc1"])
def test_a_stick_with_the_same_version_or_an_older_one_changes_nothing(
    box: Box, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    stick = box.folder / "stick"
    stick.mkdir()
    box.bundle("stick/edgecv.raucb", version=version)
    with caplog.at_level("INFO", "edgecv.update"):
        assert not update_from_stick(stick, box.places, box.clock)
    assert f"edgecv.raucb is left alone: it has {version}, and 0.1.0 is there" in caplog.text
    assert not box.written
    assert look(box.places, box.clock.now()).problem is None


def test_a_stick_that_stays_in_does_not_bring_back_what_was_left(box: Box) -> None:
    stick = box.folder / "stick"
    stick.mkdir()
    box.bundle("stick/edgecv.raucb")
    last = Last(
        version="0.2.0", from_version="0.1.0", outcome="rolled_back", reason="no frames", at="2026"
    )
    kept.keep(box.places.last, last)
    assert not update_from_stick(stick, box.places, box.clock)
    box.bundle("stick/edgecv.raucb", version="0.2.1")
    assert update_from_stick(stick, box.places, box.clock)


def test_a_refused_stick_is_reported(box: Box) -> None:
    stick = box.folder / "stick"
    stick.mkdir()
    box.bundle("stick/edgecv.raucb", signed="self-signed certificate")
    with pytest.raises(EdgecvError):
        update_from_stick(stick, box.places, box.clock)
    problem = look(box.places, box.clock.now()).problem
    assert problem is not None
    assert "its signature is none that this box trusts" in problem


# What is known


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("0.10.0", "0.9.9"),
        ("1.0", "1.0rc2"),
        ("1.0rc2", "1.0b1"),
        ("1.0a1", "1.0.dev5"),
        ("1.0.post1", "1.0"),
        ("1.0+test2", "1.0+test1"),
        ("1.0+test", "1.0"),
        ("2026.11.1", "2026.9.30"),
    ],
)
def test_versions_have_an_order(newer: str, older: str) -> None:
    assert is_newer(newer, older)
    assert not is_newer(older, newer)


@pytest.mark.parametrize(("one", "same"), [("1.0", "1.0.0"), ("v1.2", "1.2"), ("1.0", "1.0")])
def test_the_same_version_is_not_newer(one: str, same: str) -> None:
    assert not is_newer(one, same)
    assert not is_newer(same, one)


def test_what_rauc_says_of_its_slots_is_read_as_it_is() -> None:
    text = """{"compatible":"edgecv-arm64","variant":"","booted":"A","boot_primary":"rootfs.0",
        "slots":[{"rootfs.1":{"class":"rootfs","device":"/dev/vda4","type":"raw","bootname":"B",
        "state":"inactive","parent":null,"mountpoint":null,"boot_status":"bad",
        "slot_status":{"bundle":{"compatible":"edgecv-arm64","version":"0.2.0"},
        "status":"pending"}}},{"rootfs.0":{"class":"rootfs","device":"/dev/vda3","type":"raw",
        "bootname":"A","state":"booted","parent":null,"mountpoint":"/","boot_status":"good",
        "slot_status":{"bundle":{"compatible":null}}}}],"artifact-repositories":[]}"""
    slots = parse_slots(text)
    assert (slots.booted.bootname, slots.booted.version, slots.booted.good) == ("A", None, True)
    assert (slots.other.bootname, slots.other.version, slots.other.good) == ("B", "0.2.0", False)
    assert msgspec.json.decode(msgspec.json.encode(slots), type=type(slots)) == slots
    for damaged in ("", "[]", '{"compatible": 1}', '{"slots": [3]}'):
        with pytest.raises(EdgecvError, match="can't be understood"):
            parse_slots(damaged)
