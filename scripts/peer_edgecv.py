"""edgecv's estimator, for `scripts/bench peers`."""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from peer_loop import CORES, Found, main

from edgecv.host.memory import trim
from edgecv.pose.open_estimator import open_estimator

TRIM_AFTER = 10
"""Frames; the appliance gives back what loading needed a while after its start, too."""


def prepare() -> Callable[[NDArray[np.uint8], float], Found]:
    estimator = open_estimator(sys.argv[3], CORES)
    frames = 0

    def estimate(image: NDArray[np.uint8], time_s: float) -> Found:
        nonlocal frames
        frames += 1
        if frames == TRIM_AFTER:
            trim()
        pose = estimator(image, time_s)
        if pose is None:
            return None
        world = pose.world if pose.world is not None else np.full(pose.pixels.shape, np.nan)
        return pose.pixels, world

    return estimate


main(prepare)
