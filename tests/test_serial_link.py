"""The link over real pseudo-terminals, with the real controller program under MicroPython."""

import os
import pty
import random
import threading
from collections.abc import Iterator
from functools import partial

import pytest
import serial

from edgecv.clock import SystemClock
from edgecv.command_desk import CommandDesk
from edgecv.commands import Command, Order
from edgecv.config import Serial
from edgecv.errors import SerialError
from edgecv.events import Event, PowerCutEvent, State, Status
from edgecv.serial_line import line, ports, session
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.serial_line.line import Line
from edgecv.serial_line.link import STUCK_S, SerialLink
from edgecv.watchdog import REMEDIES, WINDOW_S, Part, Pulse, Stuck, Watchdog
from tests.broker import wait_until
from tests.controller import Cable, Controller, needs_micropython
from tests.messages import state, stats

EXERCISES = ("auto", "squat", "push_up")


class Appliance:
    """What stands behind the link: a heartbeat, a desk for buttons, a journal."""

    def __init__(self, cable: Cable, **settings: str) -> None:
        clock = SystemClock()
        self.heartbeat = Heartbeat(clock, lambda: self.held_s)
        self.held_s = 0.0
        self.desk = CommandDesk(clock, EXERCISES)
        self.recorded: list[Event] = []
        self.link = SerialLink(
            Serial(port=str(cable.port), **settings),  # type: ignore[arg-type]
            clock,
            device_id="gym",
            heartbeat=self.heartbeat,
            desk=self.desk,
            exercises=EXERCISES,
            record=self.recorded.append,
        )

    def count(self, reps: int) -> None:
        self.link.mailbox.put_state(state(reps))
        self.link.mailbox.put_stats(stats(reps))

    def pressed(self) -> tuple[Command, str]:
        """The next order."""
        orders: list[Order] = []

        def comes() -> bool:
            order = self.desk.next()
            orders.extend([order] if order else [])
            return bool(orders)

        wait_until(comes, "a button is handed in")
        return orders[0].command, orders[0].text

    def is_guarded(self, cable: Cable) -> None:
        """All is well, and the controller has heard of it."""

        def beats() -> bool:
            self.heartbeat.looked(None)
            return b"$beat" in cable.to_far

        wait_until(beats, "it is on guard")

    def shows(self, controller: Controller, reps: int) -> None:
        """Counts so far, and waits until the display has it."""
        self.count(reps)
        wait_until(lambda: controller.view.startswith(f"{reps}|"), f"{reps} is shown")


@pytest.fixture
def appliance(cable: Cable) -> Iterator[Appliance]:
    appliance = Appliance(cable)
    appliance.link.start()
    yield appliance
    assert appliance.link.stop(5)


@pytest.fixture
def controller(cable: Cable) -> Iterator[Controller]:
    with Controller(cable.far_port) as controller:
        yield controller


pytestmark = needs_micropython


def test_counts_travel_to_the_display(appliance: Appliance, controller: Controller) -> None:
    for reps in (1, 7, 42):
        appliance.shows(controller, reps)
        assert controller.view == f"{reps}|squat|set 1  30 fps"
    status = appliance.link.status
    assert (status.board, status.program, status.connected) == ("bench", "1.0", True)
    assert status.supply_v == pytest.approx(5.02)


def test_buttons_are_handed_in_as_commands(appliance: Appliance, controller: Controller) -> None:
    appliance.shows(controller, 1)
    for button, order in (
        ("reset", (Command.RESET_SET, "PRESS")),
        ("pause", (Command.CAMERA, "OFF")),
        ("next", (Command.EXERCISE, "push_up")),
    ):
        controller.press(button)
        assert appliance.pressed() == order


def test_a_link_that_is_cut_is_there_again_when_it_is_plugged_in(
    appliance: Appliance, controller: Controller, cable: Cable
) -> None:
    appliance.shows(controller, 3)
    cable.unplug()
    wait_until(lambda: not appliance.link.status.connected, "it is noticed")
    appliance.count(4)
    cable.plug()
    wait_until(lambda: controller.view.startswith("4|"), "it is connected again")
    assert appliance.link.stats.reconnects == 1


