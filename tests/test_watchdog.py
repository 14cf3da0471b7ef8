"""Who comes round and who does not, and what is done about it."""

import threading
from typing import Any

import pytest

from edgecv.clock import FakeClock
from edgecv.events import State, Status
from edgecv.host.notify import Notifier
from edgecv.host.reboot import WELL_S
from edgecv.oversight import Oversight, line_of
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.watchdog import ASLEEP_S, REMEDIES, WINDOW_S, Part, Pulse, Stuck, Watchdog


class Patient:
    """A part that a test can make stuck."""

    def __init__(self, clock: FakeClock, *, helps: bool | None = True) -> None:
        self.clock = clock
        self.pulse = Pulse(clock)
        self.helps = helps
        self.treated: list[Stuck] = []
        remedy = None if helps is None else self.treat
        self.part = Part("patient", lambda: self.pulse, remedy)

    def treat(self, stuck: Stuck) -> bool:
        self.treated.append(stuck)
        if self.helps:
            self.pulse = Pulse(self.clock)
        return bool(self.helps)


def pass_time(clock: FakeClock, watchdog: Watchdog, seconds: float) -> Any:
    """As the main thread does: a look every half second; gives the last verdict."""
    verdict = watchdog.look()
    for _ in range(round(2 * seconds)):
        clock.advance(0.5)
        verdict = watchdog.look()
        if verdict.stuck or verdict.mended:
            return verdict
    return verdict


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


def test_a_loop_that_comes_round_is_never_late(clock: FakeClock) -> None:
    pulse = Pulse(clock)
    for _ in range(100):
        pulse("reading", 2.0)
        clock.advance(1.9)
        assert pulse.late("capture") is None


def test_a_loop_that_has_not_begun_or_has_ended_is_not_late(clock: FakeClock) -> None:
    pulse = Pulse(clock)
    clock.advance(1e6)
    assert pulse.late("capture") is None
    pulse("reading", 1.0)
    pulse.rest()
    clock.advance(1e6)
    assert pulse.late("capture") is None
    assert pulse.doing is None


def test_what_is_stuck_is_named_with_the_call_it_is_in(clock: FakeClock) -> None:
    pulse = Pulse(clock)
    begun, go_on = threading.Event(), threading.Event()

    def hang_here() -> None:
        pulse("read of /dev/video0", 3.0)
        begun.set()
        go_on.wait(10)

    thread = threading.Thread(target=hang_here)
    thread.start()
    assert begun.wait(10)
    clock.advance(3.5)
    stuck = pulse.late("capture")
    go_on.set()
    thread.join()

    assert stuck is not None
    assert stuck.words == "capture is stuck in read of /dev/video0 for 3.5 s"
    assert "test_watchdog.py" in stuck.stack
    assert "hang_here" in stuck.stack
    assert stuck.stack.endswith("wait")


def test_a_part_is_put_right_by_its_own_remedy_and_the_others_are_left_alone(
    clock: FakeClock,
) -> None:
    sick, sound = Patient(clock), Patient(clock)
    watchdog = Watchdog(clock, [sick.part, sound.part])
    sick.pulse("reading", 2.0)
    sound.pulse("waiting", 1e6)

    verdict = pass_time(clock, watchdog, 10)
    assert [stuck.doing for stuck in verdict.mended] == ["reading"]
    assert verdict.fatal is None
    assert len(sick.treated) == 1
    assert sound.treated == []
    assert watchdog.remedies == 1
    assert not pass_time(clock, watchdog, 100).mended


@pytest.mark.parametrize("helps", [None, False])
def test_what_can_not_be_put_right_ends_the_process(clock: FakeClock, helps: bool | None) -> None:
    sick = Patient(clock, helps=helps)
    watchdog = Watchdog(clock, [sick.part])
    sick.pulse("writing", 2.0)

    fatal = pass_time(clock, watchdog, 10).fatal
    assert fatal is not None
    assert fatal.words == "patient is stuck in writing for 2.5 s"


def test_a_remedy_that_has_to_be_applied_too_often_is_none(clock: FakeClock) -> None:
    sick = Patient(clock)
    watchdog = Watchdog(clock, [sick.part])
    for _ in range(REMEDIES):
        sick.pulse("reading", 2.0)
        assert pass_time(clock, watchdog, 10).fatal is None
    sick.pulse("reading", 2.0)
    assert pass_time(clock, watchdog, 10).fatal is not None
    assert len(sick.treated) == REMEDIES


def test_a_remedy_may_be_applied_again_after_a_good_while(clock: FakeClock) -> None:
    sick = Patient(clock)
    watchdog = Watchdog(clock, [sick.part])
    for _ in range(10):
        sick.pulse("reading", 2.0)
        assert pass_time(clock, watchdog, 10).fatal is None
        pass_time(clock, watchdog, WINDOW_S / REMEDIES)
    assert len(sick.treated) == 10


