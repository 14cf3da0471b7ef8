"""What the loop sits on: pins, or a bench."""

from view import View


class Board:
    name = ""
    """As it calls itself."""
    boot = ""
    """Another text whenever the program starts."""

    def now(self) -> int:
        """Milliseconds since the start; never goes back."""
        raise NotImplementedError

    def read(self) -> bytes:
        """What came over the line, without waiting."""
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        raise NotImplementedError

    def closed(self) -> "tuple[bool, ...]":
        """The contacts of the buttons: reset, pause, next."""
        raise NotImplementedError

    def millivolts(self) -> "int | None":
        """Of the supply before the switches; None where it is not measured."""
        raise NotImplementedError

    def switch(self, camera: bool, board: bool) -> None:
        """The supplies, on or off."""
        raise NotImplementedError

    def show(self, view: View) -> None:
        raise NotImplementedError

    def alive(self) -> None:
        """The loop has come round: for the board's own watchdog."""
        raise NotImplementedError

    def sleep(self, milliseconds: int) -> None:
        raise NotImplementedError
