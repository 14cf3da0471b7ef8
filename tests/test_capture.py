"""Sources, and the thread that owns one."""

import threading
from pathlib import Path

import numpy as np
import pytest

from edgecv.capture.open import make_source
from edgecv.capture.opencv import VideoFile
from edgecv.capture.source import Grab, SourceInfo
from edgecv.capture.synthetic import parse_synthetic
from edgecv.capture.worker import CaptureWorker
from edgecv.clock import FakeClock, SystemClock
from edgecv.config import Camera
from edgecv.errors import ConfigError, SourceError
from edgecv.frames import LatestFrame
from tests.video import write_video

NEVER = threading.Event()
IMAGE = np.zeros((4, 4, 3), np.uint8)


class RecordingSource:
    """Gives `frames` images (or fails), and remembers which thread did what."""

    name = "recording"
    live = True
    performs = None
    true_reps = None

    def __init__(self, frames: int = 3, failure: Exception | None = None) -> None:
        self.calls: list[tuple[str, str]] = []
        self._left = frames
        self._failure = failure

    def open(self) -> SourceInfo:
        self._note("open")
        return SourceInfo(4, 4, 30.0)

    def read(self, stop: threading.Event) -> Grab | None:  # noqa: ARG002
        self._note("read")
        if self._left == 0:
            if self._failure is not None:
                raise self._failure
            return None
        self._left -= 1
        return Grab(IMAGE)

    def release(self) -> None:
        self._note("release")

    def _note(self, call: str) -> None:
        self.calls.append((call, threading.current_thread().name))


class HangingSource(RecordingSource):
    """Its read takes as long as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = threading.Event()
        self.go_on = threading.Event()

    def read(self, stop: threading.Event) -> Grab | None:  # noqa: ARG002
        self._note("read")
        self.reading.set()
        assert self.go_on.wait(10)
        self._note("read returned")
        return None


def test_only_the_capture_thread_touches_the_source_and_releases_it_once() -> None:
    source = RecordingSource(frames=3)
    worker = CaptureWorker(source, LatestFrame(), SystemClock(), lambda: None)
    worker.start()

    assert worker.join(10)
    assert {thread for _, thread in source.calls} == {"capture"}
    assert [call for call, _ in source.calls] == ["open", *["read"] * 4, "release"]
    assert worker.failure is None


def test_the_source_is_not_released_before_its_read_has_returned() -> None:
    source = HangingSource()
    worker = CaptureWorker(source, LatestFrame(), SystemClock(), lambda: None)
    worker.start()
    assert source.reading.wait(10)

    worker.ask_to_stop()
    assert not worker.join(0.01)
    assert [call for call, _ in source.calls] == ["open", "read"]
    source.go_on.set()

    assert worker.join(10)
    assert [call for call, _ in source.calls] == ["open", "read", "read returned", "release"]


def test_a_source_that_fails_is_released_and_its_failure_is_kept() -> None:
    source = RecordingSource(failure=SourceError("unplugged"))
    slot = LatestFrame()
    told = threading.Event()
    worker = CaptureWorker(source, slot, SystemClock(), told.set)
    worker.start()

    assert worker.join(10)
    assert str(worker.failure) == "unplugged"
    assert source.calls[-1] == ("release", "capture")
    assert told.is_set()
    assert worker.info is None
    slot.take(0)
    assert slot.exhausted


def test_stop_before_the_start_opens_nothing() -> None:
    source = RecordingSource()
    worker = CaptureWorker(source, LatestFrame(), SystemClock(), lambda: None)
    assert worker.join(0)

    worker.ask_to_stop()
    worker.start()

    assert worker.join(10)
    assert [call for call, _ in source.calls] == ["release"]


def test_a_video_gives_every_frame_in_order_at_its_recorded_time(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", frames=20, fps=25)
    video = VideoFile(str(tmp_path / "clip.mp4"))

    assert video.open() == SourceInfo(64, 64, 25.0)
    grabs = []
    while (grab := video.read(NEVER)) is not None:
        grabs.append(grab)
    video.release()
    video.release()

    assert [grab.recorded_s for grab in grabs] == pytest.approx([n / 25 for n in range(20)])
    shades = [float(grab.image.mean()) for grab in grabs]
    assert shades == sorted(shades)
    assert len({id(grab.image) for grab in grabs}) == 20


def test_a_video_that_breaks_off_ends_with_its_last_whole_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "whole.avi", frames=40)
    whole = (tmp_path / "whole.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) * 2 // 3])
    video = VideoFile(str(tmp_path / "cut.avi"))
    video.open()

    frames = 0
    while video.read(NEVER) is not None:
        frames += 1
    video.release()

    assert 0 < frames < 40


def test_a_paced_athlete_gives_its_frames_when_they_are_due() -> None:
    clock = FakeClock(100.0)
    athlete = parse_synthetic("synthetic:squat?reps=1&fps=10", width=64, height=64, clock=clock)
    athlete.open()

    times = []
    while athlete.read(NEVER) is not None:
        times.append(round(clock.now() - 100, 6))

    assert athlete.live
    assert times == [n / 10 for n in range(len(times))]
    assert athlete.true_reps == 1


def test_a_paced_athlete_goes_on_in_real_time_when_nobody_reads() -> None:
    clock = FakeClock(100.0)
    athlete = parse_synthetic("synthetic:squat?reps=4&fps=10", width=64, height=64, clock=clock)
    athlete.open()
    athlete.read(NEVER)
    clock.advance(3600)

    assert athlete.read(NEVER) is None
    assert athlete.true_reps == 4


def test_a_paced_athlete_stops_waiting_when_asked() -> None:
    stop = threading.Event()
    clock = FakeClock()
    athlete = parse_synthetic("synthetic:squat?fps=1", width=64, height=64, clock=clock)
    athlete.open()
    athlete.read(stop)
    stop.set()

    assert athlete.read(stop) is None


def test_an_unpaced_athlete_is_a_recording() -> None:
    athlete = parse_synthetic(
        "synthetic:biceps_curl?reps=1&fps=10&pace=false", width=64, height=64, clock=FakeClock()
    )
    athlete.open()

    times = []
    while (grab := athlete.read(NEVER)) is not None:
        times.append(grab.recorded_s)

    assert not athlete.live
    assert times == [n / 10 for n in range(len(times))]
    assert athlete.performs == "biceps_curl"
    assert athlete.true_reps == 1


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/dev/video0", "Device"),
        ("/dev/v4l/by-id/usb-cam-index0", "Device"),
        ("clip.mp4", "VideoFile"),
        ("synthetic:squat", "SyntheticAthlete"),
    ],
)
def test_the_address_says_what_kind_of_source_it_is(address: str, kind: str) -> None:
    source = make_source(Camera(source=address), FakeClock())
    assert type(source).__name__ == kind
    assert source.name == address


def test_an_address_that_can_not_be_understood_is_refused() -> None:
    with pytest.raises(ConfigError, match="no exercise 'moonwalk'"):
        make_source(Camera(source="synthetic:moonwalk"), FakeClock())
