"""One conversation with a controller, without a port and without a clock."""

import random
from typing import Any

import pytest

from edgecv.clock import FakeClock
from edgecv.errors import SerialError
from edgecv.events import State, Status
from edgecv.serial_line.heartbeat import LOOKED_S, Heartbeat
from edgecv.serial_line.messages import Button, Cut, line_of, shown
from edgecv.serial_line.protocol import VERSION, Frame, Parser, encode
from edgecv.serial_line.session import (
    ANSWER_S,
    SILENT_S,
    Heard,
    Known,
    Session,
    StrangerError,
)
from tests.messages import state, stats


class Talk:
    """A session, and a controller that says what the test wants."""

    def __init__(self, known: Known | None = None) -> None:
        self.clock = FakeClock(1000.0)
        self.held_s = 0.0
        self.heartbeat = Heartbeat(self.clock, lambda: self.held_s)
        self.session = Session(
            *("/dev/ttyACM0", self.heartbeat, known or Known()),
            device_id="gym",
            version="0.1.0",
            now_s=self.clock.now(),
        )

    def hear(self, kind: str, **fields: object) -> list[Heard]:
        return self.session.receive(encode(kind, **fields), self.clock.now())

    def greet(self, n: int = 1, boot: str = "AA", **more: object) -> list[Heard]:
        return self.hear("hello", n=n, v=VERSION, board="pico", version="1.0", boot=boot, **more)

    def says(self, seconds: float = 0.0) -> list[Frame]:
        """What it says in so long, looked at sixteen times a second."""
        frames = Parser().feed(self.session.due(self.clock.now()))
        for _ in range(round(seconds * 16)):
            self.clock.advance(1 / 16)
            frames += Parser().feed(self.session.due(self.clock.now()))
        return frames

    def kinds(self, seconds: float = 0.0) -> list[str]:
        return [frame.kind for frame in self.says(seconds)]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_it_introduces_itself_until_somebody_answers(talk: Talk) -> None:
    assert talk.kinds(3.0) == ["hello"] * 4
    talk.greet()
    assert talk.kinds(3.0) == ["ack"]


def test_only_the_latest_state_is_shown(talk: Talk) -> None:
    talk.greet()
    talk.says()
    for reps in range(100):
        talk.session.show(shown(state(reps), None))
    counts = [frame.fields["count"] for frame in talk.says(0.5)]
    assert counts == ["99"]


def test_a_state_is_shown_at_most_ten_times_a_second(talk: Talk) -> None:
    talk.greet()
    shows = 0
    for reps in range(128):
        talk.session.show(shown(state(reps), None))
        shows += talk.kinds().count("show")
        talk.clock.advance(1 / 64)
    assert 18 <= shows <= 21


def test_a_state_that_is_not_acknowledged_is_sent_again(talk: Talk) -> None:
    talk.greet()
    talk.session.show(shown(state(5), None))
    assert talk.kinds(3.0).count("show") >= 3
    number = 1
    talk.hear("ack", n=number)
    assert "show" not in talk.kinds(10.0)


def test_a_button_counts_once_however_often_it_is_told(talk: Talk) -> None:
    talk.greet()
    assert talk.hear("button", n=2, name="reset") == [Button("reset")]
    assert talk.hear("button", n=2, name="reset") == []
    assert [frame.fields["n"] for frame in talk.says() if frame.kind == "ack"] == ["1", "2", "2"]
    assert talk.hear("button", n=3, name="reset") == [Button("reset")]


def test_a_controller_that_has_started_anew_counts_its_numbers_anew(talk: Talk) -> None:
    talk.greet()
    talk.session.show(shown(state(5), None))
    talk.hear("button", n=2, name="next")
    talk.says()
    talk.hear("ack", n=1)
    talk.greet(boot="BB")
    assert talk.hear("button", n=2, name="next") == [Button("next")]
    assert "show" in talk.kinds(0.5), "its display is empty"


def test_a_cut_is_told_once_under_whatever_number_and_however_often_the_line_is_cut() -> None:
    known = Known()
    talk = Talk(known)
    cut: dict[str, Any] = {"cut": "camera", "cut_n": 1, "why": "capture", "silent": 61, "ago": 95}
    assert talk.greet(n=4, **cut) == [Cut(1, "camera", "capture", 61, 95)]
    assert talk.greet(n=4, **cut) == []
    assert talk.greet(n=5, **cut) == []
    assert Talk(known).greet(n=6, **cut) == []
    assert talk.greet(n=7, **{**cut, "cut_n": 2}) == [Cut(2, "camera", "capture", 61, 95)]
    assert talk.greet(n=8, boot="BB", **cut) == [Cut(1, "camera", "capture", 61, 95)]
    assert Cut(1, "camera", "capture", 61, 95).words == "no heartbeat for 61 s (capture was stuck)"
    assert Cut(2, "board", "silence", 61, 95).words == "no heartbeat for 61 s (without a word)"


def test_a_controller_that_falls_silent_is_noticed(talk: Talk) -> None:
    talk.greet()
    talk.clock.advance(SILENT_S - 1)
    talk.session.check(talk.clock.now())
    talk.clock.advance(2)
    with pytest.raises(SerialError, match="says nothing any more"):
        talk.session.check(talk.clock.now())


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        (b"", "nothing answers on /dev/ttyACM0"),
        (b"$GPGGA,123519,4807.038,N*47\r\n", "is no controller of edgecv, or has another baud"),
        (b"\x00\xff\xfe", "says b'"),
        (encode("power", mv=5000), "is no controller of edgecv"),
        (encode("hello", n=1, v="x"), "is no controller of edgecv"),
    ],
)
def test_what_is_no_controller_is_told_from_one(talk: Talk, heard: bytes, words: str) -> None:
    talk.session.receive(heard, talk.clock.now())
    talk.session.check(talk.clock.now())
    talk.clock.advance(ANSWER_S + 1)
    with pytest.raises(StrangerError, match=words):
        talk.session.check(talk.clock.now())


