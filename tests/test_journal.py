"""The journal: what is written, what is told, and what happens when the disk is no good."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from edgecv.clock import FakeClock, SystemClock
from edgecv.events import CorrectionEvent, Event, Recorded, RepEvent, SetStartedEvent
from edgecv.sinks import journal as journal_module
from edgecv.sinks.journal import Journal
from edgecv.sinks.journal_file import JournalFile, Row
from edgecv.sinks.ledger import Ledger
from edgecv.sinks.outbox import WINDOW, Outbox
from tests.broker import wait_until
from tests.messages import recorded, rep

BOOT = "b0"
NOON_S = datetime(2026, 3, 1, 12, tzinfo=timezone.utc).timestamp()


def a_rep(set_reps: int = 1) -> RepEvent:
    return RepEvent(
        exercise="squat",
        set=1,
        set_reps=set_reps,
        duration_s=2.0,
        amplitude=1.0,
        frame_age_s=None,
    )


UNDO = CorrectionEvent(change=-1, exercise="squat", set=1, set_reps=0)


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Told:
    """A journal, and what it has told."""

    def __init__(
        self, path: Path, *, run: str = "r1", deliver: bool = True, clock: Any = None
    ) -> None:
        self.events: list[Recorded] = []
        self.changes = 0
        self.journal = Journal(path, clock or SystemClock(), run=run, boot=BOOT, deliver=deliver)
        self.remembered = self.journal.start(self.events.append, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def __enter__(self) -> "Told":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.journal.stop(10)
        assert self.journal.failure is None

    def reps(self, count: int) -> None:
        for number in range(count):
            self.journal.record(a_rep(number + 1))
        assert self.journal.drain(10)

    def deliver(self) -> list[str]:
        """As a broker that takes everything: the ids, in order."""
        ids = []
        while self.journal.outbox.waiting:
            recorded = self.journal.outbox.take()
            if recorded is not None:
                ids.append(recorded.event.id)
                self.journal.outbox.settle(recorded.event.seq)
        return ids


def rows(path: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT seq, payload FROM events ORDER BY seq").fetchall()
    return [{**json.loads(payload), "seq": seq} for seq, payload in found]


def test_what_is_told_is_on_the_disk_already(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    seen: list[int] = []
    with Told(path) as told:
        told.journal._announce = lambda one: seen.append(len(rows(path)) - one.event.seq)
        told.reps(5)
    assert all(behind >= 0 for behind in seen)
    assert len(seen) == 5


def test_events_are_numbered_and_keep_id_time_and_content(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path) as told:
        told.reps(3)
        events = [one.event for one in told.events]
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.id for event in events] == ["r1-1", "r1-2", "r1-3"]
    assert all(event.time.startswith("20") for event in events)
    assert [row["id"] for row in rows(path)] == ["r1-1", "r1-2", "r1-3"]
    assert [row["set_reps"] for row in rows(path)] == [1, 2, 3]


def test_totals_go_on_over_restarts_and_follow_corrections(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path, clock=FakeClock(NOON_S)) as told:
        told.reps(5)
        told.journal.record(UNDO)
        assert told.journal.drain(10)
        assert (told.journal.total, told.journal.today) == (4, 4)
    with Told(path, run="r2", clock=FakeClock(NOON_S + 60)) as told:
        assert (told.journal.total, told.journal.today) == (4, 4)
        told.reps(1)
        assert (told.journal.total, told.journal.today) == (5, 5)
        assert told.events[-1].event.seq == 7


def test_today_begins_at_midnight(tmp_path: Path) -> None:
    clock = FakeClock(NOON_S)
    ledger = Ledger(tmp_path / "j.sqlite3", clock, run="r", boot=BOOT)
    ledger.open()
    ledger.look_at_the_date()
    ledger.write([(synced(a_rep()), clock.now())] * 3, 0, {})
    assert ledger.today == 3

    clock.advance(13 * 3600)
    ledger.look_at_the_date()
    assert ledger.today == 0
    ledger.write([(synced(a_rep()), clock.now())], 0, {})
    assert (ledger.today, ledger.total) == (1, 4)
    ledger.close()


def synced(event: RepEvent) -> RepEvent:
    import msgspec

    return msgspec.structs.replace(event, clock_synced=True)


def test_before_the_clock_is_set_nobody_knows_about_today_and_then_it_is_right(
    tmp_path: Path,
) -> None:
    """The clock says 1970 until the network is there; the monotonic time tells the date then."""
    clock = FakeClock(100.0)
    clock.is_synced = False
    ledger = Ledger(tmp_path / "j.sqlite3", clock, run="r", boot=BOOT)
    ledger.open()
    ledger.look_at_the_date()
    for at_s in (200.0, 200.0 + 20 * 3600):  # one the day before, one today
        clock.advance(at_s - clock.now())
        ledger.write([(a_rep(), clock.now())], 0, {})
    assert (ledger.total, ledger.today) == (2, None)

    clock.step_s = NOON_S - clock.now()
    clock.is_synced = True
    ledger.look_at_the_date()
    assert ledger.today == 1
    ledger.close()


def test_what_was_remembered_is_there_after_a_restart_and_can_be_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path) as told:
        told.journal.remember("choice", "one")
        told.journal.remember("other", "two")
    with Told(path) as told:
        assert told.remembered.items() >= {"choice": "one", "other": "two"}.items()
        told.journal.remember("choice", None)
    with Told(path) as told:
        assert "choice" not in told.remembered
        assert told.remembered["other"] == "two"


def test_what_was_not_delivered_is_delivered_by_the_next_run_in_order(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path) as told:
        told.reps(2 * WINDOW)
        for _ in range(10):
            taken = told.journal.outbox.take()
            assert taken is not None
            told.journal.outbox.settle(taken.event.seq)
    with Told(path, run="r2") as told:
        assert told.journal.stats.waiting == 2 * WINDOW - 10
        told.reps(3)
        delivered = told.deliver()
    assert delivered == [
        *(f"r1-{number}" for number in range(11, 2 * WINDOW + 1)),
        *("r2-1", "r2-2", "r2-3"),
    ]
    with Told(path, run="r3") as told:
        assert told.journal.stats.waiting == 0


def test_only_events_of_this_run_are_news(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path) as told:
        told.reps(1)
    with Told(path, run="r2") as told:
        wait_until(lambda: told.journal.outbox.take() is not None, "the old event")
        told.journal.outbox.again()
        old = told.journal.outbox.take()
        assert old is not None
        assert not old.current


def test_without_a_broker_nothing_waits(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path, deliver=False) as told:
        told.reps(50)
        assert told.journal.stats.waiting == 0
    with Told(path, run="r2") as told:  # and a broker that comes later is not told old stories
        assert told.journal.stats.waiting == 0
        told.reps(1)
        assert told.deliver() == ["r2-1"]


def test_the_oldest_delivered_events_go_and_no_others(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "j.sqlite3")
    file.write([row(seq) for seq in range(1, 101)], settled=60, remember={})
    assert file.prune(kept=30) == 0
    assert [row.seq for row in file.events(0, 1000)] == list(range(61, 101))
    file.write([], settled=100, remember={})
    file.prune(kept=30)
    assert [row.seq for row in file.events(0, 1000)] == list(range(71, 101))
    assert file.standing.total == 100
    file.close()


def test_a_broker_that_is_never_there_does_not_fill_the_disk(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "j.sqlite3")
    file.write([row(seq) for seq in range(1, 101)], settled=10, remember={})
    assert file.prune(kept=30, at_most=50) == 40
    assert [row.seq for row in file.events(0, 1000)] == list(range(51, 101))
    assert file.standing.total == 100
    file.close()


def row(seq: int) -> Row:
    return Row(seq, 1, "2026-03-01", BOOT, 1.0, b"{}")


# Disks that are no good

FULL = """
import sys
from pathlib import Path
from tests.test_journal import Told, rows
path = Path(sys.argv[1])
filler = path.with_name("filler")
with Told(path) as told:
    told.reps(3)
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(512))
        except OSError:
            pass
    told.reps(200)
    journal = told.journal
    assert journal.problem, "no problem seen"
    assert len(told.events) == journal.total == 203
    assert journal.stats.unwritten >= 100, journal.stats
    filler.unlink()
    told.reps(1)
    assert journal.problem is None, journal.problem
    assert journal.stats.unwritten == 0
