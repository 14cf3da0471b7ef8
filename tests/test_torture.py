"""Sources that misbehave, stopped at random moments: nothing crashes, leaks, or takes too long.

`python -m tests.test_torture SEED COUNT` is the harness itself: it tortures `Capture` in a process
of its own, whose crash would be a failed test, and prints a line of JSON for every case.
"""

import contextlib
import functools
import gc
import json
import logging
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import count, cycle
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edgecv.app import Appliance
from edgecv.capture.child import ChildProcess
from edgecv.capture.files import VideoFile
from edgecv.capture.network import NetworkStream
from edgecv.capture.source import Bounds, Source
from edgecv.capture.supervisor import Capture
from edgecv.clock import SystemClock
from edgecv.config import Camera, Config
from edgecv.events import Event
from edgecv.frames import LatestFrame
from edgecv.sinks.mailbox import Mailbox
from edgecv.summary import Summary
from tests.broker import wait_until
from tests.streams import HEAD, HttpCamera, RtspCamera, Viewer, jpeg, nothing_left, part
from tests.test_run import books_of, settled
from tests.video import write_video

AT_ONCE = 4
"""Processes that run at the same time: they mostly wait."""
RELEASE_S = 3.0
"""What a release may take: SIGTERM and SIGKILL for a child, and a busy machine."""
STOP_S = 5.0
"""The promise: from SIGTERM to the end of the process, in every state."""
SELF_S = 2.0
"""A process that fails by itself is over so soon after that."""
ORPHAN_S = 5.0
"""A child of a program that was killed ends by SIGPIPE, at its next picture."""

ROOT = Path(__file__).parent.parent


# HTTP cameras


def live(viewer: Viewer) -> None:
    viewer.send(HEAD)
    viewer.live(fps=25)


def some(viewer: Viewer) -> None:
    """A second of pictures."""
    viewer.send(HEAD)
    for shade in range(0, 250, 10):
        viewer.pictures(shade)
        if viewer.pause(0.04):
            return


def stalls_in_a_picture(viewer: Viewer) -> None:
    some(viewer)
    viewer.send(part(jpeg())[:300])
    viewer.stall()


def stalls_between_pictures(viewer: Viewer) -> None:
    some(viewer)
    viewer.stall()


def never_gives_a_picture(viewer: Viewer) -> None:
    viewer.send(HEAD)
    viewer.stall()


def trickles(viewer: Viewer) -> None:
    some(viewer)
    for byte in part(jpeg()) * 10:
        viewer.send(bytes([byte]))
        if viewer.pause(0.02):
            return


def sends_garbage(viewer: Viewer) -> None:
    some(viewer)
    while not viewer.pause(0.001):
        viewer.send(part(bytes(range(256)) * 4))


def begins_with_garbage(viewer: Viewer) -> None:
    while not viewer.pause(0.001):
        viewer.send(bytes(range(256)) * 40)


def sends_broken_pictures(viewer: Viewer) -> None:
    viewer.send(HEAD)
    for shade in count():
        viewer.pictures(shade * 10 % 256)
        viewer.send(part(jpeg(200)[:300] + b"\x55" * 300))
        if viewer.pause(0.04):
            return


def changes_size(viewer: Viewer) -> None:
    viewer.send(HEAD)
    for number in count():
        size = 1 + number // 10 % 3
        viewer.pictures(number * 10 % 256, width=64 * size, height=48 * size)
        if viewer.pause(0.04):
            return


def resets(viewer: Viewer) -> None:
    some(viewer)
    viewer.reset()


