"""A bound for what may never return: a driver, a name server."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

NAME = "check"
"""Of the threads."""


class Overtime(Exception):
    """It has not returned in time; its thread is left alone, and ends with the process."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` gives or raises, on a thread of its own. Raises Overtime after `seconds`."""
    given: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            given.append(call())
        except BaseException as error:  # noqa: BLE001 - it is raised again, where it was called
            raised.append(error)

    thread = threading.Thread(target=run, name=NAME, daemon=True)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    if not given:
        raise Overtime
    return given[0]


def wait_for_the_rest(seconds: float) -> None:
    """For threads that are about to come back, so many seconds at most."""
    for thread in threading.enumerate():
        if thread.name == NAME:
            thread.join(seconds)


def left_behind() -> bool:
    """Some thread has still not come back: an ordinary end of the process might wait for it."""
    return any(thread.name == NAME for thread in threading.enumerate())
