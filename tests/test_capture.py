"""The thread that owns a source, and who looks after it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from edgecv.capture.connection import FROZEN_S, CaptureState
from edgecv.capture.source import Bounds, EndOfSource, Grab, SourceInfo
from edgecv.capture.supervisor import GIVEN_UP, Capture
from edgecv.capture.worker import CaptureWorker
from edgecv.clock import FakeClock, SystemClock
from edgecv.errors import SourceError
from edgecv.frames import LatestFrame
from edgecv.host.held import held_by_us

END = EndOfSource()
FRAME = "frame"
SAME = "the same frame"


class ScriptedSource:
    """Does what the script says, one entry a read; remembers which thread called what."""

    name = "scripted"
    bounds = Bounds(open_s=5.0, read_s=3.0, by="the script")
    device: str | None = None
    true_reps = None

    def __init__(
        self,
        script: "list[str | Exception | Callable[[], None] | None]",
        *,
        live: bool = True,
        opens: "list[Exception | None] | None" = None,
        clock: FakeClock | None = None,
        read_s: float = 0.1,
    ) -> None:
        self.live = live
        self.calls: list[tuple[str, str]] = []
        self._script = iter(script)
        self._opens = iter(opens or [])
        self._clock = clock
        self._read_s = read_s
        self._shade = 0

    def open(self, stop: threading.Event) -> SourceInfo:  # noqa: ARG002
        self._note("open")
        failure = next(self._opens, None)
        if failure is not None:
            raise failure
        return SourceInfo(8, 8, 30.0)

    def read(self, stop: threading.Event) -> Grab | None:  # noqa: ARG002
        self._note("read")
        if self._clock is not None:
            self._clock.advance(self._read_s)
        entry = next(self._script, END)
        if isinstance(entry, Exception):
            raise entry
        if entry is None:
            return None
        if callable(entry):
            entry()
        self._shade += entry != SAME
        return Grab(np.full((8, 8, 3), self._shade % 256, np.uint8), recorded_s=None)

    def release(self) -> None:
        self._note("release")

    def calls_made(self) -> list[str]:
        return [call for call, _ in self.calls]

    def _note(self, call: str) -> None:
        self.calls.append((call, threading.current_thread().name))


class Hanging(ScriptedSource):
    """Its first read does not return before it is told to."""

    def __init__(self, device: str | None = None) -> None:
        super().__init__([])
        self.device = device
        self.reading = threading.Event()
        self.go_on = threading.Event()

    def read(self, stop: threading.Event) -> Grab | None:
        self._note("read")
        self.reading.set()
        assert self.go_on.wait(30)
        self._note("read returned")
        return super().read(stop)


def run_to_the_end(
    source: ScriptedSource, clock: FakeClock | None = None, slot: LatestFrame | None = None
) -> CaptureWorker:
    worker = CaptureWorker(source, slot or LatestFrame(), clock or FakeClock(), lambda: None)
    worker.start()
    assert worker.join(10)
    return worker


def test_only_the_capture_thread_touches_the_source_and_releases_it_once() -> None:
    source = ScriptedSource([FRAME] * 3, live=False)
    worker = run_to_the_end(source)

    assert {thread for _, thread in source.calls} == {"capture"}
    assert source.calls_made() == ["open", *["read"] * 4, "release"]
    assert worker.failure is None
    assert worker.status.state is CaptureState.CLOSED


def test_the_source_is_not_released_before_its_read_has_returned() -> None:
    source = Hanging()
    worker = CaptureWorker(source, LatestFrame(), SystemClock(), lambda: None)
    worker.start()
    assert source.reading.wait(10)

    worker.ask_to_stop()
    assert not worker.join(0.01)
    assert source.calls_made() == ["open", "read"]
    source.go_on.set()

    assert worker.join(10)
    assert source.calls_made()[-2:] == ["read", "release"]


def test_a_recording_that_fails_is_released_and_its_failure_is_kept() -> None:
    source = ScriptedSource([FRAME, SourceError("damaged")], live=False)
    slot = LatestFrame()
    worker = run_to_the_end(source, slot=slot)

    assert str(worker.failure) == "damaged"
    assert worker.status.reason == "damaged"
    assert source.calls[-1] == ("release", "capture")
    slot.take(0)
    assert slot.exhausted


def test_a_live_source_that_fails_is_opened_again_until_it_is_there() -> None:
    clock = FakeClock()
    absent = [SourceError("no such device")] * 20
    source = ScriptedSource([FRAME, FRAME], opens=list(absent), clock=clock)
    worker = run_to_the_end(source, clock)

    assert source.calls_made().count("open") == 21
    assert source.calls_made().count("release") == 21
    assert worker.failure is None
    assert clock.now() > 200


def test_a_live_source_that_fails_while_it_is_read_is_released_and_opened_again() -> None:
    clock = FakeClock()
    slot = LatestFrame()
    source = ScriptedSource([FRAME, SourceError("unplugged"), FRAME, FRAME], clock=clock)
    worker = run_to_the_end(source, clock, slot)

    assert source.calls_made() == [
        *("open", "read", "read", "release"),
        *("open", "read", "read", "read", "release"),
    ]
    assert worker.reconnects == 1
    assert slot.books().captured == 3


def test_a_source_that_gives_nothing_for_seconds_is_opened_anew() -> None:
    clock = FakeClock()
    source = ScriptedSource([FRAME, None, None, None, FRAME], clock=clock, read_s=1.0)
    worker = run_to_the_end(source, clock)

    assert source.calls_made().count("open") == 2
    assert worker.stalls == 1
    assert worker.reconnects == 1


def test_a_picture_that_does_not_change_is_met_with_one_reopening_and_then_reported_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock()
    seen: list[bool] = []
    told: list[bool] = []
    source = ScriptedSource([], clock=clock)
    worker = CaptureWorker(source, LatestFrame(), clock, lambda: told.append(worker.covered))
    source._script = iter(
        [FRAME, *[SAME] * 400, lambda: seen.append(told[-1]), FRAME, lambda: seen.append(told[-1])]
    )
    worker.start()

    assert worker.join(10)
    assert source.calls_made().count("open") == 2
    assert seen == [True, False]
    assert caplog.text.count("is frozen, or something covers it") == 1


def test_pictures_that_come_again_and_again_are_not_frozen() -> None:
    """One of them twice in a row, as of a test picture, or in the dark."""
    clock = FakeClock()
    source = ScriptedSource([], clock=clock)
    worker = CaptureWorker(source, LatestFrame(), clock, lambda: None)
    source._script = iter([lambda: setattr(source, "_shade", 0), FRAME, SAME] * 100)
    worker.start()

    assert worker.join(10)
    assert clock.now() > FROZEN_S
    assert source.calls_made().count("open") == 1


def test_on_pause_the_source_is_released_and_afterwards_opened_again() -> None:
    clock = SystemClock()
    states: list[CaptureState] = []
    paused = threading.Event()

    def changed() -> None:
        states.append(worker.status.state)
        if states[-1] is CaptureState.PAUSED:
            paused.set()

    source = ScriptedSource([])
    slot = LatestFrame()
    worker = CaptureWorker(source, slot, clock, changed)
    source._script = iter([FRAME, lambda: worker.pause(True), FRAME, FRAME])
    worker.start()
    assert paused.wait(10)
    assert source.calls_made()[-1] == "release"

    worker.pause(False)

    assert worker.join(10)
    assert source.calls_made().count("open") == 2
    assert CaptureState.PAUSED in states


@pytest.mark.parametrize("moment", ["before the start", "while paused", "while backing off"])
def test_stop_ends_it_at_once_at_any_moment(moment: str) -> None:
    reached = threading.Event()
    worker = CaptureWorker(
        ScriptedSource([], opens=[SourceError("absent")] * 99),
        LatestFrame(),
        SystemClock(),
        lambda: (
            reached.set()
            if worker.status.state in (CaptureState.PAUSED, CaptureState.BACKING_OFF)
            else None
        ),
    )
    if moment == "before the start":
        worker.ask_to_stop()
    elif moment == "while paused":
        worker.pause(True)
    worker.start()
    if moment != "before the start":
        assert reached.wait(10)
        worker.ask_to_stop()

    assert worker.join(10)
    assert worker.status.state is CaptureState.CLOSED


def test_a_device_that_is_still_held_after_its_release_is_found_and_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    device = tmp_path / "video0"
    device.write_bytes(b"x")
    source = ScriptedSource([FRAME], live=False)
    source.device = str(device)

    leaked: list[IO[bytes]] = []
    source._script = iter([lambda: leaked.append(device.open("rb"))])
    assert run_to_the_end(source).still_held == 1
    leaked[0].close()
    assert "is still held after its release: pid" in caplog.text
    assert held_by_us(str(device)) == []


def check(capture: Capture) -> str | None:
    """As the watchdog does: what the process has to end for."""
    stuck = capture.pulse.late("capture")
    return None if stuck is None or capture.replace(stuck) else stuck.words


def test_a_stuck_thread_of_a_source_without_a_device_is_replaced() -> None:
    clock = FakeClock()
    stuck, sound = Hanging(), ScriptedSource([FRAME, FRAME])
    sources = iter([stuck, sound])
    slot = LatestFrame()
    over = threading.Event()
    capture = Capture(sources, slot, clock, over.set)
    capture.start()
    assert stuck.reading.wait(10)
    assert check(capture) is None
    clock.advance(3.1)

    assert check(capture) is None
    assert capture.abandoned == 1
    assert capture.join(10)
    assert slot.books().captured == 2
    assert "release" not in stuck.calls_made()

    stuck.go_on.set()
    deadline = threading.Event()
    while "release" not in stuck.calls_made():
        assert not deadline.wait(0.01)
    assert slot.books().captured == 2


def test_a_stuck_device_is_named_for_the_process_to_end() -> None:
    clock = FakeClock()
    stuck = Hanging(device="/dev/video0")
    capture = Capture(iter([stuck]), LatestFrame(), clock, lambda: None)
    capture.start()
    assert stuck.reading.wait(10)
    clock.advance(3.1)

    assert check(capture) == "capture is stuck in read of scripted for 3.1 s"
    stuck.go_on.set()
    capture.ask_to_stop()
    assert capture.join(10)


def test_too_many_stuck_threads_end_the_process_as_well() -> None:
    clock = FakeClock()
    sources = [Hanging() for _ in range(GIVEN_UP + 1)]
    supply = iter(sources)
    capture = Capture(supply, LatestFrame(), clock, lambda: None)
    capture.start()
    for number, source in enumerate(sources):
        assert source.reading.wait(10)
        clock.advance(3.1)
        assert (check(capture) is not None) == (number == GIVEN_UP)

    for source in sources:
        source.go_on.set()
    capture.ask_to_stop()
    assert capture.join(10)
