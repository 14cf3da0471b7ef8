"""The transforms of `bench reps --robustness`: the same movement, seen otherwise."""

import numpy as np
import pytest
from numpy.typing import NDArray

from edgecv.bench.reps.clip import Clip
from edgecv.bench.reps.transforms import (
    VARIANTS,
    interrupt,
    jitter,
    lose,
    mirror,
    resample,
    roll,
    scale,
    stretch,
)
from edgecv.findings import find
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose
from edgecv.traces import Sample
from tests.recordings import FPS, SIZE, performed
from tests.test_traces import random_clip


def times(clip: Clip) -> list[float]:
    return [sample.time_s for sample in clip.samples]


def poses(clip: Clip) -> list[Pose]:
    return [sample.pose for sample in clip.samples if sample.pose is not None]


def close(one: Clip, other: Clip, atol: float = 0.01) -> bool:
    for a, b in zip(one.samples, other.samples, strict=True):
        if a.pose is None or b.pose is None:
            if a.pose is not b.pose:
                return False
            continue
        assert a.pose.world is not None
        assert b.pose.world is not None
        if not np.allclose(a.pose.pixels, b.pose.pixels, atol=atol):
            return False
        if not np.allclose(a.pose.world, b.pose.world, atol=1e-3):
            return False
    return times(one) == times(other)


def lengths(pose: Pose) -> NDArray[np.floating]:
    """Of the bones in space."""
    assert pose.world is not None
    return np.array([np.linalg.norm(pose.world[a] - pose.world[b]) for a, b in BLAZEPOSE_33.bones])


@pytest.mark.parametrize("seed", range(5))
def test_what_is_done_and_undone_changes_nothing(seed: int) -> None:
    clip = random_clip(seed)

    assert close(mirror(mirror(clip)), clip)
    assert not close(mirror(clip), clip)
    assert close(roll(roll(clip, 17.0), -17.0), clip)
    assert close(scale(scale(clip, 0.5), 2.0), clip)
    assert times(stretch(stretch(clip, 0.5), 2.0)) == times(clip)


@pytest.mark.parametrize("seed", range(5))
def test_a_body_keeps_its_bones(seed: int) -> None:
    clip = random_clip(seed)

    for changed in (roll(clip, 10.0), scale(clip, 3.0), stretch(clip, 0.67)):
        for before, after in zip(poses(clip), poses(changed), strict=True):
            assert lengths(after) == pytest.approx(lengths(before), abs=1e-4)


def test_left_and_right_change_places_in_a_mirror() -> None:
    clip = random_clip(1)
    before, after = poses(clip)[0], poses(mirror(clip))[0]
    left, right = (BLAZEPOSE_33.index(f"{side}_wrist") for side in ("left", "right"))

    assert after.pixels[left, 0] == pytest.approx(SIZE[0] - before.pixels[right, 0], abs=0.01)
    assert after.pixels[left, 1:] == pytest.approx(before.pixels[right, 1:])


def test_a_roll_turns_around_the_middle_of_the_picture() -> None:
    pixels = np.full((33, 3), 0.9, np.float32)
    pixels[:, :2] = SIZE[0] / 2 + 100, SIZE[1] / 2
    clip = Clip([Sample(0.0, Pose(BLAZEPOSE_33, pixels, None, 1.0))], BLAZEPOSE_33, SIZE)

    turned = poses(roll(clip, 90.0))[0].pixels[0, :2]

    assert turned == pytest.approx((SIZE[0] / 2, SIZE[1] / 2 + 100), abs=0.01)


@pytest.mark.parametrize("fps", [3, 5, 8, 12, 30, 60])
def test_a_camera_of_another_rate_sees_the_same_movement(fps: float) -> None:
    clip = performed("squat")

    seen = resample(clip, fps)

    steps = np.diff(times(seen))
    assert 1 / np.mean(steps) == pytest.approx(fps, rel=0.12)
    assert times(seen)[0] == times(clip)[0]
    assert times(seen)[-1] == pytest.approx(times(clip)[-1], abs=1.01 / fps)
    left = BLAZEPOSE_33.index("left_shoulder")
    true = [(s.time_s, s.pose.pixels[left, 1]) for s in clip.samples if s.pose is not None]
    own = [(s.time_s, s.pose.pixels[left, 1]) for s in seen.samples if s.pose is not None]
    expected = np.interp([t for t, _ in own], *np.array(true).T)
    assert [y for _, y in own] == pytest.approx(expected, abs=1.5)


def test_nothing_is_made_up_between_poses_that_are_far_apart() -> None:
    rng_clip = random_clip(1)
    one, other = poses(rng_clip)[:2]
    clip = Clip([Sample(0.0, one), Sample(2.0, other), Sample(2.1, None)], BLAZEPOSE_33, SIZE)

    found = resample(clip, 10.0).samples

    assert [s.pose is one for s in found[:19]] == [True] * 19


def test_lost_frames_are_lost_at_random_and_the_same_each_time() -> None:
    clip = Clip([s for s in random_clip(1, 500).samples if s.pose], BLAZEPOSE_33, SIZE)

    lost = lose(clip, 0.2)

    assert len(poses(lost)) / len(clip.samples) == pytest.approx(0.8, abs=0.06)
    assert close(lost, lose(clip, 0.2))
    assert not close(lost, lose(clip, 0.2, seed=1))
    assert times(lost) == times(clip)


def test_gaps_come_as_often_and_last_as_long_as_they_should() -> None:
    clip = performed("squat")

    gone = [s.time_s for s in interrupt(clip, 0.5, 3.0).samples if s.pose is None]

    assert gone
    assert all((t - times(clip)[0]) % 3.0 >= 2.5 - 1e-9 for t in gone)
    duration_s = times(clip)[-1] - times(clip)[0]
    assert len(gone) / FPS == pytest.approx(duration_s / 6, abs=0.5)


def test_jitter_is_as_large_as_it_should_be() -> None:
    clip = performed("squat")
    trembling = poses(jitter(clip, 0.02))

    world = [a.world - b.world for a, b in zip(trembling, poses(clip), strict=True)]  # type: ignore[operator]
    pixels = [a.pixels - b.pixels for a, b in zip(trembling, poses(clip), strict=True)]

    assert np.std(world) == pytest.approx(0.02 * 1.7, rel=0.05)
    height = np.median([np.ptp(p.pixels[p.pixels[:, 2] >= 0.5, 1]) for p in poses(clip)])
    assert np.std(np.array(pixels)[..., :2]) == pytest.approx(0.02 * height, rel=0.2)
    assert not np.any(np.array(pixels)[..., 2])


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_no_variant_minds_an_empty_recording_or_one_of_nobody(variant: object) -> None:
    transform = variant.transform  # type: ignore[attr-defined]
    for samples in ([], [Sample(1.0, None)], [Sample(t / 10, None) for t in range(50)]):
        changed = transform(Clip(samples, BLAZEPOSE_33, SIZE))
        assert all(sample.pose is None for sample in changed.samples)


@pytest.mark.parametrize("name", ["mirrored", "3 x the pixels", "rolled by +10°", "time x 1.5"])
def test_a_clean_set_is_counted_alike(name: str) -> None:
    variant = next(v for v in VARIANTS if v.name == name)
    clip = variant.transform(performed("squat"))

    assert len(find(clip.samples, clip.skeleton, "squat", clip.frame_size).told) == 4
