"""The versions, the slots and the last update, for people. Pure."""

from edgecv.answers import UpdateAnswer
from edgecv.screens.text import line, table
from edgecv.update.kept import UpdateStatus, version_before
from edgecv.update.outcome import in_words
from edgecv.update.rauc import Slot, Slots
from edgecv.update.version import is_newer


def describe(answer: UpdateAnswer, columns: int) -> str:
    """A dozen lines."""
    status = answer.status
    lines = [
        line("edgecv", [status.installed, _latest(status)], columns),
        line("update", [_doing(status)], columns),
    ]
    if status.problem:
        lines.append(line("problem", [status.problem], columns))
    if answer.trial is not None:
        lines.append(line("trial", [_trial(answer)], columns))
    lines.append(
        line("last", [in_words(status.last) if status.last else "there was none"], columns)
    )
    if status.notes or status.notes_url:
        lines.append(line("notes", [status.notes, status.notes_url], columns))
    if answer.slots is not None:
        lines += ["", *table(_rows(answer, answer.slots))]
    elif answer.unknown is not None:
        lines.append(line("slots", [f"not known: {answer.unknown}"], columns))
    return "\n".join(lines)


def _latest(status: UpdateStatus) -> str:
    if status.latest is None:
        return "what the latest is was not asked"
    if is_newer(status.latest, status.installed):
        return f"{status.latest} is there: edgecv update install"
    return "the latest"


def _doing(status: UpdateStatus) -> str:
    if status.state == "idle":
        return "nothing goes on"
    return status.state if status.percent is None else f"{status.state}, {status.percent} %"


def _trial(answer: UpdateAnswer) -> str | None:
    trial = answer.trial
    if trial is None:
        return None
    if answer.slots is not None and answer.slots.booted.bootname != trial.slot:
        return f"{trial.version} goes into slot {trial.slot}, and has to prove good there"
    missing = f": {trial.missing}" if trial.missing else ""
    return f"{trial.version} has to prove good, start {trial.tries}{missing}"


def _rows(answer: UpdateAnswer, slots: Slots) -> list[list[str]]:
    installed, last = answer.status.installed, answer.status.last
    rows = [["slot", "version", "state", "next"]]
    for slot in sorted(slots.slots, key=lambda slot: slot.bootname):
        other = slot.version or version_before(installed, answer.trial, last)
        version = installed if slot.booted else other
        first = "yes" if slot.name == slots.primary else ""
        rows.append([slot.bootname, version or "not known", _state(slot), first])
    return rows


def _state(slot: Slot) -> str:
    good = "good" if slot.good else "can't be started"
    return f"runs, {good}" if slot.booted else good
