"""What is put into a mailbox, and what whoever takes gets to see of it."""

import threading
from collections.abc import Callable

from edgecv.sinks.mailbox import Mailbox
from tests.messages import recorded, state, stats


def test_events_come_out_once_and_in_the_order_in_which_they_were_put() -> None:
    mailbox = Mailbox()
    for number in range(5):
        mailbox.put_event(recorded(number))
    assert [mailbox.take_event() for _ in range(5)] == [recorded(number) for number in range(5)]
    assert mailbox.take_event() is None


def test_a_full_mailbox_gives_up_the_oldest_events_and_counts_them() -> None:
    mailbox = Mailbox(events_kept=3)
    for number in range(5):
        mailbox.put_event(recorded(number))
    assert mailbox.dropped == 2
    assert mailbox.take_event() == recorded(2)


def test_only_the_latest_state_and_the_latest_stats_come_out_and_only_once() -> None:
    mailbox = Mailbox()
    for number in range(3):
        mailbox.put_state(state(number))
        mailbox.put_stats(stats(number))
    assert mailbox.take_state() == state(2)
    assert mailbox.take_state() is None
    assert mailbox.take_stats() == stats(2)
    assert mailbox.take_stats() is None


def test_each_kind_of_mail_and_a_wake_end_the_wait() -> None:
    puts: list[Callable[[Mailbox], None]] = [
        lambda mailbox: mailbox.put_event(recorded(1)),
        lambda mailbox: mailbox.put_state(state(1)),
        lambda mailbox: mailbox.put_stats(stats(1)),
        lambda mailbox: mailbox.wake(),
    ]
    for put in puts:
        mailbox = Mailbox()
        waiter = threading.Thread(target=mailbox.wait, args=(None,), daemon=True)
        waiter.start()
        put(mailbox)
        waiter.join(10)
        assert not waiter.is_alive()


def test_the_wait_ends_by_itself_when_nothing_comes() -> None:
    mailbox = Mailbox()
    mailbox.wait(0.0)
    assert mailbox.take_event() is None


def test_every_put_and_every_wake_is_told_to_a_thread_that_waits_for_something_else() -> None:
    told: list[None] = []
    mailbox = Mailbox(on_change=lambda: told.append(None))
    mailbox.put_event(recorded(1))
    mailbox.put_state(state(1))
    mailbox.put_stats(stats(1))
    mailbox.wake()
    assert len(told) == 4


def test_nothing_is_lost_or_doubled_between_threads() -> None:
    mailbox = Mailbox(events_kept=2000)
    taken: list[object] = []

    def take() -> None:
        while len(taken) < 2000:
            mailbox.wait(10)
            while (event := mailbox.take_event()) is not None:
                taken.append(event)

    taker = threading.Thread(target=take, daemon=True)
    taker.start()
    events = [recorded(number) for number in range(2000)]
    for event in events:
        mailbox.put_event(event)
    taker.join(10)
    assert taken == events
