"""The image's own service on cameras of the image's own kernel, and what becomes of it when they
fail.

    firmware/test camera [IMAGE.img.zst]

Some 20 minutes on two busy cores. At its end stands a table of what was done and seen.
"""

import hashlib
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent
sys.path.insert(0, str(FIRMWARE.parent))

from firmware.camera_bench import MJPEG, RAW, Bench, Row, Trial  # noqa: E402
from firmware.cameras import FOLDER, PICTURES, PYTHON, USB, set_vivid  # noqa: E402
from firmware.emulator import HOST  # noqa: E402
from firmware.story import (  # noqa: E402
    BOOT_S,
    PASSWORD,
    PATIENCE,
    USER,
    Story,
    tell_story,
)
from tests.broker import Listener, wait_until  # noqa: E402

FACTS, OTHER = "opencv_facts.py", "other.py"
OTHER_PROGRAM = b"""\
import sys, threading
from edgecv.capture.device import Device
device, never = Device(sys.argv[1], width=640, height=480, fps=10.0), threading.Event()
device.open(never)
while True:
    print(device.read(never) is not None, flush=True)
"""
"""Streams from a camera, and writes a line for every frame."""
SELECT_S, SLACK_S = 1.0, 1.0
"""OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT, and what emulation may add."""
READ_S, FLOW_S, SILENCE_S = 30.0, 4.0, 8.0
SILENT = "backing_off .*gives no frames"
GONE = "backing_off .*(was unplugged|no such device)"
DRIVER = "/sys/bus/platform/drivers/vivid"


def vivid_trials(bench: Bench) -> list[Trial]:
    """Errors that the driver makes up."""
    press = partial(set_vivid, bench.machine)

    def at_the_next_start(fault: str) -> None:
        press(fault)
        press("Inject Fatal Streaming Error")

    def driver(word: str) -> None:
        bench.machine.do(f"echo vivid.0 >{DRIVER}/{word}")

    return [
        Trial("a damaged buffer", lambda: press("Inject V4L2_BUF_FLAG_ERROR")),
        Trial("a buffer is refused (QBUF)", lambda: press("Inject VIDIOC_QBUF Error")),
        Trial("fatal error of the stream", lambda: press("Inject Fatal Streaming Error"), SILENT),
        Trial(
            "the same, then STREAMON fails",
            lambda: at_the_next_start("Inject VIDIOC_STREAMON Error"),
            SILENT,
        ),
        Trial(
            "the same, then REQBUFS fails",
            lambda: at_the_next_start("Inject VIDIOC_REQBUFS Error"),
            SILENT,
        ),
        Trial(
            "every buffer is dropped",
            lambda: press("Percentage of Dropped Buffers", 100),
            SILENT,
            lambda: press("Percentage of Dropped Buffers", 0),
        ),
        Trial("disconnected, back at once", lambda: press("Disconnect"), "backing_off"),
        Trial(
            "driver taken away while reading",
            lambda: driver("unbind"),
            GONE,
            lambda: driver("bind"),
        ),
    ]


def usb_trials(bench: Bench) -> list[Trial]:
    """What a cable, and other programs, do."""
    machine, usb, service = bench.machine, bench.usb, bench.service

    def unplug_and_keep_the_number() -> None:
        hold_open(bench)
        usb.unplug()

    def plug_in_elsewhere() -> None:
        before = machine.do("systemctl show -P Description holder").split()[-1]
        usb.plug_in()
        machine.do("udevadm settle")
        now = machine.do(f"readlink -f {USB}").strip()
        bench.story.hold(f"it was {before}, and is {now}", now not in ("", before, USB))
        machine.do("systemctl stop holder")

    def be_late() -> None:
        service.stop()
        stream_elsewhere(bench)
        service.start()

    def try_as_well() -> None:
        answer = machine.do(f"{PYTHON} {FOLDER}/{FACTS} open {USB}").split()
        bench.story.hold("a second program can't open it", answer[1] == "False", answer)

    return [
        Trial(
            "falls silent",
            lambda: setattr(usb, "hold", True),
            SILENT,
            lambda: setattr(usb, "hold", False),
        ),
        Trial("a transfer fails", lambda: setattr(usb, "stall_once", True), "backing_off"),
        Trial("unplugged while reading", usb.unplug, GONE, usb.plug_in),
        Trial("back under another number", unplug_and_keep_the_number, GONE, plug_in_elsewhere),
        Trial("a second program tries", try_as_well),
        Trial(
            "another program was faster",
            be_late,
            "backing_off .*is in use by a program of another user",
            lambda: machine.do("systemctl kill -s KILL other"),
        ),
        Trial(
            "switched off and on",
            lambda: service.command("camera", "OFF"),
            "paused",
            lambda: service.command("camera", "ON"),
        ),
        Trial("SIGKILL", lambda: kill(bench, "KILL"), "opening"),
        Trial("SIGSTOP", lambda: kill(bench, "STOP"), "opening"),
    ]


