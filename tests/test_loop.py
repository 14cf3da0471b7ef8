"""A loop on a thread says how it ended."""

import threading

import pytest

from edgecv.errors import SourceError
from edgecv.loop import Loop


def wait_for_stop(stop: threading.Event) -> None:
    stop.wait(60)


def test_it_runs_until_it_is_asked_to_stop() -> None:
    ended = threading.Event()
    loop = Loop("test", wait_for_stop, ended.set)
    loop.start()
    assert not loop.join(0)

    loop.ask_to_stop()

    assert loop.join(10)
    assert loop.join(0)
    assert ended.is_set()
    assert loop.over
    assert loop.failure is None


def test_a_failure_is_kept_and_ends_it() -> None:
    def fail(_stop: threading.Event) -> None:
        raise SourceError("gone")

    loop = Loop("test", fail, lambda: None)
    loop.start()

    assert loop.join(10)
    assert isinstance(loop.failure, SourceError)


def test_a_bug_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def stumble(_stop: threading.Event) -> None:
        raise ZeroDivisionError

    loop = Loop("test", stumble, lambda: None)
    loop.start()

    assert loop.join(10)
    assert isinstance(loop.failure, ZeroDivisionError)
    assert "the test thread ended by a bug" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_one_that_never_began_has_ended() -> None:
    assert Loop("test", lambda _stop: None, lambda: None).join(0)
