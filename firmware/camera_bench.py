"""Trials of the service in the emulated machine: each on one that was just started, so that its
waits between two tries begin with the shortest."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from firmware.cameras import RATE, USB, VIVID, make_usb_camera, prepare
from firmware.emulator import Machine
from firmware.service import RECOVERY_S, Service
from firmware.story import Story
from tests.broker import Listener, wait_until


class Row(NamedTuple):
    """Of the table."""

    camera: str
    fault: str
    seen: str
    recovery: str


@dataclass
class Trial:
    """Something that is done to a camera that delivers."""

    fault: str
    strike: Callable[[], object]
    seen: str = ""
    """A pattern of what the service comes to say; empty: it goes on."""
    mend: Callable[[], object] | None = None
    """Ends the fault; None where it ends by itself."""


class Camera(NamedTuple):
    """One that the service is given."""

    name: str
    source: str
    form: str
    size: tuple[int, int]


RAW = Camera("vivid", VIVID, "BGR3", (320, 180))
MJPEG = Camera("USB", USB, "MJPG", (640, 480))


class Bench:
    """Where the trials are made."""

    def __init__(self, story: Story, machine: Machine, heard: Listener) -> None:
        self.story = story
        self.machine = machine
        prepare(machine)
        self.usb = make_usb_camera(machine)
        self.service = Service(story, machine, heard)
        self.rows: list[Row] = []
        self._given: Camera | None = None

    def first_start(self, camera: Camera) -> None:
        began_s = self._begin(camera)
        capture = self.service.frames()
        given = (capture["form"], capture["width"], capture["height"])
        self.story.hold(f"{camera.name}: {given}", given == (camera.form, *camera.size), capture)
        look = self.service.look()
        in_use = look.descriptors == 1 < look.mappings
        self.story.hold("one descriptor, and the driver's buffers", in_use, look)
        stopped_s = self.service.stop()
        self.service.look_at_the_kernel()
        seen = f"{camera.form} {camera.size[0]} x {camera.size[1]}, {capture['fps']:.0f} fps"
        self._note(camera, "opened, streamed, stopped", f"{seen}; stopped in {stopped_s:.1f} s")
        self.story.tell(f"  live after {began_s:.1f} s")

    def run(self, camera: Camera, trial: Trial) -> None:
        self.story.tell(f"{camera.name}: {trial.fault}")
        service = self.service
        self._begin(camera)
        before = service.frames()
        moment, began_s = service.moment, time.monotonic()
        trial.strike()
        if not trial.seen:
            undisturbed = service.frames()["reconnects"] == before["reconnects"]
            self.story.hold("it goes on", undisturbed, service.told_since(moment))
            self._note(camera, trial.fault, "goes on, no new connection")
        else:
            service.wait_until_told(moment, trial.seen)
            if trial.mend is not None:
                wait_until(lambda: service.held() == (0, 0), "it is let go of", RECOVERY_S)
                self.story.tell("  no descriptor or mapping is left")
                began_s = time.monotonic()
                trial.mend()
            service.wait_until_told(moment, trial.seen, "live")
            taken_s = time.monotonic() - began_s
            service.frames()
            released_ms = service.look().released_ms
            released = "" if released_ms is None else f"; released in {released_ms} ms"
            seen = tidy(service.told_since(moment), trial.seen)
            self._note(camera, trial.fault, f"{seen}{released}", taken_s)
        look = service.look()
        self.story.hold("one descriptor again", look.descriptors == 1, look)
        service.stop()
        service.look_at_the_kernel()

    def _begin(self, camera: Camera) -> float:
        """Start the service on it; the seconds until frames came."""
        if self._given != camera:
            self.service.settings(camera.source, *camera.size, RATE)
            self._given = camera
        moment = self.service.moment
        self.service.start()
        return self.service.wait_until_told(moment, "live")

    def _note(self, camera: Camera, fault: str, seen: str, taken_s: float | None = None) -> None:
        recovery = "" if taken_s is None else f"{taken_s:.1f} s"
        self.rows.append(Row(camera.name, fault, seen, recovery))
        self.story.tell(f"  {seen} {recovery}")


def tidy(said: list[str], begin: str) -> str:
    """From what fits `begin` on, once each, without the names of devices."""
    found = [at for at, line in enumerate(said) if re.match(begin, line)]
    dull = r"(camera )?/dev/\S+?:? |; here are .*|; no camera is plugged in"
    return " → ".join(dict.fromkeys(re.sub(dull, "", line) for line in said[found[0] :]))
