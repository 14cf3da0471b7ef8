"""Can this person be counted as things are, and if not, what to do about it."""

from enum import Enum

import numpy as np

from edgecv.reps.joints import ANKLE, GUESSED, HIP, KNEE, NOSE, SHOULDER, WRIST, Body

SETTLE_S = 1.0
"""What holds for no longer is not told."""
MIN_BRIGHTNESS = 35.0
"""Mean of the picture, 0 to 255; darker ones make the model guess."""
MIN_HEIGHT = 0.25
"""Of the body, as a share of the picture's height (or width, where somebody lies)."""
MAX_HEIGHT = 0.97
SURE = 0.5
"""Score of a joint that is seen."""


class Readiness(str, Enum):
    READY = "ready"
    NO_PERSON = "no_person"
    LOW_LIGHT = "low_light"
    TOO_CLOSE = "too_close"
    TOO_FAR = "too_far"
    FEET_OUT_OF_FRAME = "feet_out_of_frame"
    HEAD_OUT_OF_FRAME = "head_out_of_frame"
    HANDS_OUT_OF_FRAME = "hands_out_of_frame"
    LOW_VISIBILITY = "low_visibility"


ADVICE = {
    Readiness.READY: "",
    Readiness.NO_PERSON: "step in front of the camera",
    Readiness.LOW_LIGHT: "switch a light on, or turn the camera away from the window",
    Readiness.TOO_CLOSE: "step back, or move the camera away",
    Readiness.TOO_FAR: "come nearer, or move the camera nearer",
    Readiness.FEET_OUT_OF_FRAME: "step back, or tilt the camera down: the feet are not in view",
    Readiness.HEAD_OUT_OF_FRAME: "step back, or tilt the camera up: the head is not in view",
    Readiness.HANDS_OUT_OF_FRAME: "step back: the hands are not in view",
    Readiness.LOW_VISIBILITY: "clear the view: too much of the body is hidden",
}
"""What to do."""


def assess(body: Body | None, frame_size: tuple[int, int], brightness: float | None) -> Readiness:
    """Of one frame; `brightness` is the picture's mean, 0 to 255, where it is known."""
    dark = brightness is not None and brightness < MIN_BRIGHTNESS
    if body is None:
        return Readiness.LOW_LIGHT if dark else Readiness.NO_PERSON
    trouble = _framing(body, frame_size)
    if trouble is not None:
        return trouble
    if dark:
        return Readiness.LOW_LIGHT
    pairs = body.seen[1:].reshape(-1, 2).max(axis=1)
    hidden = pairs[[(joint - 1) // 2 for joint in (SHOULDER, HIP, KNEE)]] < SURE
    return Readiness.LOW_VISIBILITY if hidden.sum() > 1 else Readiness.READY


def _framing(body: Body, frame_size: tuple[int, int]) -> Readiness | None:
    """What is wrong with where the body is in the frame."""
    outside = ~_inside(body, frame_size)
    extent = np.ptp(body.pixels, axis=0) / frame_size
    out_at = [
        (Readiness.FEET_OUT_OF_FRAME, outside[ANKLE : ANKLE + 2].all()),
        (Readiness.HEAD_OUT_OF_FRAME, outside[NOSE]),
        (Readiness.HANDS_OUT_OF_FRAME, outside[WRIST : WRIST + 2].all()),
    ]
    missing = [readiness for readiness, out in out_at if out]
    if len(missing) > 1 or (missing and extent.max() > 1.3):
        return Readiness.TOO_CLOSE
    if missing:
        return missing[0]
    if extent.max() < MIN_HEIGHT:
        return Readiness.TOO_FAR
    return Readiness.TOO_CLOSE if extent.max() > MAX_HEIGHT else None


def _inside(
    body: Body, frame_size: tuple[int, int]
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    size = np.array(frame_size, np.float64)
    within = ((body.pixels >= 0) & (body.pixels <= size)).all(axis=1)
    return np.asarray(within | (body.seen > GUESSED))


class Settled:
    """Tells a change when it has lasted."""

    def __init__(self) -> None:
        self.now = Readiness.NO_PERSON
        self._next = Readiness.NO_PERSON
        self._since_s = float("-inf")

    def update(self, time_s: float, seen: Readiness) -> Readiness:
        if seen is not self._next:
            self._next, self._since_s = seen, time_s
        if time_s - self._since_s >= SETTLE_S:
            self.now = self._next
        return self.now
