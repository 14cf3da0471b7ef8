"""An appliance in the middle of a workout, for every command that shows something."""

import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from edgecv.answers import UpdateAnswer
from edgecv.capture.found import FoundCamera
from edgecv.capture.modes import Mode
from edgecv.doctor.finding import Group, failure, ok, unavailable, warning
from edgecv.events import (
    CaptureStats,
    FrameBooks,
    JournalStats,
    RepEvent,
    SetFinishedEvent,
    SetStartedEvent,
    State,
    Stats,
    Status,
)
from edgecv.host.health import HardwareWatchdog, Health, Throttling
from edgecv.host.threads import OTHERS, Load
from edgecv.running import Instance, Life
from edgecv.screens.top import Rates
from edgecv.status import (
    FILE,
    ModelStatus,
    MqttStatus,
    PartStatus,
    SerialStatus,
    SourceStatus,
    StatusDocument,
    WatchdogStatus,
    encode_status,
)
from edgecv.update.kept import Last, UpdateStatus
from edgecv.update.rauc import Slot, Slots

UPTIME_S = 5400


def _rep(number: int, second: int) -> RepEvent:
    return RepEvent(
        id=f"0a1b2c3d-{number}",
        seq=number,
        time=f"2027-01-15T18:30:{second:02d}.000+00:00",
        clock_synced=True,
        exercise="push_up",
        set=3,
        set_reps=number,
        duration_s=1.9 + number / 50,
        amplitude=1.04,
        frame_age_s=0.024,
    )


def document(pid: int, now_s: float) -> StatusDocument:
    return StatusDocument(
        version="0.1.0",
        pid=pid,
        device_id="garage",
        device_name="Garage gym",
        now_s=now_s,
        time="2027-01-15T18:30:31.000+00:00",
        source=SourceStatus(
            name="/dev/v4l/by-id/usb-046d_C920-video-index0",
            device="/dev/video0",
            bounds="V4L2's select time-out (1 s a frame)",
        ),
        model=ModelStatus(name="blazepose-full", threads=3, selftest_ms=41.0),
        mqtt=MqttStatus(broker="homeassistant.lan:8883", connected=True, acknowledged_s_ago=0.4),
        serial=SerialStatus(
            port="usb:2e8a:0005", connected=True, board="rp2040", program="1.0", supply_v=5.08
        ),
        threads={"capture": pid, "inference": pid + 1, "mqtt": pid + 2},
        watchdog=WatchdogStatus(
            parts=[
                PartStatus(name="capture", doing="read", for_s=0.01, bound_s=5.0),
                PartStatus(name="inference", doing="run", for_s=0.02, bound_s=30.0),
                PartStatus(name="journal", doing="waiting for events", for_s=3.0, bound_s=70.0),
                PartStatus(name="mqtt", doing="talking", for_s=0.3, bound_s=30.0),
                PartStatus(name="serial", doing="waiting", for_s=0.2, bound_s=11.0),
            ]
        ),
        host=Health(
            temperature_c=61.2,
            throttling=Throttling([], []),
            memory_total_mb=3885.0,
            memory_free_mb=3120.0,
            disk_total_mb=29_600.0,
            disk_free_mb=24_800.0,
            disk_read_only=False,
            watchdog=HardwareWatchdog("Broadcom BCM2835 Watchdog timer", True, 15, 15),
            watchdog_reset=False,
            uptime_s=432_000.0,
        ),
        state=State(
            status=Status.RUNNING,
            exercise="push_up",
            counting="push_up",
            set=3,
            set_reps=8,
            last_set_reps=12,
            last_set_exercise="squat",
            reps_today=31,
            reps_total=4207,
            person=True,
            readiness="ready",
            camera=True,
            camera_state="live",
            clock_synced=True,
        ),
        stats=Stats(
            camera_fps=30.0,
            pose_fps=21.4,
            published_per_s=1.2,
            inference_ms=46.1,
            frame_age_ms=61.0,
            frame_age_p95_ms=88.0,
            frames=FrameBooks(
                captured=162_004,
                delivered=115_480,
                superseded=46_522,
                skipped=0,
                failed=1,
                in_flight=1,
            ),
            capture=CaptureStats(width=640, height=480, fps=30.0, form="MJPG", reconnects=1),
            journal=JournalStats(waiting=0),
            memory_mb=172.0,
            temperature_c=61.2,
            uptime_s=UPTIME_S,
        ),
        events=[
            SetFinishedEvent(
                id="0a1b2c3d-1",
                seq=1,
                time="2027-01-15T18:28:10.000+00:00",
                clock_synced=True,
                exercise="squat",
                set=2,
                set_reps=12,
            ),
            SetStartedEvent(
                id="0a1b2c3d-2",
                seq=2,
                time="2027-01-15T18:30:14.000+00:00",
                clock_synced=True,
                exercise="push_up",
                set=3,
            ),
            *(_rep(number, 14 + 2 * number) for number in range(4, 9)),
        ],
    )


def instance() -> Instance:
    """It runs."""
    return Instance(Path("/run/edgecv/status.json"), document(812, 0.0), Life.RUNNING, 0.4)


def put_status(folder: Path, *, pid: int | None = None, age_s: float = 0.0) -> None:
    """Its status file, written so long ago; of this process, unless of another."""
    folder.mkdir(exist_ok=True)
    status = document(pid or os.getpid(), time.monotonic() - age_s)
    (folder / "new").write_bytes(encode_status(status))
    (folder / "new").replace(folder / FILE)


