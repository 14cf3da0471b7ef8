"""A synthetic athlete: pictures of exercise from any side, with the true count and joints."""

from edgecv.athlete.athlete import Athlete
from edgecv.athlete.motions import EXERCISES, Motion
from edgecv.athlete.performance import TrueRep

__all__ = ["EXERCISES", "Athlete", "Motion", "TrueRep"]
