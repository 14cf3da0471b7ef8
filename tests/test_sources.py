"""Addresses, video files, network cameras that misbehave, and the synthetic athlete as a source."""

import contextlib
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from edgecv.capture.address import without_passwords
from edgecv.capture.files import VideoFile
from edgecv.capture.network import NetworkStream
from edgecv.capture.open import make_source
from edgecv.capture.source import EndOfSource, Grab, Source, SourceInfo
from edgecv.capture.synthetic import parse_synthetic
from edgecv.clock import FakeClock
from edgecv.config import Camera
from edgecv.errors import ConfigError, SourceError
from tests.streams import HEAD, HttpCamera, RtspCamera, Viewer, jpeg, nothing_left, part, within
from tests.video import write_video

NEVER = threading.Event()


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    with nothing_left():
        yield


def all_grabs(source: Source) -> list[Grab]:
    """Until the end of a recording."""
    grabs = []
    with contextlib.suppress(EndOfSource):
        while (grab := within(20, lambda: source.read(NEVER))) is not None:
            grabs.append(grab)
    return grabs


def shade(grab: Grab | None) -> float:
    assert grab is not None
    assert isinstance(grab.content, np.ndarray)
    return float(grab.content.mean())


# Addresses


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("0", "Device", "/dev/video0"),
        ("/dev/video0", "Device", "/dev/video0"),
        ("/dev/v4l/by-id/usb-cam-index0", "Device", "/dev/v4l/by-id/usb-cam-index0"),
        ("rtsp://me:secret@cam/1", "NetworkStream", "rtsp://me:***@cam/1"),
        ("RTSPS://cam:8555/1", "NetworkStream", "RTSPS://cam:8555/1"),
        ("http://[::1]:8080/video", "NetworkStream", "http://[::1]:8080/video"),
        ("https://cam/?usr=me&pwd=secret", "NetworkStream", "https://cam/?usr=me&pwd=***"),
        ("csi:", "ChildProcess", "csi:"),
        ("csi:1", "ChildProcess", "csi:1"),
        ("exec:rpicam-vid -o -", "ChildProcess", "exec:rpicam-vid -o -"),
        ("exec-raw:64x48:cam --bgr", "ChildProcess", "exec-raw:64x48:cam --bgr"),
        ("synthetic:squat", "SyntheticAthlete", "synthetic:squat"),
        ("clip.mp4", "VideoFile", "clip.mp4"),
        ("folder/12:30 squat.mp4", "VideoFile", "folder/12:30 squat.mp4"),
    ],
)
def test_the_address_says_what_kind_of_source_it_is(address: str, kind: str, name: str) -> None:
    source = make_source(Camera(source=address), FakeClock())
    assert type(source).__name__ == kind
    assert source.name == name
    assert source.live == (kind != "VideoFile")
    assert source.device == (name if kind == "Device" else None)
    assert source.bounds.open_s > 0
    assert source.bounds.by


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("synthetic:moonwalk", "no exercise 'moonwalk'"),
        ("ftp://me:secret@host/clip.mp4", "ftp://me:***@host/clip.mp4: expected a number or"),
        ("rtsp://me:secret@:554/1", "rtsp://me:***@:554/1: expected SCHEME://"),
        ("rtsp://me:se/cret@cam/1", "in a password write @ as %40"),
        ("http://cam:99999/", "expected SCHEME://"),
        ("http:cam", "expected SCHEME://"),
        ("csi:front", "expected csi: or csi:NUMBER"),
        ("exec:", "names no command"),
        ("exec:ffmpeg -i 'rtsp://me:secret@cam", "No closing quotation"),
        ("exec-raw:ffmpeg -i rtsp://me:secret@cam", "expected exec-raw:WIDTHxHEIGHT:COMMAND"),
        ("exec-raw:0x48:cam", "expected exec-raw:WIDTHxHEIGHT:COMMAND"),
    ],
)
def test_an_address_that_can_not_be_understood_is_refused(address: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        make_source(Camera(source=address), FakeClock())
    assert complaint in str(raised.value)
    assert "cret" not in repr(raised.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://me:geheim@cam:554/1", "rtsp://me:***@cam:554/1"),
        ("rtsp://me:ge@he/im:@cam/1", "rtsp://me:***@cam/1"),
        ("rtsp://:geheim@cam/1", "rtsp://:***@cam/1"),
        ("in http://a:b@c/d and rtsp://e:f@g/h", "in http://a:***@c/d and rtsp://e:***@g/h"),
        ("http://cam:8080/video.cgi?x=1", "http://cam:8080/video.cgi?x=1"),
        ("http://cam/v?user=me&Password=geheim&x=1", "http://cam/v?user=me&Password=***&x=1"),
        ("rtsp://cam/user=me_password=geheim", "rtsp://cam/user=me_password=***"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_passwords_are_not_shown(text: str, shown: str) -> None:
    assert without_passwords(text) == shown


# Video files


def test_a_video_gives_every_frame_in_order_at_its_recorded_time(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", frames=20, fps=25)
    video = VideoFile(str(tmp_path / "clip.mp4"))
    for _ in range(2):
        assert video.open(NEVER) == SourceInfo(64, 64, 25.0, duration_s=0.8)
        grabs = all_grabs(video)
        video.release()
        video.release()

        assert [grab.recorded_s for grab in grabs] == pytest.approx([n / 25 for n in range(20)])
        shades = [shade(grab) for grab in grabs]
        assert shades == sorted(shades)
        assert len({id(grab.content) for grab in grabs}) == 20


def test_a_video_that_breaks_off_ends_with_its_last_whole_frame(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_video(tmp_path / "whole.avi", frames=40)
    whole = (tmp_path / "whole.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) * 2 // 3])
    video = VideoFile(str(tmp_path / "cut.avi"))
    video.open(NEVER)
    grabs = all_grabs(video)
    video.release()

    assert 0 < len(grabs) < 40
    assert "is incomplete: it ended after" in caplog.text


def test_frames_that_can_not_be_decoded_do_not_end_a_video(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pictures = [jpeg(5 * number) for number in range(40)]
    for number in (10, 11, 25):
        pictures[number] = pictures[number][:300] + b"\x55" * 300
    (tmp_path / "bad.mjpeg").write_bytes(b"".join(pictures))
    video = VideoFile(str(tmp_path / "bad.mjpeg"))
    video.open(NEVER)
    grabs = all_grabs(video)
    video.release()

    times = [grab.recorded_s for grab in grabs]
    assert len(grabs) == 37
    assert times == sorted(set(times), key=lambda time: time or 0)
    assert [shade(grab) for grab in grabs[-3:]] == pytest.approx([185, 190, 195], abs=3)
    assert "is damaged: 3 bad frames" in caplog.text


def test_a_video_whose_size_changes_goes_on(tmp_path: Path) -> None:
    pictures = [jpeg(9), jpeg(9), jpeg(9, 128, 96), jpeg(9, 128, 96)]
    (tmp_path / "sizes.mjpeg").write_bytes(b"".join(pictures))
    video = VideoFile(str(tmp_path / "sizes.mjpeg"))
    video.open(NEVER)
    grabs = all_grabs(video)
    video.release()
    assert len(grabs) == 4


@pytest.mark.parametrize("kind", ["absent", "folder", "empty", "noise", "cut.mp4", "no frames"])
def test_what_is_no_video_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "cut.mp4":  # its index is at the end
        write_video(path, frames=40)
        path.write_bytes(path.read_bytes()[:-1000])
    elif kind == "no frames":
        write_video(path.with_suffix(".avi"), frames=0)
        path.with_suffix(".avi").rename(path)
    elif kind != "absent":
        path.write_bytes(b"" if kind == "empty" else bytes(range(256)) * 100)
    video = VideoFile(str(path))
    with pytest.raises(SourceError, match=f"video {path}"):  # noqa: PT012 - whichever comes first
        within(20, lambda: video.open(NEVER))
        video.read(NEVER)
    video.release()


# Network cameras


@contextlib.contextmanager
def stream(url: str, *, open_s: float = 5.0, read_s: float = 3.0) -> Iterator[NetworkStream]:
    source = NetworkStream(url, open_s=open_s, read_s=read_s)
    try:
        yield source
    finally:
        within(20, source.release)


def frames_until_failure(source: NetworkStream) -> tuple[list[float], str]:
    """The shades of what comes, and what the source says when it fails."""
    shades = []
    with pytest.raises(SourceError) as raised:  # noqa: PT012 - the last of many
        while True:
            shades.append(shade(within(20, lambda: source.read(NEVER))))
    assert "secret" not in repr(raised.value)
    return shades, str(raised.value)


def failure_of_open(source: NetworkStream) -> str:
    with pytest.raises(SourceError) as raised:
        within(20, lambda: source.open(NEVER))
    assert "secret" not in repr(raised.value)
    return str(raised.value)


def test_a_network_camera_gives_its_pictures_in_arrays_of_their_own() -> None:
    def behave(viewer: Viewer) -> None:
        viewer.send(HEAD)
        viewer.live()

    with HttpCamera(behave) as camera, stream(camera.url) as source:
        assert within(20, lambda: source.open(NEVER)) == SourceInfo(64, 48, 0.0)
        grabs = [within(20, lambda: source.read(NEVER)) for _ in range(10)]
    assert [shade(grab) for grab in grabs] == pytest.approx(range(0, 100, 10), abs=3)
    assert len({id(grab.content) for grab in grabs if grab is not None}) == 10


def trickle(viewer: Viewer) -> None:
    for byte in part(jpeg()):
        viewer.send(bytes([byte]))
        if viewer.pause(0.02):
            return


@pytest.mark.parametrize(
    "then",
    [
        Viewer.stall,
        trickle,
        lambda viewer: (viewer.send(part(jpeg())[:300]), viewer.stall()),
        lambda viewer: (viewer.send(b"--picture\r\nContent-"), viewer.stall()),
    ],
    ids=["between pictures", "byte by byte", "in a picture", "in a head"],
)
def test_a_network_camera_that_stalls_is_given_up_in_time(then: Callable[[Viewer], object]) -> None:
    def behave(viewer: Viewer) -> None:
        viewer.send(HEAD)
        viewer.pictures(*range(0, 100, 10))
        then(viewer)

    with HttpCamera(behave) as camera, stream(camera.url, read_s=0.5) as source:
        within(20, lambda: source.open(NEVER))
        shades, message = frames_until_failure(source)
    assert len(shades) == 10
    assert message == f"{camera.url} timed out: no frame for 0.5 s"


@pytest.mark.parametrize("beginning", [b"", HEAD, HEAD + part(jpeg())[:200]])
def test_a_network_camera_that_never_begins_is_given_up_in_time(beginning: bytes) -> None:
    def behave(viewer: Viewer) -> None:
        viewer.send(beginning)
        viewer.stall()

    with HttpCamera(behave) as camera, stream(camera.url, open_s=0.5) as source:
        assert failure_of_open(source) == f"{camera.url} timed out: no video within 0.5 s"


def test_the_bounds_in_force_are_those_that_are_shown() -> None:
    with HttpCamera(Viewer.stall) as camera, stream(camera.url) as source:
        assert source.bounds.by == "FFmpeg's time-outs (open 5 s, read 3 s)"
        assert failure_of_open(source).endswith("no video within 5 s")


@pytest.mark.parametrize("ending", [lambda _: None, Viewer.reset], ids=["closes", "resets"])
def test_a_network_camera_that_leaves_is_noticed_at_once_and_for_ever(
    ending: Callable[[Viewer], None],
) -> None:
    def behave(viewer: Viewer) -> None:
        viewer.send(HEAD)
        viewer.pictures(*range(0, 100, 10))
        ending(viewer)

    with HttpCamera(behave) as camera, stream(camera.url) as source:
        with contextlib.suppress(SourceError):  # a reset may overtake the pictures
            within(20, lambda: source.open(NEVER))
        for _ in range(2):
            _, message = frames_until_failure(source)
            assert message == f"{camera.url} ended, or the connection was lost"


def test_one_broken_picture_does_not_end_a_stream() -> None:
    def behave(viewer: Viewer) -> None:
        viewer.send(HEAD)
        viewer.pictures(*range(0, 100, 10))
        viewer.send(part(jpeg(200)[:300] + b"\x55" * 300))
        viewer.pictures(*range(100, 200, 10))

    with HttpCamera(behave) as camera, stream(camera.url) as source:
        within(20, lambda: source.open(NEVER))
        shades, _ = frames_until_failure(source)
    assert shades == pytest.approx(range(0, 200, 10), abs=3)


@pytest.mark.parametrize("garbage", [part(bytes(range(256)) * 4), bytes(range(256)) * 40])
def test_a_stream_of_garbage_fails(garbage: bytes) -> None:
    def behave(viewer: Viewer) -> None:
        viewer.send(HEAD)
        viewer.pictures(*range(0, 100, 10))
        while not viewer.pause(0):
            viewer.send(garbage)

    with HttpCamera(behave) as camera, stream(camera.url) as source:
        within(20, lambda: source.open(NEVER))
        shades, _ = frames_until_failure(source)
    assert len(shades) == 10


def test_a_stream_whose_size_changes_goes_on() -> None:
    def behave(viewer: Viewer) -> None:
        viewer.send(HEAD)
        viewer.pictures(*range(0, 100, 10))
        viewer.pictures(*range(100, 200, 10), width=128, height=96)

    with HttpCamera(behave) as camera, stream(camera.url) as source:
        within(20, lambda: source.open(NEVER))
        shades, _ = frames_until_failure(source)
    assert shades == pytest.approx(range(0, 200, 10), abs=3)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>hello</html>",
        b"",
    ],
)
def test_what_answers_without_video_is_told_from_what_does_not_answer(answer: bytes) -> None:
    with HttpCamera(lambda viewer: viewer.send(answer)) as camera:
        url = camera.url.replace("//", "//me:secret@")
        with stream(url) as source:
            message = failure_of_open(source)
    assert "answers, but not with video: check the path, the user and the password" in message
    assert "me:***@127.0.0.1" in message


def test_a_camera_that_is_not_there_is_said_to_refuse_and_found_when_it_is_back() -> None:
    def behave(viewer: Viewer) -> None:
        viewer.send(HEAD)
        viewer.live()

    with HttpCamera(behave) as camera, stream(camera.url) as source:
        within(20, lambda: source.open(NEVER))
        within(20, lambda: source.read(NEVER))
        camera.close()
        frames_until_failure(source)
        source.release()
        assert "connection refused" in failure_of_open(source)
        source.release()

        with HttpCamera(behave, camera.port):
            within(20, lambda: source.open(NEVER))
            assert shade(within(20, lambda: source.read(NEVER))) < 250


def test_a_host_that_nobody_knows_is_named() -> None:
    with stream("rtsp://me:secret@no-such-camera.invalid/1") as source:
        message = failure_of_open(source)
    assert "rtsp://me:***@no-such-camera.invalid/1: the " in message  # host, or name server


def rtsp_camera(port: int = 0) -> RtspCamera:
    try:
        return within(20, lambda: RtspCamera(port))
    except (RuntimeError, OSError) as error:
        pytest.skip(
            f"no RTSP server ({error}): apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi "
            "gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
        )


def test_an_rtsp_camera_that_freezes_dies_and_comes_back_on_the_same_port() -> None:
    camera = rtsp_camera()
    url = f"rtsp://me:secret@127.0.0.1:{camera.port}/camera"
    with stream(url, read_s=1.0) as source:
        try:
            assert within(20, lambda: source.open(NEVER)) == SourceInfo(160, 120, 20.0)
            assert all(within(20, lambda: source.read(NEVER)) for _ in range(30))
            os.kill(camera.process.pid, signal.SIGSTOP)
            assert "timed out: no frame for 1 s" in frames_until_failure(source)[1]
        finally:
            camera.close()
        within(20, source.release)
        assert "connection refused" in failure_of_open(source)
        within(20, source.release)

        camera = rtsp_camera(camera.port)
        try:
            within(20, lambda: source.open(NEVER))
            assert within(20, lambda: source.read(NEVER)) is not None
            camera.process.kill()
            assert "ended, or the connection was lost" in frames_until_failure(source)[1]
        finally:
            camera.close()


# The synthetic athlete


def test_a_paced_athlete_gives_its_frames_when_they_are_due() -> None:
    clock = FakeClock(100.0)
    athlete = parse_synthetic("synthetic:squat?reps=1&fps=10", width=64, height=64, clock=clock)
    athlete.open(NEVER)

    times = []
    with contextlib.suppress(EndOfSource):
        while athlete.read(NEVER) is not None:
            times.append(round(clock.now() - 100, 6))

    assert athlete.live
    assert times == [n / 10 for n in range(len(times))]
    assert athlete.true_reps == 1


def test_a_paced_athlete_goes_on_in_real_time_when_nobody_reads() -> None:
    clock = FakeClock(100.0)
    athlete = parse_synthetic("synthetic:squat?reps=4&fps=10", width=64, height=64, clock=clock)
    athlete.open(NEVER)
    athlete.read(NEVER)
    clock.advance(3600)

    with pytest.raises(EndOfSource):
        athlete.read(NEVER)
    assert athlete.true_reps == 4


def test_a_paced_athlete_stops_waiting_when_asked() -> None:
    stop = threading.Event()
    clock = FakeClock()
    athlete = parse_synthetic("synthetic:squat?fps=1", width=64, height=64, clock=clock)
    athlete.open(NEVER)
    athlete.read(stop)
    stop.set()

    assert athlete.read(stop) is None


def test_an_everyday_doing_is_a_source_with_nothing_to_count() -> None:
    dancer = parse_synthetic(
        "synthetic:dancing?seconds=2&fps=5&pace=false", width=64, height=64, clock=FakeClock()
    )
    dancer.open(NEVER)
    assert len(list(all_grabs(dancer))) > 10
    assert dancer.true_reps == 0


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("synthetic:walking?seconds=0", "seconds = '0': expected a number >= 1"),
        ("synthetic:walking?reps=3", "unknown key reps"),
        ("synthetic:strolling", "with nothing to count, boxing, dancing"),
    ],
)
def test_an_everyday_doing_that_cannot_be_is_explained(source: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        parse_synthetic(source, width=64, height=64, clock=FakeClock())


def test_an_unpaced_athlete_is_a_recording() -> None:
    athlete = parse_synthetic(
        "synthetic:biceps_curl?reps=1&fps=10&pace=false", width=64, height=64, clock=FakeClock()
    )
    athlete.open(NEVER)
    times = [grab.recorded_s for grab in all_grabs(athlete)]

    assert not athlete.live
    assert times == [n / 10 for n in range(len(times))]
    assert athlete.true_reps == 1