print([row["id"] for row in rows(path)] == [f"r1-{n}" for n in range(1, 205)])
"""


def test_a_full_disk_is_said_and_survived_and_nothing_is_lost(tmp_path: Path) -> None:
    """A small file system of its own, in a name space of its own."""
    mount = f"mount -t tmpfs -o size=400k small {tmp_path}"
    namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*namespace, mount], capture_output=True, check=False).returncode:
        pytest.skip("no small file system can be mounted here: unshare does not work")
    program = [*namespace, f'{mount} && exec "$@"', "sh", sys.executable, "-c", FULL]
    result = subprocess.run(
        [*program, str(tmp_path / "j.sqlite3")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert result.stdout == "True\n", result.stderr
    assert "kept in memory" in result.stderr


def test_a_folder_that_can_not_be_used_is_said_and_counting_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Told(tmp_path / "file" / "j.sqlite3") as told:
        told.reps(3)
        assert told.journal.problem is not None
        assert "file" in told.journal.problem
        assert [one.event.id for one in told.events] == ["r1-1", "r1-2", "r1-3"]
        assert told.journal.total is None
        assert told.journal.stats.unwritten == 3


def test_a_journal_that_can_be_read_only_later_gets_its_numbers_then(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "j.sqlite3"
    path.parent.mkdir()
    with Told(path) as told:
        told.reps(5)
        told.deliver()
    path.parent.rename(tmp_path / "elsewhere")
    path.parent.write_text("in the way")
    with Told(path, run="r2") as told:
        told.reps(2)
        assert [one.event.seq for one in told.events] == [0, 0]
        assert told.journal.stats.waiting == 0
        path.parent.unlink()
        (tmp_path / "elsewhere").rename(path.parent)
        told.reps(1)
        assert told.journal.total == 8
        assert told.deliver() == ["r2-1", "r2-2", "r2-3"]
    assert [row["seq"] for row in rows(path)] == list(range(1, 9))


@pytest.mark.parametrize("where", [0, 100, 4096])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(where: int, tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path) as told:
        told.reps(200)
    data = bytearray(path.read_bytes())
    data[where : where + 2000] = os.urandom(2000)
    path.write_bytes(data)

    with Told(path, run="r2") as told:
        told.reps(1)
        assert told.journal.problem is None
        assert told.journal.total in (1, 201)
    aside = path.with_name("j.sqlite3.damaged-1")
    assert aside.read_bytes() == bytes(data)
    assert [row["id"] for row in rows(path)] == ["r2-1"]


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    path.write_text("dear diary\n" * 1000)
    with Told(path) as told:
        told.reps(1)
    assert path.with_name("j.sqlite3.damaged-1").read_text().startswith("dear diary")
    assert len(rows(path)) == 1


def test_damage_that_shows_while_it_runs_loses_neither_totals_nor_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path) as told:
        told.reps(10)
        write = JournalFile.write

        def fail_once(*_: Any) -> None:
            monkeypatch.setattr(JournalFile, "write", write)
            raise sqlite3.DatabaseError("database disk image is malformed")

        monkeypatch.setattr(JournalFile, "write", fail_once)
        told.reps(2)
        assert told.journal.problem is None
        assert told.journal.total == 12
    assert [one.event.seq for one in told.events] == list(range(1, 13))
    assert len(rows(tmp_path / "j.sqlite3.damaged-1")) == 10
    assert [row["seq"] for row in rows(path)] == [11, 12]


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path) as told:
        told.reps(3)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with Told(path) as told:
        told.reps(1)
        assert told.journal.problem is not None
        assert "newer edgecv" in told.journal.problem
    assert path.read_bytes() == before


def test_a_reader_does_not_hold_it_up(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with Told(path) as told:
        told.reps(3)
        with closing(sqlite3.connect(path)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM events").fetchone() == (3,)
            told.reps(3)
            assert told.journal.problem is None


def test_a_disk_that_stands_still_drops_only_beyond_the_queue_and_counts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "QUEUE", 10)
    go_on = threading.Event()
    write = Ledger.write

    def slow(*arguments: Any) -> Any:
        go_on.wait(10)
        return write(*arguments)

    with Told(tmp_path / "j.sqlite3") as told:
        monkeypatch.setattr(Ledger, "write", slow)
        for number in range(30):
            told.journal.record(a_rep(number))
        assert not told.journal.drain(0.1)
        go_on.set()
        assert told.journal.drain(10)
        assert told.journal.stats.dropped == 20
        assert len(told.events) == 10


# The outbox alone


def make_outbox() -> tuple[Outbox, list[int]]:
    wanted: list[int] = []
    outbox = Outbox(lambda: wanted.append(1))
    outbox.begin(0, 0)
    return outbox, wanted


def test_taken_events_come_again_first_and_in_order_after_a_broken_connection() -> None:
    outbox, _ = make_outbox()
    for number in range(6):
        outbox.offer(recorded(number))
    for _ in range(4):
        outbox.take()
    outbox.settle(2)
    outbox.again()
    order = [one.event.seq for _ in range(5) if (one := outbox.take()) is not None]
    assert order == [1, 3, 4, 5, 6]
    assert outbox.mark == 0
    for seq in (1, 3, 4, 5, 6):
        outbox.settle(seq)
    assert (outbox.mark, outbox.waiting) == (6, 0)


def test_more_is_fetched_when_the_window_is_empty_and_none_is_skipped() -> None:
    outbox, wanted = make_outbox()
    count = 3 * WINDOW
    for number in range(count):
        outbox.offer(recorded(number))
    taken: list[int] = []
    while len(taken) < count:
        one = outbox.take()
        if one is None:
            assert wanted
            after = outbox.wanted()
            assert after is not None
            outbox.fill([recorded(number) for number in range(after, min(count, after + WINDOW))])
            continue
        taken.append(one.event.seq)
        outbox.settle(one.event.seq)
    assert taken == list(range(1, count + 1))
    assert outbox.waiting == 0


def test_what_the_file_lacks_is_passed_over() -> None:
    outbox, _ = make_outbox()
    outbox.begin(0, 10)
    assert outbox.take() is None
    outbox.fill([recorded(number) for number in (2, 3, 7)])
    for expected in (3, 4, 8):
        one = outbox.take()
        assert one is not None
        assert one.event.seq == expected
        outbox.settle(expected)
    assert outbox.take() is None
    outbox.fill([])
    assert (outbox.mark, outbox.waiting) == (10, 0)


def test_a_settlement_of_an_event_that_nobody_took_changes_nothing() -> None:
    outbox, _ = make_outbox()
    outbox.offer(recorded(0))
    outbox.settle(1)
    outbox.settle(99)
    assert outbox.waiting == 1


def test_events_of_all_kinds_survive_the_file(tmp_path: Path) -> None:
    clock = FakeClock(NOON_S)
    ledger = Ledger(tmp_path / "j.sqlite3", clock, run="test", boot=BOOT)
    ledger.open()
    events: list[Event] = [rep(0), UNDO, SetStartedEvent(exercise="squat", set=3)]
    written, on_disk = ledger.write([(event, 1.0) for event in events], 0, {})
    assert on_disk
    assert ledger.fetch(0, 10) == [
        Recorded(one.event, one.at_s, one.event.id.startswith("test-")) for one in written
    ]
    ledger.close()
