"""The ladder of a Jetson's camera: the program first, then nvargus-daemon, and not for ever."""

import fcntl
import logging
import os
import shutil
import subprocess
import termios
import threading
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from edgecv.app import Appliance
from edgecv.backoff import Backoff
from edgecv.capture import child
from edgecv.capture.argus import IN_VAIN, WELL_S, ArgusCamera
from edgecv.capture.csi import csi_command
from edgecv.capture.worker import CaptureWorker
from edgecv.clock import FakeClock, SystemClock
from edgecv.config import Camera, Config, Pose
from edgecv.errors import SourceError
from edgecv.frames import Jpeg, LatestFrame
from edgecv.host.argus import AT_MOST, WITHIN_S, ArgusRestarts, request_folder
from edgecv.host.instance import runtime_folder
from edgecv.sinks.quiet import Quiet
from tests.broker import wait_until
from tests.nvargus import Nvargus, PathUnit
from tests.streams import jpeg, nothing_left

NEVER = threading.Event()
PLUGIN = "*/gstreamer-1.0/libgstjpeg.so"
PIPE_FULL = 50_000
"""A pipe takes 64 KiB, and a picture of the test has more than 8."""
BOOT = "a-boot"


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    with nothing_left():
        yield


@pytest.fixture
def nvargus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nvargus]:
    """On a Jetson, as far as anybody looks."""
    monkeypatch.setattr(child, "STOP_S", 0.3)
    monkeypatch.setattr(child, "READ_S", 0.2)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "compatible").write_bytes(b"nvidia,p3768-0000+p3767-0005\0nvidia,tegra234\0")
    folder = tmp_path / "nvargus"
    folder.mkdir()
    made = Nvargus(folder)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    yield made
    made.stop()


@pytest.fixture
def units(tmp_path: Path, nvargus: Nvargus) -> Iterator[PathUnit]:
    with PathUnit(tmp_path / "run", nvargus) as made:
        yield made


def camera(
    tree: Path, restarts: ArgusRestarts | None, clock: SystemClock | FakeClock
) -> ArgusCamera:
    return ArgusCamera(
        lambda: csi_command(0, width=64, height=48, fps=30, tree=tree),
        clock,
        name="csi:",
        fps=30,
        ask=None if restarts is None else lambda why: restarts.ask(clock.now(), why),
        first_picture_s=1.5,
    )


def test_pictures_come_whole_although_the_program_talks_in_between(
    nvargus: Nvargus, tmp_path: Path
) -> None:
    source = camera(tmp_path / "tree", None, SystemClock())
    info = source.open(NEVER)
    assert (info.width, info.height, info.form) == (64, 48, "MJPG")
    pictures: list[bytes] = []
    while len(pictures) < 6:
        grab = source.read(NEVER)
        if grab is not None and isinstance(grab.content, Jpeg):
            pictures.append(grab.content.data)
    source.release()
    assert pictures == [jpeg(40), jpeg(200)] * 3
    assert nvargus.torn_down.read_text() == "x"


ELEMENTS = {
    "nvarguscamerasrc": "videotestsrc",
    "sensor-id=0": "is-live=true",
    "nvjpegenc": "jpegenc",
}
"""Those of NVIDIA's, and what does the same on any box."""


@pytest.mark.skipif(
    shutil.which("gst-launch-1.0") is None or not list(Path("/usr/lib").glob(PLUGIN)),
    reason="GStreamer is not installed (gstreamer1.0-tools, gstreamer1.0-plugins-good)",
)
def test_a_real_gst_launch_gives_pictures_and_ends_in_good_order_though_nobody_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "compatible").write_bytes(b"nvidia,tegra234\0")
    ends: list[int | None] = []
    end_group = child._end_group

    def noted(process: "subprocess.Popen[bytes]", name: str) -> None:
        ends.append(child._exit_status(process.pid, 0.0))
        end_group(process, name)

    def command() -> list[str]:
        words = csi_command(0, width=640, height=480, fps=30, tree=tmp_path)
        return [ELEMENTS.get(word, word).replace("(memory:NVMM)", "") for word in words]

    monkeypatch.setattr(child, "_end_group", noted)
    source = ArgusCamera(command, SystemClock(), name="csi:", fps=30, ask=None)
    info = source.open(NEVER)
    assert (info.width, info.height, info.form) == (640, 480, "MJPG")
    for _ in range(5):
        grab = source.read(NEVER)
        assert grab is not None
        assert isinstance(grab.content, Jpeg)
    process = source._process
    assert process is not None
    assert process.stdout is not None
    wait_until(lambda: unread(process.stdout) > PIPE_FULL, "a pipe that is nearly full")
    source.release()
    assert ends == [0]


