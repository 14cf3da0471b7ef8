"""The synthetic athlete as a source: `synthetic:squat?reps=8&azimuth=45`, `synthetic:workout`."""

import threading
from typing import Annotated, Literal, TypedDict
from urllib.parse import parse_qsl

from msgspec import Meta

from edgecv.athlete import DOINGS, EXERCISES, Athlete, Everyday, Performer, Workout
from edgecv.capture.source import Bounds, EndOfSource, Grab, SourceInfo
from edgecv.clock import Clock
from edgecv.config import Section, convert
from edgecv.errors import ConfigError

SCHEME = "synthetic:"
WORKOUT = "workout"


class SyntheticAthlete:
    """Renders frames: paced like a camera, or, with `pace=0`, as a recording that never drops one.

    Paced, it is live: where rendering or the machine is too slow, a frame is missing as it would
    be with a camera, and the performance goes on in real time.
    """

    device = None
    bounds = Bounds(open_s=10.0, read_s=10.0, by="its own pace")

    def __init__(
        self, performer: Performer, *, name: str, fps: float, live: bool, clock: Clock
    ) -> None:
        self.name = name
        self.live = live
        self._performer = performer
        self._fps = fps
        self._clock = clock
        self._began_s = 0.0
        self._next = 0

    def open(self, stop: threading.Event) -> SourceInfo:  # noqa: ARG002
        self._began_s = self._clock.now()
        self._next = 0
        height, width = self._performer.render(0.0).shape[:2]
        return SourceInfo(width, height, self._fps, duration_s=self._performer.duration_s)

    def read(self, stop: threading.Event) -> Grab | None:
        if self.live:
            elapsed_s = self._clock.now() - self._began_s
            self._next = max(self._next, int(elapsed_s * self._fps))
        time_s = self._next / self._fps
        if time_s > self._performer.duration_s:
            raise EndOfSource
        self._next += 1
        image = self._performer.render(time_s)
        if not self.live:
            return Grab(image, time_s)
        if self._clock.wait(stop, self._began_s + time_s - self._clock.now()):
            return None
        return Grab(image)

    def release(self) -> None:
        """Nothing to let go of."""

    @property
    def true_reps(self) -> int:
        """Full reps that have been completed so far."""
        return self._performer.reps_completed(self._next / self._fps)


class Seen(Section, frozen=True):
    """What may stand behind the question mark, whatever is performed."""

    azimuth: Annotated[float, Meta(ge=-360, le=360)] = 45.0
    """Degrees; 0 is from the front."""
    fps: Annotated[float, Meta(ge=1, le=240)] = 30.0
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1
    """The person, the clothes, the light."""
    noise: Annotated[float, Meta(ge=0, le=1)] = 0.0
    shutter: Annotated[float, Meta(ge=0, le=0.1)] = 0.0
    """Seconds of exposure, which blur what moves."""
    passer: Literal["", "behind", "in_front"] = ""
    """A second person walks past."""
    pace: bool = True
    """false: as fast as it goes, and no frame is dropped."""


class Lasting(Seen, frozen=True):
    """What may stand there for what is no exercise."""

    seconds: Annotated[float, Meta(ge=1, le=3600)] = 30.0


class Repeated(Seen, frozen=True):
    """What may stand there for a single exercise."""

    reps: Annotated[int, Meta(ge=1, le=10_000)] = 8
    tempo: Annotated[float, Meta(ge=0.35, le=20)] | None = None
    """Seconds a rep; None: as is natural."""
    partial: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Share of the reps that are broken off and don't count."""
    uneven: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """How much tempo and depth differ."""
    pause_every: Annotated[int, Meta(ge=0)] = 0
    """A pause after so many reps; 0: none."""
    pause: Annotated[float, Meta(ge=0, le=60)] = 3.0
    """Its seconds."""


def parse_synthetic(spec: str, *, width: int, height: int, clock: Clock) -> SyntheticAthlete:
    """The source that a `synthetic:` address asks for.

    Raises ConfigError naming the key, its value and what is allowed.
    """
    name, _, query = spec.removeprefix(SCHEME).partition("?")
    if name != WORKOUT and name not in EXERCISES and name not in DOINGS:
        raise ConfigError(
            f"source {spec}: no exercise {name!r}; the synthetic athlete does "
            f"{', '.join(sorted(EXERCISES))}, a whole {WORKOUT}, or, with nothing to count, "
            f"{', '.join(sorted(DOINGS))}"
        )
    given = dict(parse_qsl(query, keep_blank_values=True))
    performer: Performer
    options: Seen
    if name == WORKOUT:
        options = convert(given, Seen, f"source {spec}", text=True)
        performer = Workout(width=width, height=height, **_view(options))
    elif name in DOINGS:
        options = lasting = convert(given, Lasting, f"source {spec}", text=True)
        performer = Everyday(
            name, width=width, height=height, seconds=lasting.seconds, **_view(options)
        )
    else:
        options = repeated = convert(given, Repeated, f"source {spec}", text=True)
        performer = Athlete(
            name,
            width=width,
            height=height,
            reps=repeated.reps,
            tempo_s=repeated.tempo,
            partial=repeated.partial,
            uneven=repeated.uneven,
            pause_every=repeated.pause_every,
            pause_s=repeated.pause,
            **_view(options),
        )
    return SyntheticAthlete(performer, name=spec, fps=options.fps, live=options.pace, clock=clock)


class _View(TypedDict):
    azimuth_deg: float
    seed: int
    noise: float
    shutter_s: float
    passer_by: Literal["behind", "in_front"] | None


def _view(options: Seen) -> _View:
    return {
        "azimuth_deg": options.azimuth,
        "seed": options.seed,
        "noise": options.noise,
        "shutter_s": options.shutter,
        "passer_by": options.passer or None,
    }
