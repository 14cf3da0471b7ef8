"""What belongs to running as a service: systemd, the budget of restarts, reboots, health."""

import json
import os
import socket
from pathlib import Path

import pytest

from edgecv.clock import FakeClock
from edgecv.events import Event, State, Stats
from edgecv.host.health import Health, Throttling, hardware_watchdog, health, throttling
from edgecv.host.notify import Notifier
from edgecv.host.reboot import IN_A_ROW, Reboots
from edgecv.host.restarts import RESTARTS, WITHIN_S, RestartBudget
from edgecv.sinks.status_file import StatusFile
from edgecv.status import StatusDocument, encode_status, read_status
from edgecv.watchdog import Stuck
from tests.broker import wait_until
from tests.messages import recorded, state, stats

# systemd


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_what_it_is_told(abstract: bool, tmp_path: Path) -> None:
    name = f"@edgecv-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name[1:] if abstract else name)
        systemd.settimeout(5)
        notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "20000000"})
        assert notifier.interval_s == 20
        notifier.ready()
        notifier.status("all is well")
        notifier.status("all is well")
        notifier.ping(0.0)
        notifier.ping(1.0)
        notifier.ping(9.0)
        notifier.extend(90)
        notifier.stopping()
        heard = [systemd.recv(100).decode() for _ in range(6)]
    assert heard == [
        *("READY=1", "STATUS=all is well", "WATCHDOG=1", "WATCHDOG=1"),
        *("EXTEND_TIMEOUT_USEC=90000000", "STOPPING=1"),
    ]


@pytest.mark.parametrize(
    "environment",
    [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}, {"NOTIFY_SOCKET": "rubbish"}],
)
def test_who_is_not_there_is_told_nothing(environment: dict[str, str]) -> None:
    notifier = Notifier(environment)
    notifier.ready()
    notifier.ping(0.0)
    assert notifier.interval_s is None


@pytest.mark.parametrize(
    ("environment", "interval_s"),
    [
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "rubbish"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_a_watchdog_that_is_meant_for_another_process_is_not_fed(
    environment: dict[str, str], interval_s: float | None
) -> None:
    assert Notifier(environment).interval_s == interval_s


# The budget of restarts


def crash(folder: Path, now_s: float, boot: str = "b") -> str | None:
    """A start that ends without a word; why it is degraded, if it is."""
    return RestartBudget(folder, boot).begin(now_s).degraded


def test_the_start_after_the_fifth_crash_is_degraded_and_says_why(tmp_path: Path) -> None:
    starts = [crash(tmp_path, 100.0 * number) for number in range(RESTARTS + 1)]
    assert starts[:RESTARTS] == [None] * RESTARTS
    assert (
        starts[RESTARTS] == "5 unclean ends within 10 minutes, the last: it crashed or was killed"
    )


def test_crashes_that_are_far_apart_are_not_too_many(tmp_path: Path) -> None:
    assert not any(crash(tmp_path, number * WITHIN_S / 4) for number in range(50))


def test_clean_ends_do_not_count(tmp_path: Path) -> None:
    for number in range(50):
        budget = RestartBudget(tmp_path, "b")
        assert budget.begin(float(number)).degraded is None
        budget.end()


def test_a_reboot_begins_a_new_budget(tmp_path: Path) -> None:
    for number in range(RESTARTS):
        crash(tmp_path, float(number))
    assert crash(tmp_path, 1.0, boot="another") is None


def test_a_reason_that_was_told_is_kept_for_the_next_start(tmp_path: Path) -> None:
    budget = RestartBudget(tmp_path, "b")
    assert budget.begin(0.0).reason is None
    budget.fail("inference is stuck")
    start = RestartBudget(tmp_path, "b").begin(1.0)
    assert (start.reason, start.unclean) == ("inference is stuck", 1)


def test_after_degraded_mode_everything_is_tried_again_and_it_is_remembered(
    tmp_path: Path,
) -> None:
    for number in range(RESTARTS):
        crash(tmp_path, float(number))
    budget = RestartBudget(tmp_path, "b")
    start = budget.begin(10.0)
    assert start.degraded is not None
    assert start.degraded_before == 0
    budget.forgive()
    budget.end()
    again = RestartBudget(tmp_path, "b").begin(11.0)
    assert (again.degraded, again.degraded_before) == (None, 1)


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"boot": "b"}', '{"boot": 1, "times": {}}'])
def test_rubbish_in_the_file_is_no_crash(rubbish: str, tmp_path: Path) -> None:
    (tmp_path / "restarts.json").write_text(rubbish)
    assert crash(tmp_path, 0.0) is None
    assert json.loads((tmp_path / "restarts.json").read_text())["boot"] == "b"


def test_a_folder_that_can_not_be_written_is_said_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    assert crash(tmp_path / "file" / "folder", 0.0) is None
    assert "restarts are not counted" in caplog.text


# Reboots


def test_a_reboot_is_asked_for_at_most_twice_in_a_row(tmp_path: Path) -> None:
    run, state_folder = tmp_path / "run", tmp_path / "state"
    for _ in range(IN_A_ROW):
        assert Reboots(run, state_folder).ask("nothing helps")
        assert (run / "reboot").read_text() == "nothing helps\n"
        (run / "reboot").unlink()  # the reboot empties the folder
    assert not Reboots(run, state_folder).ask("nothing helps")
    assert not (run / "reboot").exists()

    Reboots(run, state_folder).well()
    assert Reboots(run, state_folder).ask("nothing helps")


def test_a_reboot_that_can_not_be_counted_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not Reboots(tmp_path / "run", tmp_path / "file" / "state").ask("nothing helps")
    assert not (tmp_path / "run").exists()


# Health


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_what_the_kernel_does_not_tell_is_not_available(tmp_path: Path) -> None:
    found = health(Path("/"), tmp_path / "sys", tmp_path / "proc")
    assert found.disk_free_mb is not None
    assert found == Health(
        disk_total_mb=found.disk_total_mb,
        disk_free_mb=found.disk_free_mb,
        disk_read_only=found.disk_read_only,
    )


def test_this_machine_has_memory_and_a_disk(tmp_path: Path) -> None:
    found = health(tmp_path / "not" / "there" / "yet")
    assert found.memory_total_mb is not None
    assert found.memory_free_mb is not None
    assert 0 < found.memory_free_mb < found.memory_total_mb
    assert found.disk_free_mb is not None
    assert found.disk_read_only is False
    assert found.uptime_s is not None


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        ("0x0", Throttling([], [])),
        (
            "0x50005",
            Throttling(
                ["under-voltage", "the processor is slowed down"],
                ["under-voltage", "the processor is slowed down"],
            ),
        ),
        ("0x80000", Throttling([], ["the soft temperature limit is reached"])),
    ],
)
def test_a_raspberry_pi_tells_what_slows_it_down(
    bits: str, expected: Throttling, tmp_path: Path
) -> None:
    write(tmp_path / "devices/platform/soc/soc:firmware/get_throttled", bits + "\n")
    assert throttling(tmp_path) == expected


