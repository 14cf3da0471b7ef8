"""What is known of labelled recordings: a folder with `labels.json` and the files that it names."""

from collections.abc import Collection
from pathlib import Path

import msgspec

from edgecv.errors import ConfigError

LABELS = "labels.json"
NOTHING = frozenset({"", "none", "nothing", "no_exercise"})
"""Names of what is no exercise: no rep at all, whatever moves."""

ALIASES = {
    "air_squat": "squat",
    "goblet_squat": "squat",
    "sumo_squat": "squat",
    "split_squat": "lunge",
    "jump_squat": "squat",
    "hinge": "deadlift",
    "romanian_deadlift": "deadlift",
    "bench_pressing": "bench_press",
    "jump_jack": "jumping_jack",
    "star_jump": "jumping_jack",
    "pushup": "push_up",
    "press_up": "push_up",
    "pullup": "pull_up",
    "chin_up": "pull_up",
    "chinup": "pull_up",
    "situp": "sit_up",
    "crunch": "sit_up",
    "bicep_curl": "biceps_curl",
    "arm_curl": "biceps_curl",
    "curl": "biceps_curl",
    "hammer_curl": "biceps_curl",
    "alternating_curl": "biceps_curl",
    "shoulder_press": "overhead_press",
    "military_press": "overhead_press",
    "tricep_pushdown": "triceps_pushdown",
    "tricep_extension": "triceps_extension",
    "overhead_triceps_extension": "triceps_extension",
    "side_raise": "lateral_raise",
    "lateral_shoulder_raise": "lateral_raise",
    "row": "bent_row",
    "bent_over_row": "bent_row",
    "hip_bridge": "glute_bridge",
    "leg_lift": "leg_raise",
    "kb_swing": "kettlebell_swing",
    "swing": "kettlebell_swing",
    "rope_jumping": "jump_rope",
    "rope_skipping": "jump_rope",
}
"""Names of others, in the singular and in our spelling, and the exercise that they mean."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody saw in a recording. Whatever else stands in the file is passed over."""

    file: str
    """Relative to the folder: a video, or a trace."""
    exercise: str | None = None
    """As it was named; None where no exercise is done."""
    reps: int | None = None
    """None where nobody counted them."""
    reps_accept: tuple[int, ...] | None = None
    """The counts that can be defended, where there is more than one."""
    rep_times_s: tuple[float, ...] | None = None
    """Roughly the turning point of each."""
    source_repo: str | None = None
    """Recordings from one place look alike."""

    @property
    def idle(self) -> bool:
        """No exercise is done."""
        return self.exercise is None or spelled(self.exercise) in NOTHING

    @property
    def accepted(self) -> tuple[int, ...]:
        """The right counts; none where nobody counted."""
        if self.idle:
            return (0,)
        return self.reps_accept or (() if self.reps is None else (self.reps,))


def load_labels(folder: Path) -> list[Label]:
    """Raises ConfigError where there are none, or they can't be read."""
    path = folder / LABELS
    try:
        labels = msgspec.json.decode(path.read_bytes(), type=list[Label])
    except FileNotFoundError:
        what = "no such file" if folder.is_dir() else "no such folder"
        raise ConfigError(
            f"{path}: {what}: it says which exercise each recording beside it shows, and how often"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    for label in labels:
        if any(count < 0 for count in (label.reps or 0, *(label.reps_accept or ()))):
            raise ConfigError(f"{path}: {label.file} has a negative number of reps")
    names = [label.file for label in labels]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{path}: {name} has more than one label")
    return labels


def exercise_named(name: str, exercises: Collection[str]) -> str | None:
    """Which of `exercises` somebody means who calls it so; None when it is none of them.

    Case, spaces and hyphens don't matter, nor a plural.
    """
    spelling = spelled(name)
    for one in (spelling, *_singulars(spelling)):
        if one in exercises:
            return one
        if ALIASES.get(one) in exercises:
            return ALIASES[one]
    return None


def spelled(name: str) -> str:
    """As we spell names: lower case, words joined by `_`."""
    return "_".join(name.lower().replace("-", " ").replace("_", " ").split())


def _singulars(name: str) -> tuple[str, ...]:
    """`lunges` and `crunches` without their endings."""
    return tuple(name.removesuffix(ending) for ending in ("s", "es") if name.endswith(ending))
