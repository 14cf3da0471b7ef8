"""Recordings with a known truth: the synthetic athlete's poses, and traces of them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from edgecv.athlete.flaws import Flaws
from edgecv.athlete.poses import trials
from edgecv.bench.reps.clip import Clip
from edgecv.pose.keypoints import BLAZEPOSE_33
from edgecv.traces import Sample, TraceHeader, TraceWriter

FPS = 12.0
SIZE = (640, 480)


@cache
def performed(activity: str, reps: int = 4) -> Clip:
    """The athlete doing this, seen at an angle, as a model would see it."""
    trial = next(
        iter(
            trials(
                (activity,),
                azimuths_deg=(40,),
                heights_m=(1.2,),
                seeds=(1,),
                tempos=(1.0,),
                flaws=(Flaws(),),
                reps=reps,
                seconds=10.0,
                uneven=0.0,
                fps=FPS,
            )
        )
    )
    return Clip([Sample(time_s, pose) for time_s, pose in trial.poses], BLAZEPOSE_33, SIZE)


def write_trace(path: Path, clip: Clip, *, world: bool = True) -> Path:
    width, height = clip.frame_size
    header = TraceHeader(
        skeleton=clip.skeleton.name, world=world, width=width, height=height, source="a test"
    )
    writer = TraceWriter(path, header)
    for sample in clip.samples:
        writer.write(sample.time_s, sample.pose)
    writer.close()
    return path


def write_labels(folder: Path, *labels: dict[str, Any]) -> None:
    (folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