@contextmanager
def living(folder: Path, *, pid: int | None = None) -> Iterator[None]:
    """Its status is written again and again, as on a box that is slow today as well."""
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            put_status(folder, pid=pid)
            over.wait(0.5)

    put_status(folder, pid=pid)
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def update() -> UpdateAnswer:
    """After an update that was left again, while the next one is fetched."""
    return UpdateAnswer(
        image=True,
        status=UpdateStatus(
            installed="0.1.0",
            latest="0.2.1",
            notes="Counts pull-ups from behind.",
            notes_url="https://example.org/edgecv/0.2.1",
            state="downloading",
            percent=42,
            last=Last(
                version="0.2.0",
                from_version="0.1.0",
                outcome="rolled_back",
                reason="after 5 minutes no frame was processed (the camera: lost)",
                at="2027-01-15T18:30:00+00:00",
            ),
        ),
        slots=Slots(
            compatible="edgecv-arm64",
            primary="rootfs.0",
            slots=[
                Slot(name="rootfs.0", bootname="A", booted=True, good=True),
                Slot(name="rootfs.1", bootname="B", booted=False, good=False, version="0.2.0"),
            ],
        ),
    )


def groups() -> list[Group]:
    """What the doctor finds on a box with some faults."""
    return [
        Group(
            name="box",
            findings=[
                ok("model", "Raspberry Pi 4 Model B Rev 1.4"),
                ok("system", "Debian GNU/Linux 13 (trixie)"),
                ok("temperature", "61 °C"),
                warning(
                    "throttling",
                    "since the box was started: under-voltage",
                    "use the board's own power supply and a short cable; give it air",
                ),
                ok("memory", "3.1 GB of 3.9 GB free"),
                ok("disk", "24.8 GB of 29.6 GB free"),
                ok("clock", "2027-01-15 18:30 UTC, synchronised"),
                ok("hardware watchdog", "Broadcom BCM2835 Watchdog timer is armed, 15 s"),
                ok("uptime", "5 d"),
            ],
        ),
        Group(
            name="camera",
            findings=[
                ok("source", "/dev/v4l/by-id/usb-046d_C920-video-index0, HD Pro Webcam C920"),
                ok("in use", "by nobody that we may see"),
                ok("formats", "MJPG, YUYV (edgecv cameras)"),
                ok("pictures", "640 x 480 MJPG, 5 taken"),
                ok("rate", "29.9 fps over 5 pictures"),
                ok("brightness", "41%"),
                ok("sharpness", "212"),
                warning(
                    "person",
                    "in view, score 0.98, without ankles",
                    "move the camera back, or turn it, until the whole body is in view",
                ),
            ],
        ),
        Group(
            name="model",
            findings=[
                ok("files", "all are as they were built"),
                ok("load", "blazepose-full, threads: 3"),
                ok("speed", "46.1 ms a frame, so up to 22 fps"),
            ],
        ),
        Group(
            name="broker",
            findings=[
                ok("name", "homeassistant.lan is 192.168.1.10"),
                ok("TCP", "homeassistant.lan:8883 answers in 2 ms"),
                failure(
                    "TLS",
                    "the certificate of the broker homeassistant.lan:8883 has expired: renew it",
                    "see TLS in docs/mqtt.md",
                ),
            ],
        ),
        Group(
            name="serial line",
            findings=[
                ok("controller", "rp2040, program 1.0, on usb:2e8a:0005"),
                ok("supply", "5.08 V"),
            ],
        ),
        Group(
            name="service",
            findings=[
                warning(
                    "unit", "inactive, dead: it does not run", "sudo systemctl start edgecv.service"
                ),
                unavailable("running", "stopped 3 min 5 s ago"),
            ],
        ),
        Group(
            name="configuration",
            findings=[
                ok("file", "/etc/edgecv/edgecv.toml"),
                ok("permissions", "-rw-r----- /etc/edgecv/edgecv.toml"),
                ok("values", "9 from the file, 18 from the default (edgecv config show)"),
            ],
        ),
    ]


def cameras() -> list[FoundCamera]:
    modes = [
        Mode(form, width, height, rates)
        for form, rates in (("MJPG", (30.0, 15.0)), ("YUYV", (30.0,)))
        for width, height in ((640, 480), (1280, 720), (1920, 1080))
        if form == "MJPG" or width == 640
    ]
    return [
        FoundCamera(
            path="/dev/v4l/by-id/usb-046d_C920-video-index0",
            device="/dev/video0",
            name="HD Pro Webcam C920",
            modes=modes,
            used_by=["pid 812 (edgecv)"],
        ),
        FoundCamera(
            path="/dev/video2",
            device="/dev/video2",
            name="",
            modes=[],
            used_by=[],
            problem="camera /dev/video2: permission denied; add the user to the group video "
            "(sudo usermod -aG video $USER) and log in again",
        ),
    ]


def rates() -> Rates:
    """A minute of them."""
    shown = Rates()
    status = document(812, 0.0)
    assert status.stats is not None
    for second in range(60):
        swing = math.sin(second / 6)
        stats = msgspec.structs.replace(
            status.stats,
            camera_fps=30.0 - (12.0 if 20 <= second < 24 else 0.0),
            pose_fps=21.4 + 1.5 * swing,
            published_per_s=1.2 + 0.8 * math.sin(second / 2),
        )
        shown.add(msgspec.structs.replace(status, stats=stats))
    return shown


def loads() -> list[Load]:
    return [
        Load(OTHERS, 168.0),
        Load("inference", 71.0),
        Load("capture", 14.0),
        Load("mqtt", 1.2),
        Load("status", 0.8),
        Load("journal", 0.3),
        Load("MainThread", 0.2),
        Load("console", 0.1),
    ]
