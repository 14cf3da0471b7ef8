"""The synthetic athlete: pictures of somebody exercising, with the truth about every one."""

import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.anatomy import EQUIPMENT, FLESH, landmark_anchors
from edgecv.athlete.body import Body, Floats, keep_planted, stand
from edgecv.athlete.camera import camera_around
from edgecv.athlete.clothes import colours
from edgecv.athlete.motions import EXERCISES
from edgecv.athlete.performance import Performance, TrueRep
from edgecv.athlete.render import Image, Painter
from edgecv.athlete.room import paint_room
from edgecv.pose.keypoints import BLAZEPOSE_33

_LANDMARKS = landmark_anchors(BLAZEPOSE_33.keypoints)
_HIPS = [BLAZEPOSE_33.index("left_hip"), BLAZEPOSE_33.index("right_hip")]
_FLESH_M = 0.14
"""How far flesh and clothes reach beyond the landmarks."""


class Athlete:
    """Somebody who does an exercise a number of times, seen by a camera that stands still.

    Everything is a function of `t_s`, the seconds since the start; before the start and after
    `duration_s` the athlete stands still. The same arguments always give the same pictures.
    For one thread at a time: it draws in buffers of its own.

    `azimuth_deg`: 0 sees the athlete from the front, 90 from the athlete's left, 180 from behind.
    `seed`: small differences in tempo, depth, sway and colours.
    Raises ValueError when an argument is out of range.
    """

    def __init__(
        self,
        exercise: str,
        *,
        reps: int = 8,
        tempo_s: float = 2.5,
        azimuth_deg: float = 45.0,
        width: int = 640,
        height: int = 480,
        seed: int = 1,
        camera_height_m: float = 1.2,
    ) -> None:
        _require(exercise in EXERCISES, "exercise", exercise, f"one of {', '.join(EXERCISES)}")
        _require(reps >= 1, "reps", reps, "1 or more")
        _require(0.3 < tempo_s < np.inf, "tempo_s", tempo_s, "more than 0.3 seconds")
        _require(bool(np.isfinite(azimuth_deg)), "azimuth_deg", azimuth_deg, "a finite angle")
        _require(64 <= width <= 8192, "width", width, "64 to 8192 pixels")
        _require(64 <= height <= 8192, "height", height, "64 to 8192 pixels")
        _require(seed >= 0, "seed", seed, "0 or more")
        _require(0.0 < camera_height_m <= 4.0, "camera_height_m", camera_height_m, "0 to 4 metres")
        motion = EXERCISES[exercise]
        self._motion = motion
        self._rest = stand(motion.rest)
        self._performance = Performance(motion, reps, tempo_s, seed)
        self._camera = camera_around(
            self._surroundings(),
            azimuth_deg=azimuth_deg,
            height_m=camera_height_m,
            width=width,
            height=height,
        )
        capsules = FLESH + tuple(c for name in motion.equipment for c in EQUIPMENT[name])
        self._painter = Painter(
            capsules, colours(seed), self._camera, paint_room(self._camera, width, height, seed)
        )
        self._shape = (height, width, 3)

    @property
    def duration_s(self) -> float:
        """Seconds from the first moment to the last."""
        return self._performance.duration_s

    @property
    def reps(self) -> tuple[TrueRep, ...]:
        """The true repetitions, in order."""
        return self._performance.reps

    def reps_completed(self, t_s: float) -> int:
        """How many repetitions have ended at `t_s`."""
        return self._performance.reps_completed(t_s)

    def render(self, t_s: float, out: Image | None = None) -> Image:
        """The picture at `t_s`: (height, width, 3) BGR, drawn into `out` where given."""
        if out is None:
            out = np.empty(self._shape, np.uint8)
        elif out.shape != self._shape or out.dtype != np.uint8:
            raise ValueError(f"out is {out.shape} {out.dtype}: give {self._shape} uint8")
        self._painter.draw(self._body(t_s), out)
        return out

    def landmarks(self, t_s: float) -> NDArray[np.float32]:
        """(33, 3) in BlazePose's order: x, y in pixels, distance from the camera in metres."""
        return self._camera.project(self._body(t_s).points(_LANDMARKS)).astype(np.float32)

    def world_landmarks(self, t_s: float) -> NDArray[np.float32]:
        """(33, 3) metres in BlazePose's order and convention: from the middle of the hips, x to
        the right in the picture, y down, z away from the camera."""
        points = self._camera.view(self._body(t_s).points(_LANDMARKS))
        points -= points[_HIPS].mean(axis=0)
        return points.astype(np.float32)

    def _body(self, t_s: float) -> Body:
        posture = self._performance.posture(t_s)
        if not self._motion.planted:
            return stand(posture)
        return keep_planted(posture, self._rest, self._motion.planted)

    def _surroundings(self) -> Floats:
        """(n, 3): a cloud of points around the body through the whole motion."""
        rep = self.reps[0]
        times = np.linspace(rep.start_s, rep.end_s, 17)
        points = np.concatenate([self._body(t).points(_LANDMARKS) for t in times])
        corners = np.array([(x, y, z) for x in (-1, 1) for y in (-0.4, 1) for z in (-1, 1)])
        return (points[:, None] + _FLESH_M * corners).reshape(-1, 3)


def _require(condition: bool, name: str, value: object, allowed: str) -> None:
    if not condition:
        raise ValueError(f"{name} is {value!r}: it must be {allowed}")
