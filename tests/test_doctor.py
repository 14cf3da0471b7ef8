"""Whatever is broken, the doctor names it: a system broken on purpose for each thing that it can
say."""

import os
import pty
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import msgspec
import numpy as np
import pytest
import trustme

from edgecv.athlete import Athlete
from edgecv.capture.found import FoundCamera
from edgecv.capture.modes import Mode
from edgecv.config import Camera, Config
from edgecv.doctor import broker, examine, serial
from edgecv.doctor.box import examine_box
from edgecv.doctor.camera import judge_device
from edgecv.doctor.configuration import examine_configuration
from edgecv.doctor.finding import Finding, Verdict
from edgecv.doctor.jetson import PLUGINS, examine_argus, examine_jetson
from edgecv.doctor.model import Loaded, examine_model
from edgecv.doctor.service import unit_of
from edgecv.errors import ConfigError
from edgecv.events import CaptureStats, JournalStats, SerialStats, State, Status
from edgecv.host.health import Health
from edgecv.host.onnxruntime_builds import Build
from edgecv.pose.catalogue import models_folder
from edgecv.pose.providers import NAMES
from edgecv.serial_line import line, session
from edgecv.status import (
    ModelStatus,
    MqttStatus,
    PartStatus,
    SerialStatus,
    SourceStatus,
    WatchdogStatus,
)
from edgecv.update.kept import Last, Latest, UpdateStatus
from tests.broker import Broker
from tests.jetpack import JETPACK_5, JETPACK_6, JETPACK_7, JetPack
from tests.messages import stats
from tests.patient import Patient, patient
from tests.templates import GAP, PACKAGE, matches, said

__all__ = ["patient"]

Arranged = list[Finding] | None


class Case(NamedTuple):
    """Something that is broken, and what is said then."""

    group: str
    verdict: str
    check: str
    says: str
    """With "…" for what is measured."""
    detail: str
    """What must be in it besides."""
    arrange: Callable[[Patient], Arranged]
    """Breaks it; gives findings where it has asked for them by itself."""


CASES: list[Case] = []


def broken(
    group: str, verdict: str, check: str, says: str = GAP, detail: str = ""
) -> Callable[[Callable[[Patient], Arranged]], Callable[[Patient], Arranged]]:
    def register(arrange: Callable[[Patient], Arranged]) -> Callable[[Patient], Arranged]:
        CASES.append(Case(group, verdict, check, says, detail, arrange))
        return arrange

    return register


# The box


@broken("box", "failure", "temperature", "… °C: the processor slows down", "84")
def hot(patient: Patient) -> None:
    patient.temperature(84)


@broken("box", "warning", "temperature", "… °C, and from … it slows down", "74")
def warm(patient: Patient) -> None:
    patient.temperature(74)


@broken("box", "failure", "throttling", "now: …", "under-voltage")
def weak_supply(patient: Patient) -> None:
    patient.put("sys/devices/platform/soc/soc:firmware/get_throttled", "0x50005")


@broken("box", "warning", "throttling", "since the box was started: …", "under-voltage")
def weak_supply_before(patient: Patient) -> None:
    patient.put("sys/devices/platform/soc/soc:firmware/get_throttled", "0x50000")


@broken("box", "failure", "memory", detail="60 MB of 4.0 GB free")
def no_memory(patient: Patient) -> None:
    patient.put("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 60000 kB\n")


@broken("box", "warning", "memory", detail="150 MB of 4.0 GB free")
def little_memory(patient: Patient) -> None:
    patient.put("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 150000 kB\n")


def with_disk(patient: Patient, free_mb: float, *, read_only: bool = False) -> list[Finding]:
    health = Health(disk_total_mb=8000, disk_free_mb=free_mb, disk_read_only=read_only)
    return list(examine_box(health, patient.clock, board=None, system=None, image=None))


@broken("box", "failure", "disk", detail="20 MB of 8.0 GB free")
def full_disk(patient: Patient) -> Arranged:
    return with_disk(patient, 20)


@broken("box", "warning", "disk", detail="300 MB of 8.0 GB free")
def nearly_full_disk(patient: Patient) -> Arranged:
    return with_disk(patient, 300)


@broken(
    *("box", "failure", "disk"),
    "it is read-only: what is counted is kept in memory and lost at the next start",
)
def read_only_disk(patient: Patient) -> Arranged:
    return with_disk(patient, 3000, read_only=True)


@broken("box", "failure", "clock", "it says …: TLS and dates can't be right", "1970-01-01")
def clock_of_1970(patient: Patient) -> None:
    patient.clock.step_s = -patient.clock.now()


@broken("box", "warning", "clock", "… UTC, set by nobody since the start")
def clock_that_nobody_set(patient: Patient) -> None:
    patient.clock.is_synced = False


@broken(
    "box", "warning", "hardware watchdog", "… is not armed…", "bcm2835 is not armed, at most 15"
)
def unarmed_watchdog(patient: Patient) -> None:
    patient.watchdog("state", "inactive")
    patient.watchdog("max_timeout", "15")


@broken(
    *("box", "warning", "hardware watchdog"), "… is asked for … s, and its limit is … s", "30 s"
)
def watchdog_beyond_its_limit(patient: Patient) -> None:
    patient.watchdog("timeout", "30")
    patient.watchdog("max_timeout", "15")


