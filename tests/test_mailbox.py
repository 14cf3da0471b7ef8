"""What is put into a mailbox, and what whoever takes gets to see of it."""

import threading
from collections.abc import Callable

from edgecv.events import CaptureStats, FrameBooks, RepEvent, State, Stats, Status
from edgecv.sinks.mailbox import Mailbox


def rep(number: int) -> RepEvent:
    return RepEvent(
        id=f"test-{number}",
        time="2026-01-01T00:00:00.000+00:00",
        exercise="squat",
        reps=number,
        set=1,
        set_reps=number,
        duration_s=2.0,
        amplitude=1.0,
        frame_age_s=0.1,
    )


def state(reps: int) -> State:
    return State(
        status=Status.RUNNING,
        exercise="squat",
        reps=reps,
        set=1,
        set_reps=reps,
        person=True,
        camera=True,
        camera_state="live",
        camera_reason=None,
    )


def stats(uptime_s: int) -> Stats:
    return Stats(
        camera_fps=30.0,
        pose_fps=30.0,
        inference_ms=10.0,
        frame_age_ms=20.0,
        frame_age_p95_ms=30.0,
        frames=FrameBooks(captured=0, delivered=0, superseded=0, skipped=0, failed=0, in_flight=0),
        capture=CaptureStats(
            width=640,
            height=480,
            fps=30.0,
            form="MJPG",
            stalls=0,
            reconnects=0,
            release_ms=None,
            forced_releases=0,
            still_held=0,
        ),
        memory_mb=100.0,
        uptime_s=uptime_s,
        events_waiting=0,
        events_dropped=0,
    )


def test_events_come_out_once_and_in_the_order_in_which_they_were_put() -> None:
    mailbox = Mailbox()
    for number in range(5):
        mailbox.put_event(rep(number))
    assert mailbox.events_waiting == 5
    assert [mailbox.take_event() for _ in range(5)] == [rep(number) for number in range(5)]
    assert mailbox.take_event() is None
    assert mailbox.events_waiting == 0


def test_a_full_mailbox_gives_up_the_oldest_events_and_counts_them() -> None:
    mailbox = Mailbox(events_kept=3)
    for number in range(5):
        mailbox.put_event(rep(number))
    assert mailbox.events_waiting == 3
    assert mailbox.dropped == 2
    assert mailbox.take_event() == rep(2)


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
        lambda mailbox: mailbox.put_event(rep(1)),
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
    mailbox.put_event(rep(1))
    mailbox.put_state(state(1))
    mailbox.put_stats(stats(1))
    mailbox.wake()
    assert len(told) == 4


def test_nothing_is_lost_or_doubled_between_threads() -> None:
    mailbox = Mailbox()
    taken: list[object] = []

    def take() -> None:
        while len(taken) < 2000:
            mailbox.wait(10)
            while (event := mailbox.take_event()) is not None:
                taken.append(event)

    taker = threading.Thread(target=take, daemon=True)
    taker.start()
    events = [rep(number) for number in range(2000)]
    for event in events:
        mailbox.put_event(event)
    taker.join(10)
    assert taken == events
