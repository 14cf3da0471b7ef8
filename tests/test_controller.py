"""The controller's program: its rules here, its loop and its displays under MicroPython."""

import random
import subprocess
import sys

import pytest

from tests.controller import BENCHES, MICROPYTHON, PROGRAM, needs_micropython

sys.path.insert(0, str(PROGRAM))

from buttons import Button
from controller import Controller
from frames import encode as plain_encode
from guard import (
    BOARD_CUTS,
    BOOT_MS,
    CAMERA_CUTS,
    CAMERA_WAIT_MS,
    LONGEST_HOLD_MS,
    SILENT_MS,
    WELL_MS,
    Guard,
)
from view import view_of

from edgecv.serial_line.protocol import Frame, Parser, encode

STEP_MS = 100
MINUTE_MS = 60_000


class Switches:
    """A guard, its time, and what it has switched."""

    def __init__(self) -> None:
        self.now = 0
        self.guard = Guard(0)
        self.log: list[tuple[float, str]] = []
        """Seconds and what was cut."""

    def let_pass(self, milliseconds: int, *, beats: bool = False) -> None:
        for _ in range(milliseconds // STEP_MS):
            self.now += STEP_MS
            if beats and self.now % 1000 == 0:
                self.guard.beat(self.now)
            if self.guard.tick(self.now):
                self.log.append((self.now / 1000, self.guard.cuts[-1].what))

    @property
    def cut(self) -> list[str]:
        return [what for _, what in self.log]


@pytest.fixture
def switches() -> Switches:
    return Switches()


def test_nothing_is_cut_before_the_first_heartbeat(switches: Switches) -> None:
    switches.let_pass(60 * MINUTE_MS)
    assert switches.log == []


def test_nothing_is_cut_while_there_are_heartbeats(switches: Switches) -> None:
    switches.let_pass(60 * MINUTE_MS, beats=True)
    assert switches.log == []


def test_the_camera_is_cut_first_then_the_board_ever_more_patiently_and_then_nothing(
    switches: Switches,
) -> None:
    switches.guard.beat(0)
    switches.let_pass(24 * 60 * MINUTE_MS)
    assert switches.cut == ["camera", *["board"] * BOARD_CUTS]
    times = [round(at) for at, _ in switches.log]
    assert times[0] == SILENT_MS / 1000
    assert times[1] - times[0] == pytest.approx(3 + CAMERA_WAIT_MS / 1000, abs=1)
    assert times[2] - times[1] == pytest.approx(5 + BOOT_MS / 1000, abs=1)
    assert times[3] - times[2] == pytest.approx(5 + 2 * BOOT_MS / 1000, abs=1)
    assert (switches.guard.camera_on, switches.guard.board_on) == (True, True)


def test_a_camera_that_helps_spares_the_board(switches: Switches) -> None:
    switches.guard.beat(0)
    switches.let_pass(SILENT_MS)
    assert not switches.guard.camera_on
    switches.let_pass(5_000)
    assert switches.guard.camera_on
    switches.let_pass(30 * MINUTE_MS, beats=True)
    assert switches.cut == ["camera"]


def test_a_fault_that_comes_back_again_and_again_comes_to_an_end(switches: Switches) -> None:
    """Each cut helps for ten minutes only."""
    for _ in range(50):
        switches.let_pass(10 * MINUTE_MS, beats=True)
        cuts = len(switches.cut)
        for _ in range(200):
            switches.let_pass(MINUTE_MS // 2)
            if len(switches.cut) > cuts:
                break
        switches.let_pass(MINUTE_MS // 2)
    assert switches.cut == ["camera"] * CAMERA_CUTS + ["board"] * BOARD_CUTS


def test_after_an_hour_in_which_all_was_well_everything_is_tried_again(switches: Switches) -> None:
    switches.guard.beat(0)
    switches.let_pass(120 * MINUTE_MS)
    assert len(switches.cut) == 1 + BOARD_CUTS
    switches.let_pass(WELL_MS + MINUTE_MS, beats=True)
    switches.let_pass(2 * MINUTE_MS)
    assert switches.cut[1 + BOARD_CUTS :] == ["camera"]


def test_nothing_is_cut_while_it_is_held_off_and_a_minute_longer(switches: Switches) -> None:
    switches.guard.beat(0)
    switches.guard.hold(0, 20 * MINUTE_MS)
    switches.let_pass(20 * MINUTE_MS + SILENT_MS - STEP_MS)
    assert switches.log == []
    switches.let_pass(1000)
    assert switches.cut == ["camera"], "an update that has not come back by then is missed"


def test_a_hold_that_is_ended_early_is_over(switches: Switches) -> None:
    switches.guard.beat(0)
    switches.guard.hold(0, 20 * MINUTE_MS)
    switches.let_pass(MINUTE_MS)
    switches.guard.hold(switches.now, 0)
    switches.let_pass(SILENT_MS)
    assert switches.cut == ["camera"]


def test_a_heartbeat_ends_a_hold_even_if_its_end_was_lost_on_the_line(switches: Switches) -> None:
    switches.guard.beat(0)
    switches.guard.hold(0, 20 * MINUTE_MS)
    switches.let_pass(MINUTE_MS)
    switches.guard.beat(switches.now)
    switches.let_pass(SILENT_MS)
    assert switches.cut == ["camera"]


def test_nobody_can_hold_it_off_for_ever(switches: Switches) -> None:
    switches.guard.beat(0)
    switches.guard.hold(0, 10**9)
    switches.let_pass(LONGEST_HOLD_MS + SILENT_MS)
    assert switches.cut == ["camera"]


@pytest.mark.parametrize("before_ms", [0, 61_000])
def test_an_appliance_that_has_ended_as_it_was_told_to_is_not_missed(
    switches: Switches, before_ms: int
) -> None:
    """Not even when it says so while the camera's supply is off."""
    switches.guard.beat(0)
    switches.let_pass(before_ms)
    switches.guard.rest()
    switches.let_pass(24 * 60 * MINUTE_MS)
    assert switches.cut == ["camera"] * (before_ms > 0)
    assert switches.guard.camera_on
    switches.guard.beat(switches.now)
    switches.let_pass(SILENT_MS)
    assert len(switches.cut) == 1 + (before_ms > 0), "it is on guard again"


def test_it_keeps_why_it_cut(switches: Switches) -> None:
    switches.guard.beat(0)
    switches.guard.is_stuck("capture")
    switches.let_pass(SILENT_MS)
    (cut,) = switches.guard.cuts
    assert (cut.what, cut.why, cut.silent) == ("camera", "capture", SILENT_MS)


def test_a_contact_that_bounces_is_pressed_once() -> None:
    button = Button()
    pressed = 0
    bounces = [(5, True), (7, False), (9, True), (12, False), (14, True)]
    presses = [(at + offset, down) for offset in (0, 500) for at, down in bounces]
    releases = [(at + 200 + offset, not down) for offset in (0, 500) for at, down in bounces]
    changes = dict(presses + releases)
    down = False
    for now in range(1000):
        down = changes.get(now, down)
        pressed += button.look(now, down)
    assert pressed == 2


def test_a_spike_on_the_wire_is_no_press() -> None:
    button = Button()
    assert not any(button.look(now, now % 100 < 20) for now in range(0, 2000, 10))


class Line:
    """A controller and what comes out of it."""

    def __init__(self) -> None:
        self.now = 0
        self.controller = Controller("bench", "AA", 0)

    def hear(self, kind: str, **fields: object) -> None:
        self.controller.receive(encode(kind, **fields), self.now)

    def press(self, name: str) -> None:
        for closed in (True, True, False, False):
            self.controller.look(self.now, tuple(closed and n == name for n in NAMES))
            self.now += 40

    def says(self, milliseconds: int = 0) -> list[Frame]:
        parser = Parser()
        frames = parser.feed(self.controller.tick(self.now, 5000))
        for _ in range(milliseconds // 10):
            self.now += 10
            frames += parser.feed(self.controller.tick(self.now, 5000))
        return frames


NAMES = ("reset", "pause", "next")


def fields_of(frames: list[Frame], kind: str) -> list[dict[str, str]]:
    return [frame.fields for frame in frames if frame.kind == kind]


def test_it_says_hello_until_it_is_acknowledged() -> None:
    line = Line()
    hellos = fields_of(line.says(2000), "hello")
    assert len(hellos) == 5
    assert hellos[0] == {"n": "1", "v": "1", "board": "bench", "version": "1.0", "boot": "AA"}
    line.hear("ack", n=1)
    assert fields_of(line.says(2000), "hello") == []


def test_a_button_is_told_until_it_is_acknowledged_and_not_after_it_is_stale() -> None:
    line = Line()
    line.hear("ack", n=1)
    line.press("pause")
    told = fields_of(line.says(2000), "button")
    assert {tuple(one.items()) for one in told} == {(("n", "2"), ("name", "pause"))}
    assert len(told) >= 4
    assert len(fields_of(line.says(20_000), "button")) < 8
    line.press("next")
    line.says()
    line.hear("ack", n=3)
    assert fields_of(line.says(2000), "button") == []


def test_every_state_is_acknowledged() -> None:
    line = Line()
    line.hear("show", n=7, count=3)
    line.hear("show", n=8, count=4)
    assert fields_of(line.says(), "ack") == [{"n": "7"}, {"n": "8"}]


def test_each_cut_is_told_at_the_next_hello_until_it_is_acknowledged() -> None:
    line = Line()
    line.hear("ack", n=1)
    line.hear("beat")
    line.hear("stuck", what="capture")
    line.says(130_000)
    assert [cut.what for cut in line.controller.guard.cuts] == ["camera", "board"]
    line.now += 60_000
    line.hear("hello", v=1, id="gym")
    for what in ("camera", "board"):
        hello = fields_of(line.says(), "hello")[-1]
        assert (hello["cut"], hello["why"]) == (what, "capture")
        assert int(hello["ago"]) >= 60
        line.hear("ack", n=hello["n"])
    assert line.controller.guard.cuts == []
    assert fields_of(line.says(2000), "hello") == []


def test_an_ancient_acknowledgement_hides_no_cut() -> None:
    """The hello that tells of a cut has a number of its own."""
    line = Line()
    line.hear("beat")
    before = fields_of(line.says(), "hello")[0]["n"]
    line.says(61_000)
    line.hear("ack", n=before)
    assert len(line.controller.guard.cuts) == 1


def test_the_display_says_what_is_going_on() -> None:
    line = Line()
    assert line.controller.view(line.now).key() == ("", "no contact", "")
    line.hear("show", n=1, count=12, set=2, exercise="push_up", state="running", fps="21.4")
    line.hear("beat")
    assert line.controller.view(line.now).key() == ("12", "push up", "set 2  21 fps")
    line.says(10_000)
    assert line.controller.view(line.now).key() == ("", "no contact", "power off: 50 s")
    line.hear("stuck", what="capture")
    assert line.controller.view(line.now).key() == ("", "capture stuck", "power off: 50 s")
    line.says(3 * 60 * 60_000)
    assert line.controller.view(line.now).key() == ("", "capture stuck", "needs somebody")


@pytest.mark.parametrize(
    ("told", "bottom"),
    [
        ({"state": "running", "fps": "9.8", "set": "0"}, "9 fps"),
        ({"state": "running", "ready": "ready", "fps": "30.0", "set": "3"}, "set 3  30 fps"),
        ({"state": "running", "ready": "feet_out_of_frame"}, "feet out of fram"),
        ({"state": "paused", "ready": "too_close"}, "paused"),
        ({"state": "camera_backing_off"}, "camera backing o"),
    ],
)
def test_the_lower_line_says_what_matters_most(told: dict[str, str], bottom: str) -> None:
    assert view_of(told).bottom == bottom


@pytest.mark.parametrize(
    "rubbish",
    [
        plain_encode("show", []),
        plain_encode("hold", [("s", "soon")]),
        plain_encode("hold", [("s", "-5")]),
        plain_encode("ack", [("n", "99999999999999999999")]),
        plain_encode("stuck", []),
        plain_encode("dance", [("n", "1")]),
        b"\xff\x00$$$***\r\n",
    ],
)
def test_nothing_that_comes_over_the_line_ends_it(rubbish: bytes) -> None:
    line = Line()
    line.controller.receive(rubbish, 0)
    line.says(1000)
    line.hear("show", n=4, count=1)
    assert fields_of(line.says(), "ack") == [{"n": "4"}]


def test_no_order_whatever_it_says_ends_the_guard() -> None:
    chance = random.Random(8)
    kinds = ("hello", "show", "beat", "stuck", "hold", "rest", "ack", "dance")
    keys = ("n", "s", "what", "count", "set", "exercise", "state", "ready", "fps")
    values = ("1", "2", "-1", "0", "9" * 40, "999999999", "running", "x", "1.5", "-")
    line = Line()
    for _ in range(3000):
        fields = {key: chance.choice(values) for key in chance.sample(keys, chance.randint(0, 9))}
        line.hear(chance.choice(kinds), **fields)
        line.controller.view(line.now)
        line.says(10 * chance.randint(0, 2))
        line.now += chance.choice((0, 0, 1_000, 30_000))
    guard = line.controller.guard
    assert len(guard.cuts) <= CAMERA_CUTS + BOARD_CUTS
    line.hear("beat")
    line.hear("rest")
    line.says(400_000)
    assert (guard.camera_on, guard.board_on) == (True, True)


def on_pico(display: str, incoming: bytes = b"", *more: str) -> list[str]:
    """What becomes of pins and display."""
    assert MICROPYTHON is not None
    out = subprocess.run(
        [MICROPYTHON, str(BENCHES / "pico_bench.py"), str(PROGRAM), display, *more],
        input=incoming,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    return out.decode().splitlines()


SHOW = encode("show", n=1, count=12, set=3, exercise="push_up", state="running", fps="21.4")


@needs_micropython
def test_on_a_pico_s_pins_it_starts_with_both_supplies_on_and_speaks() -> None:
    said = on_pico("none")
    assert said[0] == "watchdog 8000"
    assert {"switch 14 0", "switch 15 0"} <= set(said)
    frames = Parser().feed("\n".join(said).encode() + b"\n")
    assert fields_of(frames, "hello")[0]["board"] == "rp2040"
    assert fields_of(frames, "power") == [{"camera": "on", "board": "on", "mv": "5000"}]
    assert fields_of(frames, "button")[0]["name"] == "pause"


@needs_micropython
def test_it_can_be_kept_from_starting_so_that_its_files_can_be_changed() -> None:
    assert on_pico("none", b"", "held") == []


@needs_micropython
def test_a_display_of_letters_shows_it() -> None:
    lines = [line[8:] for line in on_pico("hd44780", SHOW) if line.startswith("display ")]
    assert lines == ["push up         ", "12 set 3  21 fps"]


@needs_micropython
def test_a_display_of_dots_shows_the_number_large() -> None:
    rows = [line[8:] for line in on_pico("ssd1306", SHOW) if line.startswith("display ")]
    assert len(rows) == 64
    assert any("#" in row for row in rows[:8]), "words above"
    assert any("#" in row for row in rows[56:]), "words below"
    inked = [y for y in range(8, 56) if "#" in rows[y]]
    assert len(inked) >= 28, "a number four letters high"
    assert all(len(set(rows[y : y + 4])) == 1 for y in range(16, 48, 4))
    columns = [x for x in range(128) if any(rows[y][x] == "#" for y in inked)]
    assert columns[0] >= 30
    assert columns[-1] < 98
