"""Which cameras there are, as far as that can be said without one."""

import os
import stat
from pathlib import Path

import pytest

from edgecv.capture.found import found_cameras


def test_where_there_is_no_camera_none_is_found(tmp_path: Path) -> None:
    assert found_cameras(dev=tmp_path) == []


def test_what_can_not_be_asked_is_named_by_its_lasting_name_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "video10").touch()
    (tmp_path / "video2").touch()
    (tmp_path / "video-codec").touch()
    by_id = tmp_path / "v4l" / "by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-Camera-video-index0").symlink_to(tmp_path / "video10")

    found = found_cameras(dev=tmp_path)

    assert [camera.path for camera in found] == [
        str(tmp_path / "video2"),
        str(by_id / "usb-Camera-video-index0"),
    ]
    assert all("is not a camera device" in (camera.problem or "") for camera in found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device")
def test_a_device_that_gives_no_pictures_is_no_camera(tmp_path: Path) -> None:
    null = os.stat(os.devnull).st_rdev
    os.mknod(tmp_path / "video0", stat.S_IFCHR | 0o666, null)
    if not os.access(tmp_path / "video0", os.R_OK | os.W_OK):
        pytest.skip("devices can't be used here")
    assert found_cameras(dev=tmp_path) == []
