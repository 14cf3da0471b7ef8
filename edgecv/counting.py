"""Poses in; events to the recorder and counts to the state. May be used from any thread."""

import json
import threading
from collections.abc import Callable
from typing import Any

from edgecv.config import AUTO
from edgecv.events import Event
from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.counter import RepCounter
from edgecv.tally import Count, Tally

DEFAULT_EXERCISE = "squat"
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
        set_pause_s: float,
        last_set: str | None,
        record: Callable[[Event], None],
        remember: Callable[[str, str], None],
        report: Callable[..., Any],
        performs: Callable[[], str | None],
    ) -> None:
        """`record` is called for every event, `report` with the fields of the state that follow
        from the count; `performs` is what the source knows to be done. `remember` is given the last
        set under LAST_SET, and `last_set` is what it was given in the last run.
        """
        self._skeleton = skeleton
        self._record = record
        self._remember = remember
        self._report = report
        self._performs = performs
        self._lock = threading.Lock()
        self._chosen = exercise
        self._exercise = self._wanted()
        self._counter = RepCounter(self._exercise, skeleton)
        self._tally = Tally(self._exercise, pause_s=set_pause_s, count=_read(last_set))
        self._show()
        self._person_s = float("-inf")
        self._paused = False
        self.counts: dict[str, int] = {}
        """Reps of each exercise so far, in the order in which they were done."""

    def see(self, time_s: float, pose: Pose | None, age_s: float | None) -> bool:
        """A processed frame: its time on the source's time line, and its age (a recording has
        none). False in a pause: it is not looked at."""
        with self._lock:
            if self._paused:  # the last one before the camera was switched off
                return False
            if self._wanted() != self._exercise:
                self._turn_to(self._wanted())
            if pose is not None:
                self._person_s = time_s
            rep = self._counter.update(time_s, pose)
            if rep is not None:
                self._tell(self._tally.rep(rep, age_s))
                self.counts[self._exercise] = self.counts.get(self._exercise, 0) + 1
            else:
                self._tell(self._tally.pause(time_s, in_rep=self._counter.in_rep))
            person = time_s - self._person_s <= PERSON_GONE_S
            self._report(
                person=person,
                readiness="ready" if person else "no_person",
                counting=self._exercise,
                **fields_of(self._tally.count),
            )
            return True

    def choose(self, exercise: str) -> None:
        """Count this from now on, or "auto"; ends the set."""
        with self._lock:
            self._chosen = exercise
            self._turn_to(self._wanted())
            self._report(exercise=exercise, counting=self._exercise)
            self._show()

    def pause(self, on: bool) -> None:
        """Ends the set; nothing is seen until the pause is over."""
        with self._lock:
            self._paused = on
            self._turn_to(self._exercise)
            self._report(person=None, readiness=None)
            self._show()

    def reset_set(self) -> None:
        """End the set and show 0; what was counted stays counted."""
        with self._lock:
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
            self._tell(self._tally.finish())
            self._report(person=None, readiness=None, **fields_of(self._tally.count))

    def _wanted(self) -> str:
        if self._chosen != AUTO:
            return self._chosen
        return self._performs() or DEFAULT_EXERCISE

    def _turn_to(self, exercise: str) -> None:
        self._tell(self._tally.turn_to(exercise))
        self._exercise = exercise
        self._counter = RepCounter(exercise, self._skeleton)

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._record(event)
        count = self._tally.count
        if events and count.last_set_reps is not None:
            self._remember(LAST_SET, json.dumps([count.last_set_reps, count.last_set_exercise]))

    def _show(self) -> None:
        self._report(**fields_of(self._tally.count))


def _read(last_set: str | None) -> Count:
    """Nothing where nothing was remembered, or it can't be read."""
    try:
        reps, exercise = json.loads(last_set or "")
        return Count(last_set_reps=int(reps), last_set_exercise=str(exercise))
    except (ValueError, TypeError):
        return Count()


def fields_of(count: Count) -> dict[str, object]:
    """As they stand in the state."""
    fields: dict[str, object] = {"set": count.set, "set_reps": count.set_reps}
    if count.last_set_reps is not None:
        fields |= {
            "last_set_reps": count.last_set_reps,
            "last_set_exercise": count.last_set_exercise,
        }
    return fields