@broken(
    *("box", "warning", "last start"),
    "the hardware watchdog has reset the box: its kernel stood still",
)
def reset_by_the_watchdog(patient: Patient) -> None:
    patient.watchdog("bootstatus", "0x20")


@broken("box", "warning", "image", "… is not made for this board", "0.1.0 is not made")
def image_on_another_board(patient: Patient) -> None:
    patient.put("sys/firmware/devicetree/base/model", "Raspberry Pi 5 Model B Rev 1.0")
    patient.put(
        "etc/os-release", 'PRETTY_NAME="edgecv 0.1.0"\nIMAGE_ID=edgecv\nIMAGE_VERSION=0.1.0\n'
    )


def on_image(patient: Patient) -> None:
    patient.put("sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.4")
    patient.put("etc/os-release", "IMAGE_ID=edgecv\nIMAGE_VERSION=0.1.0\n")


@broken(
    "box", "warning", "last update", "it failed: …", "0.2.0 was left for 0.1.0 on 2027-01-15: no"
)
def update_that_was_left(patient: Patient) -> None:
    on_image(patient)
    last = Last(
        version="0.2.0",
        from_version="0.1.0",
        outcome="rolled_back",
        reason="no frames",
        at="2027-01-15T18:30:00+00:00",
    )
    patient.put("data/shared/update/last.json", msgspec.json.encode(last).decode())


@broken("box", "warning", "update", "it was refused: …", "its signature is none")
def update_that_was_refused(patient: Patient) -> None:
    on_image(patient)
    status = UpdateStatus(installed="0.1.0", problem="x is refused: its signature is none …")
    patient.put("updates/status.json", msgspec.json.encode(status).decode())


def test_an_update_that_is_there_is_named_and_a_way_back_by_hand_is_no_fault(
    patient: Patient,
) -> None:
    on_image(patient)
    last = Last(
        version="0.2.0", from_version="0.1.0", outcome="rolled_back", reason="by hand", at="2027"
    )
    latest = Latest(version="0.2.1", bundle="", url="", at="")
    patient.put("data/shared/update/last.json", msgspec.json.encode(last).decode())
    patient.put("updates/latest.json", msgspec.json.encode(latest).decode())
    found = {one.check: one for one in patient.examine("box")}
    assert found["last update"].verdict is Verdict.OK
    assert found["update"].found == "0.2.1 is there: edgecv update install"
    assert found["update"].verdict is Verdict.OK


# The camera


@broken("camera", "failure", "pictures", detail="camera /dev/video97: no such device")
def no_such_camera(patient: Patient) -> None:
    patient.source("/dev/video97")


@broken("camera", "failure", "pictures", detail="camera /dev/null gives no pictures")
def no_camera_at_all(patient: Patient) -> None:
    patient.source("/dev/null")


@broken("camera", "failure", "pictures", detail="no such file")
def no_such_recording(patient: Patient) -> None:
    patient.source(str(patient.folder / "none.mp4"))


