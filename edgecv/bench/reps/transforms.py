"""What else a camera might have seen of the same movement: poses in, poses out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from edgecv.bench.reps.clip import Clip
from edgecv.pose.keypoints import Points, Pose, Skeleton
from edgecv.traces import Sample

BODY_M = 1.7
"""World landmarks are of a body of about this height."""
SURE = 0.5
"""Score from which a key point tells of the body's extent."""
MAX_GAP_S = 0.5
"""Poses further apart have nothing between them."""


Transform = Callable[[Clip], Clip]


def mirror(clip: Clip) -> Clip:
    """Left is right."""
    order = _mirrored(clip.skeleton)

    def turn(pose: Pose) -> Pose:
        pixels = pose.pixels[order] * _f32([-1, 1, 1])
        pixels[:, 0] += clip.frame_size[0]
        world = None if pose.world is None else pose.world[order] * _f32([-1, 1, 1])
        return replace(pose, pixels=pixels, world=world)

    return _each_pose(clip, turn)


def scale(clip: Clip, factor: float) -> Clip:
    """A camera with `factor` times as many pixels a side."""

    def larger(pose: Pose) -> Pose:
        return replace(pose, pixels=pose.pixels * _f32([factor, factor, 1]))

    width, height = clip.frame_size
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return _each_pose(clip, larger)._replace(frame_size=size)


def roll(clip: Clip, degrees: float) -> Clip:
    """The camera is tilted: the picture turns clockwise around its middle."""
    middle = _f32(clip.frame_size) / 2
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[cos, -sin], [sin, cos]], np.float32)

    def tilted(pose: Pose) -> Pose:
        pixels = pose.pixels.copy()
        pixels[:, :2] = (pixels[:, :2] - middle) @ turn.T + middle
        world = None if pose.world is None else pose.world.copy()
        if world is not None:
            world[:, :2] = world[:, :2] @ turn.T
        return replace(pose, pixels=pixels, world=world)

    return _each_pose(clip, tilted)


def stretch(clip: Clip, factor: float) -> Clip:
    """All takes `factor` times as long."""
    return clip._replace(samples=[replace(s, time_s=s.time_s * factor) for s in clip.samples])


def resample(clip: Clip, fps: float) -> Clip:
    """A camera of this rate: of a quicker one frames are left out; between those of a slower one
    the poses are interpolated."""
    samples = clip.samples
    if len(samples) < 2:
        return clip
    if (samples[-1].time_s - samples[0].time_s) * fps > len(samples) - 1:
        return clip._replace(samples=_between(samples, fps))
    kept: list[Sample] = []
    due_s = samples[0].time_s
    for sample in samples:
        # A clock of the source that runs a little early must not cost every other frame.
        if sample.time_s >= due_s - 0.1 / fps:
            kept.append(sample)
            due_s = max(due_s + 1 / fps, sample.time_s)
    return clip._replace(samples=kept)


def lose(clip: Clip, share: float, seed: int = 0) -> Clip:
    """In this share of the frames, drawn at random, nobody is found."""
    lost = np.random.default_rng(seed).random(len(clip.samples)) < share
    return _without(clip, lost)


def interrupt(clip: Clip, gap_s: float, every_s: float) -> Clip:
    """Nobody is found for `gap_s` at the end of every `every_s`."""
    if not clip.samples:
        return clip
    times = np.array([sample.time_s for sample in clip.samples]) - clip.samples[0].time_s
    return _without(clip, times % every_s >= every_s - gap_s)


