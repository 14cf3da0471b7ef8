"""Reps make sets, sets make workouts, and all of them make events. Pure: times are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import mean

from edgecv.events import (
    CorrectionEvent,
    Event,
    HoldFinishedEvent,
    RepEvent,
    SetFinishedEvent,
    SetStartedEvent,
    WorkoutFinishedEvent,
)
from edgecv.reps.exercises import EXERCISES, Exercise
from edgecv.reps.outcome import Held, Rep, Side

WORKOUT_PAUSE_S = 600.0
"""A workout is over when no rep was counted for so long."""
TREND_REPS = 4
"""With fewer, nothing is said of how a set went on."""


@dataclass(frozen=True, slots=True)
class Count:
    """The counts as they stand."""

    set: int = 0
    """The number of the current or last set; 0 before the first."""
    set_reps: int = 0
    """Reps in it; 0 after a reset."""
    set_left: int = 0
    """Those that the left side did, alone or with the right one."""
    set_right: int = 0
    last_set_reps: int | None = None
    last_set_exercise: str | None = None


@dataclass(slots=True)
class _Workout:
    began_s: float
    last_rep_s: float
    sets: int = 0
    reps: int = 0


@dataclass(slots=True)
class _Set:
    exercise: str
    reps: list[Rep] = field(default_factory=list)


class Tally:
    """Follows one athlete; used under one lock. Its events are stamped by the journal."""

    def __init__(
        self, count: Count | None = None, exercises: Mapping[str, Exercise] = EXERCISES
    ) -> None:
        """`count` is where it begins: what is known of the last set."""
        self.exercises = exercises
        self._set: _Set | None = None
        """The one that is under way."""
        self._workout: _Workout | None = None
        self.exercise: str | None = None
        """Of the current or last set; None before the first."""
        self.count = count or Count()

    @property
    def in_set(self) -> bool:
        return self._set is not None

    def rep(self, rep: Rep, frame_age_s: float | None) -> list[Event]:
        """Count a rep; the first one after a set was finished opens the next."""
        events: list[Event] = []
        self.exercise = rep.exercise
        if self._workout is None:
            self._workout = _Workout(began_s=rep.start_s, last_rep_s=rep.end_s)
        self._workout.last_rep_s = rep.end_s
        self._workout.reps += 1
        if self._set is None:
            self._set = _Set(rep.exercise)
            self._workout.sets += 1
            self.count = replace(
                self.count, set=self.count.set + 1, set_reps=0, set_left=0, set_right=0
            )
            events.append(SetStartedEvent(exercise=rep.exercise, set=self.count.set))
        self._set.exercise = rep.exercise
        self._set.reps.append(rep)
        self.count = replace(
            self.count,
            set_reps=self.count.set_reps + 1,
            set_left=self.count.set_left + (rep.side is not Side.RIGHT),
            set_right=self.count.set_right + (rep.side is not Side.LEFT),
        )
        events.append(_event(rep, self.exercises.get(rep.exercise), self.count, frame_age_s))
        return events

    def held(self, hold: Held) -> list[Event]:
        """A posture was held and is not any more."""
        duration_s = round(hold.end_s - hold.start_s, 1)
        return [HoldFinishedEvent(exercise=hold.exercise, duration_s=duration_s)]

    def idle(self, time_s: float) -> list[Event]:
        """The end of the workout, once, when the last rep is long enough ago."""
        if self._set is not None or self._workout is None:
            return []
        over = time_s - self._workout.last_rep_s > WORKOUT_PAUSE_S
        return self._finish_workout() if over else []

    def reset(self) -> list[Event]:
        """End the set and show 0; what was counted stays counted."""
        finished = self.finish_set()
        self.count = replace(self.count, set_reps=0, set_left=0, set_right=0)
        return finished

    def correct(self, change: int) -> Event | None:
        """One rep more or less in the current or last set; None when there is none to take back."""
        if self.count.set == 0 or self.count.set_reps + change < 0:
            return None
        self.count = replace(self.count, set_reps=self.count.set_reps + change)
        if self._set is None:
            self.count = replace(self.count, last_set_reps=self.count.set_reps)
        if self._workout is not None:
            self._workout.reps += change
        return CorrectionEvent(
            change=change,
            exercise=self.exercise or "",
            set=self.count.set,
            set_reps=self.count.set_reps,
        )

    def finish(self) -> list[Event]:
        """End the set and the workout that are under way, if they are."""
        return [*self.finish_set(), *self._finish_workout()]

    def finish_set(self) -> list[Event]:
        """End the set that is under way, if there is one."""
        if self._set is None:
            return []
        done, self._set = self._set, None
        count = self.count
        self.count = replace(count, last_set_reps=count.set_reps, last_set_exercise=done.exercise)
        return [
            SetFinishedEvent(
                exercise=done.exercise,
                set=count.set,
                set_reps=count.set_reps,
                left=count.set_left,
                right=count.set_right,
                duration_s=round(done.reps[-1].end_s - done.reps[0].start_s, 1),
                rep_s=round(mean(rep.duration_s for rep in done.reps), 2),
                slowing=_trend([rep.duration_s for rep in done.reps]),
                shrinking=_trend([1 / max(rep.amplitude, 1e-6) for rep in done.reps]),
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


def _event(
    rep: Rep, exercise: Exercise | None, count: Count, frame_age_s: float | None
) -> RepEvent:
    ways = (rep.tempo.away_s, rep.tempo.back_s)
    lowers_first = exercise is None or exercise.lowers_first
    eccentric_s, concentric_s = ways if lowers_first else ways[::-1]
    rest_s, symmetry = rep.tempo.rest_s, rep.symmetry
    return RepEvent(
        exercise=rep.exercise,
        set=count.set,
        set_reps=count.set_reps,
        side=rep.side.value,
        start_s=round(rep.start_s, 3),
        turn_s=round(rep.turn_s, 3),
        end_s=round(rep.end_s, 3),
        duration_s=round(rep.duration_s, 3),
        eccentric_s=round(eccentric_s, 2),
        hold_s=round(rep.tempo.hold_s, 2),
        concentric_s=round(concentric_s, 2),
        rest_s=None if rest_s is None else round(rest_s, 2),
        amplitude=round(rep.amplitude, 3),
        range=round(rep.range, 2),
        partial=rep.partial,
        symmetry=None if symmetry is None else round(symmetry, 2),
        confidence=round(rep.confidence, 2),
        frame_age_s=None if frame_age_s is None else round(frame_age_s, 4),
    )


def _trend(values: Sequence[float]) -> float | None:
    """By how much the last two are more than the first two, as a share of these."""
    if len(values) < TREND_REPS:
        return None
    return round(mean(values[-2:]) / max(mean(values[:2]), 1e-6) - 1, 2)