@broken("camera", "failure", "pictures", detail="http://admin:***@127.0.0.1")
def network_camera_that_is_off(patient: Patient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    patient.source(f"http://admin:hunter2@127.0.0.1:{port}/video")


@broken("camera", "failure", "pictures", detail="exec:false")
def program_that_ends(patient: Patient) -> None:
    patient.source("exec:false")


@broken("camera", "failure", "source", detail="expected a number or /dev/…")
def address_of_no_kind(patient: Patient) -> None:
    patient.source("gopher://camera")


def given(patient: Patient, pictures: list[np.ndarray], pause_s: float = 0.0) -> None:
    """The camera is a program that gives these pictures, again and again."""
    height, width = pictures[0].shape[:2]
    raw = patient.folder / "pictures.raw"
    raw.write_bytes(b"".join(picture.tobytes() for picture in pictures))
    size = width * height * 3
    program = patient.put(
        "camera.py",
        "import sys, time\n"
        f"data = open({str(raw)!r}, 'rb').read()\n"
        "while True:\n"
        f"    for at in range(0, len(data), {size}):\n"
        f"        sys.stdout.buffer.write(data[at:at + {size}]); sys.stdout.buffer.flush()\n"
        f"        time.sleep({pause_s or 0.03})\n",
    )
    command = shlex.join([sys.executable, str(program)])
    patient.source(f"exec-raw:{width}x{height}:{command}")


def noise(low: int, high: int, count: int = 3) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    return [random.integers(low, high, (240, 320, 3), np.uint8) for _ in range(count)]


@broken("camera", "warning", "pictures", "…, all the very same")
def frozen_camera(patient: Patient) -> None:
    given(patient, noise(50, 200, count=1))


@broken("camera", "warning", "brightness", "…: too dark", "2%")
def covered_camera(patient: Patient) -> None:
    given(patient, noise(0, 12))


@broken("camera", "warning", "brightness", "…: glare")
def dazzled_camera(patient: Patient) -> None:
    given(patient, noise(245, 255))


@broken("camera", "warning", "sharpness", "…: nothing has an edge")
def unfocused_camera(patient: Patient) -> None:
    given(patient, [cv2.GaussianBlur(picture, (0, 0), 12) for picture in noise(0, 255)])


@broken("camera", "warning", "rate", "… fps, and … are asked for", "30 are asked for")
def slow_camera(patient: Patient) -> None:
    given(patient, noise(0, 255), pause_s=0.2)


@broken("camera", "warning", "pictures", "…, … damaged")
def camera_with_a_bad_cable(patient: Patient) -> None:
    whole = cv2.imencode(".jpg", noise(0, 255)[0])[1].tobytes()
    # A head that says how large the picture is, and nothing behind it.
    frame = bytes([0xFF, 0xC0, 0, 11, 8, 0, 240, 1, 64, 1, 1, 0x11, 0])
    scan = bytes([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3])
    pieces = patient.folder / "pictures.mjpeg"
    pieces.write_bytes((whole + b"\xff\xd8" + frame + scan + b"\xff\xd9") * 50)
    patient.source(f'exec:sh -c "cat {pieces}; sleep 5"')


@broken("camera", "warning", "person", "nobody in view")
def empty_room(patient: Patient) -> None:
    given(patient, noise(0, 255))


@broken("camera", "warning", "person", "in view, score …, without …", "ankles")
def legs_out_of_view(patient: Patient) -> None:
    athlete = Athlete("squat", reps=1, azimuth_deg=10, seed=2, width=640, height=480)
    given(patient, [athlete.render(time_s)[:300] for time_s in (0.1, 0.3)])


def webcam(*forms: str, used_by: list[str] | None = None) -> FoundCamera:
    return FoundCamera(
        path="/dev/v4l/by-id/usb-046d_C920-video-index0",
        device="/dev/video0",
        name="HD Pro Webcam C920",
        modes=[Mode(form, 640, 480, (30.0,)) for form in forms],
        used_by=used_by or [],
    )


@broken("camera", "warning", "source", "… is …, and may be another camera tomorrow", "C920")
def name_that_does_not_last(_patient: Patient) -> Arranged:
    return list(judge_device("/dev/video0", webcam("MJPG"), Camera()))


@broken("camera", "failure", "in use", "by …", "pid 812 (motion)")
def camera_of_another_program(_patient: Patient) -> Arranged:
    return list(judge_device("/dev/video0", webcam("MJPG", used_by=["pid 812 (motion)"]), Camera()))


@broken(
    *("camera", "warning", "formats"),
    "…: every picture has to be converted, and USB 2 is too slow for large ones",
    "YUYV",
)
def camera_without_jpeg(_patient: Patient) -> Arranged:
    return list(judge_device("/dev/video0", webcam("YUYV"), Camera()))


# The camera and the model as the service has them


def state(**fields: object) -> State:
    return State(**{"status": Status.RUNNING, "camera_state": "live", **fields})  # type: ignore[arg-type]


def running(patient: Patient, **fields: object) -> None:
    usual = {
        "source": SourceStatus(name="/dev/video0", bounds="V4L2"),
        "model": ModelStatus(name="blazepose-full", threads=1),
        "stats": stats(100),
    }
    patient.runs({**usual, **fields})


@broken("camera", "warning", "pictures", "the camera is switched off")
def switched_off(patient: Patient) -> None:
    running(patient, state=state(camera_state="paused", camera_on=False))


@broken("camera", "failure", "pictures", "…: …", "backing off: camera /dev/video0 was unplugged")
def unplugged(patient: Patient) -> None:
    reason = "camera /dev/video0 was unplugged"
    running(patient, state=state(camera_state="backing_off", camera_reason=reason))


@broken("camera", "warning", "pictures", "live, but …", "covered or frozen")
def covered(patient: Patient) -> None:
    running(patient, state=state(camera_reason="covered_or_frozen"))


def with_capture(patient: Patient, **fields: int) -> None:
    capture = CaptureStats(width=640, height=480, fps=30.0, form="MJPG", **fields)
    running(patient, stats=msgspec.structs.replace(stats(100), capture=capture))


@broken(*("camera", "warning", "stability"), "in the last hour … stalls and … new connections", "7")
def shaky_connection(patient: Patient) -> None:
    with_capture(patient, stalls_per_hour=7, reconnects_per_hour=6)


@broken(
    *("camera", "warning", "release"),
    "… times a call did not return, … times the device was still held",
)
def driver_that_holds_on(patient: Patient) -> None:
    with_capture(patient, forced_releases=1, still_held=2)


@broken(*("camera", "warning", "ladder"), "nvargus-daemon had to be restarted … times", "2 times")
def daemon_that_hangs(patient: Patient) -> None:
    with_capture(patient, daemon_restarts=2)


# A Jetson


def on_a_jetson(patient: Patient, jetpack: JetPack = JETPACK_6) -> list[Finding]:
    """With a GPU's build of ONNX Runtime, and a camera on the ribbon cable that is in order."""
    jetpack.put_into(patient.folder)
    patient.put("var/lib/nvpmodel/status", "pmode:0000")
    patient.put(
        "etc/nvpmodel.conf",
        "# a comment: ID=9 NAME=NONE\n< POWER_MODEL ID=0 NAME=15W >\nCPU_ONLINE CORE_0 1\n"
        "< POWER_MODEL ID=1 NAME=25W >\n< POWER_MODEL ID=2 NAME=MAXN_SUPER >\n"
        "< PM_CONFIG DEFAULT=1 >\n",
    )
    for name, value in (("scaling_min_freq", 729600), ("scaling_max_freq", 1497600)):
        patient.put(f"sys/devices/system/cpu/cpu0/cpufreq/{name}", f"{value}\n")
    patient.put("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "1728000\n")
    patient.put("sys/devices/system/cpu/online", "0-3\n")
    patient.put("sys/devices/system/cpu/present", "0-5\n")
    patient.put("sys/class/devfreq/17000000.gpu/cur_freq", "306000000\n")
    patient.put("sys/class/devfreq/17000000.gpu/max_freq", "612000000\n")
    for file in PLUGINS.values():
        patient.put(f"usr/lib/aarch64-linux-gnu/gstreamer-1.0/{file}", "")
    patient.put("proc/1234/comm", "nvargus-daemon\n")
    patient.put("tmp/argus_socket", "")
    patient.put("etc/systemd/system/edgecv-nvargus.path", "")
    return ribbon(patient)


def ribbon(patient: Patient, *lacks: str) -> list[Finding]:
    return list(examine_argus(patient.folder, "csi:", lambda name: None if name in lacks else name))


def boxed(
    patient: Patient, *names: str, providers: tuple[str, ...] = tuple(NAMES.values())
) -> list[Finding]:
    builds = [Build(name, "1.23.0", (), patient.folder) for name in names]
    return list(examine_jetson(patient.folder, lambda: (builds, providers)))


@broken(*("box", "failure", "JetPack"), "…", "its L4T r35.4.1 has a Python that is too old")
def old_jetpack(patient: Patient) -> Arranged:
    on_a_jetson(patient, JETPACK_5)
    return boxed(patient, "onnxruntime-gpu")


@broken(
    *("box", "warning", "ONNX Runtime"),
    "… is the build for the processor: the GPU is not used",
    "onnxruntime 1.23.0",
)
def processors_build_on_a_jetson(patient: Patient) -> Arranged:
    on_a_jetson(patient)
    return boxed(patient, "onnxruntime", providers=("CPUExecutionProvider",))


@broken(
    *("box", "warning", "ONNX Runtime"),
    "…: both are the same module, and have overwritten each other",
    "onnxruntime 1.23.0, onnxruntime-gpu 1.23.0",
)
def two_builds(patient: Patient) -> Arranged:
    on_a_jetson(patient)
    return boxed(patient, "onnxruntime", "onnxruntime-gpu")


@broken(
    *("camera", "failure", "GStreamer"), "gst-launch-1.0 is not installed, which reads the camera"
)
def no_gst_launch(patient: Patient) -> Arranged:
    on_a_jetson(patient)
    return ribbon(patient, "gst-launch-1.0")


@broken(*("camera", "failure", "GStreamer"), "… are missing in /…", "nvarguscamerasrc")
def no_plugin(patient: Patient) -> Arranged:
    on_a_jetson(patient)
    for file in patient.folder.rglob("libgstnvarguscamerasrc.so"):
        file.unlink()
    return ribbon(patient)


@broken(*("camera", "failure", "nvargus-daemon"), "it does not run, and serves the camera")
def no_daemon(patient: Patient) -> Arranged:
    on_a_jetson(patient)
    (patient.folder / "proc/1234/comm").unlink()
    return ribbon(patient)


@broken(
    *("camera", "failure", "nvargus-daemon"), "it runs, and does not listen on /…", "argus_socket"
)
def deaf_daemon(patient: Patient) -> Arranged:
    on_a_jetson(patient)
    (patient.folder / "tmp/argus_socket").unlink()
    return ribbon(patient)


# The model


@broken("model", "failure", "files", "… …", "blazepose_full.onnx is missing")
def model_that_is_missing(patient: Patient) -> None:
    damaged_model(patient).unlink()


@broken("model", "failure", "files", "… …", "is not what it was when it was built")
def model_that_is_cut_off(patient: Patient) -> None:
    model = damaged_model(patient)
    model.write_bytes(model.read_bytes()[:1000])


@broken("model", "failure", "load", detail="is damaged or not an ONNX file")
def model_that_does_not_load(patient: Patient) -> None:
    damaged_model(patient).write_bytes(b"not a model")


@broken("model", "failure", "files", detail="catalogue of models")
def catalogue_that_is_cut_off(patient: Patient) -> None:
    (damaged_model(patient).parent / "models.toml").write_text("[models", encoding="utf-8")


def damaged_model(patient: Patient) -> Path:
    folder = patient.folder / "models"
    shutil.copytree(models_folder(), folder)
    for module in ("edgecv.pose.catalogue", "edgecv.doctor.model"):
        patient.monkeypatch.setattr(f"{module}.models_folder", lambda: folder)
    return folder / "blazepose_full.onnx"


@broken("model", "warning", "speed", "…: quick reps are missed", "200.0 ms a frame, so up to 5 fps")
def slow_box(_patient: Patient) -> Arranged:
    return list(examine_model(Config(), Loaded(None, took_s=0.2)))


@broken("model", "warning", "speed", "…: quick reps are missed", "150.0 ms a frame, now 30.0 fps")
def slow_service(patient: Patient) -> None:
    running(patient, stats=msgspec.structs.replace(stats(100), inference_ms=150.0))


@broken("model", "warning", "provider", "…, as others do not: …", "cuda: no such library")
def provider_that_does_not_compute(patient: Patient) -> None:
    model = ModelStatus(
        name="blazepose-full", threads=1, provider="cpu", refused=["cuda: no such library"]
    )
    running(patient, model=model)


# The broker


def mosquitto(patient: Patient, **options: object) -> Broker:
    folder = patient.folder / "broker"
    folder.mkdir()
    return patient.stack.enter_context(Broker(folder, **options))  # type: ignore[arg-type]


@broken("broker", "failure", "name", "…: …", "broker.invalid: ")
def broker_of_no_name(patient: Patient) -> None:
    patient.mqtt(1883, host="broker.invalid")


@broken("broker", "failure", "name", "no name server answers for … within … s", "broker.lan")
def name_server_that_is_silent(patient: Patient) -> None:
    over = threading.Event()
    patient.stack.callback(over.set)
    patient.monkeypatch.setattr(broker, "NAME_S", 0.05)
    patient.monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait())
    patient.mqtt(1883, host="broker.lan")


@broken("broker", "failure", "TCP", "…: …", "Connection refused")
def broker_that_is_off(patient: Patient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    patient.mqtt(port)


@broken("broker", "failure", "login", detail="is it an MQTT broker?")
def listener_that_is_silent(patient: Patient) -> None:
    server = patient.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    patient.monkeypatch.setattr("edgecv.sinks.mqtt_link.ANSWER_S", 0.3)
    patient.mqtt(server.getsockname()[1])


@broken("broker", "failure", "login", detail="refuses us (with 'gym'): Not authorized")
def wrong_password(patient: Patient) -> None:
    password = patient.put("password", "wrong\n")
    password.chmod(0o600)
    port = mosquitto(patient, users={"gym": "right"}).port
    patient.mqtt(port, f'username = "gym"\npassword_file = "{password}"')


@broken("broker", "failure", "login", detail="refuses us (with no user name): Not authorized")
def no_password(patient: Patient) -> None:
    patient.mqtt(mosquitto(patient, users={"gym": "right"}).port)


@broken("broker", "failure", "login", detail="or it wants TLS")
def broker_that_wants_tls(patient: Patient) -> None:
    patient.mqtt(mosquitto(patient, more=authority(patient, "127.0.0.1")).port)


@broken("broker", "failure", "TLS", detail="is it the port for TLS (8883)?")
def broker_without_tls(patient: Patient) -> None:
    patient.mqtt(mosquitto(patient).port, "tls = true")


@broken("broker", "failure", "TLS", detail="an authority that we don't know")
def unknown_authority(patient: Patient) -> None:
    port = mosquitto(patient, more=authority(patient, "127.0.0.1")).port
    patient.mqtt(port, "tls = true")


@broken("broker", "failure", "TLS", detail="is for another name")
def certificate_for_another_name(patient: Patient) -> None:
    port = mosquitto(patient, more=authority(patient, "broker.lan")).port
    patient.mqtt(port, f'tls = true\nca_file = "{patient.folder / "ca.pem"}"')


@broken("broker", "failure", "TLS", detail="has expired: renew it")
def certificate_that_has_expired(patient: Patient) -> None:
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    port = mosquitto(patient, more=authority(patient, "127.0.0.1", not_after=yesterday)).port
    patient.mqtt(port, f'tls = true\nca_file = "{patient.folder / "ca.pem"}"')


def authority(patient: Patient, name: str, not_after: datetime | None = None) -> str:
    """Lines of Mosquitto's configuration; the authority's certificate is in ca.pem."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(patient.folder / "ca.pem"))
    cert = ca.issue_cert(name, not_after=not_after)
    chain, key = patient.folder / "cert.pem", patient.folder / "cert.key"
    cert.cert_chain_pems[0].write_to_path(str(chain))
    cert.private_key_pem.write_to_path(str(key))
    return f"certfile {chain}\nkeyfile {key}"


@broken("broker", "failure", "message", "the broker refuses messages on …: …", "Not authorized")
def access_rules_without_write(patient: Patient) -> None:
    patient.mqtt(mosquitto(patient, acl="topic read #\n").port)


@broken("broker", "failure", "message", "what was published on … did not come back: …")
def access_rules_without_read(patient: Patient) -> None:
    patient.monkeypatch.setattr(broker, "READ_BACK_S", 0.3)
    patient.mqtt(mosquitto(patient, acl="topic write #\n").port)


@broken(
    *("broker", "warning", "last will"),
    "the broker does not tell when a connection breaks: the device stays online for ever",
)
def access_rules_without_last_will(patient: Patient) -> None:
    patient.monkeypatch.setattr(broker, "READ_BACK_S", 0.3)
    acl = "topic readwrite edgecv/gym/doctor/set\ntopic read homeassistant/#\n"
    patient.mqtt(mosquitto(patient, acl=acl).port)


@broken("broker", "failure", "last will", "a second connection: …")
def broker_for_one(patient: Patient) -> None:
    patient.mqtt(refusing(patient, welcome=1))


@broken("broker", "failure", "message", detail="does not let us hear edgecv/gym/doctor/set")
def broker_that_refuses_subscriptions(patient: Patient) -> None:
    patient.mqtt(refusing(patient, topics=("doctor",)))


@broken("broker", "failure", "Home Assistant", detail="does not let us hear homeassistant/status")
def broker_that_hides_home_assistant(patient: Patient) -> None:
    patient.monkeypatch.setattr(broker, "READ_BACK_S", 0.3)
    patient.mqtt(refusing(patient, topics=("homeassistant",)))


@broken("broker", "warning", "Home Assistant", "it is …", "offline")
def home_assistant_that_is_off(patient: Patient) -> None:
    from paho.mqtt import publish

    port = mosquitto(patient).port
    publish.single("homeassistant/status", "offline", retain=True, port=port, qos=1)
    patient.mqtt(port)


def refusing(patient: Patient, *, topics: tuple[str, ...] = (), welcome: int = 9) -> int:
    """A broker of MQTT 5 that lets so many in, and subscribe to nothing that has these words; it
    passes everything on to whoever has sent it."""
    guests = iter(range(welcome))
    server = patient.stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def serve(call: socket.socket) -> None:
        with call:
            while data := call.recv(4096):
                kind = data[0] >> 4
                if kind == 1 and next(guests, None) is None:
                    return
                if kind == 1:
                    call.sendall(bytes([0x20, 3, 0, 0, 0]))
                elif kind == 8:
                    asked = data.count(b"/") and sum(data.count(t.encode()) for t in topics)
                    count = data.count(b"homeassistant/") or 1
                    code = 0x87 if asked else 1
                    call.sendall(bytes([0x90, 3 + count, *data[2:4], 0, *[code] * count]))
                elif kind == 3:
                    size = int.from_bytes(data[2:4], "big")
                    call.sendall(bytes([0x40, 2, *data[4 + size : 6 + size]]))
                    call.sendall(data)

    def accept() -> None:
        while True:
            try:
                call, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(call,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    patient.stack.callback(lambda: server.shutdown(socket.SHUT_RDWR))
    port: int = server.getsockname()[1]
    return port


@broken("broker", "failure", "settings", detail="mqtt.password_file /none: No such file")
def password_file_that_is_missing(patient: Patient) -> None:
    patient.mqtt(1883, 'username = "gym"\npassword_file = "/none"')


@broken("broker", "failure", "settings", detail="mqtt.ca_file /none.pem")
def authority_that_is_missing(patient: Patient) -> None:
    patient.mqtt(1883, 'tls = true\nca_file = "/none.pem"')


@broken("broker", "failure", "service", "it is not connected to …: …", "lan:1883: no route")
def service_without_broker(patient: Patient) -> None:
    running(patient, mqtt=MqttStatus(broker="lan:1883", connected=False, error="no route"))


@broken("broker", "failure", "service", "connected to …, but …", "refuses messages")
def service_that_may_not_publish(patient: Patient) -> None:
    error = "the broker refuses messages on edgecv/gym/state: Not authorized"
    running(patient, mqtt=MqttStatus(broker="lan:1883", connected=True, error=error))


# The serial line


@broken("serial line", "failure", "port", detail="serial port /dev/ttyNOWHERE: no such device")
def no_such_port(patient: Patient) -> None:
    patient.configure('[serial]\nport = "/dev/ttyNOWHERE"\n')


@broken("serial line", "failure", "port", detail="nothing answers on /dev/pts/")
def port_without_a_controller(patient: Patient) -> None:
    master, slave = pty.openpty()
    patient.stack.callback(os.close, master)
    patient.stack.callback(os.close, slave)
    patient.monkeypatch.setattr(session, "ANSWER_S", 0.3)
    patient.configure(f'[serial]\nport = "{os.ttyname(slave)}"\n')


@broken("serial line", "failure", "port", "… does not return from a call", "/dev/ttyACM0")
def port_that_hangs(patient: Patient) -> None:
    go_on = threading.Event()
    patient.stack.callback(go_on.set)
    patient.monkeypatch.setattr(serial, "MEET_S", 0.1)
    patient.monkeypatch.setattr(line, "open_port", lambda *_: go_on.wait(10))
    patient.configure('[serial]\nport = "/dev/ttyACM0"\n')


def with_controller(patient: Patient, **fields: Any) -> None:
    there = SerialStatus(port="/dev/ttyACM0", connected=True, board="rp2040", program="1.0")
    heard = SerialStats(connected=True, received=5000, damaged=40)
    running(
        patient,
        serial=msgspec.structs.replace(there, **fields),
        stats=msgspec.structs.replace(stats(100), serial=heard),
    )


@broken("serial line", "failure", "controller", "not connected on …: …", "ttyACM0: unplugged")
def controller_that_is_away(patient: Patient) -> None:
    with_controller(patient, connected=False, error="unplugged")


@broken("serial line", "warning", "supply", "… V, and … V is the least", "4.61 V, and 4.75")
def supply_that_is_weak(patient: Patient) -> None:
    with_controller(patient, supply_v=4.61)


@broken("serial line", "warning", "frames", "… of … came damaged", "40 of 5040")
def line_with_noise(patient: Patient) -> None:
    with_controller(patient)


@broken(
    *("serial line", "warning", "power cut"),
    "the outside watchdog has cut a supply: …",
    "board, no heartbeat for 61 s",
)
def appliance_that_was_cut_off(patient: Patient) -> None:
    with_controller(patient, last_cut="board, no heartbeat for 61 s (capture was stuck)")


# The service


@broken("service", "failure", "unit", "…: …, exit code …", "failed, failed: exit-code, exit code 2")
def unit_that_failed(patient: Patient) -> None:
    patient.systemctl(
        ActiveState="failed", SubState="failed", Result="exit-code", ExecMainStatus="2"
    )


@broken("service", "warning", "unit", "…: it does not run", "inactive")
def unit_that_is_off(patient: Patient) -> None:
    patient.systemctl(ActiveState="inactive", SubState="dead")


@broken("service", "warning", "unit", "…, and it is not started with the box")
def unit_that_is_not_enabled(patient: Patient) -> None:
    patient.systemctl(UnitFileState="disabled")


@broken("service", "warning", "restarts", "systemd has started it again … times", "5")
def unit_that_was_restarted(patient: Patient) -> None:
    patient.systemctl(NRestarts="5")


@broken("service", "failure", "running", "pid … has not written its status for …", "1 min 30 s")
def service_that_stands_still(patient: Patient) -> None:
    patient.runs(age_s=90)


@broken(
    *("service", "failure", "running"),
    "pid … ended … ago without a word: it crashed or was killed",
)
def service_that_was_killed(patient: Patient) -> None:
    child = subprocess.Popen(["sleep", "60"])
    patient.runs(pid=child.pid)
    child.send_signal(signal.SIGKILL)
    child.wait()


@broken("service", "failure", "restarts", "it rests after too many failures: …", "5 unclean")
def service_that_gave_up(patient: Patient) -> None:
    running(patient, watchdog=WatchdogStatus(degraded="5 unclean ends within 10 minutes"))


@broken(
    *("service", "warning", "restarts"),
    "… unclean ends within ten minutes, the last: …",
    "it crashed",
)
def service_that_crashed(patient: Patient) -> None:
    reason = "it crashed or was killed"
    running(patient, watchdog=WatchdogStatus(unclean_ends=2), state=state(restart_reason=reason))


@broken("service", "failure", "parts", "… is stuck in … for … s", "capture is stuck in read")
def stuck_part(patient: Patient) -> None:
    part = PartStatus(name="capture", doing="read", for_s=12.0, bound_s=5.0)
    running(patient, watchdog=WatchdogStatus(parts=[part]))


@broken("service", "warning", "parts", "put right … times, the last: …", "inference is stuck")
def part_that_was_stuck(patient: Patient) -> None:
    part = PartStatus(name="inference", doing="waiting", for_s=0.1, bound_s=5.0)
    last = "inference is stuck in run for 31.0 s"
    running(patient, watchdog=WatchdogStatus(parts=[part], remedies=2, last=last))


@broken("service", "failure", "journal", "nothing is written: …", "database or disk is full")
def journal_without_room(patient: Patient) -> None:
    running(patient, state=state(problem="gym.sqlite3: database or disk is full"))


def with_journal(patient: Patient, **fields: int) -> None:
    journal = JournalStats(**fields)
    running(
        patient,
        mqtt=MqttStatus(broker="lan:1883", connected=True),
        stats=msgspec.structs.replace(stats(100), journal=journal),
    )


@broken("service", "warning", "journal", "… events were given up", "3")
def events_that_were_given_up(patient: Patient) -> None:
    with_journal(patient, dropped=3)


@broken("service", "warning", "journal", "… events wait for the broker", "400")
def events_that_wait(patient: Patient) -> None:
    with_journal(patient, waiting=400)


# The configuration


@broken("configuration", "failure", "file", detail="did you mean source?")
def unknown_key(patient: Patient) -> None:
    patient.configure('[camera]\nsauce = "/dev/video0"\n')


@broken("configuration", "failure", "file", detail="is not valid TOML")
def no_toml(patient: Patient) -> None:
    patient.configure("[camera\n")


@broken("configuration", "failure", "file", detail="No such file")
def no_such_file(patient: Patient) -> None:
    patient.config_file.unlink()


@broken("configuration", "failure", "file", detail="not a text file")
def a_picture_for_a_file(patient: Patient) -> None:
    patient.config_file.write_bytes(b"\xff\xd8\xff\xe0")


@broken(*("configuration", "warning", "file"), "…: only its service reads it", "Permission denied")
def file_that_we_may_not_read(patient: Patient) -> Arranged:
    error = ConfigError(f"configuration {patient.config_file}: Permission denied")
    error.__cause__ = PermissionError()
    return list(examine_configuration(error))


@broken("configuration", "failure", "values", detail="counting.exercise = 'nap': known are")
def unknown_exercise(patient: Patient) -> None:
    patient.configure('[counting]\nexercise = "nap"\n')


@broken("configuration", "failure", "values", detail="pose.model = 'gpt': known are")
def unknown_model(patient: Patient) -> None:
    patient.configure('[pose]\nmodel = "gpt"\n')


@broken("configuration", "failure", "permissions", "everybody may write …")
def file_that_all_may_write(patient: Patient) -> None:
    patient.config_file.chmod(0o666)


@broken(
    *("configuration", "warning", "permissions"),
    "everybody may read …, and camera.source has a password",
)
def password_that_all_may_read(patient: Patient) -> None:
    patient.source("rtsp://admin:hunter2@camera/stream")
    patient.config_file.chmod(0o644)


@broken("configuration", "warning", "password file", "everybody may read …")
def password_file_that_all_may_read(patient: Patient) -> None:
    password = patient.put("password", "hunter2\n")
    password.chmod(0o644)
    patient.mqtt(1883, f'username = "gym"\npassword_file = "{password}"')


@broken("camera", "failure", "time", "no end within … s")
def check_that_hangs(patient: Patient) -> None:
    patient.monkeypatch.setattr(examine, "GROUP_S", 0.2)
    patient.source("exec:sleep 2")


@pytest.mark.parametrize("case", CASES, ids=[case.arrange.__name__ for case in CASES])
def test_what_is_broken_is_named(case: Case, patient: Patient) -> None:
    findings = case.arrange(patient)
    if findings is None:
        findings = patient.examine(case.group)

    bad = [f for f in findings if (f.verdict.value, f.check) == (case.verdict, case.check)]
    assert any(matches(case.says, f.found) and case.detail in f.found for f in bad), findings
    assert "hunter2" not in str(findings)
    assert all(finding.remedy for finding in bad if case.verdict == "failure" and finding.remedy)


def test_everything_that_the_doctor_can_name_was_broken_once() -> None:
    tried = {(case.verdict, case.check, case.says) for case in CASES}
    for one in said(PACKAGE / "doctor", {"warning", "failure"}):
        known = (one.how, *one.arguments[:2])
        assert known in tried, f"{one.file.name}:{one.line}: nothing provokes {known}"
    assert len(tried) >= 25


@pytest.mark.parametrize("group", examine.GROUPS)
def test_where_nothing_is_broken_nothing_is_named(group: str, patient: Patient) -> None:
    patient.systemctl()
    if group == "broker":
        patient.mqtt(mosquitto(patient).port)
    bad = [f for f in patient.examine(group) if f.verdict in (Verdict.WARNING, Verdict.FAILURE)]
    # How fast this machine is just now is not promised.
    assert [finding for finding in bad if finding.check not in ("rate", "speed")] == []


def test_a_jetson_says_what_it_is_and_what_it_may_run_at(patient: Patient) -> None:
    ribbons = {one.check: one.found for one in on_a_jetson(patient)}
    assert ribbons == {
        "GStreamer": "gst-launch-1.0 with nvarguscamerasrc; OpenCV's is not needed",
        "nvargus-daemon": "it listens on /tmp/argus_socket",
        "ladder": "the service may have nvargus-daemon restarted",
    }
    assert {one.check: one.found for one in boxed(patient, "onnxruntime-gpu")} == {
        "JetPack": "6.2, L4T r36.4.3",
        "power mode": "15W (nvpmodel 0); without a limit: sudo nvpmodel -m 2",
        "clocks": "4 of 6 cores, processor at most 1498 MHz, and could 1728, GPU 306 of 612 MHz, "
        "as needed",
        "ONNX Runtime": "onnxruntime-gpu 1.23.0, for tensorrt and cuda",
    }


def test_a_jetson_at_its_limit_says_so(patient: Patient) -> None:
    on_a_jetson(patient)
    patient.put("var/lib/nvpmodel/status", "pmode:0002")
    for name in ("scaling_min_freq", "scaling_max_freq"):
        patient.put(f"sys/devices/system/cpu/cpu0/cpufreq/{name}", "1728000\n")
    said = {one.check: one.found for one in boxed(patient, "onnxruntime-gpu")}
    assert said["power mode"] == "MAXN_SUPER (nvpmodel 2)"
    assert said["clocks"].endswith("held at the top (jetson_clocks)")


def test_what_a_jetson_does_not_tell_is_not_available(patient: Patient) -> None:
    JETPACK_7.put_into(patient.folder)
    said = {one.check: one.verdict for one in boxed(patient, "onnxruntime-gpu")}
    assert said["power mode"] is said["clocks"] is Verdict.UNAVAILABLE


def test_a_jetson_is_looked_at_with_the_box_and_its_ribbon_cable_with_the_camera(
    patient: Patient,
) -> None:
    on_a_jetson(patient)
    patient.source("csi:")
    patient.runs()
    assert {"JetPack", "clocks"} <= {one.check for one in patient.examine("box")}
    assert "nvargus-daemon" in {one.check for one in patient.examine("camera")}


def test_other_boxes_are_asked_nothing_of_a_jetson(patient: Patient) -> None:
    assert ribbon(patient) == []
    assert boxed(patient) == []


def test_a_service_that_is_just_starting_is_given_time(patient: Patient) -> None:
    starting = State(status=Status.STARTING, camera_state="opening")
    patient.runs({"state": starting})
    assert {one.verdict for one in patient.examine("camera")} == {Verdict.UNAVAILABLE}


def test_with_the_access_rules_that_we_recommend_all_is_well(patient: Patient) -> None:
    page = (PACKAGE.parent / "docs" / "mqtt.md").read_text(encoding="utf-8")
    rules = [line.strip() for line in page.splitlines() if line.startswith("    topic ")]
    acl = "\n".join(rules).replace("1a2b3c4d", "gym")
    assert "edgecv/gym/" in acl
    patient.mqtt(mosquitto(patient, acl=f"{acl}\n").port)
    found = {one.check: one.verdict for one in patient.examine("broker")}
    assert found["message"] is found["last will"] is Verdict.OK
    assert Verdict.FAILURE not in found.values()


@pytest.mark.parametrize(
    ("config", "unit"),
    [
        (None, "edgecv.service"),
        ("/etc/edgecv/edgecv.toml", "edgecv.service"),
        ("/etc/edgecv/garage.toml", "edgecv@garage.service"),
        ("/home/me/garage.toml", "edgecv.service"),
    ],
)
def test_the_unit_is_the_one_that_runs_with_the_configuration(
    config: str | None, unit: str
) -> None:
    assert unit_of(None if config is None else Path(config)) == unit
