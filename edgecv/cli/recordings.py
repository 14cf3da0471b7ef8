"""How `edgecv replay` counts: a video by the whole appliance, a trace by its counting alone."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecv.cli.account import Account
from edgecv.cli.output import replacing
from edgecv.cli.progress import progress
from edgecv.cli.run import describe
from edgecv.cli.stop import StopSignals
from edgecv.clock import Clock, SystemClock
from edgecv.config import AUTO, Camera, Config
from edgecv.errors import ConfigError

if TYPE_CHECKING:
    from edgecv.capture.source import SourceInfo
    from edgecv.findings import Findings
    from edgecv.pose.keypoints import Skeleton
    from edgecv.view import Observe


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for."""

    config: Config
    video: Path | None
    """Where to write every frame, annotated."""
    quiet: bool
    """Print nothing meanwhile."""
    findings: bool
    """Whether they are wanted."""
    signals: bool
    """And the signals with them."""

    def begin(self, skeleton: "Callable[[], Skeleton]") -> "Callable[[], Findings] | None":
        """What makes the findings."""
        if not self.findings:
            return None
        from edgecv.findings import Findings

        counting = self.config.counting
        named = None if counting.exercise == AUTO else counting.exercise
        return lambda: Findings(skeleton(), named, settings=counting, keep_signals=self.signals)


@dataclass(frozen=True, slots=True)
class End:
    """What came of it."""

    summary: str
    """For people."""
    counts: dict[str, int]
    """Reps of each exercise, in the order in which they were done."""
    findings: "Findings | None"
    facts: dict[str, Any] = field(default_factory=dict)
    """What else there is to say, for programs."""
    released: bool = True
    """The capture thread has let go of the source."""


def count_video(task: Task, signals: StopSignals) -> End:
    """Of a video, or the synthetic athlete. Raises EdgecvError."""
    clock = SystemClock()
    info = _look_at(task.config.camera, clock)

    from edgecv.app import Appliance

    def skeleton() -> "Skeleton":
        assert appliance.loops.inference is not None
        return appliance.loops.inference.skeleton

    with (
        _video(task.video, info.width, info.height, info.fps) as write,
        progress("counting", info.duration_s) as reach,
    ):
        account = Account(begin=task.begin(skeleton), quiet=task.quiet, then=write, reach=reach)
        appliance = Appliance(task.config, [account.sink], clock, account)
        signals.then(appliance.ask_to_stop)
        summary = appliance.run()
        account.print_waiting()
    return End(
        summary=describe(summary),
        counts=summary.counts,
        findings=account.findings,
        facts={"stopped": summary.stopped, "true_reps": summary.true_reps},
        released=summary.released,
    )


def count_trace(task: Task, signals: StopSignals) -> End:
    """Raises EdgecvError."""
    from edgecv.loops import check_exercise
    from edgecv.replay import replay
    from edgecv.traces import Trace, usual_fps

    counting = task.config.counting
    check_exercise(counting.exercise)
    trace = Trace(Path(task.config.camera.source))
    stop = threading.Event()
    signals.then(stop.set)
    began_s = time.monotonic()
    fps = usual_fps(trace) if task.video else 0.0
    with _video(task.video, *trace.frame_size, fps) as write, progress("counting", 1) as reach:
        account = Account(
            begin=task.begin(lambda: trace.skeleton),
            quiet=task.quiet,
            then=write,
            reach=lambda _: reach(trace.share_read),
        )
        done = replay(
            trace,
            settings=counting,
            record=account.hear,
            observe=account,
            stop=stop,
        )
    if trace.cut_off:
        print(
            f"edgecv: trace {trace.path} is cut off or damaged: "
            f"counted {done.frames} frames, up to there",
            file=sys.stderr,
        )
    took_s = time.monotonic() - began_s
    head = "stopped" if done.stopped else "finished"
    counted = f"{title(done.counts)}: counted {sum(done.counts.values())}"
    speed = f"{done.frames} frames, {done.seconds:.1f} s, in {took_s:.1f} s"
    return End(
        summary=f"{head:<9} {counted}\n{'':<9} {speed}",
        counts=done.counts,
        findings=account.findings,
        facts={"stopped": done.stopped, "cut_off": trace.cut_off},
    )


def title(counts: dict[str, int]) -> str:
    """`squat`, or `5 squat + 3 push up`."""
    names = [name.replace("_", " ") for name in counts]
    if len(names) > 1:
        names = [f"{n} {name}" for name, n in zip(names, counts.values(), strict=True)]
    return " + ".join(names) or "no exercise"


def _look_at(camera: Camera, clock: Clock) -> "SourceInfo":
    """What the recording says of itself. Raises SourceError; ConfigError for a live source."""
    from edgecv.capture.open import make_source

    source = make_source(camera, clock)
    if source.live:
        raise ConfigError(f"{source.name} is live: edgecv replay takes recordings, run takes it")
    try:
        return source.open(threading.Event())
    finally:
        source.release()


@contextmanager
def _video(path: Path | None, width: int, height: int, fps: float) -> Iterator["Observe | None"]:
    """What writes the video; none where there is no `path`."""
    if path is None:
        yield None
        return
    from edgecv.picture.video import VideoWriter

    with replacing(path) as file:
        writer = VideoWriter(file, width=width, height=height, fps=fps)
        try:
            yield writer
        finally:
            writer.close()
