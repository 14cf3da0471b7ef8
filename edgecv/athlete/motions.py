"""The exercises that the athlete knows, one row each: two postures, and what stays where it is.

To add one, add a row to the table of its subject: the posture of rest, the posture at the turn, and
which hands and feet hold on to the floor or a bar. A limb that holds on bends as it must: its
angles say in which plane, and where the body is if it carries it. One that does not follows its
angles.
"""

from collections.abc import Mapping
from types import MappingProxyType

from edgecv.athlete.arms import ARM_EXERCISES
from edgecv.athlete.bars import BAR_EXERCISES
from edgecv.athlete.floor import FLOOR_EXERCISES
from edgecv.athlete.motion import Motion
from edgecv.athlete.standing import STANDING_EXERCISES

EXERCISES: Mapping[str, Motion] = MappingProxyType(
    {**STANDING_EXERCISES, **FLOOR_EXERCISES, **ARM_EXERCISES, **BAR_EXERCISES}
)


def motion_of(exercise: str, seed: int) -> Motion:
    """The row of an exercise; of one side, it is the left where the seed is odd."""
    motion = EXERCISES[exercise]
    return motion.mirrored() if motion.side and seed % 2 == 0 else motion
