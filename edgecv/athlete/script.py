"""Moving on the spot as somebody pleases: postures, and when each is reached."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgecv.athlete.activity import TrueRep
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.motion import ease
from edgecv.athlete.posture import Limb, Posture, blend
from edgecv.athlete.stance import Hold, Stance

_ARM_DEG, _TRUNK_DEG = 4.0, 1.5
"""Standard deviations of the differences between one time and the next."""
_LEAST_BEND_DEG = 4.0


class Script:
    """Postures one after the other. Times are seconds from the start."""

    def __init__(self, start: Posture, rng: np.random.Generator) -> None:
        self.duration_s = 0.0
        self._rng = rng
        self._times_s = [0.0]
        self._postures = [start]
        self._headings = [0.0]

    def to(self, posture: Posture, seconds: float, heading: float = 0.0) -> None:
        """Go to about that posture, turned so many degrees to the left, never twice alike."""
        self._add(self._varied(posture), seconds, heading)

    def back(self, seconds: float) -> None:
        """Go back to the first posture, exactly."""
        self._add(self._postures[0], seconds, 0.0)

    def wait(self, seconds: float) -> None:
        """Stay."""
        self._add(self._postures[-1], seconds, self._headings[-1])

    def between(self, least: float, most: float) -> float:
        """A number between these, another one each time."""
        return float(self._rng.uniform(least, most))

    def either(self) -> bool:
        return bool(self._rng.random() < 0.5)

    def count(self, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        return int(self._rng.integers(least, most + 1))

    def at(self, t_s: float) -> tuple[Posture, float]:
        """The posture and the heading."""
        index = min(bisect_right(self._times_s, t_s), len(self._times_s) - 1)
        if index == 0:
            return self._postures[0], self._headings[0]
        start_s, end_s = self._times_s[index - 1 : index + 1]
        weight = ease((t_s - start_s) / (end_s - start_s))
        before, after = self._headings[index - 1 : index + 1]
        posture = blend(self._postures[index - 1], self._postures[index], weight)
        return posture, before + weight * (after - before)

    def _add(self, posture: Posture, seconds: float, heading: float) -> None:
        self.duration_s += seconds
        self._times_s.append(self.duration_s)
        self._postures.append(posture)
        self._headings.append(heading)

    def _varied(self, posture: Posture) -> Posture:
        pitch, neck = self._rng.normal(0.0, _TRUNK_DEG, 2).tolist()
        return replace(
            posture,
            left_arm=self._varied_arm(posture.left_arm),
            right_arm=self._varied_arm(posture.right_arm),
            pitch=posture.pitch + pitch,
            neck=posture.neck + neck,
        )

    def _varied_arm(self, arm: Limb) -> Limb:
        forward, outward, bend = self._rng.normal(0.0, _ARM_DEG, 3).tolist()
        return replace(
            arm,
            forward=arm.forward + forward,
            outward=arm.outward + outward,
            bend=max(arm.bend + bend, _LEAST_BEND_DEG),
        )


class OnTheSpot:
    """An activity: somebody who follows a script with both feet planted, or with none."""

    exercise: str | None = None
    reps: Sequence[TrueRep] = ()

    def __init__(
        self, mannequin: Mannequin, stand: Stance, script: Script, *, planted: bool = True
    ) -> None:
        self.duration_s = script.duration_s
        self._mannequin = mannequin
        self._stand = stand
        self._script = script
        body = mannequin.body(stand)
        self._feet: dict[str, Hold] = {}
        if planted:
            self._feet = {limb: mannequin.hold(body, limb) for limb in ("left_leg", "right_leg")}

    def stance(self, t_s: float) -> Stance:
        posture, turned = self._script.at(t_s)
        heading = self._stand.heading + turned
        if not self._feet:
            return self._mannequin.standing(posture, self._stand.hips[[0, 2]], heading)
        hips = self._mannequin.carried(posture, heading, self._feet)
        return Stance(posture, hips, heading, self._feet)
