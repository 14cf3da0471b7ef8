"""What keeps a person from being counted well, and what to do about it."""

import dataclasses

import numpy as np
import pytest

from edgecv.athlete.poses import SIZE
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose
from edgecv.reps.joints import Body, JointReader
from edgecv.reps.readiness import ADVICE, Readiness, Settled, assess
from tests.counted import trial

STANDING = next(pose for _, pose in trial("squat", azimuth_deg=0).poses if pose is not None)


def seen(
    *, scale: float = 1.0, shift: tuple[float, float] = (0, 0), hide: tuple[str, ...] = ()
) -> Body | None:
    """Somebody standing upright, larger or elsewhere in the frame, with some joints hidden."""
    pixels = STANDING.pixels.copy()
    middle = pixels[:, :2].mean(axis=0)
    pixels[:, :2] = scale * (pixels[:, :2] - middle) + middle + shift
    for joint in hide:
        for side in ("left", "right"):
            pixels[BLAZEPOSE_33.index(f"{side}_{joint}"), 2] = 0.1
    outside = ((pixels[:, :2] < 0) | (pixels[:, :2] > SIZE)).any(axis=1)
    pixels[outside, 2] = 0.1
    pose = Pose(BLAZEPOSE_33, pixels, STANDING.world, 0.99)
    return JointReader(BLAZEPOSE_33)(pose, SIZE)


def test_who_stands_in_view_is_ready() -> None:
    assert assess(seen(), SIZE, brightness=120) is Readiness.READY
    assert assess(seen(), SIZE, brightness=None) is Readiness.READY


def test_nobody_in_the_dark_may_be_somebody() -> None:
    assert assess(None, SIZE, brightness=120) is Readiness.NO_PERSON
    assert assess(None, SIZE, brightness=None) is Readiness.NO_PERSON
    assert assess(None, SIZE, brightness=10) is Readiness.LOW_LIGHT
    assert assess(seen(), SIZE, brightness=10) is Readiness.LOW_LIGHT


@pytest.mark.parametrize(
    ("body", "readiness"),
    [
        (seen(scale=0.2), Readiness.TOO_FAR),
        (seen(scale=1.8), Readiness.TOO_CLOSE),
        (seen(shift=(0, 100)), Readiness.FEET_OUT_OF_FRAME),
        (seen(shift=(0, -100)), Readiness.HEAD_OUT_OF_FRAME),
        (seen(hide=("hip", "knee")), Readiness.LOW_VISIBILITY),
    ],
    ids=lambda value: value.value if isinstance(value, Readiness) else "",
)
def test_what_is_wrong_is_named(body: Body, readiness: Readiness) -> None:
    assert assess(body, SIZE, brightness=None) is readiness


def test_hands_out_of_the_frame_are_named() -> None:
    body = seen()
    assert body is not None
    pixels, scores = body.pixels.copy(), body.seen.copy()
    pixels[5:7, 0], scores[5:7] = -30, 0.1
    without = dataclasses.replace(body, pixels=pixels, seen=scores)

    assert assess(without, SIZE, brightness=None) is Readiness.HANDS_OUT_OF_FRAME


def test_each_has_an_advice_but_to_be_ready_needs_none() -> None:
    assert set(ADVICE) == set(Readiness)
    assert [readiness for readiness in Readiness if not ADVICE[readiness]] == [Readiness.READY]


def test_a_change_is_told_when_it_has_lasted() -> None:
    settled = Settled()
    told = [settled.update(0.1 * n, Readiness.READY) for n in range(20)]
    assert told[0] is Readiness.NO_PERSON
    assert told[-1] is Readiness.READY

    assert settled.update(2.0, Readiness.TOO_CLOSE) is Readiness.READY
    assert settled.update(2.1, Readiness.READY) is Readiness.READY
    assert settled.update(3.3, Readiness.READY) is Readiness.READY


def test_rubbish_is_nobody() -> None:
    rubbish = dataclasses.replace(STANDING, pixels=np.full((33, 3), np.nan, np.float32))
    assert JointReader(BLAZEPOSE_33)(rubbish, SIZE) is None
