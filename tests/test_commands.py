"""Commands from outside: what is understood, what is refused, and what is dropped."""

import logging

import pytest

from edgecv.clock import FakeClock
from edgecv.command_desk import WAITING, CommandDesk
from edgecv.commands import BURST, RATE_PER_S, Command, NotUnderstood, Order, parse
from edgecv.events import CommandStats

EXERCISES = ("auto", "squat", "push_up")
OTHERS = {Command.EXERCISE, Command.CAMERA, Command.SETUP_VIEW, Command.MAX_FPS, Command.UPDATE}
PRESSED = set(Command) - OTHERS


@pytest.mark.parametrize("command", sorted(PRESSED))
def test_a_button_is_pressed_and_nothing_else(command: Command) -> None:
    assert parse(command, b"PRESS", EXERCISES) == Order(command, "PRESS")
    with pytest.raises(NotUnderstood, match="expected PRESS"):
        parse(command, b"press", EXERCISES)


def test_an_update_is_asked_for_by_its_own_word_and_never_by_an_address() -> None:
    assert parse(Command.UPDATE, b"INSTALL", EXERCISES) == Order(Command.UPDATE, "INSTALL")
    for text in (b"PRESS", b"0.2.0", b"https://example.org/edgecv.raucb"):
        with pytest.raises(NotUnderstood, match="expected INSTALL"):
            parse(Command.UPDATE, text, EXERCISES)


def test_a_switch_is_on_or_off() -> None:
    assert parse(Command.CAMERA, b"ON", EXERCISES).on
    assert not parse(Command.CAMERA, b"OFF", EXERCISES).on
    with pytest.raises(NotUnderstood, match="expected ON or OFF"):
        parse(Command.CAMERA, b"true", EXERCISES)


def test_an_exercise_is_one_that_there_is() -> None:
    assert parse(Command.EXERCISE, b"push_up", EXERCISES).text == "push_up"
    with pytest.raises(NotUnderstood, match="expected auto or squat or push_up"):
        parse(Command.EXERCISE, b"yodel", EXERCISES)


@pytest.mark.parametrize(("text", "number"), [(b"0", 0), (b"12.5", 12.5), (b"60", 60)])
def test_a_rate_is_a_number(text: bytes, number: float) -> None:
    assert parse(Command.MAX_FPS, text, EXERCISES).number == number


@pytest.mark.parametrize("text", [b"-1", b"61", b"nan", b"inf", b"", b"ten", b"1e999", b"0x10"])
def test_what_is_no_rate_is_refused(text: bytes) -> None:
    with pytest.raises(NotUnderstood, match="expected a number from 0 to 60"):
        parse(Command.MAX_FPS, text, EXERCISES)


@pytest.mark.parametrize("command", list(Command))
@pytest.mark.parametrize("payload", [b"\xff\xfe", b"A" * 65, b"P" * 10_000_000, b"\x00", b"{}"])
def test_rubbish_is_rubbish_everywhere(command: Command, payload: bytes) -> None:
    with pytest.raises(NotUnderstood):
        parse(command, payload, EXERCISES)


@pytest.fixture
def desk() -> CommandDesk:
    return CommandDesk(FakeClock(), EXERCISES)


def test_an_order_is_carried_out_once_in_turn_and_its_result_told(desk: CommandDesk) -> None:
    woken: list[int] = []
    desk.wake = lambda: woken.append(1)
    assert desk.hand_in(Command.UNDO_REP, b"PRESS") is None
    assert desk.hand_in(Command.CAMERA, b"OFF") is None
    assert len(woken) == 2
    first, second = desk.next(), desk.next()
    assert first is not None
    assert second is not None
    assert (first.command, second.command) == (Command.UNDO_REP, Command.CAMERA)
    assert desk.next() is None
    refused = desk.done(first, "there is no rep to take back")
    assert (refused.accepted, refused.reason) == (False, "there is no rep to take back")
    assert desk.done(second, None).accepted
    assert desk.stats == CommandStats(accepted=1, refused=1, rubbish=0)


def test_a_flood_is_held_back_and_a_hand_on_a_button_is_not() -> None:
    clock = FakeClock()
    desk = CommandDesk(clock, EXERCISES)
    results = []
    for _ in range(1000):
        results.append(desk.hand_in(Command.ADD_REP, b"PRESS"))
        desk.next()
    assert results.count(None) == BURST
    assert desk.stats.refused == 1000 - BURST
    refused = results[-1]
    assert refused is not None
    assert "too many commands" in str(refused.reason)
    for _ in range(100):
        clock.advance(1 / RATE_PER_S)
        assert desk.hand_in(Command.ADD_REP, b"PRESS") is None
        desk.next()


def test_orders_that_nobody_carries_out_do_not_pile_up() -> None:
    clock = FakeClock()
    desk = CommandDesk(clock, EXERCISES)
    for _ in range(100):
        clock.advance(10)
        desk.hand_in(Command.ADD_REP, b"PRESS")
    waiting = 0
    while desk.next() is not None:
        waiting += 1
    assert waiting == WAITING


def test_rubbish_and_stale_commands_are_counted_and_logged_once(
    desk: CommandDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(50):
        result = desk.hand_in(Command.EXERCISE, b"\x00\xff rubbish")
        assert result is not None
        assert not result.accepted
    stale = desk.hand_in(Command.RESTART, b"PRESS", stale=True)
    assert stale is not None
    assert "retained" in str(stale.reason)
    assert desk.next() is None
    assert desk.stats.rubbish == 51
    assert len(caplog.records) == 1
