"""Reps make sets, and both make events."""

from collections.abc import Callable
from dataclasses import dataclass

from edgecv.events import Event, RepEvent, SetEvent
from edgecv.reps.excursion import Excursion


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts as they stand."""

    reps: int = 0
    """Since the start."""
    set: int = 0
    """The number of the current or last set; 0 before the first."""
    set_reps: int = 0


class SetKeeper:
    """Numbers reps and sets and writes their events.

    `run_id` stands in every event's id and must be new at every start of the program. `wall` gives
    what an event says of its time: ISO 8601 in UTC.
    """

    def __init__(
        self, exercise: str, *, pause_s: float, run_id: str, wall: Callable[[], str]
    ) -> None:
        self._exercise = exercise
        self._wall = wall
        self._pause_s = pause_s
        self._run_id = run_id
        self._events = 0
        self._last_rep_s: float | None = None
        self.tally = Tally()

    def rep(self, rep: Excursion, frame_age_s: float | None) -> RepEvent:
        """Count a rep; the first one after a set was finished opens the next."""
        opens_set = self._last_rep_s is None
        self._last_rep_s = rep.end_s
        self.tally = Tally(
            reps=self.tally.reps + 1,
            set=self.tally.set + opens_set,
            set_reps=1 if opens_set else self.tally.set_reps + 1,
        )
        return RepEvent(
            id=self._next_id(),
            time=self._wall(),
            exercise=self._exercise,
            reps=self.tally.reps,
            set=self.tally.set,
            set_reps=self.tally.set_reps,
            duration_s=round(rep.duration_s, 3),
            amplitude=round(rep.amplitude, 3),
            frame_age_s=None if frame_age_s is None else round(frame_age_s, 4),
        )

    def pause(self, time_s: float, *, in_rep: bool) -> Event | None:
        """The set's end, once, when the last rep is long enough ago and none has begun."""
        if self._last_rep_s is None or in_rep or time_s - self._last_rep_s <= self._pause_s:
            return None
        return self.finish()

    def turn_to(self, exercise: str) -> Event | None:
        """Another exercise comes next: the end of the set that is under way, if there is one."""
        finished = self.finish()
        self._exercise = exercise
        return finished

    def finish(self) -> Event | None:
        """End the set that is under way, if there is one."""
        if self._last_rep_s is None:
            return None
        self._last_rep_s = None
        return SetEvent(
            id=self._next_id(),
            time=self._wall(),
            exercise=self._exercise,
            set=self.tally.set,
            set_reps=self.tally.set_reps,
            reps=self.tally.reps,
        )

    def _next_id(self) -> str:
        self._events += 1
        return f"{self._run_id}-{self._events}"