def is_no_video(viewer: Viewer) -> None:
    viewer.send(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def close_now(viewer: Viewer) -> None:
    viewer.send(HEAD)


def alternates() -> Callable[[Viewer], None]:
    """Closes at once, or after some pictures, or is well, one connection after the other."""
    ways = cycle([close_now, some, live, resets])

    def behave(viewer: Viewer) -> None:
        next(ways)(viewer)

    return behave


HTTP: dict[str, Callable[[Viewer], None]] = {
    "http live": live,
    "http never answers": Viewer.stall,
    "http never gives a picture": never_gives_a_picture,
    "http stalls in a picture": stalls_in_a_picture,
    "http stalls between pictures": stalls_between_pictures,
    "http trickles": trickles,
    "http sends garbage": sends_garbage,
    "http begins with garbage": begins_with_garbage,
    "http sends broken pictures": sends_broken_pictures,
    "http changes size": changes_size,
    "http closes": some,
    "http resets": resets,
    "http is no video": is_no_video,
}


@contextlib.contextmanager
def http_camera(name: str) -> Iterator[str]:
    with HttpCamera(HTTP.get(name) or alternates()) as camera:
        yield camera.url


@contextlib.contextmanager
def http_camera_that_comes_and_goes() -> Iterator[str]:
    """The port is closed and opened again, all the time."""
    over = threading.Event()
    first = HttpCamera(live)
    url, port = first.url, first.port

    def come_and_go() -> None:
        camera: HttpCamera | None = first
        while not over.wait(0.4):
            if camera is not None:
                camera.close()
                camera = None
            else:
                with contextlib.suppress(OSError):
                    camera = HttpCamera(live, port)
        if camera is not None:
            camera.close()

    thread = threading.Thread(target=come_and_go, name="comes and goes", daemon=True)
    thread.start()
    try:
        yield url
    finally:
        over.set()
        thread.join(10)


# RTSP


@functools.cache
def has_rtsp() -> bool:
    """Whether GStreamer's server is installed."""
    try:
        RtspCamera().close()
    except (RuntimeError, OSError):
        return False
    return True


@contextlib.contextmanager
def rtsp_camera(name: str) -> Iterator[str]:
    """`name` says what becomes of it after a while."""
    camera = RtspCamera()
    number = {"freezes": signal.SIGSTOP, "dies": signal.SIGKILL}.get(name.rsplit(maxsplit=1)[-1])

    def strike() -> None:
        if number is not None:
            os.kill(camera.process.pid, number)

    timer = threading.Timer(0.8, strike)
    timer.start()
    try:
        yield f"rtsp://127.0.0.1:{camera.port}/camera"
    finally:
        timer.cancel()
        timer.join()
        camera.close()


# Children

CHILD = f"""
import os, signal, subprocess, sys, time
PICTURES = [bytes.fromhex(text) for text in {[jpeg(shade).hex() for shade in range(0, 250, 25)]!r}]
def write(data):
    while data:
        data = data[os.write(1, data):]
def some():
    for picture in 3 * PICTURES:
        write(picture)
        time.sleep(0.03)
def hang():
    while True:
        time.sleep(60)
def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""
LIVE_CHILD = "while True: some()"
CHILDREN = {
    "exec live": LIVE_CHILD,
    "exec hangs": "some(); hang()",
    "exec never gives a picture": "hang()",
    "exec dies": "some(); os._exit(3)",
    "exec dies at once": "os._exit(3)",
    "exec ignores SIGTERM": "stubborn()\n" + LIVE_CHILD,
    "exec hangs and ignores SIGTERM": "stubborn(); some(); hang()",
    "exec hangs at once and ignores SIGTERM": "stubborn(); hang()",
    "exec sends half a picture": "some(); write(PICTURES[0][:300]); hang()",
    "exec sends half a picture and dies": "some(); write(PICTURES[0][:300])",
    "exec floods": "while True: write(b''.join(PICTURES) * 100)",
    "exec sends garbage": "some()\nwhile True: write(bytes(range(256)) * 400)",
    "exec closes its output": "some(); os.close(1); hang()",
    "exec has children": "subprocess.Popen(['sleep', '300']); some(); hang()",
    "exec is talkative": "while True:\n os.write(2, b'x' * 9999); some()",
    "exec-raw sends half a picture": "write(bytes(64 * 48 * 3) * 9 + bytes(1000)); hang()",
    "exec-raw live": "while True: write(os.urandom(64 * 48 * 3)); time.sleep(0.03)",
}


@contextlib.contextmanager
def child(name: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "child.py"
        program.write_text(CHILD + CHILDREN[name], encoding="ascii")
        command = shlex.join([sys.executable, "-S", str(program)])
        yield ("exec-raw:64x48:" if name.startswith("exec-raw") else "exec:") + command


@contextlib.contextmanager
def absent_program() -> Iterator[str]:
    yield "exec:/no/such/program"


# Files


@contextlib.contextmanager
def file(name: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.avi"
        if name == "file cut":
            path = path.with_suffix(".mp4")
        if name == "file bad pictures":
            path = path.with_suffix(".mjpeg")
            pictures = [jpeg(number % 256) for number in range(2000)]
            for number in range(7, 2000, 7):
                pictures[number] = pictures[number][:300] + b"\x55" * 300
            path.write_bytes(b"".join(pictures))
        elif name == "file noise":
            path.write_bytes(bytes(range(256)) * 1000)
        elif name == "file empty":
            path.touch()
        else:
            write_video(path, 1500)
            whole = path.read_bytes()
            if name in ("file incomplete", "file cut"):
                path.write_bytes(whole[: len(whole) * 2 // 3])
            elif name == "file corrupt":
                noise = random.Random(name).randbytes(64)
                middle = b"".join(
                    whole[at : at + 936] + noise for at in range(5000, len(whole), 1000)
                )
                path.write_bytes(whole[:5000] + middle)
        yield str(path)


FILES = [
    *("file whole", "file incomplete", "file cut", "file corrupt", "file bad pictures"),
    *("file noise", "file empty"),
]


# All of them

Laid = Callable[[], contextlib.AbstractContextManager[str]]
"""Gives the address, for as long as the source is there."""

SOURCES: dict[str, Laid] = {
    **{name: functools.partial(http_camera, name) for name in [*HTTP, "http alternates"]},
    "http comes and goes": http_camera_that_comes_and_goes,
    **{
        name: functools.partial(rtsp_camera, name)
        for name in ("rtsp live", "rtsp freezes", "rtsp dies")
    },
    **{name: functools.partial(child, name) for name in CHILDREN},
    "exec absent": absent_program,
    **{name: functools.partial(file, name) for name in FILES},
}
HASTY = "hasty"
"""With bounds that are too short: the thread is abandoned in the midst of a call."""


@functools.cache
def names() -> list[str]:
    """Of the sources that can be laid here, in an order that mixes their kinds."""
    known = [name for name in SOURCES if not name.startswith("rtsp") or has_rtsp()]
    random.Random(4).shuffle(known)
    return known


@dataclass(frozen=True)
class Case:
    """One injection."""

    seed: int
    source: str
    inject: str
    """"stop", "pause", or HASTY and "stop"."""

    def __str__(self) -> str:
        return f"case {self.seed}: {self.source}, {self.inject}"


def case_of(seed: int) -> Case:
    """The sources in turn, each with one injection after the other."""
    known = names()
    injections = ["stop", "pause"]
    source = known[seed % len(known)]
    if source.startswith(("http", "exec", "rtsp")):
        injections.append(HASTY)
    return Case(seed, source, injections[(seed + seed // len(known)) % len(injections)])


# The harness: Capture in this process


def quick_source(address: str, *, hasty: bool) -> Source:
    """As `make_source` makes it, but sooner at the end of its patience."""
    source: NetworkStream | ChildProcess | VideoFile
    kind, _, rest = address.partition(":")
    if kind in ("http", "rtsp"):
        source = NetworkStream(address, open_s=1.5, read_s=1.0)
    elif kind in ("exec", "exec-raw"):
        size = (64, 48) if kind == "exec-raw" else None
        command = shlex.split(rest.partition(":")[2] if size else rest)
        source = ChildProcess(
            lambda: command, name=address[:20], raw_size=size, first_picture_s=1.5
        )
    else:
        source = VideoFile(address)
    if hasty:
        source.bounds = Bounds(open_s=0.3, read_s=0.3, by="haste")
    return source


def consume(slot: LatestFrame, rng: random.Random) -> None:
    """Until there is nothing more."""
    while not slot.exhausted:
        if slot.take(1.0) is not None:
            time.sleep(rng.uniform(0, 0.03))
            rng.choice([slot.delivered, slot.skipped, slot.failed])()


def torture(case: Case) -> dict[str, Any]:
    """What came of it; `complaints` is empty when all is well."""
    rng = random.Random(case.seed)
    moment_s = rng.uniform(0, 2)
    complaints: list[str] = []
    frames = abandoned = 0
    stop_s = 0.0
    tasks = native_threads()
    try:
        with nothing_left(), SOURCES[case.source]() as address:
            make = functools.partial(quick_source, address, hasty=case.inject == HASTY)
            first = quick_source(address, hasty=False)
            before = threads_of_ours()
            slot = LatestFrame(lossless=not first.live)
            capture = Capture(iter(make, None), slot, SystemClock(), lambda: None)
            consumer = threading.Thread(target=consume, args=(slot, rng), name="consumer")
            consumer.start()
            capture.start()
            look_after(capture, moment_s, complaints)
            if case.inject == "pause":
                capture.pause(True)
                look_after(capture, rng.uniform(0, 1), complaints)
                capture.pause(False)
                look_after(capture, rng.uniform(0, 1), complaints)
            began_s = time.monotonic()
            capture.ask_to_stop()
            slot.close()
            bounds = first.bounds
            if not capture.join(max(bounds.open_s, bounds.read_s) + RELEASE_S):
                complaints.append("the capture thread did not end within its bounds")
            stop_s = time.monotonic() - began_s
            consumer.join(5)
            abandoned = capture.abandoned
            if not abandoned and (left := threads_of_ours() - before):
                complaints.append(f"threads left: {left}")
            books = slot.books()
            frames = books.captured
            if consumer.is_alive() or not books.balanced or books.in_flight:
                complaints.append(f"the books do not balance: {books}")
            if abandoned and case.inject != HASTY:
                complaints.append(f"{abandoned} threads were abandoned")
            del capture, make, first
        gc.collect()
        if (more := native_threads(at_most=tasks)) > tasks:
            complaints.append(f"{more - tasks} threads of the libraries left")
    except AssertionError as error:
        complaints.append(f"left behind: {error}"[:2000])
    return {
        "case": str(case),
        "frames": frames,
        "abandoned": abandoned,
        "stop_s": round(stop_s, 3),
        "complaints": complaints,
    }


def look_after(capture: Capture, seconds: float, complaints: list[str]) -> None:
    """As the appliance does, a little more often; until the time is over."""
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        stuck = capture.pulse.late("capture")
        if stuck is not None and not capture.replace(stuck) and not capture.abandoned:
            complaints.append(stuck.words)
        time.sleep(min(0.05, left_s))


def threads_of_ours() -> set[threading.Thread]:
    """Those that capture starts."""
    return {t for t in threading.enumerate() if t.name in ("capture", "name look-up")}


def native_threads(at_most: int = 0) -> int:
    """All threads of the process; waits a little for them to become `at_most`."""
    until_s = time.monotonic() + (2 if at_most else 0)
    while True:
        number = len(list(Path("/proc/self/task").iterdir()))
        if number <= at_most or time.monotonic() >= until_s:
            return number
        time.sleep(0.01)


def main(first_seed: int, number: int, step: int) -> None:
    """Torture, one case after the other; a line for its beginning and one for its end."""
    logging.getLogger("edgecv").setLevel(logging.CRITICAL + 1)
    torture(Case(0, "file whole", "stop"))  # what the libraries keep for ever
    for seed in range(first_seed, number, step):
        case = case_of(seed)
        print(json.dumps({"begun": str(case)}), flush=True)
        print(json.dumps(torture(case)), flush=True)


def torture_in_processes(number: int, first: int = 0) -> list[dict[str, Any]]:
    """What came of the cases with these seeds; a process that crashed is among the complaints."""

    def run(share: int) -> list[dict[str, Any]]:
        command = [sys.executable, "-X", "faulthandler", "-m", "tests.test_torture"]
        seeds = [first + share, first + number, AT_ONCE]
        done = subprocess.run(
            [*command, *map(str, seeds)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        outcomes = [line for line in lines if "case" in line]
        if done.returncode:
            last = next((line["begun"] for line in reversed(lines) if "begun" in line), "no case")
            complaint = f"ended with {done.returncode}: {done.stderr[-2000:]}"
            outcomes.append({"case": last, "crashed": True, "complaints": [complaint]})
        elif done.stderr:
            complaint = f"said {done.stderr[-2000:]}"
            outcomes.append({"case": f"share {share}", "complaints": [complaint]})
        return outcomes

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [outcome for outcomes in pool.map(run, range(AT_ONCE)) for outcome in outcomes]


def complaints_of(outcomes: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{o['case']}: {c}" for o in outcomes for c in o["complaints"]]


def report(what: str, outcomes: Sequence[dict[str, Any]]) -> None:
    """For those who run pytest with -s."""
    longest = max(outcomes, key=lambda outcome: float(outcome.get("stop_s", 0)))
    abandoned = sum(int(outcome.get("abandoned", 0)) for outcome in outcomes)
    print(
        f"\n{what}: {len(outcomes)} injections, {abandoned} threads abandoned, "
        f"{sum('crashed' in outcome for outcome in outcomes)} crashes, longest stop "
        f"{longest.get('stop_s')} s ({longest['case']}){'' if has_rtsp() else '; no RTSP server'}"
    )


def check_captures(first: int, number: int) -> None:
    outcomes = torture_in_processes(number, first)
    report("capture", outcomes)
    assert complaints_of(outcomes) == []
    assert len(outcomes) == number


# The appliance as a process


@dataclass(frozen=True)
class Run:
    """A source for `edgecv run`, and when it gets which signal."""

    seed: int
    source: str
    wait: bool
    number: signal.Signals
    moment_s: float

    def __str__(self) -> str:
        wait = " --wait" if self.wait else ""
        return f"run {self.seed}: {self.source}{wait}, {self.number.name} at {self.moment_s:.2f} s"


def run_of(seed: int) -> Run:
    known = names()
    rng = random.Random(f"run {seed}")
    number = rng.choice([signal.SIGTERM, signal.SIGINT])
    return Run(seed, known[seed % len(known)], rng.random() < 0.7, number, rng.uniform(0, 3))


@contextlib.contextmanager
def appliance(
    source: str, folder: Path, *more: str, mark: str = "", log: str = "log"
) -> Iterator["subprocess.Popen[bytes]"]:
    """`edgecv run`, once it has written its first line."""
    environment = {**os.environ, "STATE_DIRECTORY": str(folder), "EDGECV_TORTURE": mark}
    command = [sys.executable, "-X", "faulthandler", "-m", "edgecv", "run", "--source", source]
    path = folder / log
    with path.open("wb") as output:
        process = subprocess.Popen(
            [*command, *more], stdout=output, stderr=output, env=environment, cwd=ROOT
        )
    try:
        wait_until(lambda: "edgecv" in path.read_text("utf-8"), "its first line", 20)
        yield process
    finally:
        process.kill()
        process.wait()


def marked(mark: str) -> list[str]:
    """The processes, and their descendants, that were started with this mark."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"EDGECV_TORTURE={mark}\0".encode() in entry.read_bytes():
                command = (entry.parent / "cmdline").read_bytes().replace(b"\0", b" ")
                found.append(f"{entry.parent.name} {command.decode('utf-8', 'replace')[:100]}")
    return found


def end_all(processes: list[str]) -> None:
    for line in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(line.split()[0]), signal.SIGKILL)


