"""The poses of a recording."""

from pathlib import Path
from typing import NamedTuple

from edgecv.pose.keypoints import Skeleton
from edgecv.traces import Sample, Trace


class Clip(NamedTuple):
    """Poses with their times, and what they are of."""

    samples: list[Sample]
    skeleton: Skeleton
    frame_size: tuple[int, int]
    """Width and height in pixels."""


def read_clip(path: Path) -> Clip:
    """Of a trace. Raises TraceError when it is none."""
    trace = Trace(path)
    return Clip(list(trace), trace.skeleton, trace.frame_size)
