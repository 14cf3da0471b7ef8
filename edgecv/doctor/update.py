"""Updates of the appliance image: how the last one ended, and whether there is a newer. Pure."""

from collections.abc import Iterator

from edgecv.doctor.finding import Finding, ok, warning
from edgecv.update.kept import Last, UpdateStatus
from edgecv.update.outcome import BY_HAND, in_words
from edgecv.update.version import is_newer


def examine_updates(status: UpdateStatus) -> Iterator[Finding]:
    last = status.last
    if last is not None and _is_bad(last):
        yield warning(
            "last update",
            f"it failed: {in_words(last)}",
            "mend what is named, or install a newer version: edgecv update install",
        )
    elif last is not None:
        yield ok("last update", in_words(last))
    if status.problem is not None:
        yield warning(
            "update", f"it was refused: {status.problem}", "as it says; docs/update.md has it all"
        )
    elif status.latest is not None and is_newer(status.latest, status.installed):
        yield ok("update", f"{status.latest} is there: edgecv update install")


def _is_bad(last: Last) -> bool:
    return last.outcome != "good" and last.reason != BY_HAND
