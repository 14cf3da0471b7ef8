"""What the image's service is given in the emulator, where BlazePose would take seconds a frame."""

from pathlib import Path

import numpy as np

from edgecv.pose.catalogue import DEFAULT, find_model
from edgecv.pose.open_estimator import open_estimator
from edgecv.pose.session import Session
from firmware.camera_bench import tidy
from firmware.service import complaints
from tests.graphs import blazepose_of_one_pose


def test_its_model_looks_from_outside_like_the_one_that_ships(tmp_path: Path) -> None:
    for made, ships in zip(blazepose_of_one_pose(tmp_path), find_model(DEFAULT), strict=True):
        ours, theirs = Session(made, 1).signature, Session(ships, 1).signature
        assert (ours.inputs, set(ours.outputs)) == (theirs.inputs, set(theirs.outputs))


def test_its_model_sees_somebody_who_stays_in_place(tmp_path: Path) -> None:
    detector, landmarks = blazepose_of_one_pose(tmp_path)
    estimator = open_estimator(str(landmarks), 1, detector=str(detector))
    image = np.zeros((180, 320, 3), np.uint8)
    poses = [estimator(image, number / 10) for number in range(200)]
    first, last = poses[0], poses[-1]
    assert first is not None
    assert last is not None
    assert np.allclose(first.pixels, last.pixels, atol=0.01)
    nose, ankle = (last.pixels[last.skeleton.index(name)] for name in ("nose", "left_ankle"))
    assert 0 < nose[1] < 90 < ankle[1] < 180


def test_the_table_begins_where_the_fault_shows_and_names_no_device() -> None:
    said = [
        "live",
        "backing_off camera /dev/edgecv/camera was unplugged; plug it in again",
        "opening",
        "backing_off camera /dev/edgecv/camera: no such device; no camera is plugged in",
        "opening",
        "live",
    ]
    assert tidy(said, "backing_off") == (
        "backing_off was unplugged; plug it in again → opening → backing_off no such device → live"
    )


def test_a_fault_of_the_kernel_is_told_from_a_test_driver_that_is_late() -> None:
    late = [
        "[  275.963935] schedule_timeout: wrong timeout value ffffffffffffffff",
        "[  275.967566] CPU: 0 UID: 0 PID: 694 Comm: vivid-000-vid-c Not tainted",
        "[  275.967681] Hardware name: linux,dummy-virt (DT)",
        "[  275.967894] Call trace:",
    ]
    assert complaints(["[  100.2] usb 3-1: Product: Test camera", *late]) == []
    warning = (
        "[  300.1] WARNING: CPU: 1 PID: 7 at drivers/media/common/videobuf2/videobuf2-core.c:1"
    )
    assert complaints([*late, "[  276.0] vivid-000: disconnect", warning]) == [warning]
    assert complaints([warning, *late[1:]]) == [warning, late[-1]]
