"""Programs that write pictures, and those that write something else, or nothing."""

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgecv.capture.child import ChildProcess
from edgecv.capture.csi import csi_command
from edgecv.capture.source import Grab, SourceInfo
from edgecv.errors import SourceError
from edgecv.frames import Jpeg
from tests.streams import jpeg, nothing_left, within

NEVER = threading.Event()
PICTURES = [jpeg(shade) for shade in range(0, 250, 50)]
HEAD = f"""
import os, signal, subprocess, sys, time
PICTURES = [bytes.fromhex(text) for text in {[picture.hex() for picture in PICTURES]!r}]
def write(data):
    while data:
        data = data[os.write(1, data):]
def say(text):
    os.write(2, text.encode())
def hang():
    while True:
        time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    with nothing_left():
        yield


@contextlib.contextmanager
def child(
    program: str, *, raw_size: tuple[int, int] | None = None, first_picture_s: float = 10.0
) -> Iterator[ChildProcess]:
    command = [sys.executable, "-S", "-c", HEAD + program]
    source = ChildProcess(
        lambda: command, name="exec:child", raw_size=raw_size, first_picture_s=first_picture_s
    )
    try:
        yield source
    finally:
        within(10, source.release)


def read(source: ChildProcess) -> Grab | None:
    return within(10, lambda: source.read(NEVER))


def read_jpeg(source: ChildProcess) -> bytes:
    grab = read(source)
    assert grab is not None
    assert isinstance(grab.content, Jpeg)
    assert (grab.content.width, grab.content.height) == (64, 48)
    return grab.content.data


def failure(source: ChildProcess) -> str:
    """What the source says when it fails, be it while it is opened or later."""
    with pytest.raises(SourceError) as raised:  # noqa: PT012 - whichever comes first
        within(20, lambda: source.open(NEVER))
        for _ in range(1000):
            read(source)
    return str(raised.value)


def test_every_picture_that_a_program_writes_comes_as_it_wrote_it() -> None:
    with child("for picture in PICTURES: write(picture)\nhang()") as source:
        assert within(20, lambda: source.open(NEVER)) == SourceInfo(64, 48, 0.0, "MJPG")
        assert [read_jpeg(source) for _ in PICTURES] == PICTURES


def test_raw_pictures_come_as_arrays_of_their_own() -> None:
    program = "for shade in range(3): write(bytes([shade, 9, 9]) * 64 * 48)\nhang()"
    with child(program, raw_size=(64, 48)) as source:
        assert within(20, lambda: source.open(NEVER)) == SourceInfo(64, 48, 0.0, "BGR")
        grabs = [read(source) for _ in range(3)]

    contents = [grab.content for grab in grabs if grab is not None]
    for shade, content in enumerate(contents):
        assert isinstance(content, np.ndarray)
        assert content.shape == (48, 64, 3)
        assert (content == (shade, 9, 9)).all()
    assert len(contents) == 3


def test_pictures_that_come_in_small_pieces_are_put_together() -> None:
    program = "for at in range(0, 3000, 7): write((PICTURES[0] * 9)[at:at + 7])\nhang()"
    with child(program) as source:
        within(20, lambda: source.open(NEVER))
        assert [read_jpeg(source) for _ in range(3)] == [PICTURES[0]] * 3


def test_a_program_that_hangs_at_once_is_not_waited_for_for_ever() -> None:
    with child("hang()", first_picture_s=0.2) as source:
        assert failure(source) == "exec:child gave no picture within 0.2 s"


def test_a_program_that_stops_writing_gives_nothing_and_does_not_hold_up_the_reader() -> None:
    with child("write(PICTURES[0] + PICTURES[1][:200])\nhang()") as source:
        within(20, lambda: source.open(NEVER))
        assert read_jpeg(source) == PICTURES[0]
        assert read(source) is None


def test_reading_ends_when_it_is_told_to_stop() -> None:
    stop = threading.Event()
    with child("write(PICTURES[0])\nhang()") as source:
        within(20, lambda: source.open(NEVER))
        read(source)
        stop.set()
        assert within(10, lambda: source.read(stop)) is None


@pytest.mark.parametrize("raw_size", [None, (64, 48)])
def test_half_a_picture_is_none(raw_size: tuple[int, int] | None) -> None:
    with child("write(PICTURES[0][:300])", raw_size=raw_size) as source:
        assert failure(source) == "exec:child ended with exit code 0"


def test_a_program_that_dies_is_named_with_its_exit_code_and_last_words() -> None:
    program = "write(PICTURES[0])\nsay('frame 1\\nno camera of that number\\n')\nsys.exit(3)"
    with child(program) as source:
        assert failure(source) == "exec:child ended with exit code 3: no camera of that number"


def test_a_program_that_is_killed_is_named_with_the_signal() -> None:
    with child("os.kill(os.getpid(), signal.SIGKILL)") as source:
        assert failure(source) == "exec:child was ended by signal 9"


def test_a_program_that_closes_its_output_has_failed() -> None:
    with child("write(PICTURES[0])\nos.close(1)\nhang()") as source:
        assert failure(source) == "exec:child closed its output"


def test_a_program_that_writes_no_pictures_has_failed() -> None:
    with child("while True: write(bytes(range(256)) * 1000)") as source:
        assert failure(source) == "exec:child writes something else than JPEG pictures"


def test_a_program_that_complains_a_lot_is_not_blocked() -> None:
    program = "say('no focus\\n' * 100_000)\nwrite(PICTURES[0])\nsay('bad\\n' * 9999)\nsys.exit(1)"
    with child(program) as source:
        within(20, lambda: source.open(NEVER))
        assert read_jpeg(source) == PICTURES[0]
        assert failure_while_reading(source) == "exec:child ended with exit code 1: bad"


def failure_while_reading(source: ChildProcess) -> str:
    with pytest.raises(SourceError) as raised:  # noqa: PT012
        while True:
            read(source)
    return str(raised.value)


@pytest.mark.parametrize(
    "program",
    [
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwrite(PICTURES[0])\nhang()",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGPIPE, "
        "signal.SIG_IGN)\nwrite(PICTURES[0])\nhang()",
        "write(PICTURES[0])\nos.kill(os.getpid(), signal.SIGSTOP)",
        "while True: write(PICTURES[0])",
    ],
    ids=["ignores SIGTERM", "ignores SIGPIPE too", "is stopped", "writes all the time"],
)
def test_every_program_is_gone_after_its_release(program: str) -> None:
    with child(program) as source:
        within(20, lambda: source.open(NEVER))
        read(source)


@pytest.mark.parametrize("ending", ["hang()", "sys.exit(0)"], ids=["stays", "leaves first"])
def test_what_the_program_has_started_goes_with_it(ending: str, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = (
        "grandchild = subprocess.Popen([sys.executable, '-S', '-c', 'import signal, time\\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\ntime.sleep(600)'])\n"
        f"open({str(note)!r}, 'w').write(str(grandchild.pid))\nwrite(PICTURES[0])\n{ending}"
    )
    with child(program) as source:
        within(20, lambda: source.open(NEVER))
        assert read_jpeg(source) == PICTURES[0]

    pid = int(note.read_text())
    within(10, lambda: _wait_until_gone(pid))


def _wait_until_gone(pid: int) -> None:
    """It is an orphan: that it is reaped is the matter of process 1."""
    pause = threading.Event()
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        while stat.read_text().rpartition(")")[2].split()[0] != "Z":
            pause.wait(0.01)


def test_the_terminal_s_ctrl_c_does_not_reach_it() -> None:
    with child("sys.exit(7 if os.getsid(0) == os.getpid() else 8)") as source:
        assert failure(source) == "exec:child ended with exit code 7"


def test_it_can_be_opened_again_after_its_release(tmp_path: Path) -> None:
    note = tmp_path / "runs"
    program = (
        f"runs = open({str(note)!r}, 'ab'); runs.write(b'x'); runs.close()\n"
        f"write(PICTURES[os.path.getsize({str(note)!r})])\nhang()"
    )
    with child(program) as source:
        for run in (1, 2, 3):
            within(20, lambda: source.open(NEVER))
            assert read_jpeg(source) == PICTURES[run]
            within(10, source.release)
            within(10, source.release)


def test_a_program_that_does_not_exist_is_named() -> None:
    source = ChildProcess(lambda: ["no-such-program"], name="exec:no-such-program")
    with pytest.raises(SourceError, match="can't start no-such-program: No such file"):
        source.open(NEVER)
    source.release()


def test_passwords_are_shown_neither_in_its_name_nor_in_its_last_words() -> None:
    url = "rtsp://me:geheim@camera/1"
    command = [sys.executable, "-S", "-c", f"import sys; sys.exit({f'{url}: refused'!r})"]
    source = ChildProcess(lambda: command, name=f"exec:ffmpeg -i {url} -f mjpeg -")
    with pytest.raises(SourceError) as raised:
        within(20, lambda: source.open(NEVER))
    within(10, source.release)

    assert source.name == "exec:ffmpeg -i rtsp://me:***@camera/1 -f mjpeg -"
    assert str(raised.value).endswith("exit code 1: rtsp://me:***@camera/1: refused")


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """Its device tree."""
    return tmp_path


def test_a_raspberry_pi_is_known_by_its_device_tree(board: Path) -> None:
    (board / "model").write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")

    def command(*installed: str) -> list[str]:
        return csi_command(
            1,
            width=640,
            height=480,
            fps=30.0,
            tree=board,
            which=lambda name: name if name in installed else None,
        )

    assert " ".join(command("rpicam-vid", "libcamera-vid")) == (
        "rpicam-vid --codec mjpeg -t 0 -n --flush --camera 1 --width 640 --height 480 "
        "--framerate 30 -o -"
    )
    assert command("libcamera-vid")[0] == "libcamera-vid"
    with pytest.raises(SourceError, match="rpicam-vid is not installed on this Raspberry Pi 5"):
        command("gst-launch-1.0")


@pytest.mark.parametrize(
    ("model", "compatible"),
    [
        (b"NVIDIA Jetson Orin Nano Developer Kit\0", b""),
        (b"Another Maker's Carrier\0", b"maker,carrier\0nvidia,p3767-0000\0nvidia,tegra234\0"),
    ],
)
def test_a_jetson_is_known_by_its_device_tree(board: Path, model: bytes, compatible: bytes) -> None:
    (board / "model").write_bytes(model)
    (board / "compatible").write_bytes(compatible)
    command = csi_command(0, width=640, height=480, fps=29.97, tree=board, which=lambda name: name)
    assert " ".join(command[4:]) == (
        "gst-launch-1.0 -q nvarguscamerasrc sensor-id=0 ! "
        "video/x-raw(memory:NVMM),format=NV12,width=640,height=480,framerate=30/1 ! nvjpegenc ! "
        "fdsink fd=3 sync=false"
    )


def test_another_computer_is_told_what_to_use_instead(board: Path) -> None:
    with pytest.raises(SourceError, match="neither a Raspberry Pi nor a Jetson"):
        csi_command(0, width=640, height=480, fps=30.0, tree=board, which=lambda _: None)


def test_a_command_that_can_not_be_made_fails_the_opening() -> None:
    def command() -> list[str]:
        raise SourceError("not on this board")

    source = ChildProcess(command, name="csi:")
    with pytest.raises(SourceError, match="not on this board"):
        source.open(NEVER)
    source.release()