def signal_run(run: Run) -> dict[str, Any]:
    """What came of it, as with `torture`."""
    complaints: list[str] = []
    mark = f"{os.getpid()}.{run.seed}"
    stop_s = 0.0
    with tempfile.TemporaryDirectory() as name, SOURCES[run.source]() as address:
        folder = Path(name)
        more = ["--wait"] if run.wait else []
        with appliance(address, folder, *more, mark=mark) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(run.moment_s)
            over = process.poll() is not None
            began_s = time.monotonic()
            process.send_signal(run.number)
            try:
                code = process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                code = None
                complaints.append(f"did not end within {STOP_S} s")
            stop_s = 0.0 if over else time.monotonic() - began_s
        left = marked(mark)
        end_all(left)
        if left:
            complaints.append(f"left running: {left}")
        log = (folder / "log").read_text("utf-8")
    complaints += complaints_about(log, code, run)
    if code == 1 and stop_s > SELF_S:
        complaints.append("it was told to stop, and failed")
    if complaints:
        complaints.append(log[-2000:])
    return {"case": str(run), "stop_s": round(stop_s, 3), "complaints": complaints}


def complaints_about(log: str, code: int | None, run: Run) -> Iterator[str]:
    if "Traceback" in log or "Fatal Python error" in log or "ended by a bug" in log:
        yield "a bug"
    if code == 0:
        books = books_of(log)
        if books["captured"] != settled(books) + books.get("in flight", 0):
            yield f"the books do not balance: {books}"
    elif code == 1:
        if run.wait and not run.source.startswith("file"):
            yield "it was to wait for its source, and failed"
        errors = [line for line in log.splitlines() if line.startswith("edgecv: ")]
        if len(errors) != 1:
            yield f"it does not say in one line why it failed: {errors}"
    elif code is not None:
        yield f"exit code {code}"


