"""edgecv's service in the emulated machine: told which camera to take, and watched."""

import json
import re
import time
from typing import Any, NamedTuple

from paho.mqtt import publish

from firmware.cameras import FOLDER
from firmware.emulator import Machine
from firmware.story import PASSWORD, USER, Story
from tests.broker import Listener, wait_until
from tests.graphs import blazepose_of_one_pose

DROP_INS, DROP_IN = "/etc/edgecv.toml.d", "90-camera-test.toml"
SETTINGS = """\
[pose]
model = "{folder}/landmarks.onnx"
detector = "{folder}/detector.onnx"
[camera]
source = "{source}"
width = {width}
height = {height}
fps = {fps}
[mqtt]
stats_interval_s = 1.0
"""
FIND_IT = "pid=$(systemctl show -P MainPID edgecv)"
COUNT_HELD = "ls -l /proc/$pid/fd 2>&1 | grep -c /dev/video; grep -c /dev/video /proc/$pid/maps"
FIRST_RELEASE = (
    "journalctl --boot --output=cat _PID=$pid"
    " | sed -n 's/.*released .* in \\([0-9]*\\) ms.*/\\1/p' | head -n 1"
)
STOP_S = 10.0
"""TimeoutStopSec of its unit."""
RELEASE_S = 2.0
RECOVERY_S = 150.0
"""systemd's watchdog takes 30 s, a start 20 s, and the longest wait between two tries 38 s."""
FLOW = 10
"""So many frames more are a flow."""
COMPLAINTS = re.compile(
    r"WARNING:|BUG:|Oops|Call trace|Unable to handle|use-after-free|refcount_t|videobuf|vb2"
)
LATE = "schedule_timeout: wrong timeout value"
"""vivid's thread counts below 0 where the machine is late, and has its stack written: no fault of
a camera, nor of who reads it (vivid_thread_vid_cap, Linux 6.12)."""
TAINTS = 1 << 7 | 1 << 9
"""The kernel has died or warned (Documentation/admin-guide/tainted-kernels.rst)."""


def complaints(log: list[str]) -> list[str]:
    """Lines of the kernel's log that tell of a fault in it."""
    return [
        line
        for at, line in enumerate(log)
        if COMPLAINTS.search(line)
        and not any(LATE in before for before in log[max(0, at - 4) : at])
    ]


class Look(NamedTuple):
    """What its process holds, and how it let go of the camera before."""

    descriptors: int
    mappings: int
    released_ms: int | None
    """The first time since it was started."""


def told(state: dict[str, Any]) -> str:
    """How it stands with the camera, in a line."""
    return f"{state['camera_state']} {state['camera_reason'] or ''}".rstrip()


class Service:
    """Stopped at first. `heard` listens to all that it publishes."""

    def __init__(self, story: Story, machine: Machine, heard: Listener) -> None:
        self._story = story
        self._machine = machine
        self._heard = heard
        machine.do("systemctl stop edgecv")
        models = blazepose_of_one_pose(story.folder)
        machine.put(FOLDER, {model.name: model.read_bytes() for model in models})

    def settings(self, source: str, width: int, height: int, fps: float) -> None:
        """From its next start on."""
        text = SETTINGS.format(folder=FOLDER, source=source, width=width, height=height, fps=fps)
        self._machine.put(DROP_INS, {DROP_IN: text.encode()})

    def start(self) -> None:
        self._machine.do("systemctl start edgecv")

    def stop(self) -> float:
        """Seconds that it took, all told."""
        began_s = time.monotonic()
        result = self._machine.do("systemctl stop edgecv && systemctl show -P Result edgecv")
        took_s = time.monotonic() - began_s
        assert result.strip() == "success", f"it was stopped: {result}"
        assert took_s < STOP_S, f"stopping it took {took_s:.1f} s"
        return took_s

    def command(self, name: str, value: str) -> None:
        """Over MQTT, as Home Assistant does."""
        topic = self._heard.heard("/state")[-1].topic.replace("/state", f"/{name}/set")
        login: Any = {"username": USER, "password": PASSWORD}
        publish.single(topic, value, qos=1, port=self._story.broker.port, auth=login)

    def held(self) -> tuple[int, int]:
        """Descriptors and mappings of cameras that its process has."""
        descriptors, mappings = self._machine.do(f"{FIND_IT}; {COUNT_HELD}; true").split()
        return int(descriptors), int(mappings)

    def look(self) -> Look:
        """At a service whose camera is live, as the status file has to say, too."""
        text = self._machine.do(
            f"{FIND_IT}; {COUNT_HELD}; {FIRST_RELEASE}; cat /run/edgecv/status.json"
        )
        words, begin, document = text.partition("{")
        status = json.loads(begin + document)
        assert status["state"]["camera_state"] == "live", status["state"]
        assert status["stats"]["camera_fps"] > 0, status["stats"]
        descriptors, mappings, *released = words.split()
        return Look(int(descriptors), int(mappings), int(released[0]) if released else None)

    def told_since(self, moment: int) -> list[str]:
        """What it said of the camera after so many states, each time that it was another."""
        lines = [told(json.loads(payload)) for payload in self._payloads()[moment:]]
        return [line for at, line in enumerate(lines) if at == 0 or line != lines[at - 1]]

    @property
    def moment(self) -> int:
        """To be kept for what comes `since`."""
        return len(self._payloads())

    def _payloads(self) -> list[bytes]:
        return [payload for payload in self._heard.payloads("/state") if payload]

    def wait_until_told(self, moment: int, *patterns: str) -> float:
        """Seconds until it has said what fits, one after the other. Raises AssertionError with
        what it said instead."""
        began_s = time.monotonic()

        def fits() -> bool:
            lines = iter(self.told_since(moment))
            return all(any(re.match(one, line) for line in lines) for one in patterns)

        try:
            wait_until(fits, " ... ".join(patterns), RECOVERY_S)
        except AssertionError as error:
            raise AssertionError(f"{error}; it said {self.told_since(moment)}") from error
        return time.monotonic() - began_s

    def frames(self) -> dict[str, Any]:
        """Wait until FLOW more frames were delivered than now, and look at the books; gives the
        stats of the capture."""
        before = len(self._heard.payloads("/stats"))
        wait_until(lambda: self._delivered(before) >= FLOW, "frames", RECOVERY_S)
        stats = json.loads(self._heard.payloads("/stats")[-1])
        books = stats["frames"]
        rest = sum(count for name, count in books.items() if name != "captured")
        assert books["captured"] == rest, f"the books don't balance: {books}"
        capture: dict[str, Any] = stats["capture"]
        assert capture["still_held"] == capture["forced_releases"] == 0, capture
        released_ms = capture["camera_release_ms"]
        assert released_ms is None or released_ms < 1e3 * RELEASE_S, capture
        return capture

    def _delivered(self, before: int) -> int:
        """Frames that were delivered in the stats since then."""
        counts = [
            json.loads(payload)["frames"]["delivered"]
            for payload in self._heard.payloads("/stats")[before:]
        ]
        return max(counts) - min(counts) if counts else 0

    def look_at_the_kernel(self) -> None:
        """Raises AssertionError when it has complained."""
        taint, *lines = self._machine.do("cat /proc/sys/kernel/tainted; dmesg").splitlines()
        found = complaints(lines)
        assert not found, f"the kernel complains: {found}"
        assert not int(taint) & TAINTS, f"the kernel is tainted: {taint}"
