"""Traces: the poses of a recording with their times, and no pictures.

A gzip file: a line of JSON (`TraceHeader`), then a record for each frame: its time (float64,
seconds), whether somebody was in view (uint8), and, where so, the pose's score (uint8, 1/255) and
of each key point x and y (int16, 1/8 pixel), score (uint8, 1/255) and, with world landmarks, x, y
and z (float16, metres). All little-endian. It is written in pieces that can be read without the
rest, so that one that was cut off tells what came before.
"""

import gzip
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from edgecv.errors import EdgecvError
from edgecv.pose.keypoints import SKELETONS, Pose, Skeleton

SUFFIX = ".trace"
FORM = 1
PIXEL_STEPS = 8
"""Steps a pixel; coordinates beyond ±4095 pixels are taken as that."""
FLUSH_FRAMES = 64
MAX_HEADER = 4096


class TraceError(EdgecvError):
    """A file is no trace, or one that can't be used."""


class TraceHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the first line says."""

    edgecv_trace: int = FORM
    skeleton: str
    world: bool
    """Whether the poses have world landmarks."""
    width: int
    """Of the frames, in pixels."""
    height: int
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
        self._record = _record_type(SKELETONS[header.skeleton], header.world)
        self._file = gzip.GzipFile(path, "wb", compresslevel=6)
        self._file.write(msgspec.json.encode(header) + b"\n")
        self._frames = 0

    def write(self, time_s: float, pose: Pose | None) -> None:
        self._file.write(np.float64(time_s).tobytes() + (b"\0" if pose is None else b"\1"))
        if pose is not None:
            self._file.write(self._encode(pose).tobytes())
        self._frames += 1
        if self._frames % FLUSH_FRAMES == 0:
            self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _encode(self, pose: Pose) -> NDArray[np.void]:
        record = np.zeros((), self._record)
        limit = 4095 * PIXEL_STEPS
        pixels = np.nan_to_num(pose.pixels, posinf=limit, neginf=-limit)
        record["score"] = np.clip(pose.score * 255, 0, 255)
        record["pixels"] = np.clip(np.rint(pixels[:, :2] * PIXEL_STEPS), -limit, limit)
        record["scores"] = np.clip(np.rint(pixels[:, 2] * 255), 0, 255)
        if pose.world is not None and "world" in (self._record.names or ()):
            record["world"] = np.clip(np.nan_to_num(pose.world), -100, 100)
        return record


class Trace:
    """A trace that is read a frame at a time. Raises TraceError when it can't be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _opened(path) as file:
            self.header = _read_header(path, file)
        self.skeleton = SKELETONS[self.header.skeleton]
        self.cut_off = False
        """The end is missing or damaged; known when all has been read."""

    def __iter__(self) -> Iterator[Sample]:
        record = _record_type(self.skeleton, self.header.world)
        with _opened(self.path) as file:
            _read_header(self.path, file)
            while True:
                head = _read(file, 9)
                if len(head) < 9:
                    self.cut_off = self.cut_off or len(head) > 0 or not _at_end(file)
                    return
                time_s = float(np.frombuffer(head[:8], "<f8")[0])
                if not math.isfinite(time_s) or head[8] > 1:
                    self.cut_off = True
                    return
                if head[8] == 0:
                    yield Sample(time_s, None)
                    continue
                body = _read(file, record.itemsize)
                if len(body) < record.itemsize:
                    self.cut_off = True
                    return
                yield Sample(time_s, self._pose(np.frombuffer(body, record)[0]))

    def _pose(self, record: NDArray[np.void]) -> Pose:
        pixels = np.empty((len(self.skeleton.keypoints), 3), np.float32)
        pixels[:, :2] = record["pixels"] / np.float32(PIXEL_STEPS)
        pixels[:, 2] = record["scores"] / np.float32(255)
        world = record["world"].astype(np.float32) if self.header.world else None
        return Pose(self.skeleton, pixels, world, float(record["score"]) / 255)


def _record_type(skeleton: Skeleton, world: bool) -> np.dtype[np.void]:
    points = len(skeleton.keypoints)
    fields = [("score", "u1"), ("pixels", "<i2", (points, 2)), ("scores", "u1", (points,))]
    return np.dtype([*fields, *([("world", "<f2", (points, 3))] if world else [])])


def _opened(path: Path) -> gzip.GzipFile:
    try:
        return gzip.GzipFile(path, "rb")
    except OSError as error:
        raise TraceError(f"trace {path} can't be read: {error.strerror or error}") from error


def _read(file: gzip.GzipFile, size: int) -> bytes:
    """What there is of it, up to where the file is cut off or damaged."""
    try:
        return file.read(size)
    except (EOFError, OSError, zlib.error):
        return b""


def _at_end(file: gzip.GzipFile) -> bool:
    """An orderly end, with a check sum that is right."""
    try:
        return file.read(1) == b""
    except (EOFError, OSError, zlib.error):
        return False


def _read_header(path: Path, file: gzip.GzipFile) -> TraceHeader:
    try:
        line = file.readline(MAX_HEADER)
        header = msgspec.json.decode(line, type=TraceHeader)
    except (EOFError, OSError, zlib.error, msgspec.DecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise TraceError(f"trace {path} can't be read: {error.strerror}") from error
        raise TraceError(f"{path} is no trace: edgecv record writes them") from error
    if header.edgecv_trace != FORM:
        raise TraceError(
            f"trace {path} has form {header.edgecv_trace}, this edgecv reads form {FORM}: "
            "it was written by another version"
        )
    if header.skeleton not in SKELETONS:
        raise TraceError(
            f"trace {path} has poses of {header.skeleton}: known are {', '.join(SKELETONS)}"
        )
    return header