def check_runs(first: int, number: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(signal_run, map(run_of, range(first, first + number))))
    report("edgecv run", outcomes)
    assert complaints_of(outcomes) == []


# The tests


def test_a_source_that_misbehaves_is_stopped_and_paused_at_any_moment() -> None:
    check_captures(0, 24)


@pytest.mark.long
def test_every_source_that_misbehaves_is_stopped_and_paused_at_many_moments() -> None:
    check_captures(24, 300)


def test_a_signal_ends_it_in_time_whatever_the_source_does() -> None:
    check_runs(0, 10)


@pytest.mark.long
def test_many_signals_end_it_in_time_whatever_the_source_does() -> None:
    check_runs(10, 120)


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(3.0, id="3 s"), pytest.param(20.0, marks=pytest.mark.long, id="20 s")],
)
@pytest.mark.parametrize("name", ["http live", "exec live"])
def test_it_goes_on_after_it_was_stopped_like_a_job(
    name: str, seconds: float, tmp_path: Path
) -> None:
    config = tmp_path / "edgecv.toml"
    config.write_text("[console]\nrates_interval_s = 0.5\n")
    with (
        SOURCES[name]() as address,
        appliance(address, tmp_path, "--config", str(config)) as process,
    ):
        wait_until(lambda: len(camera_rates(tmp_path)) >= 3, "rates", 20)
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        before = len(camera_rates(tmp_path))
        process.send_signal(signal.SIGCONT)

        # The first may still be about the time before.
        wait_until(lambda: len(camera_rates(tmp_path)) >= before + 5, "rates", 20)
        assert min(camera_rates(tmp_path)[before + 3 : before + 5]) > 5
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0
    log = (tmp_path / "log").read_text("utf-8")
    books = books_of(log)
    assert books["captured"] == settled(books) > 0
    assert "Traceback" not in log


