"""What a real camera adds to a picture: motion blur and noise."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from edgecv.frames import Image

NOISE_LEVELS = 32.0
"""Standard deviation, in grey levels, of a noise of 1."""
_EXPOSURES = 4
"""Pictures that are averaged for motion blur."""
_SPARE_PX = 64
"""A noise picture is larger than what is seen of it, so that it can be somewhere else each time."""


class Lens:
    """For one thread at a time: it draws in buffers of its own."""

    def __init__(self, *, width: int, height: int, noise: float, shutter_s: float) -> None:
        self._shutter_s = shutter_s
        self._size = height, width
        self._noise: NDArray[np.int16] | None = None
        if noise:
            shape = (height + _SPARE_PX, width + _SPARE_PX, 3)
            grain = np.random.default_rng(0).normal(0.0, NOISE_LEVELS * noise, shape)
            self._noise = grain.round().astype(np.int16)

    def take(self, draw: Callable[[float, Image], None], t_s: float, out: Image) -> None:
        """The picture at `t_s` into `out`, from what `draw` draws at a moment."""
        if not self._shutter_s:
            draw(t_s, out)
        else:
            total = np.zeros(out.shape, np.uint16)
            for index in range(_EXPOSURES):
                draw(t_s + ((index + 0.5) / _EXPOSURES - 0.5) * self._shutter_s, out)
                total += out
            np.copyto(out, (total + _EXPOSURES // 2) // _EXPOSURES, casting="unsafe")
        if self._noise is not None:
            height, width = self._size
            y, x = np.random.default_rng(round(abs(t_s) * 1e6)).integers(0, _SPARE_PX, 2)
            cv2.add(out, self._noise[y : y + height, x : x + width], dst=out, dtype=cv2.CV_8U)
