"""A synthetic athlete: pictures of exercise from any side, with the true count and joints."""

from edgecv.athlete.activity import TrueRep
from edgecv.athlete.athlete import Athlete, Everyday
from edgecv.athlete.doings import DOINGS, Doing
from edgecv.athlete.motion import Motion
from edgecv.athlete.motions import EXERCISES
from edgecv.athlete.scene import PassesBy, Performer
from edgecv.athlete.workout import WORKOUT, Do, Stand, Workout

__all__ = [
    "DOINGS",
    "EXERCISES",
    "WORKOUT",
    "Athlete",
    "Do",
    "Doing",
    "Everyday",
    "Motion",
    "PassesBy",
    "Performer",
    "Stand",
    "TrueRep",
    "Workout",
]