def camera_rates(folder: Path) -> list[float]:
    """As the log says, line by line."""
    log = (folder / "log").read_text("utf-8")
    return [float(fps) for fps in re.findall(r"rates +camera ([\d.]+) fps", log)]


@pytest.mark.parametrize("name", ["http live", "exec live", "exec ignores SIGTERM"])
def test_after_kill_9_it_starts_again_at_once(name: str, tmp_path: Path) -> None:
    marks = [f"{os.getpid()}.{name}.{run}" for run in ("killed", "again")]
    with SOURCES[name]() as address:
        for mark in marks:
            with appliance(address, tmp_path, mark=mark, log=mark) as process:
                log = tmp_path / mark
                wait_until(lambda log=log: "64 x 48" in log.read_text("utf-8"), "frames", 20)  # type: ignore[misc]
                if mark == marks[0]:
                    assert len(marked(mark)) == 1 + name.startswith("exec")
                    process.kill()
                else:
                    process.send_signal(signal.SIGTERM)
                    assert process.wait(STOP_S) == 0
        wait_until(lambda: not marked(marks[0]), "its child ends", ORPHAN_S)
        assert marked(marks[1]) == []


class SteppingClock(SystemClock):
    """Its wall clock jumps by a day, to and fro, every time that it is asked."""

    def __init__(self) -> None:
        self._days = cycle([0, 1, -1])

    def wall(self) -> datetime:
        return datetime.now(timezone.utc) + timedelta(days=next(self._days))