def unread(pipe: "IO[bytes] | None") -> int:
    """Bytes that wait in a pipe."""
    assert pipe is not None
    count = array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_a_daemon_that_hangs_is_restarted_after_programs_were_replaced_in_vain(
    nvargus: Nvargus, units: PathUnit, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    restarts = ArgusRestarts(units.folder, BOOT)
    source = camera(tmp_path / "tree", restarts, SystemClock())
    slot = LatestFrame()
    reasons: list[str] = []
    worker = CaptureWorker(
        source,
        slot,
        SystemClock(),
        lambda: reasons.append(worker.status.reason),
        backoff=Backoff(first_s=0.05, longest_s=1.0),
    )
    worker.start()
    try:
        wait_until(lambda: worker.status.state == "live", "pictures")
        nvargus.hang()
        wait_until(lambda: restarts.asked == 1, "the request")
        wait_until(lambda: worker.status.state == "live", "pictures again")
    finally:
        worker.ask_to_stop()
        assert worker.join(10)
    why = f"{IN_VAIN} programs in a row got no pictures of csi:"
    assert nvargus.starts == 2
    assert units.reasons == [why]
    assert f"{why}: nvargus-daemon is being restarted" in reasons
    assert f"nvargus-daemon is asked to restart: {why}" in caplog.text
    assert list(units.folder.glob("restart")) == []


def test_a_daemon_that_is_gone_is_told_of_wherever_faults_are(
    nvargus: Nvargus, units: PathUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgecv.host.jetson.is_jetson", lambda: True)
    monkeypatch.setattr("edgecv.capture.csi.is_jetson", lambda _: True)
    monkeypatch.setattr(
        "edgecv.capture.supervisor.Backoff", lambda: Backoff(first_s=0.05, longest_s=1.0)
    )
    nvargus.stop()
    config = Config(camera=Camera(source="csi:"), pose=Pose(threads=1))
    restarts = ArgusRestarts(units.folder, BOOT)
    appliance = Appliance(config, [Quiet()], SystemClock(), patient=True, argus=restarts)
    stats = []
    thread = threading.Thread(target=lambda: stats.append(appliance.run().stats))
    thread.start()
    try:
        wait_until(lambda: appliance.loops.capture.status.state == "live", "pictures")
    finally:
        appliance.ask_to_stop()
        thread.join(20)
    told = appliance.oversight.status
    assert told.remedies == 1
    assert told.last == (
        f"{IN_VAIN} programs in a row got no pictures of csi:: nvargus-daemon was asked to restart"
    )
    assert stats[0].capture.daemon_restarts == 1


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


def fail(source: ArgusCamera) -> str:
    with pytest.raises(SourceError) as failed:
        source.open(NEVER)
    source.release()
    return str(failed.value)


def test_it_is_asked_for_so_often_within_an_hour_and_no_more(
    tmp_path: Path, clock: FakeClock
) -> None:
    for number in range(AT_MOST):
        clock.advance(60)
        restarts = ArgusRestarts(tmp_path, BOOT)  # edgecv itself may have begun anew
        assert restarts.ask(clock.now(), "why") is None
        assert (tmp_path / "restart").read_text() == "why\n"
        (tmp_path / "restart").unlink()
        assert restarts.asked == 1, number
    refused = restarts.ask(clock.now(), "why")
    assert refused == "nvargus-daemon was restarted 3 times within an hour, in vain"
    assert not (tmp_path / "restart").exists()
    clock.advance(WITHIN_S)
    assert restarts.ask(clock.now(), "why") is None


def test_another_boot_begins_to_count_anew(tmp_path: Path, clock: FakeClock) -> None:
    for boot in ("one", "two"):
        for _ in range(AT_MOST):
            assert ArgusRestarts(tmp_path, boot).ask(clock.now(), "why") is None
            (tmp_path / "restart").unlink()


def test_a_request_that_nobody_takes_is_not_repeated(tmp_path: Path, clock: FakeClock) -> None:
    restarts = ArgusRestarts(tmp_path, BOOT)
    assert restarts.ask(clock.now(), "why") is None
    assert restarts.ask(clock.now(), "why") == (
        "nobody takes the request for it: systemctl status edgecv-nvargus.path"
    )


def test_what_can_not_be_counted_is_not_asked_for(tmp_path: Path, clock: FakeClock) -> None:
    refused = ArgusRestarts(tmp_path / "none", BOOT).ask(clock.now(), "why")
    assert refused is not None
    assert refused.startswith("nvargus-daemon can't be asked to restart")


def test_only_the_unit_of_a_jetson_has_a_folder_for_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/edgecv")
    assert request_folder() is None
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/edgecv-garage:/run/nvargus-edgecv")
    assert request_folder() == Path("/run/nvargus-edgecv")
    assert runtime_folder("x") == Path("/run/edgecv-garage")


def test_a_refusal_is_said_once_and_the_program_goes_on_being_replaced(
    nvargus: Nvargus, tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    nvargus.stop()
    source = camera(tmp_path / "tree", None, clock)
    source._ask = lambda _: "edgecv may not"
    failures = [fail(source) for _ in range(IN_VAIN + 3)]
    assert all("Connecting to nvargus-daemon failed" in failure for failure in failures)
    said = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert said == [f"{IN_VAIN} programs in a row got no pictures of csi:; edgecv may not"]


def test_a_program_that_is_not_installed_is_not_the_daemon_s_fault(clock: FakeClock) -> None:
    asked: list[str] = []

    def not_there() -> list[str]:
        raise SourceError("gst-launch-1.0 is not installed")

    source = ArgusCamera(not_there, clock, name="csi:", fps=30, ask=asked.append)
    for _ in range(2 * IN_VAIN):
        fail(source)
    assert asked == []


def test_pictures_for_a_while_end_the_row_and_a_few_do_not(
    nvargus: Nvargus, tmp_path: Path, clock: FakeClock
) -> None:
    asked: list[str] = []
    source = camera(tmp_path / "tree", None, clock)
    source._ask = asked.append

    def one_that_stalls(after_s: float) -> None:
        source.open(NEVER)
        clock.advance(after_s)
        source.read(NEVER)
        nvargus.hang()
        while source.read(NEVER) is not None:
            pass
        source.release()
        (nvargus.folder / "hangs").unlink()
        nvargus.restart()

    for _ in range(IN_VAIN - 1):
        one_that_stalls(0)
    one_that_stalls(WELL_S)
    one_that_stalls(0)
    assert asked == []
    one_that_stalls(0)
    with pytest.raises(SourceError, match="is being restarted"):
        source.open(NEVER)
    assert len(asked) == 1
