"""What the controller does: bytes, contacts and time in; bytes, a view and two switches out. It
knows nothing of pins. Times are in milliseconds."""

from buttons import Button
from frames import VERSION, Parser, encode
from guard import GIVEN_UP, IDLE, WATCHING, Cut, Guard
from view import View, alone, view_of

PROGRAM = "1.0"
NAMES = ("reset", "pause", "next")
"""The buttons, in the order of their contacts."""
AGAIN_MS = 500
"""A frame with a number is sent again until it is acknowledged."""
STALE_MS = 5_000
"""Nobody wants a button of long ago to be obeyed."""
WAITING = 8
POWER_MS = 5_000
CONTACT_MS = 5_000
"""So long after the last frame the count on the display is taken for true."""


class Numbered:
    """A frame that is to be acknowledged."""

    def __init__(
        self, number: int, kind: str, at: int, fields: "list[tuple[str, object]]", cut: "Cut | None"
    ) -> None:
        self.number = number
        self.kind = kind
        self.at = at
        self.fields = fields
        self.cut = cut
        """What it tells of."""
        self.sent = at - AGAIN_MS


class Controller:
    """One display, three buttons, two supplies."""

    def __init__(self, board: str, boot: str, now: int) -> None:
        """`boot` is another text whenever the program starts."""
        self.guard = Guard(now)
        self._board = board
        self._boot = boot
        self._parser = Parser()
        self._buttons = [Button() for _ in NAMES]
        self._numbers = 0
        self._waiting: list[Numbered] = []
        self._acknowledgements: list[int] = []
        self._told: dict[str, str] = {}
        self._heard = now - CONTACT_MS
        self._power = now
        self._introduce(now)

    def receive(self, data: bytes, now: int) -> None:
        """What came over the line."""
        for kind, fields in self._parser.feed(data):
            self._heard = now
            self._obey(kind, fields, now)

    def look(self, now: int, closed: "tuple[bool, ...]") -> None:
        """The contacts as they are now, in the order of NAMES."""
        for name, button, is_closed in zip(NAMES, self._buttons, closed):
            if button.look(now, is_closed):
                self._number("button", now, [("name", name)])

    def tick(self, now: int, millivolts: "int | None") -> bytes:
        """What is to be sent now. `millivolts` are of the supply, None where it is not measured."""
        if self.guard.tick(now):
            self._introduce(now)
        frames = [encode("ack", [("n", number)]) for number in self._acknowledgements]
        self._acknowledgements = []
        self._waiting = [
            one for one in self._waiting if one.kind == "hello" or now - one.at < STALE_MS
        ]
        for one in self._waiting:
            if now - one.sent >= AGAIN_MS:
                one.sent = now
                frames.append(encode(one.kind, self._fields(one, now)))
        if now >= self._power:
            self._power = now + POWER_MS
            frames.append(encode("power", self._of_power(millivolts)))
        return b"".join(frames)

    def view(self, now: int) -> View:
        guard = self.guard
        contact = now - self._heard < CONTACT_MS
        if contact and self._told and not guard.stuck and guard.state in (IDLE, WATCHING):
            return view_of(self._told)
        return alone((guard.left(now) + 999) // 1000, guard.stuck, guard.state == GIVEN_UP)

    def _obey(self, kind: str, fields: "dict[str, str]", now: int) -> None:
        number = _number(fields.get("n"))
        if kind == "hello":
            self._introduce(now)
        elif kind == "ack":
            self._acknowledged(number, now)
        elif kind == "show" and number is not None:
            self._told = fields
            self._acknowledgements.append(number)
        elif kind == "beat":
            self.guard.beat(now)
        elif kind == "stuck":
            self.guard.is_stuck(fields.get("what", "something"))
        elif kind == "hold":
            seconds = _number(fields.get("s"))
            if seconds is not None and seconds >= 0:
                self.guard.hold(now, seconds * 1000)
        elif kind == "rest":
            self.guard.rest()

    def _introduce(self, now: int) -> None:
        """Under another number each time: it may tell more than the last one."""
        self._waiting = [one for one in self._waiting if one.kind != "hello"]
        fields = [
            ("v", VERSION),
            ("board", self._board),
            ("version", PROGRAM),
            ("boot", self._boot),
        ]
        cut = self.guard.cuts[0] if self.guard.cuts else None
        if cut is not None:
            fields += [("cut", cut.what), ("cut_n", cut.number), ("why", cut.why)]
            fields.append(("silent", cut.silent // 1000))
        self._number("hello", now, fields, cut)
        self._power = now

    def _acknowledged(self, number: "int | None", now: int) -> None:
        for one in self._waiting:
            if one.number == number:
                self._waiting.remove(one)
                if one.cut in self.guard.cuts:
                    self.guard.cuts.remove(one.cut)
                    if self.guard.cuts:
                        self._introduce(now)
                return

    def _number(
        self,
        kind: str,
        now: int,
        fields: "list[tuple[str, object]]",
        cut: "Cut | None" = None,
    ) -> None:
        self._numbers += 1
        self._waiting.append(Numbered(self._numbers, kind, now, fields, cut))
        self._waiting = self._waiting[-WAITING:]

    def _fields(self, one: Numbered, now: int) -> "list[tuple[str, object]]":
        fields: list[tuple[str, object]] = [("n", one.number)]
        fields += one.fields
        if one.cut is not None:
            fields.append(("ago", (now - one.cut.at) // 1000))
        return fields

    def _of_power(self, millivolts: "int | None") -> "list[tuple[str, object]]":
        guard = self.guard
        fields: list[tuple[str, object]] = [("camera", _word(guard.camera_on))]
        fields.append(("board", _word(guard.board_on)))
        if millivolts is not None:
            fields.append(("mv", millivolts))
        return fields


def _number(text: "str | None") -> "int | None":
    return int(text) if text is not None and text.isdigit() and len(text) < 10 else None


def _word(on: bool) -> str:
    return "on" if on else "off"
