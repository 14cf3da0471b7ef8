"""Five pictures of the camera, and what they say."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from edgecv.capture.source import EndOfSource, Source, SourceInfo
from edgecv.config import Camera
from edgecv.decode import decode
from edgecv.doctor.bounded import Overtime, within
from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.errors import EdgecvError, FrameError
from edgecv.frames import Content, Image, Jpeg
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import Pose

FRAMES = 5
FIRST_S = 8.0
"""Until the first picture after the source was opened: exposure and key frames take a while."""
SLOW = 0.8
"""Of the rate that was asked for."""
DARK, BRIGHT = 0.06, 0.94
"""Mean brightness of a picture in which nobody can be seen."""
BLURRED = 12.0
"""Variance of the Laplacian at 320 pixels' width (Pech-Pacheco et al., 2000): a covered or
unfocused lens gives less, a furnished room some hundreds."""
BLUR_WIDTH = 320
SURE = 0.5
"""A key point with a smaller score is not in view."""
BODY = ("shoulder", "hip", "knee", "ankle")


@dataclass(frozen=True, slots=True)
class Pictures:
    """What the source gave; or why it gave nothing."""

    info: SourceInfo | None = None
    images: tuple[Image, ...] = ()
    fps: float | None = None
    """None for a recording, and for a single picture."""
    same: bool = False
    """All are the very same."""
    damaged: int = 0
    problem: str | None = None


def take_pictures(source: Source, stop: threading.Event) -> Pictures:
    """Opens, reads and releases it on a thread of its own, within the bounds that it has itself;
    gives up when `stop` is set."""
    bounds = source.bounds
    seconds = bounds.open_s + FIRST_S + FRAMES * bounds.read_s
    try:
        return within(seconds, lambda: _take(source, stop))
    except Overtime:
        stop.set()
        return Pictures(problem=f"{source.name} did not come back within {seconds:.0f} s")
    except EdgecvError as error:
        return Pictures(problem=str(error))


def _take(source: Source, stop: threading.Event) -> Pictures:
    contents: list[Content] = []
    times: list[float] = []
    try:
        info = source.open(stop)
        until_s = time.monotonic() + FIRST_S
        while len(contents) < FRAMES and (contents or time.monotonic() < until_s):
            if stop.is_set():
                break
            try:
                grab = source.read(stop)
            except EndOfSource:
                break
            if grab is not None:
                contents.append(grab.content)
                times.append(time.monotonic())
            elif contents:
                break
    finally:
        source.release()
    if not contents:
        reason = f"{source.name} gave no picture within {FIRST_S:.0f} s"
        return Pictures(info=info, problem=reason)
    span_s = times[-1] - times[0]
    raw = {c.data if isinstance(c, Jpeg) else c.tobytes() for c in contents}
    images: list[Image] = []
    damaged = 0
    for content in contents:
        try:
            images.append(decode(content)[0])
        except FrameError:
            damaged += 1
    return Pictures(
        info=info,
        images=tuple(images),
        fps=(len(times) - 1) / span_s if source.live and span_s else None,
        same=len(raw) == 1 and len(contents) == FRAMES,
        damaged=damaged,
    )


def judge(pictures: Pictures, camera: Camera, *, live: bool) -> Iterator[Finding]:
    """What the pictures say, those of people apart."""
    info = pictures.info
    if pictures.problem is not None or info is None:
        yield failure("pictures", f"{pictures.problem}", "look at its cable, supply and address")
        return
    words = f"{info.width} x {info.height} {info.form}, {len(pictures.images)} taken"
    if pictures.damaged:
        yield warning(
            "pictures",
            f"{words}, {pictures.damaged} damaged",
            "the cable or the connection is bad, or USB has too little power",
        )
    elif pictures.same:
        yield warning(
            "pictures",
            f"{words}, all the very same",
            "the camera is frozen, or something covers it: unplug it, and look",
        )
    else:
        yield ok("pictures", words)
    yield judge_rate(pictures.fps, camera.fps, live=live)
    if not pictures.images:
        return
    grey = _grey(pictures.images[-1])
    brightness = float(grey.mean()) / 255
    if brightness < DARK:
        yield warning(
            "brightness", f"{brightness:.0%}: too dark", "make light, or uncover the lens"
        )
    elif brightness > BRIGHT:
        yield warning("brightness", f"{brightness:.0%}: glare", "turn it away from the light")
    else:
        yield ok("brightness", f"{brightness:.0%}")
    sharpness = sharpness_of(grey)
    if sharpness < BLURRED:
        yield warning(
            "sharpness",
            f"{sharpness:.0f}: nothing has an edge",
            "wipe the lens, focus it, or uncover it",
        )
    else:
        yield ok("sharpness", f"{sharpness:.0f}")


def judge_rate(fps: float | None, asked: float, *, live: bool) -> Finding:
    if not live:
        return unavailable("rate", "a recording comes as fast as it is read")
    if fps is None:
        return unavailable("rate", "too few pictures to tell")
    if fps < SLOW * asked:
        return warning(
            "rate",
            f"{fps:.1f} fps, and {asked:g} are asked for",
            "make more light (exposure), use MJPG, or ask for less in [camera] fps",
        )
    return ok("rate", f"{fps:.1f} fps over {FRAMES} pictures")


def sharpness_of(grey: Image) -> float:
    """Variance of the Laplacian, at a width of BLUR_WIDTH."""
    height, width = grey.shape[:2]
    size = BLUR_WIDTH, max(1, round(height * BLUR_WIDTH / width))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_64F).var())


def _grey(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def look_for_a_person(images: tuple[Image, ...], estimator: Estimator | None) -> Iterator[Finding]:
    if estimator is None:
        yield unavailable("person", "there is no model to look for one")
        return
    estimator.reset()
    pose = None
    for number, image in enumerate(images):
        pose = estimator(image, number / 30)
    estimator.reset()
    if pose is None:
        yield warning("person", "nobody in view", "stand where you train, and look again")
        return
    height, width = images[-1].shape[:2]
    missing = out_of_view(pose, width, height)
    if missing:
        yield warning(
            "person",
            f"in view, score {pose.score:.2f}, without {', '.join(missing)}",
            "move the camera back, or turn it, until the whole body is in view",
        )
    else:
        yield ok("person", f"the whole body is in view, score {pose.score:.2f}")


def out_of_view(pose: Pose, width: int, height: int) -> list[str]:
    """Joints of the body of which neither side is in the picture: "ankles"."""
    names = pose.skeleton.keypoints
    missing = []
    for joint in BODY:
        rows = [names.index(f"{side}_{joint}") for side in ("left", "right")]
        seen = [
            0 <= x < width and 0 <= y < height and score >= SURE
            for x, y, score in pose.pixels[rows].tolist()
        ]
        if not any(seen):
            missing.append(f"{joint}s")
    return missing
