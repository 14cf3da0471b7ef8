"""Records the poses of the live loop as a trace, on a thread of its own."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from edgecv.decode import size_of
from edgecv.pose.keypoints import Pose, Skeleton
from edgecv.traces import Sample, TraceHeader, TraceWriter
from edgecv.view import View


class TraceRecorder:
    """An observer that writes the pose of every view; times start at 0.

    The disk may stand still or be full: that holds nothing up, and `failure` says it.
    """

    def __init__(self, path: Path, *, skeleton: Callable[[], Skeleton], source: str) -> None:
        """`skeleton` is asked when the first frame has come; `source` is without secrets."""
        self.frames = 0
        self.seconds = 0.0
        """From the first frame to the last."""
        self.failure: OSError | None = None
        """Why not all of it was written."""
        self._path = path
        self._skeleton = skeleton
        self._source = source
        self._began_s: float | None = None
        self._size = (1, 1)
        self._writer: TraceWriter | None = None
        self._early: list[Sample] = []
        """Frames before the first with somebody in it, who tells what poses there are."""
        self._queue: SimpleQueue[Sample | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="trace", daemon=True)

    def __call__(self, view: View) -> None:
        """Called on the inference thread."""
        size = size_of(view.frame.content)
        if self._began_s is None:
            self._began_s = view.frame.time_s
            self._size = size
            self._thread.start()
        self.frames += 1
        self.seconds = view.frame.time_s - self._began_s
        pose = view.pose
        if pose is not None and size != self._size:
            pose = _resized(pose, self._size[0] / size[0], self._size[1] / size[1])
        self._queue.put(Sample(self.seconds, pose))

    def close(self, timeout_s: float) -> bool:
        """Write what is waiting; False if that took longer."""
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (sample := self._queue.get()) is not None:
                self._write(sample)
            self._begin(world=False)
        except OSError as error:
            self.failure = error
        try:
            if self._writer is not None:
                self._writer.close()
        except OSError as error:
            self.failure = self.failure or error

    def _write(self, sample: Sample) -> None:
        if self._writer is None and sample.pose is None:
            self._early.append(sample)
            return
        self._begin(world=sample.pose is not None and sample.pose.world is not None)
        assert self._writer is not None
        self._writer.write(sample.time_s, sample.pose)

    def _begin(self, *, world: bool) -> None:
        if self._writer is not None:
            return
        width, height = self._size
        header = TraceHeader(
            skeleton=self._skeleton().name,
            world=world,
            width=width,
            height=height,
            source=self._source,
        )
        self._writer = TraceWriter(self._path, header)
        for sample in self._early:
            self._writer.write(sample.time_s, None)
        self._early.clear()


def _resized(pose: Pose, across: float, down: float) -> Pose:
    """In the pixels of a frame of another size."""
    pixels = pose.pixels.copy()
    pixels[:, 0] *= across
    pixels[:, 1] *= down
    return replace(pose, pixels=pixels)
