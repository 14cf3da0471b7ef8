"""Traces: the poses of a recording with their times, and no pictures.

A gzip file: a line of JSON (`TraceHeader`), then a record for each frame: its time (float64,
seconds), whether somebody was in view (uint8), and, where so, the pose's score (uint8, 1/255) and
of each key point x and y (int16, 1/8 pixel; of large frames in coarser steps), score (uint8, 1/255)
and, with world landmarks, x, y and z (float16, metres). All little-endian. It is written in pieces
that can be read without the rest, so that one that was cut off tells what came before.
"""

import gzip
import itertools
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from edgecv.errors import EdgecvError
from edgecv.pose.keypoints import SKELETONS, Pose, Skeleton

SUFFIX = ".trace"
FORM = 1
FINEST_STEPS = 8
"""Steps a pixel."""
INT16_MAX = 32767
FLUSH_FRAMES = 64
MAX_HEADER = 4096
FPS_FRAMES = 100
LARGEST_SIDE = 16383
"""Pixels. Points may lie as far outside of the frame as it is large."""
FARTHEST_M = 100.0

Side = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SIDE)]


class TraceError(EdgecvError):
    """A file is no trace, or one that can't be used."""


class TraceHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the first line says."""

    edgecv_trace: int = FORM
    skeleton: str
    world: bool
    """Whether the poses have world landmarks."""
    width: Side
    """Of the frames, in pixels."""
    height: Side
    source: str = ""
    """Where the frames came from, without secrets."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame: when, and who was in view."""

    time_s: float
    pose: Pose | None


class TraceWriter:
    """Writes a trace, a frame at a time. Raises OSError where that can't be done."""

    def __init__(self, path: Path, header: TraceHeader) -> None:
        self._skeleton = SKELETONS[header.skeleton]
        self._record = _record_type(self._skeleton, header.world)
        self._steps = _steps(header)
        self._file = gzip.GzipFile(path, "wb", compresslevel=6)
        self._file.write(msgspec.json.encode(header) + b"\n")
        self._file.flush()
        self._frames = 0

    def write(self, time_s: float, pose: Pose | None) -> None:
        """Times go forward; a frame whose time is not finite is left out. Key points that are not
        finite are written as unseen; ValueError for a pose of another skeleton."""
        if not math.isfinite(time_s):
            return
        if pose is not None and pose.skeleton != self._skeleton:
            raise ValueError(f"a pose of {pose.skeleton.name} in a trace of {self._skeleton.name}")
        self._file.write(np.array(time_s, "<f8").tobytes() + (b"\0" if pose is None else b"\1"))
        if pose is not None:
            self._file.write(self._encode(pose))
        self._frames += 1
        if self._frames % FLUSH_FRAMES == 0:
            self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _encode(self, pose: Pose) -> bytes:
        record = np.zeros((), self._record)
        places, scores = pose.pixels[:, :2], pose.pixels[:, 2]
        there = np.asarray(np.isfinite(places).all(axis=1))
        steps = np.rint(np.where(there[:, None], places, 0) * self._steps)
        record["pixels"] = np.clip(steps, -INT16_MAX, INT16_MAX)
        record["scores"] = _bytes(np.where(there, scores, 0))
        record["score"] = _bytes(np.array(pose.score))
        if "world" in (self._record.names or ()):
            world = np.full((len(places), 3), np.nan) if pose.world is None else pose.world
            record["world"] = np.clip(world, -FARTHEST_M, FARTHEST_M)
        return record.tobytes()


