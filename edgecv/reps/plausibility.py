"""Refuses frames in which the body is suddenly somewhere or somebody else.

Behind an obstacle a pose model invents a body, of another size or in another place; one such frame
can spoil two reps. What lasts is believed: a cut in a video, another subject.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from edgecv.reps.joints import ELBOW, HIP, KNEE, SHOULDER, Body, Floats

BELIEVED_AFTER_S = 2.0
MEMORY_S = 1.0
PATIENCE = 2.0
"""Who was seen for a moment only can't be held against others for longer than so many times it …"""
LEAST_PATIENCE_S = 0.2
"""… and this."""
STEADY_S, STEADY_FRAMES = 0.7, 3
"""A body that stays where it is and as large as it is for so long is no invention: a cut."""
STEADY_RATIO, STEADY_M = 1.2, 0.4
"""Of its largest to its smallest size; how far apart its places are, in metres."""
MAX_RATIO = 1.67
"""Of sizes, either way."""
TORSO_PIXELS = 0.35
"""How far the joints of trunk and limbs are from their middle, in metres (root mean square of a
standing adult), where the model has no world landmarks."""

_TRUNK = [SHOULDER, SHOULDER + 1, HIP, HIP + 1]
_SPREAD = [*_TRUNK, ELBOW, ELBOW + 1, KNEE, KNEE + 1]


@dataclass(frozen=True, slots=True)
class _Stance:
    time_s: float
    pixels_per_metre: float
    centre: Floats
    tilt_deg: float


class Plausibility:
    """Compares every body with those of the last second."""

    def __init__(self) -> None:
        self._recent: deque[_Stance] = deque()
        self._odd: list[_Stance] = []
        """Those that came since and were not believed."""
        self.cut = False
        """The last body that was believed is not known to be in the place of the one before."""

    def __call__(self, time_s: float, body: Body) -> bool:
        """Whether to believe it."""
        stance = _stance_of(time_s, body)
        while self._recent and self._recent[-1].time_s - self._recent[0].time_s >= MEMORY_S:
            self._recent.popleft()
        if self._recent and self._is_odd(stance):
            self._odd.append(stance)
            odd_s = time_s - self._odd[0].time_s
            steady = odd_s >= STEADY_S and self._is_steady()
            if odd_s < self._patience_s() and not steady:
                return False
            self._recent.clear()
        self.cut = bool(self._odd)
        self._odd.clear()
        self._recent.append(stance)
        return True

    def _patience_s(self) -> float:
        known_s = self._recent[-1].time_s - self._recent[0].time_s
        return min(max(PATIENCE * known_s, LEAST_PATIENCE_S), BELIEVED_AFTER_S)

    def _is_steady(self) -> bool:
        """Whether the bodies that are not believed have lately been one and the same."""
        now = self._odd[-1]
        lately = [stance for stance in self._odd if now.time_s - stance.time_s <= STEADY_S]
        if len(lately) < STEADY_FRAMES:
            return False
        sizes = [stance.pixels_per_metre for stance in lately]
        places = np.ptp([stance.centre for stance in lately], axis=0) / now.pixels_per_metre
        return max(sizes) < STEADY_RATIO * min(sizes) and float(places.max()) < STEADY_M

    def _is_odd(self, now: _Stance) -> bool:
        last = self._recent[-1]
        gap_s = now.time_s - last.time_s
        if gap_s >= BELIEVED_AFTER_S:
            return False
        usual = float(np.median([stance.pixels_per_metre for stance in self._recent]))
        ratio = now.pixels_per_metre / usual
        moved_m = float(np.linalg.norm(now.centre - last.centre)) / usual
        turned_deg = abs(now.tilt_deg - last.tilt_deg)
        gap_s = min(gap_s, 0.5)
        grown = abs(math.log(now.pixels_per_metre / last.pixels_per_metre))
        return (
            not 1 / MAX_RATIO < ratio < MAX_RATIO
            or grown > 0.2 + 2.0 * gap_s
            or moved_m > 0.73 + 2.4 * gap_s
            or turned_deg > 52.0 + 200.0 * gap_s
        )


def _stance_of(time_s: float, body: Body) -> _Stance:
    centre = body.pixels[_TRUNK].mean(axis=0)
    pixels = _spread(body.pixels[_SPREAD] - centre)
    if body.world is None:
        metres = TORSO_PIXELS
        up = body.pixels
    else:
        metres = _spread(body.world[_SPREAD])
        up = body.world
    torso = (up[SHOULDER] + up[SHOULDER + 1] - up[HIP] - up[HIP + 1]) / 2
    cosine = -torso[1] / max(float(np.linalg.norm(torso)), 1e-6)
    tilt_deg = float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    return _Stance(time_s, pixels / max(metres, 1e-6), centre, tilt_deg)


def _spread(points: Floats) -> float:
    return float(np.sqrt(np.square(points).mean(axis=0).sum())) + 1e-6
