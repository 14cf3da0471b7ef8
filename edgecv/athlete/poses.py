"""Poses of the athlete without pictures: what a pose model would see, with the true repetitions.

for trial in trials(azimuths_deg=(0, 90), seeds=range(3), flaws=(Flaws(), Flaws(noise=0.01))):
    for time_s, pose in trial.poses: ...
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgecv.athlete.activity import TrueRep
from edgecv.athlete.anatomy import landmark_anchors
from edgecv.athlete.body import Floats
from edgecv.athlete.camera import Camera
from edgecv.athlete.doings import DOINGS
from edgecv.athlete.flaws import Flaws, flawed
from edgecv.athlete.motions import EXERCISES
from edgecv.athlete.performance import Performance, do, perform
from edgecv.athlete.repetitions import Manner
from edgecv.athlete.scene import View, require
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose

TimedPose = tuple[float, Pose | None]
SIZE = (640, 480)
"""Of the frame, pixels."""
_QUICKEST_S = 0.4
"""A repetition takes at least so long."""
_VIEWS = 1000
"""Each view of a performance has errors of its own: more views than anybody asks for."""


@dataclass(frozen=True)
class Trial:
    """Poses to count, and the right answer."""

    name: str
    """All that it was made from."""
    exercise: str | None
    """None: whatever is done, nothing of it counts."""
    poses: Sequence[TimedPose]
    """(seconds, pose or None where nobody was found), in order."""
    reps: tuple[TrueRep, ...]
    """Those that are not `full` do not count."""

    @property
    def count(self) -> int:
        """How many repetitions are right."""
        return sum(rep.full for rep in self.reps)


@dataclass(frozen=True)
class Track:
    """Where the landmarks of a performance are in the room, at the times of the frames."""

    times_s: Floats
    """(n,)"""
    points: Floats
    """(n, 33, 3) metres in the world of `body`."""
    height_m: float
    """Of the person."""


def track(performance: Performance, fps: float) -> Track:
    """Follow a performance from its start to its end."""
    anchors = landmark_anchors(BLAZEPOSE_33.keypoints, performance.build)
    times_s = np.arange(0.0, performance.timetable.duration_s, 1.0 / fps)
    points = [performance.body(t).points(anchors) for t in times_s.tolist()]
    return Track(times_s, np.stack(points), performance.build.height_m)


def poses(track: Track, camera: Camera, flaws: Flaws, *, seed: int = 1) -> list[TimedPose]:
    """What a model sees of a track: the same arguments always give the same poses."""
    seen = camera.view(track.points)
    return flawed(track.times_s, seen, camera, flaws, height_m=track.height_m, seed=seed)


def trials(
    activities: Sequence[str] = (*EXERCISES, *DOINGS),
    *,
    azimuths_deg: Sequence[float] = (0, 45, 90, 135, 180, 225, 270, 315),
    heights_m: Sequence[float] = (1.2,),
    seeds: Sequence[int] = (1,),
    tempos: Sequence[float] = (1.0,),
    flaws: Sequence[Flaws] = (Flaws(),),
    reps: int = 6,
    seconds: float = 30.0,
    partial: float = 0.0,
    uneven: float = 0.2,
    form: float = 0.0,
    from_standing: bool = False,
    pause_every: int = 0,
    pause_s: float = 3.0,
    fps: float = 30.0,
) -> Iterator[Trial]:
    """Every combination of these: a performance is followed once and seen from everywhere.

    `azimuths_deg`, `heights_m`: of the camera, which is as near as it can be with all in view.
    `activities`: of EXERCISES and DOINGS. `seeds`: the body, and how even it moves. `tempos`: how
    long a repetition takes, times what is natural for the exercise; DOINGS, which last `seconds`,
    have one. `form`: how much (0 to 1) everybody's form is their own. `from_standing`:
    with getting down to the exercise and up again. The others are as for `Athlete`. Raises
    ValueError when one is out of range.
    """
    manner = Manner(None, partial, uneven, form, pause_every, pause_s)
    for activity, seed, tempo in itertools.product(activities, seeds, tempos):
        known = (*EXERCISES, *DOINGS)
        require(activity in known, "activity", activity, f"one of {', '.join(known)}")
        if activity in DOINGS:
            if tempo != tempos[0]:
                continue
            done = do(activity, seconds=seconds, seed=seed)
        else:
            tempo_s = max(_QUICKEST_S, tempo * EXERCISES[activity].natural_s)
            manner = replace(manner, tempo_s=tempo_s)
            done = perform(
                activity, reps=reps, seed=seed, manner=manner, from_standing=from_standing
            )
        followed = track(done, fps)
        views = itertools.product(azimuths_deg, heights_m)
        for index, (azimuth_deg, height_m) in enumerate(views):
            view = View(azimuth_deg, *SIZE, seed, height_m)
            camera = view.camera(done.mannequin, done.framed, done.build)
            for flaw in flaws:
                name = (
                    f"{activity} seed={seed} tempo={tempo:g} azimuth={azimuth_deg:g}"
                    f" height={height_m:g}{flaw}"
                )
                yield Trial(
                    name,
                    done.exercise,
                    poses(followed, camera, flaw, seed=_VIEWS * seed + index),
                    flaw.timed(done.reps),
                )