def kill(bench: Bench, signal: str) -> None:
    bench.machine.do(f"systemctl kill --kill-whom=main -s {signal} edgecv")


def hold_open(bench: Bench) -> None:
    """Somebody has the USB camera open, and takes no pictures."""
    device = bench.machine.do(f"readlink -f {USB}").strip()
    unit = f"--unit=holder --description='holds {device}' -p StandardInput=file:{device}"
    bench.machine.do(f"systemd-run --quiet --collect --service-type=exec {unit} sleep infinity")


def stream_elsewhere(bench: Bench) -> None:
    """Another program takes pictures from the USB camera."""
    unit = f"--quiet --collect --unit=other {PYTHON} {FOLDER}/{OTHER} {USB}"
    bench.machine.do(f"systemd-run {unit}")
    streams = "journalctl --unit=other --boot --output=cat | tail -n 1"
    wait_until(lambda: bench.machine.do(streams).strip() == "True", "it streams", BOOT_S)


def ask_opencv(bench: Bench) -> list[Row]:
    """What the capture code relies on, of the image's own OpenCV."""
    machine, usb = bench.machine, bench.usb
    ask = f"{PYTHON} {FOLDER}/{FACTS}"
    chosen = len(usb.commits)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(machine.do, f"{ask} read {USB} {READ_S}")
        wait_until(lambda: len(usb.commits) > chosen, "the stream", BOOT_S)
        second = machine.do(f"{ask} open {USB}").split()
        time.sleep(FLOW_S)
        usb.hold = True
        time.sleep(SILENCE_S)
        usb.hold = False
        lines = [line.split() for line in reading.result().splitlines()]
    hold_open(bench)
    held = machine.do(f"{ask} open {USB}").split()
    machine.do("systemctl stop holder")
    frames = [line for line in lines if line[1] == "True"]
    silent_s = [float(line[0]) for line in lines if line[1] == "False"]
    known = {hashlib.sha256(picture).hexdigest() for picture in PICTURES}
    hold = bench.story.hold
    hold(
        "the camera's own bytes come",
        {(one[2], one[3]) for one in frames} <= {("1", sha) for sha in known},
        frames,
    )
    hold("they came after the silence, too", lines[-1][1] == "True", lines)
    bounded = all(abs(one - SELECT_S) < SLACK_S for one in silent_s)
    hold("a silent camera is waited for a second", len(silent_s) > 2 and bounded, silent_s)
    hold("a second handle is refused", second[1] == "False", second)
    hold("one that is only held opens", held[1] == "True", held)
    return [
        Row(
            "USB",
            "`grab()` of a silent camera",
            f"False after {min(silent_s):.2f} to {max(silent_s):.2f} s, {len(silent_s)} times",
            "",
        ),
        Row(
            "USB",
            "`CAP_PROP_CONVERT_RGB=0`",
            f"{len(frames)} frames, each byte for byte a JPEG that the camera has sent",
            "",
        ),
        Row(
            "USB",
            "opened again while it streams",
            f"does not open, said after {float(second[0]):.2f} s",
            "",
        ),
        Row("USB", "opened while another only holds it", "opens", ""),
    ]


def table(head: Sequence[str], rows: Sequence[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def chapters(story: Story) -> None:
    story.card.write("machine.env", PATIENCE)
    boot_file = (
        f'[mqtt]\nhost = "{HOST}"\nport = {story.broker.port}\nusername = "{USER}"\n'
        f'password = "{PASSWORD}"\n[box]\nssh_key = "{story.public_key}"\n'
    )
    story.card.write("edgecv.toml", boot_file.encode())
    with (
        Listener(story.broker, user=(USER, PASSWORD)) as heard,
        story.start("camera") as machine,
    ):
        machine.wait_for_shell(BOOT_S)
        bench = Bench(story, machine, heard)
        facts = (FIRMWARE / FACTS).read_bytes()
        machine.put(FOLDER, {FACTS: facts, OTHER: OTHER_PROGRAM})
        bench.first_start(RAW)
        for trial in vivid_trials(bench):
            bench.run(RAW, trial)
        with bench.usb:
            machine.do("udevadm settle")
            answers = ask_opencv(bench)
            bench.first_start(MJPEG)
            for trial in usb_trials(bench):
                bench.run(MJPEG, trial)
        bench.service.look_at_the_kernel()
        machine.off()
    print(table(("camera", "what was done", "what was seen", "frames again after"), bench.rows))
    print(table(("camera", "OpenCV on arm64", "its answer", ""), answers))


if __name__ == "__main__":
    sys.exit(tell_story(chapters))