def jitter(clip: Clip, share: float, seed: int = 0) -> Clip:
    """Each key point trembles in each frame by itself, with a standard deviation of this share of
    the body's height (in the picture: of its longer side there, the median over the clip)."""
    rng = np.random.default_rng(seed)
    extents = [_extent(sample.pose) for sample in clip.samples if sample.pose is not None]
    extent = float(np.median(extents)) if extents else 0.0

    def tremble(pose: Pose) -> Pose:
        pixels = pose.pixels.copy()
        pixels[:, :2] += rng.normal(0, share * extent, (len(pixels), 2)).astype(np.float32)
        world = pose.world
        if world is not None:
            world = world + rng.normal(0, share * BODY_M, world.shape).astype(np.float32)
        return replace(pose, pixels=pixels, world=world)

    return _each_pose(clip, tremble)


@dataclass(frozen=True, slots=True)
class Variant:
    """A transform by its name."""

    name: str
    transform: Transform
    gentle: bool
    """Nothing is lost by it that a person would need to count."""


VARIANTS = (
    Variant("mirrored", mirror, True),
    *(Variant(f"{f:g} x the pixels", partial(scale, factor=f), True) for f in (0.4, 3.0)),
    *(Variant(f"rolled by {d:+d}°", partial(roll, degrees=d), True) for d in (-10, 10)),
    *(Variant(f"{fps} fps", partial(resample, fps=fps), True) for fps in (8, 15, 60)),
    *(Variant(f"time x {f:g}", partial(stretch, factor=f), True) for f in (0.67, 1.5)),
    Variant("20 % of frames lost", partial(lose, share=0.2), True),
    Variant("5 fps", partial(resample, fps=5), False),
    Variant("2 % jitter", partial(jitter, share=0.02), False),
    Variant("0.5 s gap every 3 s", partial(interrupt, gap_s=0.5, every_s=3.0), False),
)


def _each_pose(clip: Clip, change: Callable[[Pose], Pose]) -> Clip:
    samples = [s if s.pose is None else Sample(s.time_s, change(s.pose)) for s in clip.samples]
    return clip._replace(samples=samples)


def _without(clip: Clip, lost: NDArray[np.bool_]) -> Clip:
    samples = [
        Sample(sample.time_s, None) if gone else sample
        for sample, gone in zip(clip.samples, lost, strict=True)
    ]
    return clip._replace(samples=samples)


def _between(samples: list[Sample], fps: float) -> list[Sample]:
    """At this rate; where the neighbours are far apart, or one has no pose, the one before."""
    found = []
    place = 0
    frames = int((samples[-1].time_s - samples[0].time_s) * fps) + 1
    for time_s in samples[0].time_s + np.arange(frames) / fps:
        while place + 2 < len(samples) and samples[place + 1].time_s <= time_s:
            place += 1
        before, after = samples[place], samples[place + 1]
        span_s = after.time_s - before.time_s
        if before.pose is None or after.pose is None or not 0 < span_s <= MAX_GAP_S:
            found.append(Sample(float(time_s), before.pose))
        else:
            share = min((float(time_s) - before.time_s) / span_s, 1.0)
            found.append(Sample(float(time_s), _mixed(before.pose, after.pose, share)))
    return found


def _mixed(one: Pose, other: Pose, share: float) -> Pose:
    def mix(a: Points, b: Points) -> Points:
        return np.asarray(a + (b - a) * np.float32(share), np.float32)

    world = None
    if one.world is not None and other.world is not None:
        world = mix(one.world, other.world)
    return replace(one, pixels=mix(one.pixels, other.pixels), world=world)


def _extent(pose: Pose) -> float:
    """The longer side of the box around the sure key points, in pixels."""
    sure = pose.pixels[pose.pixels[:, 2] >= SURE, :2]
    return float(np.ptp(sure, axis=0).max()) if len(sure) else 0.0


def _f32(values: Sequence[float]) -> Points:
    return np.array(values, np.float32)


@lru_cache
def _mirrored(skeleton: Skeleton) -> list[int]:
    """The row of the other side's key point, for each."""
    names = skeleton.keypoints
    return [names.index(_other_side(name)) for name in names]


def _other_side(name: str) -> str:
    for side, other in (("left", "right"), ("right", "left")):
        if side in name:
            return name.replace(side, other)
    return name
