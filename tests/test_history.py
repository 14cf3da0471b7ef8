"""What was trained is read out of the journal."""

import csv
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import msgspec
import pytest

from edgecv.errors import EdgecvError
from edgecv.history import History, read_history
from edgecv.picture.history_plot import plot
from tests.terminal import edgecv
from tests.training import write_journal

NOW = datetime.now().astimezone().replace(hour=12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_journal(tmp_path / "gym.sqlite3", NOW, days=8)
    return tmp_path


def test_sets_have_their_reps_with_corrections_and_their_tempo(folder: Path) -> None:
    history = read_history(folder / "gym.sqlite3")

    assert len(history.workouts) == 5
    assert len(history.sets) == 15
    for workout, index in zip(history.workouts, range(0, 15, 3), strict=True):
        sets = history.sets[index : index + 3]
        assert [one.exercise for one in sets] == ["squat", "push_up", "biceps_curl"]
        assert sum(one.reps for one in sets) == workout.reps
        assert all(1.8 < one.tempo_s < 2.6 for one in sets)
    assert len(history.reps) == sum(one.reps for one in history.sets) + 5  # one each was taken away


def test_only_what_was_done_since_a_day_is_given(folder: Path) -> None:
    since = (NOW - timedelta(days=2)).date().isoformat()
    days = {one.day for one in read_history(folder / "gym.sqlite3", since).sets}
    assert days == {since, NOW.date().isoformat()}


def test_what_was_counted_while_the_clock_was_wrong_is_not_hidden(folder: Path) -> None:
    path = folder / "gym.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE events SET day = NULL WHERE seq > 100")
    connection.close()
    today = read_history(path, NOW.date().isoformat())
    assert {one.day for one in today.sets} == {None}


def test_an_event_of_another_version_does_not_hide_the_others(folder: Path) -> None:
    path = folder / "gym.sqlite3"
    with sqlite3.connect(path) as connection:
        for seq, payload in ((9001, b'{"event_type":"tempo_alarm","set":"x"}'), (9002, b"rubbish")):
            connection.execute(
                "INSERT INTO events VALUES (?, 0, NULL, 'boot', 0, ?)", (seq, payload)
            )
    connection.close()
    assert len(read_history(path).sets) == 15


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gym.sqlite3"
    path.write_bytes(b"not a database, however long it is" * 100)
    with pytest.raises(EdgecvError, match=rf"the journal {path} can't be read: "):
        read_history(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_only_read_can_read_it_whether_or_not_the_appliance_runs(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "gym.sqlite3"
        shutil.copy(folder / path.name, path)
        path.parent.chmod(0o755)
        code = (
            "import os; from pathlib import Path; from edgecv.history import read_history\n"
            "os.setgroups([]); os.setuid(65534)\n"
            f"print(len(read_history(Path({str(path)!r})).sets))"
        )
        command = [sys.executable, "-c", code]
        assert subprocess.check_output(command, text=True) == "15\n"

        running = sqlite3.connect(path)  # as the journal is while the appliance runs
        running.execute("UPDATE facts SET value = value")
        running.commit()
        for file in path.parent.iterdir():
            file.chmod(0o644)
        assert subprocess.check_output(command, text=True) == "15\n"
        running.close()


def test_csv_and_json_say_the_same(folder: Path) -> None:
    answer = edgecv("history", "sets", "--json", STATE_DIRECTORY=str(folder))
    table = edgecv("history", "sets", "--csv", STATE_DIRECTORY=str(folder))

    history = msgspec.json.decode(answer.out, type=History)
    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert answer.code == table.code == 0
    assert [int(row["reps"]) for row in rows] == [one.reps for one in history.sets]
    assert [row["exercise"] for row in rows] == [one.exercise for one in history.sets]


def test_a_plot_is_a_picture_with_a_bar_a_day(folder: Path, tmp_path: Path) -> None:
    done = edgecv("history", "--plot", str(tmp_path / "out.png"), STATE_DIRECTORY=str(folder))

    assert done.code == 0, done.err
    image = cv2.imread(str(tmp_path / "out.png"))
    assert image is not None
    assert image.shape == (800, 1200, 3)
    row = image[340] == (196, 132, 46)
    edges = (row.all(axis=1)[1:] & ~row.all(axis=1)[:-1]).sum()
    assert edges == 5


def test_nothing_is_a_plot_as_well() -> None:
    assert plot(History()).shape == (800, 1200, 3)


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("--days", "many"), 2, "expected a number of days"),
        (("--csv", "--json"), 2, "not allowed with"),
        (("--plot", "out.pdf"), 2, "expected a name that ends in .png"),
        (("--plot", "/nowhere/out.png"), 1, "can't be written"),
        (("--device", "attic"), 1, "there are journals of the devices garage, gym"),
        ((), 1, "name one of them with --device"),
    ],
)
def test_what_can_not_be_done_is_said(
    folder: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    shutil.copy(folder / "gym.sqlite3", folder / "garage.sqlite3")
    done = edgecv("history", *arguments, STATE_DIRECTORY=str(folder))
    assert done.code == code
    assert complaint in done.err
    assert "Traceback" not in done.err


def test_where_nothing_was_counted_that_is_said(tmp_path: Path) -> None:
    done = edgecv("history", STATE_DIRECTORY=str(tmp_path))
    assert (done.code, "nothing was counted on this box yet" in done.err) == (1, True)
