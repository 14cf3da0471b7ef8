"""The synthetic athlete as a source: `synthetic:squat?reps=8&tempo=2.5&azimuth=45&fps=30`."""

import threading
from typing import Annotated
from urllib.parse import parse_qsl

from msgspec import Meta

from edgecv.athlete import EXERCISES, Athlete
from edgecv.capture.source import Grab, SourceInfo
from edgecv.clock import Clock
from edgecv.config import Section, convert
from edgecv.errors import ConfigError

SCHEME = "synthetic:"


class SyntheticAthlete:
    """Renders frames: paced like a camera, or, with `pace=0`, as a recording that never drops one.

    Paced, it is live: where rendering or the machine is too slow, a frame is missing as it would
    be with a camera, and the performance goes on in real time.
    """

    def __init__(
        self, athlete: Athlete, *, name: str, exercise: str, fps: float, live: bool, clock: Clock
    ) -> None:
        self.name = name
        self.performs = exercise
        self.live = live
        self._athlete = athlete
        self._fps = fps
        self._clock = clock
        self._began_s = 0.0
        self._next = 0

    def open(self) -> SourceInfo:
        self._began_s = self._clock.now()
        self._next = 0
        height, width = self._athlete.render(0.0).shape[:2]
        return SourceInfo(width, height, self._fps)

    def read(self, stop: threading.Event) -> Grab | None:
        if self.live:
            elapsed_s = self._clock.now() - self._began_s
            self._next = max(self._next, int(elapsed_s * self._fps))
        time_s = self._next / self._fps
        if time_s > self._athlete.duration_s:
            return None
        self._next += 1
        image = self._athlete.render(time_s)
        if not self.live:
            return Grab(image, time_s)
        if self._clock.wait(stop, self._began_s + time_s - self._clock.now()):
            return None
        return Grab(image)

    def release(self) -> None:
        """Nothing to let go of."""

    @property
    def true_reps(self) -> int:
        """Reps that the athlete has completed so far."""
        return self._athlete.reps_completed(self._next / self._fps)


class Options(Section, frozen=True):
    """What may stand behind the question mark."""

    reps: Annotated[int, Meta(ge=1, le=10_000)] = 8
    tempo: Annotated[float, Meta(ge=0.5, le=20)] = 2.5
    """Seconds a rep."""
    azimuth: Annotated[float, Meta(ge=-360, le=360)] = 45.0
    """Degrees; 0 is from the front."""
    fps: Annotated[float, Meta(ge=1, le=240)] = 30.0
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1
    pace: bool = True
    """false: as fast as it goes, and no frame is dropped."""


def parse_synthetic(spec: str, *, width: int, height: int, clock: Clock) -> SyntheticAthlete:
    """The source that a `synthetic:` address asks for.

    Raises ConfigError naming the key, its value and what is allowed.
    """
    exercise, _, query = spec.removeprefix(SCHEME).partition("?")
    if exercise not in EXERCISES:
        raise ConfigError(
            f"source {spec}: no exercise {exercise!r}; the synthetic athlete does "
            f"{', '.join(sorted(EXERCISES))}"
        )
    given = dict(parse_qsl(query, keep_blank_values=True))
    options = convert(given, Options, f"source {spec}", text=True)
    athlete = Athlete(
        exercise,
        reps=options.reps,
        tempo_s=options.tempo,
        azimuth_deg=options.azimuth,
        width=width,
        height=height,
        seed=options.seed,
    )
    return SyntheticAthlete(
        athlete, name=spec, exercise=exercise, fps=options.fps, live=options.pace, clock=clock
    )
