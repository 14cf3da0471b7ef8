"""The link over real pseudo-terminals, with the real controller program under MicroPython."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from edgecv.clock import SystemClock
from edgecv.command_desk import CommandDesk
from edgecv.commands import Command
from edgecv.config import Serial
from edgecv.events import Event, PowerCutEvent
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.serial_line.link import SerialLink
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
        wait_until(lambda: bool(self.desk._orders), "a button is handed in")
        order = self.desk.next()
        assert order is not None
        return order.command, order.text


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    cable = Cable(tmp_path)
    yield cable
    cable.close()


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
        appliance.count(reps)
        view = f"{reps}|squat|set 1  30 fps"
        wait_until(partial(_shows, controller, view), f"{view} is shown")
    status = appliance.link.status
    assert (status.board, status.program, status.connected) == ("bench", "1.0", True)
    assert status.supply_v == pytest.approx(5.02)


def test_buttons_are_handed_in_as_commands(appliance: Appliance, controller: Controller) -> None:
    appliance.count(1)
    wait_until(lambda: controller.view.startswith("1|"), "it is connected")
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
    appliance.count(3)
    wait_until(lambda: controller.view.startswith("3|"), "it is connected")
    cable.unplug()
    wait_until(lambda: not appliance.link.status.connected, "it is noticed")
    appliance.count(4)
    cable.plug()
    wait_until(lambda: controller.view.startswith("4|"), "it is connected again")
    assert appliance.link.stats.reconnects == 1


def test_the_camera_is_cut_off_first_and_then_the_board_and_it_is_told(
    appliance: Appliance, controller: Controller
) -> None:
    appliance.heartbeat.looked(None)
    appliance.count(5)
    wait_until(lambda: controller.view.startswith("5|"), "it is connected")
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


def _shows(controller: Controller, view: str) -> bool:
    return controller.view == view
