"""What a slot has to show before its tries are given back, and what happens if it does not."""

import threading
from pathlib import Path

import msgspec
import pytest

from edgecv.clock import FakeClock
from edgecv.events import FrameBooks, State, Stats, Status
from edgecv.status import ModelStatus, MqttStatus, StatusDocument, WatchdogStatus
from edgecv.update.kept import Last, Places, Trial, keep, read
from edgecv.update.proof import RUN_S, TRIAL_S, Proof, end_trial, prove

TRIAL = Trial(
    slot="B", version="0.2.0", from_version="0.1.0", camera=True, broker=True, at="2026-01-01"
)


def books(delivered: int) -> FrameBooks:
    return FrameBooks(delivered, delivered, 0, 0, 0, 0)


RUNNING = StatusDocument(
    version="0.2.0",
    pid=7,
    device_id="box",
    device_name="Box",
    now_s=0.0,
    time="",
    model=ModelStatus(name="blazepose-full", threads=1, selftest_ms=20.0),
    mqtt=MqttStatus(broker="broker:1883", connected=True, acknowledged_s_ago=1.0),
    state=State(status=Status.RUNNING, camera=True, camera_state="live"),
    stats=Stats(camera_fps=30.0, pose_fps=30.0, frames=books(5)),
)
replace = msgspec.structs.replace


def seen_for(seconds: float, status: StatusDocument, trial: Trial | None = TRIAL) -> str | None:
    """What is missing after so long of the same."""
    proof = Proof(trial, 0.0)
    for now_s in range(int(seconds) + 1):
        lacks = proof.lacks(replace(status, now_s=float(now_s)), float(now_s))
    return lacks


def test_a_minute_with_frames_and_a_broker_is_good() -> None:
    assert seen_for(RUN_S - 1, RUNNING) == (
        "the appliance has run for 59 of 60 s without a restart"
    )
    assert seen_for(RUN_S, RUNNING) is None


LACKING = {
    "no frame was processed (the camera: /dev/video0: no such device)": replace(
        RUNNING,
        stats=Stats(camera_fps=0.0, pose_fps=0.0, frames=books(0)),
        state=State(status=Status.RUNNING, camera_reason="/dev/video0: no such device"),
    ),
    "the broker has acknowledged nothing (connection refused)": replace(
        RUNNING, mqtt=MqttStatus(broker="b", connected=False, error="connection refused")
    ),
    "the broker has acknowledged nothing (no answer)": replace(
        RUNNING, mqtt=MqttStatus(broker="b", connected=True)
    ),
    "no broker is configured any more": replace(RUNNING, mqtt=None),
    "the model has not found the person in the built-in picture": replace(
        RUNNING, model=ModelStatus(name="m", threads=1)
    ),
    "the appliance is degraded: it failed too often": replace(
        RUNNING, watchdog=WatchdogStatus(degraded="it failed too often")
    ),
}


@pytest.mark.parametrize("lack", LACKING)
def test_a_new_version_has_to_do_what_the_one_before_did(lack: str) -> None:
    assert seen_for(RUN_S, LACKING[lack]) == lack
    assert seen_for(0, LACKING[lack], trial=None) is None, "one that was good before runs"


def test_what_was_absent_before_the_update_may_be_absent_after_it() -> None:
    alone = replace(
        RUNNING,
        mqtt=MqttStatus(broker="b", connected=False),
        stats=Stats(camera_fps=0.0, pose_fps=0.0, frames=books(0)),
    )
    assert seen_for(RUN_S, alone) is not None
    assert seen_for(RUN_S, alone, replace(TRIAL, camera=False, broker=False)) is None


@pytest.mark.parametrize("camera_state", ["opening", "backing_off", "lost"])
def test_a_box_without_a_camera_comes_to_the_end_of_its_start(camera_state: str) -> None:
    waiting = replace(
        RUNNING,
        stats=Stats(camera_fps=0.0, pose_fps=0.0, frames=books(0)),
        state=State(status=Status.STARTING, camera_state=camera_state, camera_reason="no such"),
    )
    assert seen_for(RUN_S, waiting, replace(TRIAL, camera=False)) is None
    assert seen_for(RUN_S, waiting, TRIAL) == "no frame was processed (the camera: no such)"
    assert seen_for(0, waiting, trial=None) is None


