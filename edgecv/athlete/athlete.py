"""The synthetic athlete: somebody who does one exercise, or something that is none."""

from edgecv.athlete.performance import Performance, do, perform
from edgecv.athlete.repetitions import Manner
from edgecv.athlete.scene import PassesBy, Scene, View


class _Filmed(Scene):
    def __init__(self, view: View, done: Performance) -> None:
        super().__init__(
            view,
            done.timetable,
            view.camera(done.mannequin, done.framed, done.build),
            mannequin=done.mannequin,
            build=done.build,
            equipment=done.equipment,
            bar=done.bar,
        )


class Everyday(_Filmed):
    """Somebody who does one of `DOINGS` for about so many `seconds` (1 to 3600): nothing to count.

    The other arguments are as for an `Athlete`. Raises ValueError when one is out of range.
    """

    def __init__(
        self,
        doing: str,
        *,
        seconds: float = 30.0,
        azimuth_deg: float = 45.0,
        width: int = 640,
        height: int = 480,
        seed: int = 1,
        camera_height_m: float = 1.2,
        noise: float = 0.0,
        shutter_s: float = 0.0,
        passer_by: PassesBy | None = None,
    ) -> None:
        view = View(azimuth_deg, width, height, seed, camera_height_m, noise, shutter_s, passer_by)
        super().__init__(view, do(doing, seconds=seconds, seed=seed))


class Athlete(_Filmed):
    """Somebody who does an exercise a number of times, seen by a camera that stands still.

    Everything is a function of `t_s`, the seconds since the start; before the start and after
    `duration_s` the athlete stands still. The same arguments always give the same pictures.
    For one thread at a time: it draws in buffers of its own.

    `tempo_s`: how long a repetition takes, more than 0.3; None: as long as is natural.
    `azimuth_deg`: 0 sees the athlete from the front, 90 from the athlete's left, 180 from behind.
    `seed`: the body, the clothes and the light, and small differences in tempo, depth and sway.
    `partial`: the share (0 to 1) of the repetitions that go only a part of the way; they do not
    count.
    `uneven`: how much (0 to 1) the repetitions differ: 1 is ±35 % in tempo and up to 25 % short.
    `pause_every`: after so many repetitions (0: never) the athlete pauses for `pause_s` (0 to 60),
    in turns at rest after one and at the turn of one.
    `noise`: the camera's, 0 to 1; 1 is a standard deviation of 32 grey levels.
    `shutter_s`: for how long the picture is exposed, 0 to 0.1: what moves is blurred. Takes four
    times as long to draw.
    `passer_by`: "behind" or "in_front": a second person walks past, half-way through.
    Raises ValueError when an argument is out of range.
    """

    def __init__(
        self,
        exercise: str,
        *,
        reps: int = 8,
        tempo_s: float | None = None,
        azimuth_deg: float = 45.0,
        width: int = 640,
        height: int = 480,
        seed: int = 1,
        camera_height_m: float = 1.2,
        partial: float = 0.0,
        uneven: float = 0.0,
        pause_every: int = 0,
        pause_s: float = 3.0,
        noise: float = 0.0,
        shutter_s: float = 0.0,
        passer_by: PassesBy | None = None,
    ) -> None:
        view = View(azimuth_deg, width, height, seed, camera_height_m, noise, shutter_s, passer_by)
        manner = Manner(tempo_s, partial, uneven, pause_every=pause_every, pause_s=pause_s)
        super().__init__(view, perform(exercise, reps=reps, seed=seed, manner=manner))