def test_another_version_of_the_protocol_is_named(talk: Talk) -> None:
    talk.hear("hello", n=1, v=VERSION + 1, board="pico", version="9", boot="A")
    with pytest.raises(StrangerError, match=f"speaks version {VERSION + 1} of the protocol"):
        talk.session.check(talk.clock.now())


def test_what_is_not_known_is_passed_over(talk: Talk) -> None:
    talk.greet(new="thing")
    assert talk.hear("weather", sun="yes") == []
    assert talk.hear("button") == []
    assert talk.hear("power", mv="much") == []
    assert talk.session.supply_v is None
    talk.hear("power", mv=4980)
    assert talk.session.supply_v == 4.98


def test_there_are_heartbeats_only_while_nothing_is_stuck(talk: Talk) -> None:
    talk.greet()
    assert "beat" not in talk.kinds(3.0)
    for _ in range(5):
        talk.heartbeat.looked(None)
        assert talk.kinds(1.0).count("beat") == 1
    talk.heartbeat.looked("inference")
    assert Frame("stuck", {"what": "inference"}) in talk.says(2.0)
    talk.heartbeat.looked(None)
    assert "beat" in talk.kinds(1.0)


def test_a_main_thread_that_looks_at_nothing_any_more_is_stuck(talk: Talk) -> None:
    talk.greet()
    talk.heartbeat.looked(None)
    talk.says(LOOKED_S + 1)
    assert set(talk.kinds(5.0)) == {"stuck"}


def test_while_it_is_held_off_it_is_told_for_how_long_and_when_that_is_over(talk: Talk) -> None:
    talk.greet()
    talk.says()
    talk.heartbeat.looked(None)
    talk.held_s = 600.0
    assert talk.says(1.0)[-1] == Frame("hold", {"s": "601"})
    talk.held_s = 0.0
    talk.heartbeat.looked(None)
    assert [frame for frame in talk.says(1.0) if frame.kind != "beat"] == [
        Frame("hold", {"s": "0"})
    ]
    assert "beat" in talk.kinds(1.0)


def test_a_start_that_takes_long_is_waited_for(talk: Talk) -> None:
    talk.greet()
    talk.says()
    talk.heartbeat.extend(120.0)
    assert talk.says(1.0)[-1].kind == "hold"


@pytest.mark.parametrize(
    ("stuck", "held_s", "restart", "words"),
    [
        (None, 0.0, False, ["rest"]),
        (None, 300.0, False, ["hold"]),
        (None, 0.0, True, ["hold"]),
        ("degraded", 0.0, False, ["rest"]),
        ("degraded", 0.0, True, ["hold"]),
        ("capture", 0.0, False, []),
    ],
)
def test_who_ends_as_asked_is_not_missed_and_who_is_stuck_is(
    talk: Talk, stuck: str | None, held_s: float, restart: bool, words: list[str]
) -> None:
    talk.greet()
    talk.heartbeat.looked(stuck)
    talk.held_s = held_s
    if restart:
        talk.heartbeat.restarting()
    talk.heartbeat.ending(stuck=stuck == "capture")
    talk.clock.advance(LOOKED_S + 1)  # stopping may take a while
    assert [frame.kind for frame in Parser().feed(talk.session.last_words())] == words


def test_the_last_state_goes_before_the_last_word(talk: Talk) -> None:
    talk.greet()
    talk.session.show(shown(state(5), None))
    assert [frame.kind for frame in Parser().feed(talk.session.last_words())] == ["show", "rest"]


def test_no_frame_whatever_it_says_ends_a_conversation() -> None:
    chance = random.Random(6)
    kinds = ("hello", "ack", "button", "power", "cut", "beat")
    keys = ("n", "v", "board", "version", "boot", "name", "mv", "cut", "cut_n", "why", "silent")
    values = ("1", "2", "-1", "0", "9" * 40, "1_0", "next", "camera", "x", "1.5", "-")
    talk = Talk()
    for _ in range(3000):
        fields = {key: chance.choice(values) for key in chance.sample(keys, chance.randint(0, 11))}
        talk.hear(chance.choice(kinds), **fields, ago=chance.choice(values))
        talk.says(chance.choice((0.0, 0.125)))
    assert talk.session.sent > 100


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (state(12), "12 squat, set 1, running, 30 fps"),
        (State(status=Status.STARTING), "0 auto, starting, 30 fps"),
        (
            State(status=Status.RUNNING, camera_state="backing_off", exercise="push_up"),
            "0 push up, camera backing off, 30 fps",
        ),
        (
            State(
                status=Status.RUNNING,
                camera_state="live",
                counting="plank",
                set=2,
                hold_s=31.4,
                readiness="too_close",
            ),
            "31 plank, set 2, running, too close, 30 fps",
        ),
        (
            State(status=Status.RUNNING, camera_state="live", person=False),
            "0 auto, running, no person, 30 fps",
        ),
    ],
)
def test_a_display_that_only_listens_gets_a_line(now: State, line: str) -> None:
    assert line_of(now, stats(1)) == line
