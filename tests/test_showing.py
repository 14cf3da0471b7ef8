"""The small parts of what commands show."""

import os
import threading
from pathlib import Path

import pytest

from edgecv.config import Config, convert, parse_tables
from edgecv.first_config import FirstConfig
from edgecv.host.threads import OTHERS, ThreadLoads
from edgecv.screens.digits import HEIGHT, large
from edgecv.screens.top import spark
from edgecv.words import clock_time, count, megabytes, span
from tests.exhibits import cameras


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0 s"),
        (59.6, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (90_061, "1 d 1 h"),
        (86_405, "1 d"),
        (-3, "0 s"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_numbers_are_said_as_people_do() -> None:
    assert [count(1, "rep"), count(0, "rep"), count(7, "rep")] == ["1 rep", "0 reps", "7 reps"]
    assert [megabytes(812.4), megabytes(1500.0)] == ["812 MB", "1.5 GB"]


def test_a_time_that_is_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert clock_time("2027-01-15T18:30:31.000+00:00").endswith(":30:31")
    assert clock_time("") == ""


def test_every_digit_is_large_and_no_two_are_alike() -> None:
    shapes = {tuple(large(digit)) for digit in range(10)}
    assert len(shapes) == 10
    assert all(len(shape) == HEIGHT for shape in shapes)
    assert large(10)[0] == "  ██      ██████"


def test_a_graph_goes_from_nothing_to_the_highest_value() -> None:
    assert spark([0.0, 15.0, 30.0]) == "▁▅█"
    assert spark([0.0, 0.0]) == "▁▁"
    assert spark([]) == ""


def test_the_processor_s_time_is_shared_out_by_the_threads_names(tmp_path: Path) -> None:
    ticks = os.sysconf("SC_CLK_TCK")

    def spend(thread: int, seconds: float) -> None:
        folder = tmp_path / "7" / "task" / str(thread)
        folder.mkdir(parents=True, exist_ok=True)
        fields = ["S", *["0"] * 10, str(int(seconds * ticks)), "0", *["0"] * 30]
        (folder / "stat").write_text(f"{thread} (a (b) c) {' '.join(fields)}\n", encoding="ascii")

    loads = ThreadLoads(tmp_path)
    for thread in (1, 2, 3, 4):
        spend(thread, 10.0)
    assert loads.look(7, {"capture": 1, "mqtt": 2}, 100.0) == []
    spend(1, 10.5)
    spend(3, 12.0)
    spend(4, 11.0)
    assert loads.look(7, {"capture": 1, "mqtt": 2}, 102.0) == [
        (OTHERS, 150.0),
        ("capture", 25.0),
        ("mqtt", 0.0),
    ]
    assert loads.look(8, {}, 103.0) == []


def test_threads_of_ours_are_known_to_the_kernel_by_their_numbers() -> None:
    native = threading.main_thread().native_id
    assert native is not None
    loads = ThreadLoads()
    loads.look(os.getpid(), {"MainThread": native}, 0.0)
    sum(number * number for number in range(300_000))
    found = {load.name for load in loads.look(os.getpid(), {"MainThread": native}, 1.0)}
    assert "MainThread" in found


def test_the_first_configuration_names_what_was_found_and_can_be_used() -> None:
    first = FirstConfig(cameras(), 'a "gym"')
    config = convert(parse_tables(first.text, "first"), Config, "first")
    assert config.camera.source == "/dev/v4l/by-id/usb-046d_C920-video-index0"
    assert config.device.name == 'a "gym"'
    assert any("HD Pro Webcam C920" in words for words in first.found)


def test_without_a_camera_the_first_configuration_is_the_example() -> None:
    first = FirstConfig([], "localhost")
    assert convert(parse_tables(first.text, "first"), Config, "first") == Config()
    assert first.found == [
        "no camera is plugged in: camera.source stays as it is",
        "no serial port is on USB: serial.port stays empty",
    ]
