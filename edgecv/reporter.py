"""Hands what there is to tell to the sinks."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from edgecv.events import Recorded, Refusal, Result, State, Stats
from edgecv.reps.outcome import Refused
from edgecv.sinks.mailbox import Sink


class Reporter:
    """May be used from any thread; never blocks."""

    def __init__(self, sinks: Sequence[Sink], state: State, now_s: float) -> None:
        """`state` is where it begins."""
        self._sinks = sinks
        self._answering = [sink for sink in sinks if sink.answers]
        self._lock = threading.Lock()
        self._state = state
        self._due_s = [now_s + sink.stats_interval_s for sink in sinks]

    def start(self) -> None:
        """Start the sinks and tell them the state."""
        for sink in self._sinks:
            sink.start()
            sink.mailbox.put_state(self._state)

    def stop(self, timeout_s: float) -> list[str]:
        """Stop the sinks, within `timeout_s` each; the names of those that did not end.

        The last one first: the console, which shows what the others log, stands at the head.
        """
        return [type(sink).__name__ for sink in reversed(self._sinks) if not sink.stop(timeout_s)]

    def event(self, event: Recorded) -> None:
        for sink in self._sinks:
            sink.mailbox.put_event(event)

    def state(self, **changes: Any) -> State:
        """The state with these changes, handed on if it is another than before."""
        with self._lock:
            state = msgspec.structs.replace(self._state, **changes)
            if state != self._state:
                self._state = state
                for sink in self._sinks:
                    sink.mailbox.put_state(state)
            return state

    def stats(self, stats: Stats) -> None:
        for sink in self._sinks:
            sink.mailbox.put_stats(stats)

    def result(self, result: Result) -> None:
        for sink in self._answering:
            sink.mailbox.put_result(result)

    def refused(self, movement: Refused) -> None:
        """A movement that was not counted."""
        refusal = Refusal(
            exercise=movement.exercise,
            start_s=round(movement.start_s, 3),
            turn_s=round(movement.turn_s, 3),
            end_s=round(movement.end_s, 3),
            amplitude=round(movement.amplitude, 3),
            reason=movement.reason,
        )
        for sink in self._answering:
            sink.mailbox.put_result(refusal)

    def picture(self, name: str, jpeg: bytes) -> None:
        for sink in self._answering:
            sink.mailbox.put_picture(name, jpeg)

    def stats_when_due(self, now_s: float, measure: Callable[[], Stats]) -> float:
        """Hand stats to the sinks that want some now; gives when the next one does."""
        for index, sink in enumerate(self._sinks):
            if now_s >= self._due_s[index]:
                self._due_s[index] = now_s + sink.stats_interval_s
                sink.mailbox.put_stats(measure())
        return min(self._due_s, default=float("inf"))