def test_the_camera_is_cut_off_first_and_then_the_board_and_it_is_told(
    appliance: Appliance, controller: Controller, cable: Cable
) -> None:
    appliance.shows(controller, 5)
    appliance.is_guarded(cable)
    appliance.heartbeat.looked("capture")
    wait_until(lambda: "capture stuck" in controller.view, "it hears what is stuck")
    controller.let_pass(50)
    assert controller.switched == []
    controller.let_pass(15)
    assert controller.switched == ["camera off", "camera on"]
    controller.let_pass(70)
    assert controller.switched[2:] == ["board off", "board on"]
    wait_until(lambda: len(appliance.recorded) == 2, "both are told")
    camera, board = appliance.recorded
    assert isinstance(camera, PowerCutEvent)
    assert isinstance(board, PowerCutEvent)
    assert (camera.supply, board.supply) == ("camera", "board")
    assert "capture was stuck" in camera.reason
    assert appliance.link.stats.power_cuts == 2


def test_a_degraded_appliance_tries_again_when_the_camera_s_supply_was_cut(
    appliance: Appliance, controller: Controller, cable: Cable
) -> None:
    appliance.shows(controller, 1)
    appliance.is_guarded(cable)
    degraded = State(status=Status.DEGRADED)
    appliance.link.mailbox.put_state(degraded)
    appliance.heartbeat.looked("degraded")
    wait_until(lambda: "failed too often" in controller.view, "it hears of it")
    controller.let_pass(65)
    assert controller.switched[0] == "camera off"
    assert appliance.pressed() == (Command.RESTART, "PRESS")


def test_a_line_full_of_rubbish_delays_and_falsifies_nothing(
    appliance: Appliance, controller: Controller, cable: Cable
) -> None:
    chance = random.Random(7)
    appliance.shows(controller, 0)
    for reps in range(1, 30):
        for _ in range(5):
            cable.inject(near=chance.randbytes(20) + b"$show n=", far=chance.randbytes(20) + b"$")
        appliance.count(reps)
    appliance.shows(controller, 30)
    counts = [int(line[5:].partition("|")[0] or 0) for line in controller.said if "squat" in line]
    assert counts == sorted(counts)
    controller.press("reset")
    assert appliance.pressed() == (Command.RESET_SET, "PRESS")
    assert appliance.link.stats.damaged > 0
    assert appliance.link.stats.reconnects == 0


def test_on_a_noisy_line_each_button_is_obeyed_once_and_the_last_count_is_shown(
    appliance: Appliance, controller: Controller, cable: Cable
) -> None:
    appliance.shows(controller, 0)
    cable.noise = 0.3
    for reps in range(1, 9):
        controller.press("reset")
        assert appliance.pressed() == (Command.RESET_SET, "PRESS")
        appliance.shows(controller, reps)
    cable.noise = 0.0
    appliance.shows(controller, 9)
    assert appliance.desk.next() is None
    assert appliance.link.stats.damaged > 0


def test_a_button_on_a_bad_line_is_obeyed_once(
    appliance: Appliance, controller: Controller, cable: Cable
) -> None:
    appliance.shows(controller, 1)
    cable.dead = True
    controller.press("reset")
    wait_until(lambda: cable.to_near.count(b"name=reset") >= 2, "it is told again and again")
    cable.dead = False
    assert appliance.pressed() == (Command.RESET_SET, "PRESS")
    told = cable.to_near.count(b"name=reset")
    appliance.shows(controller, 2)
    assert cable.to_near.count(b"name=reset") <= told + 1, "it was acknowledged"
    assert appliance.desk.next() is None


def test_a_line_on_which_nothing_comes_through_any_more_is_noticed(
    appliance: Appliance,
    controller: Controller,
    cable: Cable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "SILENT_S", 0.5)
    appliance.shows(controller, 1)
    cable.dead = True
    wait_until(lambda: not appliance.link.status.connected, "it is noticed")
    assert "says nothing any more" in (appliance.link.status.error or "")
    cable.dead = False
    appliance.shows(controller, 2)


def test_it_may_be_unplugged_and_plugged_in_at_any_time(
    appliance: Appliance, controller: Controller, cable: Cable
) -> None:
    chance = random.Random(5)
    for reps in range(6):
        appliance.count(reps)
        threading.Event().wait(chance.uniform(0.0, 0.4))
        cable.unplug()
        threading.Event().wait(chance.uniform(0.0, 0.1))
        cable.plug()
    appliance.shows(controller, 7)


