"""What is shown to `edgecv teach`: the poses of a trace, a video, or somebody before the camera."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edgecv.app import Appliance
from edgecv.clock import Clock
from edgecv.config import Config
from edgecv.decode import size_of
from edgecv.errors import EdgecvError
from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.reps.readiness import Readiness
from edgecv.sinks.quiet import Quiet
from edgecv.traces import Trace
from edgecv.view import View

COUNT_DOWN_S = 5
"""From when somebody is in view to where it begins: to walk away from the keyboard."""


@dataclass(slots=True)
class Shown:
    """Poses with their times in seconds."""

    skeleton: Skeleton
    frame_size: tuple[int, int]
    samples: list[tuple[float, Pose | None]] = field(default_factory=list)
    released: bool = True
    """The capture thread has let go of the source."""

    @property
    def seconds(self) -> float:
        return self.samples[-1][0] - self.samples[0][0] if self.samples else 0.0


def from_trace(path: Path) -> Shown:
    """Raises TraceError."""
    trace = Trace(path)
    size = (trace.header.width, trace.header.height)
    return Shown(trace.skeleton, size, [(sample.time_s, sample.pose) for sample in trace])


def from_source(
    config: Config,
    clock: Clock,
    seconds: float,
    when_told: Callable[[Callable[[], None]], None],
    say: Callable[[str], None],
) -> Shown:
    """All of a recording; of a camera so many seconds, after a count-down. `when_told` is given
    what ends it early, `say` a line for people. Raises EdgecvError."""
    watcher = Watcher(seconds, say)
    appliance = Appliance(config, [Quiet()], clock, watcher)
    watcher.live, watcher.done = appliance.loops.live, appliance.ask_to_stop
    when_told(appliance.ask_to_stop)
    summary = appliance.run()
    if watcher.frame_size is None or appliance.loops.inference is None:
        raise EdgecvError(f"{appliance.loops.capture.source.name} gave no picture")
    return Shown(
        appliance.loops.inference.skeleton, watcher.frame_size, watcher.samples, summary.released
    )


class Watcher:
    """An observer that keeps the poses. Of a camera: once somebody has been in view, it counts
    down, and it calls `done` when the time is over."""

    def __init__(self, seconds: float, say: Callable[[str], None]) -> None:
        self.live = False
        self.done: Callable[[], None] = lambda: None
        self.samples: list[tuple[float, Pose | None]] = []
        self.frame_size: tuple[int, int] | None = None
        self._seconds = seconds
        self._say = say
        self._seen_s: float | None = None
        self._said: int | None = None

    def __call__(self, view: View) -> None:
        """Called on the inference thread."""
        self.frame_size = size_of(view.frame.content)
        time_s = view.frame.time_s
        if not self.live:
            self.samples.append((time_s, view.pose))
            return
        if self._seen_s is None:
            if view.pose is None:
                self._once(-1, "waiting for somebody to come into view")
                return
            self._seen_s = time_s
        since_s = time_s - self._seen_s
        if since_s < COUNT_DOWN_S:
            left = COUNT_DOWN_S - int(since_s)
            self._once(left, f"begin in {left} s{_hint(view)}")
            return
        self.samples.append((time_s, view.pose))
        self._once(0, f"begin: {self._seconds:.0f} s; Ctrl-C when you are done")
        if since_s - COUNT_DOWN_S >= self._seconds:
            self.done()

    def _once(self, what: int, line: str) -> None:
        if what != self._said:
            self._said = what
            self._say(line)


def _hint(view: View) -> str:
    """What is wrong with how the person stands, as the appliance says it."""
    readiness = view.state.readiness
    fine = readiness in (None, Readiness.READY.value, Readiness.NO_PERSON.value)
    return "" if fine else f" ({str(readiness).replace('_', ' ')})"