def test_its_voltage_sensor_will_do_too(tmp_path: Path) -> None:
    write(tmp_path / "class/hwmon/hwmon1/name", "rpi_volt\n")
    write(tmp_path / "class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert throttling(tmp_path) == Throttling(["under-voltage"], ["under-voltage"])
    write(tmp_path / "class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
    assert throttling(tmp_path) == Throttling([], [])


def test_the_hardware_watchdog_is_told_with_its_real_limit(tmp_path: Path) -> None:
    assert hardware_watchdog(tmp_path) is None
    folder = tmp_path / "class/watchdog/watchdog0"
    texts = {"identity": "Broadcom BCM2835 Watchdog timer", "state": "active", "timeout": "14"}
    for name, text in {**texts, "max_timeout": "15", "bootstatus": "32"}.items():
        write(folder / name, text + "\n")
    found = hardware_watchdog(tmp_path)
    assert found is not None
    assert (found.identity, found.armed, found.timeout_s, found.most_s) == (
        *("Broadcom BCM2835 Watchdog timer", True, 14),
        15,
    )
    assert health(Path("/"), tmp_path).watchdog_reset is True


# The status file


def document(state_: State, stats_: Stats | None, events: list[Event]) -> StatusDocument:
    return StatusDocument(
        version="1",
        pid=1,
        device_id="gym",
        device_name="Gym",
        now_s=1.0,
        time="2026-01-01T00:00:00+00:00",
        state=state_,
        stats=stats_,
        events=events,
    )


def test_the_status_file_is_there_readable_and_of_now(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "edgecv"
    file = StatusFile(folder, FakeClock(), document)
    file.mailbox.put_state(state(7))
    file.mailbox.put_stats(stats(3))
    for number in range(30):
        file.mailbox.put_event(recorded(number))
    file.start()
    wait_until(file.path.exists, "it is written")
    assert file.stop(5)
    found = read_status(folder / "status.json")
    assert found.state == state(7)
    assert found.stats == stats(3)
    assert [event.id for event in found.events] == [f"test-{number}" for number in range(20, 30)]
    assert file.path.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in folder.iterdir()] == ["status.json"]


def test_a_folder_for_it_that_can_not_be_used_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    file = StatusFile(tmp_path / "file" / "folder", FakeClock(), document)
    file.start()
    wait_until(lambda: "no status file" in caplog.text, "it is said")
    assert file.stop(5)
    assert caplog.text.count("no status file") == 1


def test_another_thread_goes_on_where_one_is_stuck(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, FakeClock(), document)
    file.start()
    wait_until(file.path.exists, "it is written")
    first = file.pulse
    assert file.replace(Stuck("status", "writing", 99.0, ""))
    file.path.unlink()
    wait_until(file.path.exists, "it is written again")
    assert file.pulse is not first
    assert file.stop(5)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"", "is no status of edgecv"),
        (b"[]", "is no status of edgecv"),
        (b'{"schema": 1}', "is no status of edgecv"),
        (b'{"schema": 99}', "is of schema 99"),
    ],
)
def test_what_is_no_status_is_said_to_be_none(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    from edgecv.errors import EdgecvError

    path = tmp_path / "status.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EdgecvError, match=words):
        read_status(path)


def test_a_status_survives_its_file() -> None:
    import msgspec

    whole = document(state(3), stats(4), [recorded(1).event])
    assert msgspec.json.decode(encode_status(whole), type=StatusDocument) == whole
