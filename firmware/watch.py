"""Looks on, over all starts, while the appliance counts: what was told, what was lost, and what
e2fsck has to say."""

import json
import time
from typing import NamedTuple

from firmware.emulator import Machine
from firmware.story import BOOT_S, Story, reps, states
from tests.broker import Listener, wait_until

JOURNAL = """\
import glob, json, sqlite3
(path,) = glob.glob("/var/lib/edgecv/*.sqlite3")
facts = dict(sqlite3.connect(path).execute("SELECT name, value FROM facts"))
print(json.dumps({name: facts[name] for name in ("seq", "total")}))
"""


class Seen(NamedTuple):
    fault: str
    what: str
    seconds: float | None
    """Until it counted again."""


class Workout:
    """What is counted, as it comes from the broker, over all starts."""

    def __init__(self, story: Story, heard: Listener) -> None:
        self.story = story
        self.heard = heard
        self.seen: list[Seen] = []

    def note(self, fault: str, what: str, seconds: float | None = None) -> None:
        self.seen.append(Seen(fault, what, seconds))
        took = "" if seconds is None else f", counting again after {seconds:.0f} s"
        self.story.tell(f"  {fault}: {what}{took}")

    def counts_again(self, since_s: float, timeout_s: float = BOOT_S) -> float:
        """Seconds from `since_s` (monotonic) until a rep is told that was done after now."""
        before = self.done()
        wait_until(lambda: self.done() > before, "it counts", timeout_s)
        return time.monotonic() - since_s

    def done(self) -> int:
        """The number of the last event that was delivered."""
        return max((event["seq"] for event in reps(self.heard)), default=0)

    def check(self, machine: Machine) -> str:
        """Nothing that was told is lost, twice, or gone from the total. Raises AssertionError."""
        kept = json.loads(machine.shell(f"/opt/edgecv/bin/python -c '{JOURNAL}'"))
        wait_until(lambda: max(self._told()) >= kept["seq"], "all that is kept is told", BOOT_S)
        told = self._told()
        assert told.keys() == set(range(max(told) + 1)), f"not all of it is told: {sorted(told)}"
        totals = [state["reps_total"] for state in states(self.heard)]
        most = max(total for total in totals if total is not None)
        now = json.loads(machine.shell(f"/opt/edgecv/bin/python -c '{JOURNAL}'"))
        assert now["total"] >= most, f"a total of {most} was told, the journal has {now}"
        return f"total {kept['total']}, {kept['seq']} events, none lost, none twice"

    def _told(self) -> dict[int, str]:
        """The ids of all events, by their numbers."""
        told: dict[int, str] = {0: ""}
        for payload in self.heard.payloads("/journal"):
            event = json.loads(payload)
            other = told.setdefault(event["seq"], event["id"])
            assert other == event["id"], f"event {event['seq']} was told with two ids"
        return told


def file_system(story: Story) -> str:
    """What e2fsck has to do to the data partition of a card that was just pulled. Raises
    AssertionError if that is more than to replay its journal."""
    copy = story.folder / "data.ext4"
    story.card.copy("data", copy)
    said = story.tools.run("sh", "-c", f"e2fsck -fp {copy} || [ $? -eq 1 ]").decode()
    story.tools.run("e2fsck", "-fn", str(copy))
    copy.unlink()
    return "journal replayed" if "recovering journal" in said else "clean"


def print_table(seen: list[Seen]) -> None:
    print("\n| fault | seen | counting again |\n|---|---|---|")
    for one in seen:
        took = "" if one.seconds is None else f"{one.seconds:.0f} s"
        print(f"| {one.fault} | {one.what} | {took} |")
