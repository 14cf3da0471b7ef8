"""Buttons that bounce."""

SETTLED_MS = 30
"""A contact that has not changed for so long has settled."""


class Button:
    """One contact, looked at every few milliseconds."""

    def __init__(self) -> None:
        self._seen = False
        self._since = 0
        self._down = False

    def look(self, now: int, closed: bool) -> bool:
        """True once for each time that it is pressed. `now` is in milliseconds."""
        if closed != self._seen:
            self._seen = closed
            self._since = now
        if self._seen == self._down or now - self._since < SETTLED_MS:
            return False
        self._down = self._seen
        return self._down
