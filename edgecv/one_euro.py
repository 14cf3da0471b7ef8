"""The One-Euro filter: smooth when slow, quick when fast.

Casiez, Roussel, Vogel: "1 € Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
Interactive Systems", CHI 2012.
"""

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def smoothing(cutoff_hz: float | Values, interval_s: float | Values) -> float | Values:
    """The share of the new value in an exponential filter with this cut-off frequency."""
    rate = 2 * math.pi * cutoff_hz * interval_s
    return rate / (rate + 1)


class OneEuro:
    """Filters an array of values, each by itself.

    The cut-off frequency is `min_cutoff_hz + beta * |speed|`, for all values or for each; the speed
    itself is filtered at `derivative_cutoff_hz`.
    """

    def __init__(
        self,
        min_cutoff_hz: float | Values,
        beta: float | Values,
        derivative_cutoff_hz: float = 1.0,
    ) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._derivative_cutoff_hz = derivative_cutoff_hz
        self._time_s: float | None = None
        self._values: Values = np.empty(0)
        self._speed: Values = np.empty(0)

    def reset(self) -> None:
        """The next values pass unfiltered."""
        self._time_s = None

    def __call__(
        self, time_s: float, values: NDArray[np.floating], scale: float | Values = 1.0
    ) -> Values:
        """The filtered values (same shape, float64); `scale` multiplies the speed, to make it
        independent of the size of what moves. A time that is not later passes values unfiltered.
        """
        if self._time_s is None:
            self._time_s = time_s
            self._values = values.astype(np.float64)
            self._speed = np.zeros_like(self._values)
            return self._values
        interval_s = time_s - self._time_s
        if interval_s <= 0:
            return values.astype(np.float64)
        self._time_s = time_s
        change = values - self._values
        speed = change * (scale / interval_s)
        self._speed = self._speed + smoothing(self._derivative_cutoff_hz, interval_s) * (
            speed - self._speed
        )
        cutoff = self._min_cutoff_hz + self._beta * np.abs(self._speed)
        self._values = self._values + smoothing(cutoff, interval_s) * change
        return self._values
