"""How well a model finds the joints of rendered athletes, whose true places are known."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edgecv.athlete import Athlete
from edgecv.frames import Image
from edgecv.picture.stick_figure import draw_pose
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import BLAZEPOSE_33, JOINTS, Pose

NEAR = 0.1
"""Of the athlete's extent in the picture: the key point is found (PCK@0.1)."""
LEAST_PCK = 0.85
"""A model that finds a smaller share is of no use for counting. Small YOLOs find 0.97 here."""
PERIOD_S = 0.2
SCENES = (("squat", 45.0, 1), ("push_up", 90.0, 2), ("jumping_jack", 0.0, 3))
"""Exercise, azimuth, and seed of the athlete."""

_TRUE = [BLAZEPOSE_33.index(joint) for joint in JOINTS]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Over the twelve joints of all frames."""

    frames: int
    missed: int
    """Frames in which nobody was found."""
    pck: float
    """Share of the joints that are no further than NEAR from where they are; those of missed frames
    are not."""
    median: float
    p95: float
    """Distances as shares of the athlete's extent, where somebody was found; NaN where nobody
    was."""
    pictures: tuple[Image, ...]
    """One a scene, with what was found drawn in."""

    @property
    def good(self) -> bool:
        return self.pck >= LEAST_PCK


def measure(estimator: Estimator) -> Accuracy:
    """One repetition of each scene, 640 x 480. The estimator looks for the athlete once in each and
    then follows, as in the appliance."""
    rows = [estimator.skeleton.index(joint) for joint in JOINTS]
    shares: list[float] = []
    pictures = []
    frames = missed = 0
    for exercise, azimuth, seed in SCENES:
        athlete = Athlete(exercise, reps=1, tempo_s=2.0, azimuth_deg=azimuth, seed=seed)
        estimator.reset()
        middle = athlete.duration_s / 2
        for time_s, image in _frames(athlete):
            pose = estimator(image, time_s)
            frames += 1
            missed += pose is None
            if pose is not None:
                true = athlete.landmarks(time_s)[:, :2]
                away = np.linalg.norm(pose.pixels[rows, :2] - true[_TRUE], axis=1)
                shares += list(away / np.ptp(true, axis=0).max())
            if abs(time_s - middle) <= PERIOD_S / 2:
                pictures.append(_drawn(image, pose))
    off = np.array(shares)
    return Accuracy(
        frames=frames,
        missed=missed,
        pck=float(np.count_nonzero(off <= NEAR) / (frames * len(JOINTS))),
        median=float(np.median(off)) if len(off) else float("nan"),
        p95=float(np.percentile(off, 95)) if len(off) else float("nan"),
        pictures=tuple(pictures),
    )


def _frames(athlete: Athlete) -> Iterator[tuple[float, Image]]:
    for number in range(int(athlete.duration_s / PERIOD_S) + 1):
        yield number * PERIOD_S, athlete.render(number * PERIOD_S)


def _drawn(image: Image, pose: Pose | None) -> Image:
    if pose is not None:
        draw_pose(image, pose, 1.0)
    return image
