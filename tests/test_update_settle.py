"""What is put in order before the appliance starts in another slot, or after a failed update."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from edgecv.clock import FakeClock
from edgecv.errors import EdgecvError
from edgecv.sinks.journal_file import JournalFile, Row
from edgecv.update.kept import Last, Places, Trial, keep, read
from edgecv.update.settle import go_on_counting, settle_trial
from edgecv.update.slots import running_slot

TRIAL = Trial(
    slot="B", version="0.2.0", from_version="0.1.0", camera=True, broker=True, at="2026-01-01"
)
NAME = "journal-box.sqlite3"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(data=tmp_path, run=tmp_path / "run")


def ended(places: Places) -> Last:
    last = read(places.last, Last)
    assert last is not None
    assert not places.trial.exists()
    return last


def test_each_start_of_a_new_version_is_counted(places: Places) -> None:
    keep(places.trial, TRIAL)
    for tries in (1, 2):
        assert not settle_trial(places, "B", ["B", "A"], FakeClock())
        trial = read(places.trial, Trial)
        assert trial is not None
        assert trial.tries == tries


@pytest.mark.parametrize(
    ("tries", "missing", "reason"),
    [
        (0, "", "it did not start"),
        (1, "", "it started once: each start ended before it had proved good"),
        (
            3,
            "after 5 minutes no frame was processed (the camera: lost)",
            "it started 3 times: after 5 minutes no frame was processed (the camera: lost)",
        ),
    ],
)
def test_a_version_that_was_left_is_told_with_the_reason_and_is_second_from_now_on(
    places: Places, tries: int, missing: str, reason: str
) -> None:
    keep(places.trial, msgspec.structs.replace(TRIAL, tries=tries, missing=missing))
    assert settle_trial(places, "A", ["B", "A"], FakeClock())
    last = ended(places)
    assert (last.version, last.outcome, last.reason) == ("0.2.0", "rolled_back", reason)


def test_an_installation_that_was_cut_off_is_no_roll_back(places: Places) -> None:
    keep(places.trial, TRIAL)
    assert not settle_trial(places, "A", ["A", "B"], FakeClock())
    assert ended(places).outcome == "interrupted"


def test_nothing_is_told_where_there_was_no_update(places: Places) -> None:
    assert not settle_trial(places, "A", ["A", "B"], FakeClock())
    assert not places.last.exists()


def test_a_damaged_trial_is_none(places: Places) -> None:
    places.trial.parent.mkdir(parents=True)
    places.trial.write_text('{"slot": "B", "vers')
    assert not settle_trial(places, "A", ["B", "A"], FakeClock())


def count(folder: Path, reps: int) -> None:
    folder.mkdir(exist_ok=True)
    journal = JournalFile(folder / NAME)
    first = journal.standing.seq + 1
    rows = [Row(first + number, 1, None, "boot", 0.0, b"{}") for number in range(reps)]
    journal.write(rows, journal.standing.settled, {})
    journal.close()


def total(folder: Path) -> int:
    journal = JournalFile(folder / NAME)
    journal.close()
    return journal.standing.total


def test_counting_goes_on_from_where_the_other_slot_was(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "a", tmp_path / "b"
    count(ours, 3)
    count(theirs, 5)
    go_on_counting(ours, theirs)
    assert total(ours) == 5
    count(ours, 1)
    assert total(ours) == 6
    assert sorted(path.name for path in ours.iterdir()) == [NAME]


def test_a_journal_that_nobody_closed_is_taken_over_whole(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "a", tmp_path / "b"
    count(ours, 3)
    theirs.mkdir()
    journal = JournalFile(theirs / NAME)
    journal.write([Row(1, 1, None, "boot", 0.0, b"{}")], 0, {})
    assert (theirs / f"{NAME}-wal").stat().st_size > 0
    go_on_counting(ours, theirs)
    journal.close()
    assert total(ours) == 1


def test_a_journal_in_another_form_is_left_where_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, theirs = tmp_path / "a", tmp_path / "b"
    count(ours, 3)
    count(theirs, 5)
    with closing(sqlite3.connect(theirs / NAME)) as newer:
        newer.execute("PRAGMA user_version = 99")
    go_on_counting(ours, theirs)
    assert total(ours) == 3
    assert "of form 99, not" in caplog.text


def test_a_damaged_journal_of_the_other_slot_harms_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, theirs = tmp_path / "a", tmp_path / "b"
    count(ours, 3)
    theirs.mkdir()
    (theirs / NAME).write_bytes(b"nonsense" * 100)
    go_on_counting(ours, theirs)
    assert total(ours) == 3
    assert "can't be read" in caplog.text


def test_the_slot_stands_on_the_kernel_s_command_line() -> None:
    assert running_slot("root=PARTLABEL=root_b ro panic=10 rauc.slot=B  quiet") == "B"
    with pytest.raises(EdgecvError, match="was not told which slot"):
        running_slot("root=/dev/sda1 quiet")