def test_a_camera_that_is_switched_off_shows_no_frames() -> None:
    paused = replace(
        RUNNING,
        state=State(status=Status.PAUSED, camera_on=False),
        stats=Stats(camera_fps=0.0, pose_fps=0.0, frames=books(0)),
    )
    assert seen_for(RUN_S, paused) is None


def test_who_is_not_on_trial_has_to_come_to_the_end_of_its_start() -> None:
    for status in (None, replace(RUNNING, state=State(status=Status.STARTING))):
        assert Proof(None, 0.0).lacks(status, 0.0) is not None
    assert Proof(None, 0.0).lacks(replace(RUNNING, now_s=5.0), 16.0) is not None, "it hangs"
    assert Proof(None, 0.0).lacks(RUNNING, 0.0) is None


def test_the_minute_begins_anew_with_a_restart_a_hang_and_a_start() -> None:
    for other in (
        replace(RUNNING, pid=8, now_s=40.0),
        replace(RUNNING, now_s=20.0),
        replace(RUNNING, now_s=40.0, state=State(status=Status.STARTING)),
        None,
    ):
        proof = Proof(TRIAL, 0.0)
        for now_s in range(40):
            proof.lacks(replace(RUNNING, now_s=float(now_s)), float(now_s))
        assert proof.lacks(other, 40.0) is not None
        assert proof.lacks(replace(RUNNING, now_s=70.0, pid=8), 70.0) is not None
        assert proof.lacks(replace(RUNNING, now_s=131.0, pid=8), 131.0) is None


class Box:
    """A run of the appliance, at a clock that stands still but for those who wait."""

    def __init__(self, folder: Path, status: StatusDocument | None) -> None:
        self.places = Places(data=folder, run=folder / "run")
        self.clock = FakeClock()
        self.status = status

    def look(self) -> StatusDocument | None:
        return self.status and replace(self.status, now_s=self.clock.now())

    def prove(self, *, last_resort: bool = False) -> bool:
        return prove(self.places, "B", self.clock, self.look, last_resort=last_resort)


def test_a_trial_that_succeeds_is_told_and_over(tmp_path: Path) -> None:
    box = Box(tmp_path, RUNNING)
    keep(box.places.trial, TRIAL)
    assert box.prove()
    assert box.clock.now() == RUN_S
    end_trial(box.places, "B", box.clock)
    last = read(box.places.last, Last)
    assert last is not None
    assert (last.version, last.from_version, last.outcome) == ("0.2.0", "0.1.0", "good")
    assert not box.places.trial.exists()


def test_a_trial_that_fails_gives_the_box_up_after_five_minutes_and_says_why(
    tmp_path: Path,
) -> None:
    box = Box(tmp_path, None)
    keep(box.places.trial, TRIAL)
    assert not box.prove()
    assert box.clock.now() == TRIAL_S
    trial = read(box.places.trial, Trial)
    assert trial is not None
    assert trial.missing == "after 5 minutes the appliance does not run"


@pytest.mark.parametrize("trial", [None, replace(TRIAL, slot="A")])
def test_who_is_not_on_trial_never_gives_the_box_up(tmp_path: Path, trial: Trial | None) -> None:
    box = Box(tmp_path, None)
    if trial is not None:
        keep(box.places.trial, trial)
    waits = 0

    class Patient(FakeClock):
        def wait(self, event: threading.Event, seconds: float) -> bool:
            nonlocal waits
            waits += 1
            box.status = RUNNING if self.now() > 10 * TRIAL_S else None
            return super().wait(event, seconds)

    box.clock = Patient()
    assert box.prove()
    assert waits > 10 * TRIAL_S


def test_nobody_is_given_up_for_want_of_another_slot(tmp_path: Path) -> None:
    box = Box(tmp_path, None)
    keep(box.places.trial, TRIAL)

    class Late(FakeClock):
        def wait(self, event: threading.Event, seconds: float) -> bool:
            box.status = RUNNING if self.now() > TRIAL_S else None
            return super().wait(event, seconds)

    box.clock = Late()
    assert box.prove(last_resort=True)
