"""A trace through the counting of the live loop, as fast as it goes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from edgecv import config
from edgecv.counting import Counting
from edgecv.events import Event, State, Status
from edgecv.frames import Frame
from edgecv.traces import Trace
from edgecv.view import Observe, View

GROUND = 34
"""Brightness of the plain picture that stands for the frames that a trace does not have."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a trace."""

    counts: dict[str, int]
    """Reps of each exercise, in the order in which they were done."""
    frames: int
    seconds: float
    """From the first frame to the last."""
    stopped: bool
    """Asked to stop before the end."""


def replay(
    trace: Trace,
    *,
    settings: config.Counting,
    record: Callable[[Event], None],
    observe: Observe,
    stop: threading.Event,
) -> Replayed:
    """Count, until `stop` is set. `record` is called with every event and, after those of a frame,
    `observe` with its view, whose picture is plain. Raises TraceError."""
    state = State(exercise=settings.exercise, status=Status.RUNNING)

    def report(**fields: Any) -> None:
        nonlocal state
        state = msgspec.structs.replace(state, **fields)

    counting = Counting(
        trace.skeleton,
        exercise=settings.exercise,
        settings=settings,
        last_set=None,
        record=record,
        remember=lambda _name, _value: None,
        report=report,
    )
    width, height = trace.frame_size
    ground = np.broadcast_to(np.uint8(GROUND), (height, width, 3))
    began_s, time_s, frames = None, 0.0, 0
    for sample in trace:
        if stop.is_set():
            break
        time_s = max(time_s, sample.time_s)
        began_s = sample.time_s if began_s is None else began_s
        frames += 1
        counting.see(sample.time_s, sample.pose, None, trace.frame_size)
        frame = Frame(frames, sample.time_s, sample.time_s, ground)
        observe(View(frame, sample.pose, state, 0.0, 0.0, None))
    counting.finish()
    seconds = 0.0 if began_s is None else time_s - began_s
    return Replayed(dict(counting.counts), frames, seconds, stop.is_set())
