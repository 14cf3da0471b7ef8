"""How long to wait before something that failed is tried again."""

import random

FIRST_S = 0.5
LONGEST_S = 30.0
GOOD_S = 60.0
"""A connection that was good for so long makes the next wait the first one again."""
JITTER = 0.25
"""Share by which a wait is shortened or lengthened, so that many do not come back at once."""


class Backoff:
    """Waits that double from `first_s` to `longest_s`, each with jitter.

    `seed` is for tests; without it two appliances differ.
    """

    def __init__(
        self, seed: int | None = None, *, first_s: float = FIRST_S, longest_s: float = LONGEST_S
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._random = random.Random(seed)  # noqa: S311 - jitter is no secret
        self._failures = 0

    def failed(self, good_s: float = 0.0) -> float:
        """Seconds to wait now; `good_s` is how long all had been well before it failed."""
        if good_s >= GOOD_S:
            self._failures = 0
        wait_s = min(self._longest_s, self._first_s * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return wait_s * self._random.uniform(1 - JITTER, 1 + JITTER)