class Heard:
    """A sink that remembers its events."""

    stats_interval_s = 0.5
    answers = False

    def __init__(self) -> None:
        self.mailbox = Mailbox()

    def start(self) -> None:
        """There is no thread: what comes waits in the mailbox."""

    def stop(self, timeout_s: float) -> bool:  # noqa: ARG002
        return True


def without_times(events: Sequence[Event]) -> list[Event]:
    return [msgspec.structs.replace(event, id="", time="") for event in events]


def test_steps_of_the_wall_clock_change_nothing() -> None:
    config = Config(camera=Camera(source="synthetic:squat?reps=2&pace=false&fps=12"))
    summaries: list[Summary] = []
    heard: list[list[Event]] = []
    for clock in (SystemClock(), SteppingClock()):
        sink = Heard()
        summaries.append(Appliance(config, [sink], clock).run())
        heard.append([one.event for one in iter(sink.mailbox.take_event, None)])
    steady, stepped = summaries

    assert stepped.counts == steady.counts == {"squat": 2}
    assert stepped.true_reps == 2
    assert stepped.stats.frames == steady.stats.frames
    assert stepped.stats.frames.captured == stepped.stats.frames.delivered > 0
    assert stepped.seconds == steady.seconds
    assert stepped.pose_fps is not None
    assert 1 < stepped.pose_fps < 1000
    assert stepped.stats.uptime_s < 60
    assert without_times(heard[1]) == without_times(heard[0])
    assert len(heard[1]) == 5


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