def test_a_device_that_takes_nothing_is_given_up_within_the_bound_of_a_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "WRITE_S", 0.1)
    master, slave = pty.openpty()
    clock = SystemClock()
    with Line(os.ttyname(slave), 115200, clock, Pulse(clock)) as full:
        with pytest.raises(SerialError, match="takes nothing any more"):
            full.write(b"x" * 100_000)
        os.read(master, 65536)
        full.write(b"it goes on\n")
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize(
    ("says", "words"),
    [(b"$GPGGA,1,2*47\r\n", "is no controller of edgecv"), (b"", "nothing answers on")],
)
def test_another_device_on_the_port_is_recognised_and_not_pestered(
    cable: Cable, monkeypatch: pytest.MonkeyPatch, says: bytes, words: str
) -> None:
    monkeypatch.setattr(session, "ANSWER_S", 0.3)
    appliance = Appliance(cable)
    appliance.link.start()
    wait_until(lambda: b"$hello" in cable.to_far, "it introduces itself")
    cable.inject(near=says)
    wait_until(lambda: words in (appliance.link.status.error or ""), words)
    assert cable.to_far.count(b"$") == 1
    assert appliance.link.stop(5)


def test_a_display_that_only_listens_gets_a_line_a_change(cable: Cable) -> None:
    appliance = Appliance(cable, format="text")
    appliance.link.start()
    for reps in range(3):
        appliance.count(reps)
        line = f"{reps} squat, set 1, running, 30 fps\r\n".encode()
        wait_until(partial(_has_come, cable, line), f"{line!r} is sent")
    assert appliance.link.stop(5)
    assert b"$" not in cable.to_far


def _has_come(cable: Cable, line: bytes) -> bool:
    return line in cable.to_far


def test_nothing_is_cut_when_the_appliance_ends_as_it_was_told_to(
    cable: Cable, controller: Controller
) -> None:
    appliance = Appliance(cable)
    appliance.link.start()
    appliance.shows(controller, 1)
    appliance.is_guarded(cable)
    appliance.count(2)
    assert appliance.link.stop(5)
    wait_until(lambda: b"$rest" in cable.to_far, "it says so")
    controller.let_pass(300)
    assert controller.switched == []


def test_nothing_is_cut_while_it_is_held_off(
    appliance: Appliance, controller: Controller, cable: Cable
) -> None:
    appliance.shows(controller, 1)
    appliance.is_guarded(cable)
    appliance.held_s = 400.0
    wait_until(lambda: b"$hold s=40" in cable.to_far, "it is told")
    cable.unplug()
    controller.let_pass(300)
    assert controller.switched == []
    controller.let_pass(200)
    assert controller.switched[0] == "camera off", "an update that does not come back is missed"


def test_a_write_that_never_returns_holds_nothing_up_and_is_named(
    cable: Cable,
    controller: Controller,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    appliance, clock = Appliance(cable), SystemClock()
    monkeypatch.setattr(line, "CALL_S", 0.3)
    appliance.link.start()
    appliance.shows(controller, 1)
    go_on = threading.Event()
    monkeypatch.setattr(serial.Serial, "write", lambda *_: go_on.wait())
    part = Part("serial", lambda: appliance.link.pulse, appliance.link.replace)
    watchdog = Watchdog(clock, [part])
    stuck: list[Stuck] = []

    def looks() -> bool:
        appliance.count(2)
        stuck.extend(watchdog.look().mended)
        return bool(stuck)

    wait_until(looks, "it is named")
    assert stuck[0].doing == f"writing to {cable.port}"
    assert "the port is left alone for a while" in caplog.text
    assert appliance.link.status.error == stuck[0].words
    assert not appliance.link.stats.connected
    assert appliance.link.stats.sent > 1, "what was sent before is not forgotten"
    for _ in range(10):
        assert watchdog.look().fatal is None
        appliance.count(3)
    assert appliance.link.stop(5)
    go_on.set()


def test_a_port_that_is_blocked_for_ever_never_ends_the_process() -> None:
    """As many remedies as there can be within the window are fewer than it takes."""
    assert REMEDIES * STUCK_S > WINDOW_S
