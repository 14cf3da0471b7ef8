"""What was chosen while it ran: kept over restarts, until the configuration says something new."""

import json
from collections.abc import Callable, Mapping

Value = str | float | bool


class Choices:
    """A choice holds as long as the configured value is the one that it was made over."""

    def __init__(
        self,
        configured: Mapping[str, Value],
        remembered: Mapping[str, str],
        remember: Callable[[str, str], None],
    ) -> None:
        """`remembered` is what `remember` was given in earlier runs, by name."""
        self._configured = configured
        self._remember = remember
        self._chosen: dict[str, Value] = {}
        for name, now in configured.items():
            chosen = _read(remembered.get(_fact(name)), over=now)
            if chosen is not None:
                self._chosen[name] = chosen

    def __getitem__(self, name: str) -> Value:
        """What was chosen, or else configured."""
        return self._chosen.get(name, self._configured[name])

    def choose(self, name: str, value: Value) -> None:
        self._chosen[name] = value
        self._remember(_fact(name), json.dumps({"value": value, "over": self._configured[name]}))


def _fact(name: str) -> str:
    return f"choice.{name}"


def _read(text: str | None, *, over: Value) -> Value | None:
    """None for what is not there, is of another kind, or was chosen over something else."""
    try:
        made = json.loads(text or "")
        value: Value = made["value"]
        fits = made["over"] == over and type(made["over"]) is type(over) is type(value)
    except (ValueError, KeyError, TypeError):
        return None
    return value if fits else None
