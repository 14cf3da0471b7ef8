"""What `edgecv replay` and `edgecv record` tell while they run."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from edgecv.cli.progress import Reach
from edgecv.events import Event, RepEvent
from edgecv.sinks.console import describe_event
from edgecv.sinks.quiet import Quiet

if TYPE_CHECKING:
    from edgecv.findings import Findings
    from edgecv.view import Observe, View


class Account:
    """An observer that prints what happens with its time in the recording (of a live source: since
    its first frame), collects findings, and hands every view on."""

    def __init__(
        self,
        *,
        begin: "Callable[[], Findings] | None",
        quiet: bool,
        then: "Observe | None",
        reach: Reach,
    ) -> None:
        """`begin`: what makes the findings when the first frame comes, where they are wanted;
        `quiet`: print nothing; `reach` is called with each time that was reached."""
        self.sink = Quiet()
        self.findings: Findings | None = None
        self._begin = begin
        self._quiet = quiet
        self._then = then
        self._reach = reach
        self._began_s: float | None = None
        self._time_s = 0.0

    def __call__(self, view: "View") -> None:
        if self._began_s is None:
            self._began_s = 0.0 if view.age_s is None else view.frame.time_s
        self._time_s = view.frame.time_s - self._began_s
        # What this frame led to is in the mailbox before the frame is shown.
        self.print_waiting()
        if self._begin is not None:
            from edgecv.decode import size_of

            self.findings = self.findings or self._begin()
            self.findings.see(view.frame.time_s, view.pose, size_of(view.frame.content))
        if self._then is not None:
            self._then(view)
        self._reach(self._time_s)

    def hear(self, event: Event) -> None:
        """Print an event, if it says anything to people: a rep with the time at which it ended,
        though it may have been told later."""
        line = None if self._quiet else describe_event(event)
        if line is not None:
            from edgecv.picture.annotate import recorded_time

            time_s = self._time_s
            if isinstance(event, RepEvent):
                time_s = event.end_s - (self._began_s or 0.0)
            say(f"{recorded_time(time_s):>8}  {line[0]:<9} {line[1]}")

    def print_waiting(self) -> None:
        """Print the events that nobody has printed yet."""
        while (event := self.sink.mailbox.take_event()) is not None:
            self.hear(event.event)


def say(text: str) -> None:
    """Print; a reader that went away ends nothing."""
    with suppress(BrokenPipeError):
        print(text, flush=True)
