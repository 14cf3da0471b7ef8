"""What the main thread does about parts that do not come round, and what it tells systemd."""

import logging
from collections.abc import Callable, Sequence

from edgecv.clock import Clock
from edgecv.events import State, Status
from edgecv.host.notify import Notifier
from edgecv.host.reboot import WELL_S
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.status import PartStatus, WatchdogStatus
from edgecv.watchdog import Part, Stuck, Watchdog
from edgecv.words import spaced

log = logging.getLogger("edgecv.watchdog")


class Oversight:
    """Used by the main thread; `status` may be read by any."""

    def __init__(
        self,
        clock: Clock,
        notifier: Notifier,
        tell: Callable[[str], None],
        *,
        heartbeat: Heartbeat,
        unclean_ends: int = 0,
        degraded: str | None = None,
        well: Callable[[], None] = lambda: None,
    ) -> None:
        """`tell` is called with words for people when something was stuck, `well` once when nothing
        fatal has happened for WELL_S."""
        self._clock = clock
        self._notifier = notifier
        self._heartbeat = heartbeat
        self._tell = tell
        self._unclean_ends = unclean_ends
        self._degraded = degraded
        self._watchdog = Watchdog(clock, ())
        self._last: str | None = None
        self._elsewhere = 0
        self._well: Callable[[], None] | None = well
        self._began_s = clock.now()
        self.fatal: Stuck | None = None
        """What the process has to end for."""

    def watch(self, parts: Sequence[Part]) -> None:
        """Look at these from now on."""
        self._watchdog = Watchdog(self._clock, parts)

    def extend(self, seconds: float) -> None:
        """Starting takes so much longer, at most: nobody shall lose patience."""
        self._notifier.extend(seconds)
        self._heartbeat.extend(seconds)

    def ready(self) -> None:
        self._notifier.ready()

    def stopping(self) -> None:
        self._notifier.stopping()
        self._heartbeat.ending(stuck=self.fatal is not None)

    def mended_elsewhere(self, words: str) -> None:
        """A remedy that is no part's own was applied; called on the capture thread."""
        self._elsewhere += 1
        self._last = words
        self._tell(words)

    def look(self, state: State) -> bool:
        """To be called often. False when a part is stuck that can't be put right: then nobody is
        told any more that all is well."""
        verdict = self._watchdog.look()
        for stuck in (*verdict.mended, *verdict.stuck):
            self._last = f"{stuck.words} ({stuck.stack})"
            self._tell(self._last)
        if verdict.fatal is not None:
            self.fatal = verdict.fatal
            self._heartbeat.looked(self.fatal.part)
            log.critical("%s: the process ends; it is in %s", self.fatal.words, self.fatal.stack)
            return False
        if self._well is not None and self._clock.now() - self._began_s > WELL_S:
            self._well()
            self._well = None
        self._notifier.status(line_of(state))
        self._notifier.ping(self._clock.now())
        # Where nothing of ours has helped, it is the turn of the outside watchdog.
        self._heartbeat.looked(self._degraded and Status.DEGRADED.value)
        return True

    @property
    def status(self) -> WatchdogStatus:
        return WatchdogStatus(
            parts=[_part(part) for part in self._watchdog.parts],
            remedies=self._watchdog.remedies + self._elsewhere,
            last=self._last,
            unclean_ends=self._unclean_ends,
            degraded=self._degraded,
        )


def _part(part: Part) -> PartStatus:
    doing = part.pulse().doing
    if doing is None:
        return PartStatus(name=part.name)
    what, for_s, bound_s = doing
    return PartStatus(name=part.name, doing=what, for_s=round(for_s, 2), bound_s=bound_s)


def line_of(state: State) -> str:
    """The state in a line, as `systemctl status` shows it."""
    words = [state.status.value]
    if state.last_fault and state.status.value == "degraded":
        return f"degraded: {state.last_fault}"
    words.append(f"camera {state.camera_state.replace('_', ' ')}")
    if state.camera_reason:
        words.append(state.camera_reason)
    if state.set:
        exercise = spaced(state.counting or state.exercise)
        words.append(f"set {state.set}: {state.set_reps} x {exercise}")
    return ", ".join(words)
