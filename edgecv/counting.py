"""Poses in; events to the recorder and counts to the state. May be used from any thread."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edgecv import config
from edgecv.config import AUTO
from edgecv.events import Event
from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.counter import Counter
from edgecv.reps.exercises import EXERCISES, Exercise
from edgecv.reps.outcome import Counted, Held, Outcome, Refused, SetEnded
from edgecv.reps.readiness import Settled, assess
from edgecv.tally import Count, Tally

LAST_SET = "last_set"
"""The fact under which the last set is kept."""
PERSON_GONE_S = 1.0
"""Nobody is in view when no pose was found for so long: a single miss says nothing."""


class Counting:
    """One athlete, one exercise at a time."""

    def __init__(
        self,
        skeleton: Skeleton,
        *,
        exercise: str,
        settings: config.Counting,
        last_set: str | None,
        record: Callable[[Event], None],
        remember: Callable[[str, str], None],
        report: Callable[..., Any],
        explain: Callable[[Refused], None] | None = None,
        exercises: Mapping[str, Exercise] = EXERCISES,
    ) -> None:
        """`exercise` is AUTO or one of `exercises`. `record` is called for every event, `report`
        with the fields of the state that follow from the count, `explain` for every movement that
        was not counted. `remember` is given the last set under LAST_SET, and `last_set` is what it
        was given in the last run.
        """
        self._skeleton = skeleton
        self._exercises = exercises
        self._settings = settings
        self._record = record
        self._remember = remember
        self._report = report
        self._explain = explain
        self._lock = threading.Lock()
        self._exercise = exercise
        self._counter = self._make_counter()
        self._tally = Tally(_read(last_set), exercises)
        self._show()
        self._readiness = Settled()
        self._person_s = float("-inf")
        self._paused = False
        self.counts: dict[str, int] = {}
        """Reps of each exercise so far, in the order in which they were done."""

    def see(
        self,
        time_s: float,
        pose: Pose | None,
        age_s: float | None,
        frame_size: tuple[int, int],
        brightness: float | None = None,
    ) -> bool:
        """A processed frame: its time on the source's time line, its age (a recording has none),
        its width and height, and its mean from 0 to 255 where that is known. False in a pause: it
        is not looked at."""
        with self._lock:
            if self._paused:  # the last one before the camera was switched off
                return False
            if pose is not None:
                self._person_s = time_s
            self._take(self._counter.update(time_s, pose, frame_size), age_s)
            self._tell(self._tally.idle(time_s))
            person = time_s - self._person_s <= PERSON_GONE_S
            if pose is not None or not person:
                seen = assess(self._counter.body if person else None, frame_size, brightness)
                self._readiness.update(time_s, seen)
            self._report(person=person, readiness=self._readiness.now.value, **self._fields())
            return True

    def choose(self, exercise: str) -> None:
        """Count this from now on, or AUTO; ends the set."""
        with self._lock:
            self._end_set("another exercise was chosen")
            self._exercise = exercise
            self._counter = self._make_counter()
            self._report(exercise=exercise)
            self._show()

    def pause(self, on: bool) -> None:
        """Ends the set; nothing is seen until the pause is over."""
        with self._lock:
            self._end_set("the camera was switched off")
            self._paused = on
            self._counter = self._make_counter()
            self._report(person=None, readiness=None)
            self._show()

    def reset_set(self) -> None:
        """End the set and show 0; what was counted stays counted."""
        with self._lock:
            self._end_set("it was reset")
            self._tell(self._tally.reset())
            self._show()

    def correct(self, change: int) -> bool:
        """One rep more or less in the current or last set; False when there is none to correct."""
        with self._lock:
            event = self._tally.correct(change)
            if event is None:
                return False
            self._tell([event])
            self._show()
            return True

    def finish(self) -> None:
        """The end: of the set and of the workout as well."""
        with self._lock:
            self._take(self._counter.finish(), None)
            self._tell(self._tally.finish())
            self._report(person=None, readiness=None, **self._fields())

    def _make_counter(self) -> Counter:
        named = None if self._exercise == AUTO else self._exercise
        return Counter(
            self._skeleton,
            named,
            exercises=self._exercises,
            pause_s=self._settings.set_pause_s,
            count_partial=self._settings.partial,
            count_unknown=self._settings.unknown,
        )

    def _end_set(self, reason: str) -> None:
        self._take(self._counter.end_set(reason), None)
        self._tell(self._tally.finish_set())

    def _take(self, outcomes: Sequence[Outcome], age_s: float | None) -> None:
        for outcome in outcomes:
            match outcome:
                case Counted(rep):
                    self._tell(self._tally.rep(rep, age_s))
                    self.counts[rep.exercise] = self.counts.get(rep.exercise, 0) + 1
                case SetEnded():
                    self._tell(self._tally.finish_set())
                case Held():
                    self._tell(self._tally.held(outcome))
                case Refused():
                    if self._explain is not None:
                        self._explain(outcome)

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            self._record(event)
        count = self._tally.count
        if events and count.last_set_reps is not None:
            self._remember(LAST_SET, json.dumps([count.last_set_reps, count.last_set_exercise]))

    def _show(self) -> None:
        self._report(**self._fields())

    def _fields(self) -> dict[str, object]:
        """What the state says of the count; what was seen and not counted yet is part of it."""
        count, standing = self._tally.count, self._counter.standing
        named = None if self._exercise == AUTO else self._exercise
        fields: dict[str, object] = {
            "counting": standing.exercise or named or self._tally.exercise,
            "counting_sure": standing.sure,
            "set": count.set,
            "set_reps": count.set_reps,
            "set_left": count.set_left,
            "set_right": count.set_right,
            "hold_s": standing.hold_s,
        }
        if standing.waiting and not self._tally.in_set:
            fields |= {"set": count.set + 1, "set_reps": 0, "set_left": 0, "set_right": 0}
        if standing.waiting:
            fields["set_reps"] = fields["set_reps"] + standing.waiting  # type: ignore[operator]
        if count.last_set_reps is not None:
            fields |= {
                "last_set_reps": count.last_set_reps,
                "last_set_exercise": count.last_set_exercise,
            }
        return fields


def _read(last_set: str | None) -> Count:
    """Nothing where nothing was remembered, or it can't be read."""
    try:
        reps, exercise = json.loads(last_set or "")
        return Count(last_set_reps=int(reps), last_set_exercise=str(exercise))
    except (ValueError, TypeError):
        return Count()
