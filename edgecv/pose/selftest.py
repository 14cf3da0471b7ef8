"""One inference on a built-in picture: the model loads, runs, and finds whom it should."""

import logging
from importlib import resources

import cv2
import numpy as np

from edgecv.clock import Clock
from edgecv.errors import ModelError
from edgecv.pose.estimator import Estimator

log = logging.getLogger("edgecv.model")

PICTURE = "selftest.jpg"
"""A rendered athlete, made by scripts/pictures."""


def selftest(estimator: Estimator, clock: Clock) -> float:
    """Seconds that the built-in picture took, its decoding apart. Raises ModelError when the model
    can't be run on it."""
    data = resources.files("edgecv").joinpath(PICTURE).read_bytes()
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ModelError(f"the built-in picture {PICTURE} is damaged: install edgecv anew")
    began_s = clock.now()
    pose = estimator(np.asarray(image, np.uint8), 0.0)
    took_s = clock.now() - began_s
    estimator.reset()
    if pose is None:
        log.warning("the model finds nobody in the built-in picture: is it the right one?")
    return took_s
