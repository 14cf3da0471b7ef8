"""Where commands from outside are handed in, whoever brings them, and what becomes of them."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from edgecv.clock import Clock
from edgecv.commands import LONGEST, Command, NotUnderstood, Order, RateLimit, parse
from edgecv.events import CommandStats, Result

log = logging.getLogger("edgecv.commands")

WAITING = 20
"""Orders that wait for the main thread."""


class CommandDesk:
    """`hand_in` is for any thread; `next` and `done` for the one that carries out."""

    def __init__(self, clock: Clock, exercises: Sequence[str]) -> None:
        """`exercises` are those that can be chosen."""
        self._clock = clock
        self._exercises = exercises
        self.wake: Callable[[], None] = lambda: None
        """Called when there is something to carry out."""
        self._lock = threading.Lock()
        self._limit = RateLimit(clock.now())
        self._orders: deque[Order] = deque()
        self._accepted = self._refused = self._rubbish = 0

    def hand_in(self, command: Command, payload: bytes, *, stale: bool = False) -> Result | None:
        """The result, when it is clear at once that it is a refusal; None: it will be carried out,
        or be refused later. A `stale` one was meant for an earlier time."""
        try:
            order = parse(command, payload, self._exercises)
        except NotUnderstood as error:
            return self._drop(command, payload, str(error))
        if stale:
            return self._drop(command, payload, "it is retained, and may be old: send it without")
        with self._lock:
            if len(self._orders) < WAITING and self._limit.allows(self._clock.now()):
                self._orders.append(order)
                self.wake()
                return None
            self._refused += 1
        return Result(
            command=command.value,
            value=order.text,
            accepted=False,
            reason="too many commands at a time: try again",
        )

    def next(self) -> Order | None:
        """The next one to carry out; None when there is none."""
        with self._lock:
            return self._orders.popleft() if self._orders else None

    def done(self, order: Order, refusal: str | None) -> Result:
        """It was carried out, or could not be: `refusal` says why."""
        with self._lock:
            self._accepted += refusal is None
            self._refused += refusal is not None
        if refusal is None:
            log.info("%s %s", order.command.value, order.text)
        else:
            log.warning("%s %s refused: %s", order.command.value, order.text, refusal)
        return Result(
            command=order.command.value,
            value=order.text,
            accepted=refusal is None,
            reason=refusal,
        )

    @property
    def stats(self) -> CommandStats:
        with self._lock:
            return CommandStats(
                accepted=self._accepted, refused=self._refused, rubbish=self._rubbish
            )

    def _drop(self, command: Command, payload: bytes, reason: str) -> Result:
        with self._lock:
            self._rubbish += 1
            first = self._rubbish == 1
        text = payload[:LONGEST].decode("utf-8", "replace")
        log.log(
            logging.WARNING if first else logging.DEBUG,
            "a command that makes no sense was dropped: %s %r: %s",
            *(command.value, text, reason),
        )
        return Result(command=command.value, value=text, accepted=False, reason=reason)