class Trace:
    """A trace that is read a frame at a time, as often as it is iterated over.

    Raises TraceError when it can't be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.size = path.stat().st_size
            with gzip.open(path, "rb") as file:
                self.header = self._read_header(_Reader(file))
        except OSError as error:
            raise TraceError(f"trace {path} can't be read: {error.strerror or error}") from error
        self.skeleton = SKELETONS[self.header.skeleton]
        self.cut_off = False
        """The end is missing or damaged; known when all has been read."""
        self.share_read = 0.0
        """How far the reading has come, 0 to 1."""

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.header.width, self.header.height

    def __iter__(self) -> Iterator[Sample]:
        record = _record_type(self.skeleton, self.header.world)
        steps = np.float32(_steps(self.header))
        with self.path.open("rb") as compressed, gzip.open(compressed, "rb") as file:
            reader = _Reader(file)
            self._read_header(reader)
            while (head := reader.read(9)) is not None:
                self.share_read = compressed.tell() / max(self.size, 1)
                time_s = float(np.frombuffer(head, "<f8", 1)[0])
                body = reader.read(record.itemsize) if head[8] == 1 else b""
                if head[8] > 1 or body is None or not math.isfinite(time_s):
                    reader.damaged = True
                    break
                if not body:
                    yield Sample(time_s, None)
                else:
                    yield Sample(time_s, self._pose(np.frombuffer(body, record)[0], steps))
            self.cut_off = reader.damaged

    def _pose(self, record: NDArray[np.void], steps: np.float32) -> Pose:
        pixels = np.empty((len(self.skeleton.keypoints), 3), np.float32)
        pixels[:, :2] = record["pixels"] / steps
        pixels[:, 2] = record["scores"] / np.float32(255)
        world = None
        if self.header.world:
            world = record["world"].astype(np.float32)
            if not np.isfinite(world).any():
                world = None
        return Pose(self.skeleton, pixels, world, float(record["score"]) / 255)

    def _read_header(self, reader: "_Reader") -> TraceHeader:
        try:
            header = msgspec.json.decode(reader.line(), type=TraceHeader)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TraceError(f"{self.path} is no trace: edgecv record writes them") from error
        if header.edgecv_trace != FORM:
            raise TraceError(
                f"trace {self.path} has form {header.edgecv_trace}, this edgecv reads form {FORM}: "
                "it was written by another version"
            )
        if header.skeleton not in SKELETONS:
            raise TraceError(
                f"trace {self.path} has poses of {header.skeleton}: known are "
                + ", ".join(SKELETONS)
            )
        return header


def usual_fps(trace: Trace) -> float:
    """Frames a second at its beginning; 0 where there are not enough to tell."""
    times = [sample.time_s for sample in itertools.islice(trace, FPS_FRAMES)]
    steps = [after - before for before, after in itertools.pairwise(times) if after > before]
    return 1 / median(steps) if steps else 0.0


class _Reader:
    """Reads up to where the file is cut off or damaged."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self.damaged = False

    def line(self) -> bytes:
        """The first, or nothing."""
        try:
            return self._file.readline(MAX_HEADER)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return b""

    def read(self, size: int) -> bytes | None:
        """All of it; None at the end."""
        try:
            data = self._file.read(size)
        except (EOFError, OSError, zlib.error):
            self.damaged = True
            return None
        self.damaged = 0 < len(data) < size
        return data if len(data) == size else None


def _record_type(skeleton: Skeleton, world: bool) -> np.dtype[np.void]:
    points = len(skeleton.keypoints)
    fields = [("score", "u1"), ("pixels", "<i2", (points, 2)), ("scores", "u1", (points,))]
    return np.dtype([*fields, *([("world", "<f2", (points, 3))] if world else [])])


def _steps(header: TraceHeader) -> float:
    """Steps a pixel: as fine as leaves room for points that lie far outside of the frame."""
    reach = 2 * max(header.width, header.height)
    return min(FINEST_STEPS, 2.0 ** math.floor(math.log2(INT16_MAX / reach)))


def _bytes(shares: NDArray[np.floating]) -> NDArray[np.uint8]:
    """From 0 to 1, in steps of 1/255; what is not a number is 0."""
    return np.asarray(np.rint(np.clip(np.nan_to_num(shares), 0, 1) * 255), np.uint8)
