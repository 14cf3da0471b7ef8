"""The slot keeps the newest frame, and its books balance."""

import threading

import numpy as np
import pytest

from edgecv.frames import Books, Frame, LatestFrame

IMAGE = np.zeros((2, 2, 3), np.uint8)


def frame(number: int) -> Frame:
    return Frame(number, captured_s=number / 30, time_s=number / 30, content=IMAGE)


def test_a_newer_frame_replaces_an_older_one_which_is_superseded() -> None:
    slot = LatestFrame()
    slot.put(frame(1))
    slot.put(frame(2))

    taken = slot.take(0)

    assert taken is not None
    assert taken.number == 2
    assert slot.books() == Books(captured=2, superseded=1, in_flight=1)


def test_the_same_frame_is_never_handed_out_twice() -> None:
    slot = LatestFrame()
    slot.put(frame(1))
    slot.take(0)

    assert slot.take(0) is None


@pytest.mark.parametrize("outcome", ["delivered", "skipped", "failed"])
def test_a_taken_frame_is_in_flight_until_it_is_settled(outcome: str) -> None:
    slot = LatestFrame()
    slot.put(frame(1))
    slot.take(0)
    assert slot.books().in_flight == 1

    getattr(slot, outcome)()

    books = slot.books()
    assert getattr(books, outcome) == 1
    assert books.in_flight == 0
    assert books.balanced


def test_a_frame_left_in_a_closed_slot_is_skipped_and_no_more_are_taken_on() -> None:
    slot = LatestFrame()
    slot.put(frame(1))

    slot.close()

    assert slot.put(frame(2)) is False
    assert slot.take(1) is None
    assert slot.books() == Books(captured=1, skipped=1)


def test_at_the_end_of_the_source_what_is_in_the_slot_is_still_taken() -> None:
    slot = LatestFrame()
    slot.put(frame(1))
    slot.end()
    assert not slot.exhausted

    assert slot.take(1) is not None
    assert slot.exhausted
    assert slot.take(60) is None


@pytest.mark.parametrize("ending", ["close", "end"])
def test_whoever_waits_for_a_frame_is_let_go_at_once_when_none_will_come(ending: str) -> None:
    slot = LatestFrame()
    waiter = threading.Thread(target=slot.take, args=(3600,))
    waiter.start()

    getattr(slot, ending)()

    waiter.join(10)
    assert not waiter.is_alive()


def test_a_lossless_slot_makes_the_source_wait_and_drops_nothing() -> None:
    slot = LatestFrame(lossless=True)
    source = threading.Thread(target=lambda: [slot.put(frame(n)) for n in range(1, 101)])
    source.start()

    numbers: list[int] = []
    while len(numbers) < 100 and (taken := slot.take(10)) is not None:
        numbers.append(taken.number)
        slot.delivered()
    source.join(10)

    assert numbers == list(range(1, 101))
    assert slot.books() == Books(captured=100, delivered=100)


def test_a_source_that_waits_for_a_lossless_slot_is_let_go_when_it_is_closed() -> None:
    slot = LatestFrame(lossless=True)
    slot.put(frame(1))
    source = threading.Thread(target=slot.put, args=(frame(2),))
    source.start()

    slot.close()

    source.join(10)
    assert not source.is_alive()
    assert slot.books() == Books(captured=1, skipped=1)


def test_the_books_balance_at_every_instant_while_two_threads_work() -> None:
    slot = LatestFrame()
    unbalanced: list[Books] = []
    done = threading.Event()

    def consume() -> None:
        while not slot.exhausted:
            if slot.take(1) is not None:
                slot.delivered()

    def audit() -> None:
        while not done.is_set():
            books = slot.books()
            if not books.balanced:
                unbalanced.append(books)

    threads = [threading.Thread(target=consume), threading.Thread(target=audit)]
    for thread in threads:
        thread.start()
    for number in range(1, 5001):
        slot.put(frame(number))
    slot.end()
    threads[0].join(10)
    done.set()
    threads[1].join(10)

    assert not unbalanced
    books = slot.books()
    assert books.captured == 5000
    assert books.delivered + books.superseded == 5000
