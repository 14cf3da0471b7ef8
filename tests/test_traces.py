"""Traces: what is written is read again, and what is damaged is read as far as it is sound."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgecv.bench.reps.clip import Clip, read_clip
from edgecv.pose.keypoints import BLAZEPOSE_33, COCO_17, Pose, Skeleton
from edgecv.traces import (
    Sample,
    Trace,
    TraceError,
    TraceHeader,
    TraceWriter,
    usual_fps,
)
from tests.recordings import SIZE, performed, write_trace

HEADER = {"edgecv_trace": 1, "skeleton": "blazepose-33", "world": True, "width": 64, "height": 48}


def random_pose(rng: np.random.Generator, skeleton: Skeleton = BLAZEPOSE_33) -> Pose:
    points = len(skeleton.keypoints)
    pixels = rng.uniform((-200, -200, 0), (900, 700, 1), (points, 3)).astype(np.float32)
    world = rng.normal(0, 0.6, (points, 3)).astype(np.float32)
    return Pose(skeleton, pixels, world, float(rng.random()))


def random_clip(seed: int, frames: int = 40, skeleton: Skeleton = BLAZEPOSE_33) -> Clip:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.01, 0.1, frames))
    poses = [None if rng.random() < 0.2 else random_pose(rng, skeleton) for _ in times]
    samples = [Sample(float(time_s), pose) for time_s, pose in zip(times, poses, strict=True)]
    return Clip(samples, skeleton, SIZE)


def same(one: Pose | None, other: Pose | None) -> bool:
    """As nearly as a trace is written."""
    if one is None or other is None:
        return one is other
    assert one.world is not None
    assert other.world is not None
    return (
        np.allclose(one.pixels[:, :2], other.pixels[:, :2], atol=1 / 16 + 1e-4)
        and np.allclose(one.pixels[:, 2], other.pixels[:, 2], atol=1 / 500)
        and np.allclose(one.world, other.world, atol=0.002)
        and abs(one.score - other.score) < 1 / 500
    )


@pytest.mark.parametrize("skeleton", [BLAZEPOSE_33, COCO_17])
def test_what_is_written_is_read_again(tmp_path: Path, skeleton: Skeleton) -> None:
    for seed in range(5):
        clip = random_clip(seed, skeleton=skeleton)
        trace = Trace(write_trace(tmp_path / "t.trace", clip))

        found = list(trace)

        assert [s.time_s for s in found] == [s.time_s for s in clip.samples]
        assert all(same(a.pose, b.pose) for a, b in zip(found, clip.samples, strict=True))
        assert (trace.skeleton, trace.frame_size) == (skeleton, SIZE)
        assert not trace.cut_off
        assert list(trace)[3].time_s == clip.samples[3].time_s


def test_a_pose_costs_some_hundred_bytes(tmp_path: Path) -> None:
    clip = performed("squat")
    size = write_trace(tmp_path / "t.trace", clip).stat().st_size

    assert size < 400 * len(clip.samples)


def test_poses_without_world_landmarks_stay_so(tmp_path: Path) -> None:
    samples = [Sample(0.0, replace(random_pose(np.random.default_rng(1)), world=None))]
    clip = Clip(samples, BLAZEPOSE_33, SIZE)

    for world in (False, True):
        found = read_clip(write_trace(tmp_path / "t.trace", clip, world=world)).samples
        assert found[0].pose is not None
        assert found[0].pose.world is None


def test_an_empty_trace_has_no_frame(tmp_path: Path) -> None:
    trace = Trace(write_trace(tmp_path / "t.trace", Clip([], BLAZEPOSE_33, SIZE)))

    assert list(trace) == []
    assert not trace.cut_off
    assert usual_fps(trace) == 0


def test_one_that_was_cut_off_anywhere_tells_what_came_before(tmp_path: Path) -> None:
    clip = random_clip(1, frames=150)
    whole = write_trace(tmp_path / "t.trace", clip).read_bytes()
    header_end = None
    read = []
    for size in range(0, len(whole), 97):
        (tmp_path / "cut.trace").write_bytes(whole[:size])
        try:
            trace = Trace(tmp_path / "cut.trace")
        except TraceError:
            assert header_end is None
            continue
        header_end = header_end or size
        found = list(trace)
        assert trace.cut_off
        assert [s.time_s for s in found] == [s.time_s for s in clip.samples[: len(found)]]
        read.append(len(found))
    assert header_end is not None
    assert header_end < 400
    assert read == sorted(read)
    assert read[-1] > 140


def test_what_was_flushed_is_there_though_nobody_closed_it(tmp_path: Path) -> None:
    clip = random_clip(1, frames=140)
    writer = TraceWriter(tmp_path / "t.trace", TraceHeader(**HEADER))  # type: ignore[arg-type]
    for sample in clip.samples:
        writer.write(sample.time_s, sample.pose)

    trace = Trace(tmp_path / "t.trace")

    assert len(list(trace)) == 128
    assert trace.cut_off
    writer.close()


def test_bytes_that_were_changed_never_raise_anything_else(tmp_path: Path) -> None:
    clip = random_clip(2, frames=30)
    whole = write_trace(tmp_path / "t.trace", clip).read_bytes()
    rng = np.random.default_rng(3)
    noticed = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 1 + int(rng.integers(3))):
            damaged[place] ^= 1 << int(rng.integers(8))
        (tmp_path / "d.trace").write_bytes(damaged)
        try:
            trace = Trace(tmp_path / "d.trace")
            frames = len(list(trace))
        except TraceError:
            noticed += 1
            continue
        assert frames <= 40
        noticed += trace.cut_off
    assert noticed > 120


def test_a_wrong_check_sum_is_noticed_and_all_frames_are_read(tmp_path: Path) -> None:
    damaged = bytearray(write_trace(tmp_path / "t.trace", random_clip(2)).read_bytes())
    damaged[-6] ^= 1
    (tmp_path / "t.trace").write_bytes(damaged)
    trace = Trace(tmp_path / "t.trace")

    assert len(list(trace)) == 40
    assert trace.cut_off


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is no trace"),
        (b"\x00" * 500, "is no trace"),
        (gzip.compress(b"", mtime=0), "is no trace"),
        (gzip.compress(b"hello\n", mtime=0), "is no trace"),
        (gzip.compress(b"\xff\xfe" * 9000, mtime=0), "is no trace"),
        (gzip.compress(b'{"edgecv_trace": 1}\n', mtime=0), "is no trace"),
        (gzip.compress(json.dumps({**HEADER, "edgecv_trace": 9}).encode(), mtime=0), "form 9"),
        (gzip.compress(json.dumps({**HEADER, "skeleton": "cat"}).encode(), mtime=0), "poses of cat"),
        (gzip.compress(json.dumps({**HEADER, "width": 0}).encode(), mtime=0), "is no trace"),
        (gzip.compress(json.dumps({**HEADER, "height": 10**9}).encode(), mtime=0), "is no trace"),
    ],
)
def test_what_is_no_trace_of_ours_is_said_to_be_none(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "t.trace").write_bytes(content)

    with pytest.raises(TraceError, match=complaint):
        Trace(tmp_path / "t.trace")


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"nowhere.*No such file"):
        Trace(tmp_path / "nowhere")
    with pytest.raises(TraceError, match="directory"):
        Trace(tmp_path)


def test_random_records_are_poses_or_the_end(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        noise = rng.bytes(5000)
        (tmp_path / "t.trace").write_bytes(
            gzip.compress(json.dumps(HEADER).encode() + b"\n" + noise)
        )
        for sample in Trace(tmp_path / "t.trace"):
            assert np.isfinite(sample.time_s)
            assert sample.pose is None or np.isfinite(sample.pose.pixels).all()


def test_a_huge_trace_is_read_a_frame_at_a_time(tmp_path: Path) -> None:
    """An hour of nobody is 1 MB that packs to nothing; only the first frames are unpacked."""
    with gzip.open(tmp_path / "t.trace", "wb") as file:
        file.write(json.dumps(HEADER).encode() + b"\n")
        for _ in range(100):
            file.write(bytes(9 * 100_000))
    trace = Trace(tmp_path / "t.trace")

    assert [sample.pose for sample, _ in zip(trace, range(3), strict=False)] == [None] * 3
    assert trace.share_read < 0.5


def test_key_points_that_are_nowhere_are_unseen(tmp_path: Path) -> None:
    pose = random_pose(np.random.default_rng(1))
    assert pose.world is not None
    pose.pixels[3, 0], pose.pixels[4, 2], pose.world[5] = np.nan, np.nan, np.nan
    pose.pixels[6, 0] = 1e9
    clip = Clip([Sample(0.0, pose)], BLAZEPOSE_33, SIZE)

    found = read_clip(write_trace(tmp_path / "t.trace", clip)).samples[0].pose

    assert found is not None
    assert found.world is not None
    assert found.pixels[3, 2] == found.pixels[4, 2] == 0
    assert np.isnan(found.world[5]).all()
    assert np.isfinite(found.pixels).all()
    assert found.pixels[6, 0] > SIZE[0]


def test_times_that_stand_still_or_go_back_are_kept_and_those_that_are_none_are_not(
    tmp_path: Path,
) -> None:
    times = [0.0, 0.1, 0.1, 0.05, float("nan"), float("inf"), 0.2]
    clip = Clip([Sample(time_s, None) for time_s in times], BLAZEPOSE_33, SIZE)
    trace = Trace(write_trace(tmp_path / "t.trace", clip))

    assert [s.time_s for s in trace] == [0.0, 0.1, 0.1, 0.05, 0.2]
    assert not trace.cut_off


def test_a_pose_of_another_skeleton_is_refused(tmp_path: Path) -> None:
    writer = TraceWriter(tmp_path / "t.trace", TraceHeader(**HEADER))  # type: ignore[arg-type]

    with pytest.raises(ValueError, match="coco-17 in a trace of blazepose-33"):
        writer.write(0.0, random_pose(np.random.default_rng(1), COCO_17))
    writer.close()


@pytest.mark.parametrize(("width", "error"), [(640, 1 / 16), (1920, 1 / 16), (7680, 0.25)])
def test_points_outside_of_a_frame_of_any_size_keep_their_place(
    tmp_path: Path, width: int, error: float
) -> None:
    pose = random_pose(np.random.default_rng(1))
    pose.pixels[0, :2] = 1.9 * width, -1.9 * width
    clip = Clip([Sample(0.0, pose)], BLAZEPOSE_33, (width, width // 2))

    found = read_clip(write_trace(tmp_path / "t.trace", clip)).samples[0].pose

    assert found is not None
    assert found.pixels[0, :2] == pytest.approx((1.9 * width, -1.9 * width), abs=error)


def test_the_usual_rate_is_that_of_most_frames(tmp_path: Path) -> None:
    times = [*np.arange(20) / 30, 5.0, *(6 + np.arange(20) / 30)]
    clip = Clip([Sample(float(time_s), None) for time_s in times], BLAZEPOSE_33, SIZE)

    assert usual_fps(Trace(write_trace(tmp_path / "t.trace", clip))) == pytest.approx(30, rel=0.01)