def test_a_process_that_was_stopped_blames_nobody(clock: FakeClock) -> None:
    """SIGSTOP, a suspended laptop, an emulator that stands still: nobody ran, nobody is late."""
    sick = Patient(clock)
    watchdog = Watchdog(clock, [sick.part])
    sick.pulse("reading", 5.0)
    clock.advance(0.5)
    watchdog.look()
    clock.advance(20.0)
    assert watchdog.look().mended == ()
    clock.advance(ASLEEP_S - 0.5)
    assert watchdog.look().mended == ()
    verdict = pass_time(clock, watchdog, 10)
    assert len(verdict.mended) == 1
    assert 5.0 < verdict.mended[0].for_s < 7.0


class Heard(Notifier):
    """What systemd would be told."""

    def __init__(self) -> None:
        super().__init__({"WATCHDOG_USEC": "10000000"})
        self.messages: list[str] = []

    def _send(self, message: str) -> None:
        self.messages.append(message)


def test_systemd_is_told_that_all_is_well_only_while_nothing_is_stuck(clock: FakeClock) -> None:
    heard, told, wells = Heard(), list[str](), list[int]()
    sick = Patient(clock, helps=None)
    oversight = Oversight(
        clock, heard, told.append, heartbeat=Heartbeat(clock), well=lambda: wells.append(1)
    )
    oversight.watch([sick.part])
    for _ in range(100):
        sick.pulse("reading", 2.0)
        assert oversight.look(State())
        clock.advance(0.5)
    pings = heard.messages.count("WATCHDOG=1")
    assert 10 <= pings <= 15  # every 4 s of 50, where 5 would do
    while oversight.look(State()):
        clock.advance(0.5)
    pings = heard.messages.count("WATCHDOG=1")
    for _ in range(100):
        clock.advance(0.5)
        assert not oversight.look(State())
    assert heard.messages.count("WATCHDOG=1") == pings
    assert told[0].startswith("patient is stuck in reading for ")
    assert oversight.status.last == told[-1]
    assert oversight.fatal is not None
    assert wells == []


def test_the_outside_watchdog_hears_of_what_is_stuck_for_good_and_not_of_what_was_mended(
    clock: FakeClock,
) -> None:
    heartbeat = Heartbeat(clock)
    oversight = Oversight(clock, Heard(), lambda _: None, heartbeat=heartbeat)
    oversight.extend(120.0)
    assert heartbeat.word() == ("hold", {"s": 121})
    sick, worse = Patient(clock), Patient(clock, helps=None)
    oversight.watch([sick.part, worse.part])
    assert oversight.look(State())
    assert heartbeat.word() == ("hold", {"s": 0})
    assert heartbeat.word() == ("beat", {})
    sick.pulse("reading", 0.1)
    clock.advance(0.5)
    assert oversight.look(State())
    assert len(sick.treated) == 1
    assert heartbeat.word() == ("beat", {})
    worse.pulse("writing", 0.1)
    clock.advance(0.5)
    assert not oversight.look(State())
    assert heartbeat.word() == ("stuck", {"what": "patient"})
    oversight.stopping()
    assert heartbeat.last_word() is None


def test_the_outside_watchdog_is_not_told_that_all_is_well_where_nothing_has_helped(
    clock: FakeClock,
) -> None:
    heartbeat = Heartbeat(clock)
    oversight = Oversight(
        *(clock, Heard(), lambda _: None), heartbeat=heartbeat, degraded="5 unclean ends"
    )
    assert oversight.look(State())
    assert heartbeat.word() == ("stuck", {"what": "degraded"})
    oversight.stopping()
    assert heartbeat.last_word() == ("rest", {}), "somebody has stopped it"


def test_when_all_is_well_for_long_it_is_told_once(clock: FakeClock) -> None:
    wells: list[int] = []
    oversight = Oversight(
        clock, Heard(), lambda _: None, heartbeat=Heartbeat(clock), well=lambda: wells.append(1)
    )
    for _ in range(round(3 * WELL_S)):
        clock.advance(1.0)
        oversight.look(State())
    assert wells == [1]


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (State(), "starting, camera closed"),
        (
            State(
                status=Status.RUNNING, camera_state="live", set=2, set_reps=7, counting="push_up"
            ),
            "running, camera live, set 2: 7 x push up",
        ),
        (
            State(status=Status.RUNNING, camera_state="backing_off", camera_reason="unplugged"),
            "running, camera backing off, unplugged",
        ),
        (
            State(status=Status.DEGRADED, last_fault="5 unclean ends"),
            "degraded: 5 unclean ends",
        ),
    ],
)
def test_the_state_fits_into_a_line(state: State, line: str) -> None:
    assert line_of(state) == line
