"""What a check found, and how bad that is."""

from collections.abc import Sequence
from enum import Enum

import msgspec


class Verdict(str, Enum):
    OK = "ok"
    WARNING = "warning"
    """It works, and not as well as it could, or not for long."""
    FAILURE = "failure"
    UNAVAILABLE = "not available"
    """It can't be known here, or there is no such thing."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One check."""

    check: str
    verdict: Verdict
    found: str
    """What was measured, in words."""
    remedy: str | None = None
    """What to do; null where there is nothing to be done."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The checks of one part of the whole."""

    name: str
    findings: list[Finding]

    @property
    def exit_code(self) -> int:
        """0: all is well; 1: there are warnings; 2: there are failures."""
        codes = {Verdict.WARNING: 1, Verdict.FAILURE: 2}
        return max((codes.get(one.verdict, 0) for one in self.findings), default=0)


def worst(groups: Sequence[Group]) -> int:
    """The exit code that all of them come to."""
    return max(group.exit_code for group in groups)


def ok(check: str, found: str) -> Finding:
    return Finding(check=check, verdict=Verdict.OK, found=found)


def warning(check: str, found: str, remedy: str | None = None) -> Finding:
    return Finding(check=check, verdict=Verdict.WARNING, found=found, remedy=remedy)


def failure(check: str, found: str, remedy: str | None = None) -> Finding:
    return Finding(check=check, verdict=Verdict.FAILURE, found=found, remedy=remedy)


def unavailable(check: str, found: str) -> Finding:
    return Finding(check=check, verdict=Verdict.UNAVAILABLE, found=found)
