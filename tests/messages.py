"""Events, state and stats to be sent, each recognisable by a number."""

from edgecv.events import CaptureStats, FrameBooks, Recorded, RepEvent, State, Stats, Status


def rep(number: int) -> RepEvent:
    """The first one, with number 0, is the first of the journal."""
    return RepEvent(
        id=f"test-{number}",
        seq=number + 1,
        time="2026-01-01T00:00:00.000+00:00",
        clock_synced=True,
        exercise="squat",
        set=1,
        set_reps=number,
        duration_s=2.0,
        amplitude=1.0,
        frame_age_s=0.1,
    )


def recorded(number: int, at_s: float = 0.0) -> Recorded:
    """`rep(number)` as it is handed to sinks; `at_s` is when it happened."""
    return Recorded(rep(number), at_s)


def state(reps: int) -> State:
    return State(
        status=Status.RUNNING,
        exercise="squat",
        counting="squat",
        set=1,
        set_reps=reps,
        reps_total=reps,
        person=True,
        camera=True,
        camera_state="live",
    )


def stats(uptime_s: int) -> Stats:
    return Stats(
        camera_fps=30.0,
        pose_fps=30.0,
        inference_ms=10.0,
        frame_age_ms=20.0,
        frame_age_p95_ms=30.0,
        frames=FrameBooks(captured=0, delivered=0, superseded=0, skipped=0, failed=0, in_flight=0),
        capture=CaptureStats(width=640, height=480, fps=30.0, form="MJPG"),
        memory_mb=100.0,
        uptime_s=uptime_s,
    )
