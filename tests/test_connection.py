"""What becomes of a source that comes and goes, on times that the test makes up."""

import pytest

from edgecv.backoff import FIRST_S, GOOD_S, JITTER, LONGEST_S, Backoff
from edgecv.capture.connection import (
    FROZEN_S,
    LOST_S,
    STALLED_S,
    CaptureState,
    Connection,
    FrozenPicture,
)


@pytest.fixture
def connection() -> Connection:
    return Connection(Backoff(seed=1), now_s=0.0)


def state_of(connection: Connection) -> CaptureState:
    return connection.status.state


def test_a_source_is_opening_then_live(connection: Connection) -> None:
    assert state_of(connection) is CaptureState.CLOSED
    connection.opening(1)
    assert state_of(connection) is CaptureState.OPENING
    connection.frame(2)
    assert state_of(connection) is CaptureState.LIVE
    connection.frame(3)
    assert connection.status.since_s == 2
    assert connection.opened == 1


def test_a_live_source_without_frames_is_stalled_and_then_to_be_opened_anew(
    connection: Connection,
) -> None:
    connection.opening(0)
    connection.frame(0)

    assert not connection.nothing(1)
    assert state_of(connection) is CaptureState.STALLED
    assert not connection.nothing(2)
    assert connection.nothing(STALLED_S)
    assert connection.stalls == 1


def test_one_that_never_gave_a_frame_is_to_be_opened_anew_as_well(connection: Connection) -> None:
    connection.opening(10)

    assert not connection.nothing(11)
    assert connection.nothing(10 + STALLED_S)
    assert connection.stalls == 0


def test_a_frame_ends_a_stall(connection: Connection) -> None:
    connection.opening(0)
    connection.frame(0)
    connection.nothing(1)

    connection.frame(1.5)

    assert state_of(connection) is CaptureState.LIVE
    assert not connection.nothing(2.5)
    assert connection.stalls == 2
    assert connection.opened == 1


def test_a_failure_is_named_and_without_frames_for_long_the_source_is_lost(
    connection: Connection,
) -> None:
    connection.opening(0)
    connection.frame(0)

    connection.failed(5, "unplugged")
    assert (connection.status.state, connection.status.reason) == (
        CaptureState.BACKING_OFF,
        "unplugged",
    )
    connection.opening(6)
    connection.failed(LOST_S, "no such device")
    assert state_of(connection) is CaptureState.LOST
    connection.opening(LOST_S + 1)
    assert state_of(connection) is CaptureState.LOST
    connection.frame(LOST_S + 2)
    assert state_of(connection) is CaptureState.LIVE
    assert connection.opened == 2


def test_waits_double_with_jitter_up_to_a_bound() -> None:
    waits = [Backoff(seed=seed).failed() for seed in range(100)]
    assert min(waits) >= FIRST_S * (1 - JITTER)
    assert max(waits) <= FIRST_S * (1 + JITTER)
    assert len(set(waits)) > 90

    backoff = Backoff(seed=1)
    for failures in range(50):
        plain_s = min(LONGEST_S, FIRST_S * 2**failures)
        assert abs(backoff.failed() / plain_s - 1) <= JITTER


def test_a_good_minute_makes_the_next_wait_a_short_one() -> None:
    backoff = Backoff(seed=1)
    for _ in range(10):
        backoff.failed(good_s=GOOD_S - 1)
    assert backoff.failed(good_s=GOOD_S - 1) > 10

    assert backoff.failed(good_s=GOOD_S) < 1


def test_the_same_picture_for_long_is_frozen_and_a_change_ends_it() -> None:
    frozen = FrozenPicture()

    assert not frozen.update(0, 7)
    assert not frozen.update(FROZEN_S - 0.1, 7)
    assert frozen.update(FROZEN_S, 7)
    assert not frozen.update(FROZEN_S + 1, 8)
    assert not frozen.update(FROZEN_S + 2, 7)
