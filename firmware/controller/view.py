"""What the display shows: a number and two lines of words, 16 letters each."""

COLUMNS = 16
READY = ("", "-", "ready")


class View:
    def __init__(self, count: str, top: str, bottom: str) -> None:
        self.count = count
        """The number, to be shown as large as it goes; empty when none is known."""
        self.top = top[:COLUMNS]
        self.bottom = bottom[:COLUMNS]

    def key(self) -> "tuple[str, str, str]":
        """To compare it by."""
        return self.count, self.top, self.bottom


def view_of(told: "dict[str, str]") -> View:
    """Of a `show`."""
    state = told.get("state", "")
    exercise = words(told.get("exercise", ""))
    number = told.get("set", "0")
    ready = told.get("ready", "")
    if state != "running":
        bottom = words(state)
    elif ready not in READY:
        bottom = words(ready)
    else:
        fps = told.get("fps", "-").partition(".")[0]
        bottom = f"{fps} fps" if number == "0" else f"set {number}  {fps} fps"
    return View(told.get("count", ""), exercise, bottom)


def alone(seconds_left: int, stuck: str, given_up: bool) -> View:
    """When the appliance does not speak, or says that it is stuck."""
    top = f"{stuck} stuck" if stuck else "no contact"
    if stuck == "degraded":
        top = "failed too often"
    if given_up:
        return View("", top, "needs somebody")
    return View("", top, f"power off: {seconds_left} s" if seconds_left else "")


def words(value: str) -> str:
    return value.replace("_", " ")
