"""edgecv-report.txt: what became of the boot file, for whoever has only a card reader. Pure."""

from collections.abc import Sequence

from edgecv.image.take_over import Taken

NAME = "edgecv-report.txt"


def report(taken: Taken, *, head: str, device_id: str, in_force: Sequence[str]) -> str:
    """`head` says which edgecv and when, `in_force` is what it goes on with, a line each."""
    lines = [head, ""]
    if taken.problem is None:
        lines.append(f"{taken.name} was taken over. It says:")
        lines += [f"  {line}" for line in taken.named or ["nothing"]]
        if taken.instead is not None:
            lines += ["", "Its passwords are kept on the box, and blanked in the file."]
    else:
        lines.append(f"{taken.name} was NOT taken over, and nothing in it is used:")
        lines += [f"  {line}" for line in taken.problem.splitlines()]
        lines += ["", "Correct it, and start the box with it once more."]
    lines += ["", "The box goes on with:", *(f"  {line}" for line in in_force)]
    lines += ["", f"Its device id, which stands in every MQTT topic: {device_id}"]
    return "\n".join(lines) + "\n"
