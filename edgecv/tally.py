"""Reps make sets, sets make workouts, and all of them make events. Pure: times are given."""

from dataclasses import dataclass, replace

from edgecv.events import (
    CorrectionEvent,
    Event,
    RepEvent,
    SetFinishedEvent,
    SetStartedEvent,
    WorkoutFinishedEvent,
)
from edgecv.reps.excursion import Excursion

WORKOUT_PAUSE_S = 600.0
"""A workout is over when no rep was counted for so long."""


@dataclass(frozen=True, slots=True)
class Count:
    """The counts as they stand."""

    set: int = 0
    """The number of the current or last set; 0 before the first."""
    set_reps: int = 0
    """Reps in it; 0 after a reset."""
    last_set_reps: int | None = None
    last_set_exercise: str | None = None


@dataclass(slots=True)
class _Workout:
    began_s: float
    last_rep_s: float
    sets: int = 0
    reps: int = 0


class Tally:
    """Follows one athlete; used under one lock. Its events are stamped by the journal."""

    def __init__(self, exercise: str, *, pause_s: float, count: Count | None = None) -> None:
        """`count` is where it begins: what is known of the last set."""
        self._exercise = exercise
        self._pause_s = pause_s
        self._last_rep_s: float | None = None
        """Of the set that is under way; None when none is."""
        self._workout: _Workout | None = None
        self.count = count or Count()

    def rep(self, rep: Excursion, frame_age_s: float | None) -> list[Event]:
        """Count a rep; the first one after a set was finished opens the next."""
        events: list[Event] = []
        opens_set = self._last_rep_s is None
        self._last_rep_s = rep.end_s
        if self._workout is None:
            self._workout = _Workout(began_s=rep.start_s, last_rep_s=rep.end_s)
        self._workout.last_rep_s = rep.end_s
        self._workout.reps += 1
        if opens_set:
            self._workout.sets += 1
            self.count = replace(self.count, set=self.count.set + 1, set_reps=0)
            events.append(SetStartedEvent(exercise=self._exercise, set=self.count.set))
        self.count = replace(self.count, set_reps=self.count.set_reps + 1)
        events.append(
            RepEvent(
                exercise=self._exercise,
                set=self.count.set,
                set_reps=self.count.set_reps,
                duration_s=round(rep.duration_s, 3),
                amplitude=round(rep.amplitude, 3),
                frame_age_s=None if frame_age_s is None else round(frame_age_s, 4),
            )
        )
        return events

    def pause(self, time_s: float, *, in_rep: bool) -> list[Event]:
        """The ends of set and workout, once each, when the last rep is long enough ago and none has
        begun."""
        events: list[Event] = []
        if in_rep:
            return events
        if self._last_rep_s is not None and time_s - self._last_rep_s > self._pause_s:
            events += self.finish_set()
        if self._workout is not None and time_s - self._workout.last_rep_s > WORKOUT_PAUSE_S:
            events += self._finish_workout()
        return events

    def turn_to(self, exercise: str) -> list[Event]:
        """Another exercise comes next: the end of the set that is under way, if there is one."""
        finished = self.finish_set()
        self._exercise = exercise
        return finished

    def reset(self) -> list[Event]:
        """End the set and show 0; what was counted stays counted."""
        finished = self.finish_set()
        self.count = replace(self.count, set_reps=0)
        return finished

    def correct(self, change: int) -> Event | None:
        """One rep more or less in the current or last set; None when there is none to take back."""
        if self.count.set == 0 or self.count.set_reps + change < 0:
            return None
        self.count = replace(self.count, set_reps=self.count.set_reps + change)
        if self._last_rep_s is None:
            self.count = replace(self.count, last_set_reps=self.count.set_reps)
        if self._workout is not None:
            self._workout.reps += change
        return CorrectionEvent(
            change=change,
            exercise=self._exercise,
            set=self.count.set,
            set_reps=self.count.set_reps,
        )

    def finish(self) -> list[Event]:
        """End the set and the workout that are under way, if they are."""
        return [*self.finish_set(), *self._finish_workout()]

    def finish_set(self) -> list[Event]:
        """End the set that is under way, if there is one."""
        if self._last_rep_s is None:
            return []
        self._last_rep_s = None
        self.count = replace(
            self.count, last_set_reps=self.count.set_reps, last_set_exercise=self._exercise
        )
        return [
            SetFinishedEvent(
                exercise=self._exercise,
                set=self.count.set,
                set_reps=self.count.set_reps,
            )
        ]

    def _finish_workout(self) -> list[Event]:
        workout, self._workout = self._workout, None
        if workout is None:
            return []
        return [
            WorkoutFinishedEvent(
                sets=workout.sets,
                reps=workout.reps,
                duration_s=round(workout.last_rep_s - workout.began_s, 1),
            )
        ]
