"""A journal of some weeks of training."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from edgecv.events import (
    CorrectionEvent,
    Event,
    RepEvent,
    SetFinishedEvent,
    SetStartedEvent,
    WorkoutFinishedEvent,
    change_of,
    encode,
)
from edgecv.sinks.journal_file import JournalFile, Row

EXERCISES = ("squat", "push_up", "biceps_curl")


def write_journal(path: Path, last: datetime, days: int = 30) -> None:
    """Every other day three sets, the last day's being `last`; in one set of it a rep is taken
    away."""
    file = JournalFile(path)
    rows = [
        Row(
            seq,
            change_of(event),
            _day(event),
            "boot",
            float(seq),
            encode(msgspec.structs.replace(event, seq=seq)),
        )
        for seq, event in enumerate(_events(last, days), 1)
    ]
    file.write(rows, 0, {})
    file.close()


def _day(event: Event) -> str | None:
    if not event.clock_synced:
        return None
    return datetime.fromisoformat(event.time).astimezone().date().isoformat()


def _events(last: datetime, days: int) -> Iterator[Event]:
    drawn = random.Random(7)
    number = 0
    for ago in range(days - days % 2, -1, -2):
        began = last - timedelta(days=ago)
        run = f"{ago:08x}"
        total = 0

        def stamp(now: datetime, run: str = run) -> dict[str, Any]:
            nonlocal number
            number += 1
            return {"id": f"{run}-{number}", "time": now.isoformat(), "clock_synced": True}

        now = began
        for set_number, exercise in enumerate(EXERCISES, 1):
            reps = drawn.randint(6, 12)
            common: dict[str, Any] = {"exercise": exercise, "set": set_number}
            yield SetStartedEvent(**common, **stamp(now))
            for rep in range(1, reps + 1):
                took = 1.8 + 0.06 * rep + drawn.uniform(-0.1, 0.1)
                now += timedelta(seconds=took)
                yield RepEvent(
                    set_reps=rep,
                    duration_s=round(took, 2),
                    amplitude=round(drawn.uniform(0.9, 1.2), 2),
                    frame_age_s=0.02,
                    **common,
                    **stamp(now),
                )
            if set_number == 2:
                yield CorrectionEvent(change=-1, set_reps=reps - 1, **common, **stamp(now))
                reps -= 1
            yield SetFinishedEvent(set_reps=reps, **common, **stamp(now))
            total += reps
            now += timedelta(seconds=90)
        took_s = round((now - began).total_seconds() - 90, 1)
        yield WorkoutFinishedEvent(sets=3, reps=total, duration_s=took_s, **stamp(now))
