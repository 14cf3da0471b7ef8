"""What people and the appliance are told of an update while it goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec

from edgecv.clock import Clock
from edgecv.errors import EdgecvError
from edgecv.update import kept
from edgecv.update.kept import Doing, Places, UpdateStatus

FRESH_S = 2.0
"""At most so often the same percentage is written anew."""
SAID_PERCENT = 10
STALE_S = 400.0
"""Who is at work and has not said so for so long is no more. RAUC may take ANSWER_S and MOUNT_S
for its first words."""


class Progress:
    """Of one attempt; used by one thread."""

    def __init__(self, places: Places, clock: Clock, say: Callable[[str], None]) -> None:
        """`say` is called with lines for people."""
        self._places = places
        self._clock = clock
        self._say = say
        self._status = kept.known(places)
        self._written_s = float("-inf")
        self._said_percent = 0

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What goes wrong within is kept as the problem."""
        try:
            yield
        except EdgecvError as error:
            self._end(str(error))
            raise
        except OSError as error:
            words = f"{error.filename or 'the update'}: {error.strerror or error}"
            self._end(words)
            raise EdgecvError(words) from error
        except KeyboardInterrupt:
            self._end("it was broken off")
            raise
        except BaseException as error:
            self._end(f"it ended by a bug: {error!r}")
            raise
        self._end(None)

    def begin(self, doing: Doing, words: str) -> None:
        self._said_percent = 0
        self._say(words)
        self._write(state=doing, percent=None, problem=None)

    def reach(self, done: float, total: float) -> None:
        """`total` is 0 where it is not known. To be called often."""
        percent = min(100, int(100 * done / total)) if total else None
        now_s = self._clock.now()
        if percent == self._status.percent and now_s - self._written_s < FRESH_S:
            return
        if percent is not None and percent >= self._said_percent + SAID_PERCENT:
            self._said_percent = percent - percent % SAID_PERCENT
            self._say(f"{self._said_percent:3d} %")
        self._write(percent=percent)

    def alive(self) -> None:
        """It goes on, nobody knows how far."""
        if self._clock.now() - self._written_s >= FRESH_S:
            self._write()

    def say(self, words: str) -> None:
        self._say(words)

    def _end(self, problem: str | None) -> None:
        if self._status.state == "restarting" and problem is None:
            return
        self._write(state="idle", percent=None, problem=problem)

    def _write(self, **changes: object) -> None:
        self._written_s = self._clock.now()
        self._status = _with_what_is_known(
            msgspec.structs.replace(self._status, now_s=round(self._written_s, 3), **changes),
            self._places,
        )
        with suppress(OSError):  # an update is not given up because nobody can be told
            kept.show(self._places.status, self._status)


def look(places: Places, now_s: float) -> UpdateStatus:
    """How things are; `now_s` is monotonic."""
    status = kept.read(places.status, UpdateStatus)
    if status is None:
        return kept.known(places)
    status = _with_what_is_known(status, places)
    if status.state != "idle" and not 0 <= now_s - status.now_s < STALE_S:
        problem = f"the update ended without a word while it was {status.state}: try again"
        return msgspec.structs.replace(status, state="idle", percent=None, problem=problem)
    return status


def _with_what_is_known(status: UpdateStatus, places: Places) -> UpdateStatus:
    """What was learnt or has ended meanwhile is told, too."""
    known = kept.known(places)
    return msgspec.structs.replace(
        status,
        installed=known.installed,
        latest=known.latest,
        notes=known.notes,
        notes_url=known.notes_url,
        last=known.last,
    )
