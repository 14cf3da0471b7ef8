"""Somebody in a room, seen by a camera that stands still, with the truth about every picture."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from edgecv.athlete.activity import TrueRep
from edgecv.athlete.anatomy import EQUIPMENT, flesh, landmark_anchors
from edgecv.athlete.body import SEGMENTS, Body, Floats
from edgecv.athlete.build import Build, build_of
from edgecv.athlete.camera import Camera, camera_around
from edgecv.athlete.clothes import clothes_of, haircut_of
from edgecv.athlete.gait import Walk
from edgecv.athlete.lens import Lens
from edgecv.athlete.light import light_of
from edgecv.athlete.mannequin import Mannequin
from edgecv.athlete.render import Painter
from edgecv.athlete.room import paint_room
from edgecv.athlete.stance import Stance
from edgecv.athlete.timetable import Timetable
from edgecv.frames import Image
from edgecv.pose.keypoints import BLAZEPOSE_33

PassesBy = Literal["behind", "in_front"]
_HIPS = [BLAZEPOSE_33.index("left_hip"), BLAZEPOSE_33.index("right_hip")]
_ROOM = SEGMENTS.index("room")
_FLESH_M = 0.14
"""How far flesh and clothes reach beyond the landmarks."""
_GRID_M = 0.04
"""Two places of a body that are so close are one when the camera is placed."""
_PASSES_M = {"behind": 1.25, "in_front": -1.1}
"""Where a second person passes: behind the middle of the floor, as the camera sees it."""
_OUT_OF_SIGHT_M = 0.7
"""Beside what the camera sees: nothing of somebody who stands there is in view."""


class Performer(Protocol):
    """What can be filmed: everything is a function of `t_s`, the seconds since the start."""

    @property
    def duration_s(self) -> float: ...

    @property
    def reps(self) -> tuple[TrueRep, ...]: ...

    def reps_completed(self, t_s: float) -> int: ...

    def exercise_at(self, t_s: float) -> str | None: ...

    def render(self, t_s: float, out: Image | None = None) -> Image: ...

    def landmarks(self, t_s: float) -> NDArray[np.float32]: ...

    def world_landmarks(self, t_s: float) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class View:
    """How it is seen. Raises ValueError for what is out of range."""

    azimuth_deg: float = 45.0
    width: int = 640
    height: int = 480
    seed: int = 1
    camera_height_m: float = 1.2
    noise: float = 0.0
    shutter_s: float = 0.0
    passer_by: PassesBy | None = None

    def __post_init__(self) -> None:
        for name, valid, allowed in (
            ("azimuth_deg", math.isfinite(self.azimuth_deg), "a finite angle"),
            ("width", 64 <= self.width <= 8192, "64 to 8192 pixels"),
            ("height", 64 <= self.height <= 8192, "64 to 8192 pixels"),
            ("seed", self.seed >= 0, "0 or more"),
            ("camera_height_m", 0.0 < self.camera_height_m <= 4.0, "0 to 4 metres"),
            ("noise", 0.0 <= self.noise <= 1.0, "0 to 1"),
            ("shutter_s", 0.0 <= self.shutter_s <= 0.1, "0 to 0.1 seconds"),
            (
                "passer_by",
                self.passer_by is None or self.passer_by in get_args(PassesBy),
                f"None or one of {', '.join(get_args(PassesBy))}",
            ),
        ):
            require(valid, name, getattr(self, name), allowed)

    def camera(self, mannequin: Mannequin, stances: Iterable[Stance], build: Build) -> Camera:
        """From as near as possible for all of the body to be in view in all these stances."""
        marks = landmark_anchors(BLAZEPOSE_33.keypoints, build)
        points = np.concatenate([mannequin.body(stance).points(marks) for stance in stances])
        points = _GRID_M * np.unique(np.round(points / _GRID_M), axis=0)
        corners = np.array([(x, y, z) for x in (-1, 1) for y in (-0.4, 1) for z in (-1, 1)])
        return camera_around(
            (points[:, None] + _FLESH_M * corners).reshape(-1, 3),
            azimuth_deg=self.azimuth_deg,
            height_m=self.camera_height_m,
            width=self.width,
            height=self.height,
        )


class Scene:
    """Somebody with a timetable, in a room. For one thread at a time: it draws in buffers of its
    own."""

    def __init__(
        self,
        view: View,
        timetable: Timetable,
        camera: Camera,
        *,
        mannequin: Mannequin,
        build: Build,
        equipment: Sequence[str],
        bar: Floats,
    ) -> None:
        self._view = view
        self._timetable = timetable
        self._mannequin = mannequin
        self._camera = camera
        self._bar = bar
        self._landmarks = landmark_anchors(BLAZEPOSE_33.keypoints, build)
        self._shape = (view.height, view.width, 3)
        light = light_of(view.seed)
        self._painter = Painter(
            flesh(haircut_of(view.seed)) + tuple(c for name in equipment for c in EQUIPMENT[name]),
            build=build,
            colours=clothes_of(view.seed),
            light=light,
            camera=camera,
            size=(view.height, view.width),
        )
        self._lens = Lens(
            width=view.width, height=view.height, noise=view.noise, shutter_s=view.shutter_s
        )
        self._passer_by = _PasserBy(view, camera, timetable.duration_s) if view.passer_by else None

    @property
    def duration_s(self) -> float:
        """Seconds from the first moment to the last."""
        return self._timetable.duration_s

    @property
    def reps(self) -> tuple[TrueRep, ...]:
        """The true repetitions, in order; those that are not `full` do not count."""
        return self._timetable.reps

    def reps_completed(self, t_s: float) -> int:
        """How many full repetitions have ended at `t_s`, of all exercises together."""
        return sum(rep.full and rep.end_s <= t_s for rep in self.reps)

    def exercise_at(self, t_s: float) -> str | None:
        """What is being done; None while nothing that counts is: resting, walking."""
        return self._timetable.exercise_at(t_s)

    def render(self, t_s: float, out: Image | None = None) -> Image:
        """The picture at `t_s`: (height, width, 3) BGR, drawn into `out` where given."""
        if out is None:
            out = np.empty(self._shape, np.uint8)
        elif out.shape != self._shape or out.dtype != np.uint8:
            raise ValueError(f"out is {out.shape} {out.dtype}: give {self._shape} uint8")
        self._lens.take(self._draw, t_s, out)
        return out

    def landmarks(self, t_s: float) -> NDArray[np.float32]:
        """(33, 3) in BlazePose's order: x, y in pixels, distance from the camera in metres. Out of
        view, they are where they would be in a larger picture."""
        return self._camera.project(self._body(t_s).points(self._landmarks)).astype(np.float32)

    def world_landmarks(self, t_s: float) -> NDArray[np.float32]:
        """(33, 3) metres in BlazePose's order and convention: from the middle of the hips, x to
        the right in the picture, y down, z away from the camera."""
        points = self._camera.view(self._body(t_s).points(self._landmarks))
        points -= points[_HIPS].mean(axis=0)
        return points.astype(np.float32)

    @cached_property
    def _room(self) -> Image:
        """Painted for the first picture: whoever wants the truth alone need not wait for it."""
        view = self._view
        return paint_room(self._camera, view.width, view.height, light_of(view.seed), view.seed)

    def _body(self, t_s: float) -> Body:
        body = self._mannequin.body(self._timetable.stance(t_s))
        body.origins[_ROOM] = self._bar
        return body

    def _draw(self, t_s: float, out: Image) -> None:
        np.copyto(out, self._room)
        people = [(self._painter, self._body(t_s))]
        if self._passer_by and (body := self._passer_by.body(t_s)):
            people.append((self._passer_by.painter, body))
        people.sort(key=lambda person: -float(self._camera.view(person[1].origins[:1])[0, 2]))
        for painter, body in people:
            painter.draw(body, out)


class _PasserBy:
    """Somebody else, who walks through the picture once, half-way through the performance."""

    def __init__(self, view: View, camera: Camera, duration_s: float) -> None:
        seed = view.seed + 1_000_003
        build = build_of(seed)
        self._mannequin = Mannequin(build)
        assert view.passer_by
        start, end = beside(camera, view.width, _PASSES_M[view.passer_by])
        if seed % 2:
            start, end = end, start
        self._walk = Walk(self._mannequin, start, end)
        self._start_s = (duration_s - self._walk.duration_s) / 2.0
        self.painter = Painter(
            flesh(haircut_of(seed)),
            build=build,
            colours=clothes_of(seed),
            light=light_of(view.seed),
            camera=camera,
            size=(view.height, view.width),
        )

    def body(self, t_s: float) -> Body | None:
        """Where they are, if they are anywhere near."""
        t_s -= self._start_s
        if not 0.0 <= t_s <= self._walk.duration_s:
            return None
        return self._mannequin.body(self._walk.stance(t_s))


def beside(camera: Camera, width: int, behind_m: float) -> tuple[Floats, Floats]:
    """Places (x, z) to the left and to the right of what the camera sees, so far behind the middle
    of the floor."""
    away = camera.axes[2] * (1.0, 0.0, 1.0)
    middle = behind_m * away / np.linalg.norm(away)
    depth = float(camera.view(middle[None])[0, 2])
    aside = (depth * width / 2.0 / camera.focal_px + _OUT_OF_SIGHT_M) * camera.axes[0]
    return (middle - aside)[[0, 2]], (middle + aside)[[0, 2]]


def require(valid: bool, name: str, value: object, allowed: str) -> None:
    """Raise ValueError unless `valid`."""
    if not valid:
        raise ValueError(f"{name} is {value!r}: it must be {allowed}")
