"""The camera: which one, who holds it, what it offers; or how the service stands with it."""

import os
import threading
from collections.abc import Callable, Iterator

from edgecv.capture.found import FoundCamera, found_cameras
from edgecv.capture.modes import PREFERRED
from edgecv.capture.open import make_source
from edgecv.clock import Clock
from edgecv.config import Camera
from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.doctor.pictures import judge, judge_rate, look_for_a_person, take_pictures
from edgecv.errors import EdgecvError
from edgecv.events import Status
from edgecv.pose.estimator import Estimator
from edgecv.status import StatusDocument
from edgecv.words import spaced


def examine_camera(
    camera: Camera,
    clock: Clock,
    estimator: Callable[[], Estimator | None],
    stop: threading.Event,
) -> Iterator[Finding]:
    """The camera as it answers here, with nobody else using it; `estimator` is loaded when there
    are pictures for it. Gives the camera back when `stop` is set."""
    try:
        source = make_source(camera, clock)
    except EdgecvError as error:
        yield failure("source", f"{error}", "correct [camera] source")
        return
    if source.device is not None:
        found = _find(source.device, found_cameras(camera))
        yield from judge_device(source.name, found, camera)
        if found is not None and found.used_by:
            return
    else:
        yield ok("source", source.name)
    pictures = take_pictures(source, stop)
    yield from judge(pictures, camera, live=source.live)
    if pictures.images:
        yield from look_for_a_person(pictures.images, estimator())


def _find(path: str, cameras: list[FoundCamera]) -> FoundCamera | None:
    real = os.path.realpath(path)
    return next((camera for camera in cameras if camera.device == real), None)


def judge_device(path: str, found: FoundCamera | None, camera: Camera) -> Iterator[Finding]:
    """What Linux says of it; None where it knows no such camera."""
    if found is None or found.problem is not None:
        return  # opening it says why
    if path.startswith("/dev/video") and found.path != path:
        yield warning(
            "source",
            f"{path} is {found.name}, and may be another camera tomorrow",
            f'set source = "{found.path}" in [camera]',
        )
    else:
        yield ok("source", f"{path}, {found.name}")
    if found.used_by:
        yield failure(
            "in use",
            f"by {', '.join(found.used_by)}",
            "stop it, or choose another camera in [camera] source",
        )
    else:
        yield ok("in use", "by nobody that we may see")
    forms = list(dict.fromkeys(mode.form for mode in found.modes))
    if not forms:
        yield unavailable("formats", "the driver does not say")
    elif not set(forms) & set(PREFERRED):
        yield warning(
            "formats",
            f"{', '.join(forms)}: every picture has to be converted, and USB 2 is too slow for "
            "large ones",
            f"keep to {camera.width} x {camera.height} or less, or take a camera with MJPG",
        )
    else:
        yield ok("formats", f"{', '.join(forms)} (edgecv cameras)")


def examine_running_camera(status: StatusDocument, camera_fps: float) -> Iterator[Finding]:
    """The camera as the service has it: it is left alone."""
    state, stats = status.state, status.stats
    if status.source is not None:
        yield ok("source", f"{status.source.name}, held by the service")
    reason = spaced(state.camera_reason or "")
    words = spaced(state.camera_state)
    if state.camera_state == "paused":
        yield warning("pictures", "the camera is switched off", "switch it on in Home Assistant")
        return
    if state.status is Status.STARTING and not reason:
        yield unavailable("pictures", f"{words}: the service is just starting")
        return
    if state.camera_state != "live":
        yield failure(
            "pictures",
            f"{words}: {reason or 'no reason is known'}",
            "look at its cable, supply and address",
        )
        return
    if reason:
        yield warning("pictures", f"live, but {reason}", "uncover the lens, or unplug the camera")
    elif stats is not None and stats.capture.width:
        capture = stats.capture
        yield ok("pictures", f"{capture.width} x {capture.height} {capture.form or ''}".rstrip())
    if stats is None:
        return
    asked = stats.capture.fps or camera_fps
    yield judge_rate(stats.camera_fps, asked, live=True)
    capture = stats.capture
    if capture.stalls_per_hour or capture.reconnects_per_hour:
        yield warning(
            "stability",
            f"in the last hour {capture.stalls_per_hour} stalls and "
            f"{capture.reconnects_per_hour} new connections",
            "look at its cable, supply and network",
        )
    if capture.forced_releases or capture.still_held:
        yield warning(
            "release",
            f"{capture.forced_releases} times a call did not return, {capture.still_held} times "
            "the device was still held",
            "look for another driver or camera; unplug it and plug it in again",
        )
    if capture.daemon_restarts:
        yield warning(
            "ladder",
            f"nvargus-daemon had to be restarted {capture.daemon_restarts} times",
            "look at the ribbon cable, and at journalctl -u nvargus-daemon",
        )
    if state.person:
        readiness = spaced(state.readiness or "ready")
        yield ok("person", "in view" if readiness == "ready" else f"in view: {readiness}")
    else:
        yield unavailable("person", "nobody in view")
