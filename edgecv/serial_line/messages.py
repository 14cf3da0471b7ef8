"""What the frames mean: state and stats for the controller, and what it tells of itself. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from edgecv.commands import OFF, ON, PRESS, Command
from edgecv.events import State, Stats, Status
from edgecv.serial_line.protocol import Frame
from edgecv.words import spaced


class Hello(NamedTuple):
    """The controller introduces itself."""

    version: int
    """Of the protocol."""
    board: str
    program: str
    """Version of its program."""
    boot: str
    """Another one whenever it has started anew."""
    cut: "Cut | None"


class Cut(NamedTuple):
    """The controller has cut a supply for a few seconds."""

    number: int
    """The how manieth since the controller's start."""
    what: str
    """`camera` or `board`."""
    reason: str
    """`silence`, `degraded`, or what was stuck."""
    silent_s: int
    """How long it had waited for a heartbeat."""
    ago_s: int

    @property
    def words(self) -> str:
        known = {"silence": "without a word", "degraded": "it had failed too often"}
        why = known.get(self.reason, f"{self.reason} was stuck")
        return f"no heartbeat for {self.silent_s} s ({why})"


class Button(NamedTuple):
    """A button was pressed."""

    name: str
    """`reset`, `pause` or `next`."""


def order_of(
    button: Button, state: State, exercises: Sequence[str]
) -> "tuple[Command, str] | None":
    """The command that it stands for, and its payload; None for a button that we don't know.
    `exercises` are those that can be chosen, in the order in which `next` goes through them."""
    match button.name:
        case "reset":
            return Command.RESET_SET, PRESS
        case "pause":
            return Command.CAMERA, OFF if state.camera_on else ON
        case "next":
            known = state.exercise in exercises
            after = exercises.index(state.exercise) + 1 if known else 0
            return Command.EXERCISE, exercises[after % len(exercises)]
    return None


def hello_of(frame: Frame) -> Hello | None:
    """None where a field is missing or makes no sense."""
    fields = frame.fields
    try:
        return Hello(
            version=int(fields["v"]),
            board=fields["board"],
            program=fields["version"],
            boot=fields["boot"],
            cut=_cut_of(fields),
        )
    except (KeyError, ValueError):
        return None


def _cut_of(fields: dict[str, str]) -> Cut | None:
    if "cut" not in fields:
        return None
    return Cut(
        number=int(fields["cut_n"]),
        what=fields["cut"],
        reason=fields["why"],
        silent_s=int(fields["silent"]),
        ago_s=int(fields["ago"]),
    )


def number_of(frame: Frame, key: str) -> int | None:
    """None where it is missing or is no number."""
    try:
        return int(frame.fields[key])
    except (KeyError, ValueError):
        return None


def shown(state: State, stats: Stats | None) -> dict[str, object]:
    """What a display has to know, as the fields of a `show`."""
    if state.status is Status.RUNNING and state.camera_state != "live":
        status = f"camera {state.camera_state}"
    else:
        status = state.status.value
    return {
        "count": round(state.hold_s) if state.hold_s is not None else state.set_reps,
        "set": state.set,
        "exercise": state.counting or state.exercise,
        "state": status,
        "ready": state.readiness or ("no_person" if state.person is False else None),
        "fps": None if stats is None else f"{stats.pose_fps:.1f}",
    }


def line_of(state: State, stats: Stats | None) -> str:
    """The same as a line for a display that only listens: `12 push up, set 3, running, 21 fps`."""
    told = shown(state, stats)
    words = [f"{told['count']} {spaced(str(told['exercise']))}"]
    if state.set:
        words.append(f"set {state.set}")
    words.append(spaced(str(told["state"])))
    if told["ready"] not in (None, "ready"):
        words.append(spaced(str(told["ready"])))
    if stats is not None:
        words.append(f"{stats.pose_fps:.0f} fps")
    return ", ".join(words)
