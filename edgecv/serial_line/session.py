"""One conversation with a controller, from the opening of the port to its end. Pure: bytes and
times in, bytes out."""

from collections import deque

from edgecv.errors import SerialError
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.serial_line.messages import Button, Cut, Hello, hello_of, number_of
from edgecv.serial_line.protocol import VERSION, Frame, Parser, encode

HELLO_S = 1.0
"""How often we introduce ourselves until there is an answer. A board may start anew when its port
is opened, which takes some seconds."""
ANSWER_S = 10.0
BEAT_S = 1.0
SHOW_S = 0.1
"""Between two states at least: an eye sees no more."""
AGAIN_S = 1.0
"""A state that was not acknowledged is sent again."""
SILENT_S = 15.0
"""A controller acknowledges every state and tells its supply every 5 s."""
KNOWN = 64
HEARD_SHOWN = 24
"""So many bytes of what came from the wrong device are shown."""


class StrangerError(SerialError):
    """What is on the port is not what we can talk to."""


Heard = Button | Cut
"""What there is to do something about."""


class Known:
    """What was heard before: it outlives a session, as an acknowledgement may have been lost with
    the cable. Bounded."""

    def __init__(self) -> None:
        self._heard: deque[tuple[str, str, int]] = deque(maxlen=KNOWN)

    def is_news(self, boot: str, kind: str, number: int) -> bool:
        """True once for each number of a kind that a controller gave since its start `boot`."""
        one = boot, kind, number
        known = one in self._heard
        if not known:
            self._heard.append(one)
        return not known


class Session:
    """To be called by one thread; the attributes may be read by any."""

    def __init__(
        self,
        port: str,
        heartbeat: Heartbeat,
        known: Known,
        *,
        device_id: str,
        version: str,
        now_s: float,
    ) -> None:
        """`port` is what it is called in errors, `version` is that of this program."""
        self.controller: Hello | None = None
        self.supply_v: float | None = None
        """Before the switched outputs."""
        self.sent = self.received = 0
        """Frames."""
        self._port = port
        self._heartbeat = heartbeat
        self._hello = {"v": VERSION, "id": device_id, "version": version}
        self._parser = Parser()
        self._heard = b""
        self._began_s = self._received_s = now_s
        self._wanted: dict[str, object] | None = None
        self._shown: dict[str, object] | None = None
        self._number = 0
        self._acknowledged = True
        self._acknowledgements: deque[int] = deque()
        self._known = known
        self._hello_s = self._beat_s = self._show_s = float("-inf")

    @property
    def damaged(self) -> int:
        """Frames that came and were not whole."""
        return self._parser.damaged

    def show(self, told: dict[str, object]) -> None:
        """Have this shown; what was not sent yet is superseded."""
        self._wanted = told

    def receive(self, data: bytes, now_s: float) -> list[Heard]:
        """What has come; gives each button and each cut once, however often it is told."""
        self._heard = (self._heard + data)[-HEARD_SHOWN:]
        heard: list[Heard] = []
        for frame in self._parser.feed(data):
            self._received_s = now_s
            self.received += 1
            heard += self._take(frame)
        return heard

    def due(self, now_s: float) -> bytes:
        """What is to be sent now; empty when nothing is."""
        frames: list[bytes] = []
        while self._acknowledgements:
            frames.append(encode("ack", n=self._acknowledgements.popleft()))
        if self.controller is None:
            if now_s - self._hello_s >= HELLO_S:
                self._hello_s = now_s
                frames.append(encode("hello", **self._hello))
        else:
            frames += self._beat(now_s)
            frames += self._show(now_s)
        self.sent += len(frames)
        return b"".join(frames)

    def last_words(self) -> bytes:
        """At the end of the program."""
        if self.controller is None:
            return b""
        word = self._heartbeat.last_word()
        said = b"" if word is None else encode(word.kind, **word.fields)
        if self._wanted is None:
            return said
        return encode("show", n=self._number + 1, **self._wanted) + said

    def wait_s(self, now_s: float) -> float:
        """Until something is due, when nothing comes meanwhile."""
        if self._acknowledgements:
            return 0.0
        if self.controller is None:
            return max(0.0, self._hello_s + HELLO_S - now_s)
        due_s = self._beat_s + BEAT_S
        if self._wanted not in (None, self._shown):
            due_s = min(due_s, self._show_s + SHOW_S)
        elif not self._acknowledged:
            due_s = min(due_s, self._show_s + AGAIN_S)
        return max(0.0, due_s - now_s)

    def check(self, now_s: float) -> None:
        """Raises SerialError when nobody is there that we can talk to."""
        if self.controller is not None and self.controller.version != VERSION:
            raise StrangerError(
                f"the controller on {self._port} speaks version {self.controller.version} of the "
                f"protocol, and this edgecv {VERSION}: put the controller's program of this edgecv "
                "on it"
            )
        if self.controller is not None and now_s - self._received_s > SILENT_S:
            raise SerialError(
                f"the controller on {self._port} says nothing any more: look at its supply and "
                "cable"
            )
        if self.controller is None and now_s - self._began_s > ANSWER_S:
            self._refuse()

    def _refuse(self) -> None:
        if self._heard:
            raise StrangerError(
                f"what is on {self._port} is no controller of edgecv, or has another baud rate: it "
                f"says {self._heard!r}; choose another [serial] port, or correct baud"
            )
        raise StrangerError(
            f"nothing answers on {self._port}: is it the controller, and does its program run? a "
            'display that only listens needs [serial] format = "text"'
        )

    def _take(self, frame: Frame) -> list[Heard]:
        number = number_of(frame, "n")
        match frame.kind:
            case "hello":
                return self._greet(frame, number)
            case "ack":
                self._acknowledged = self._acknowledged or number == self._number
            case "power":
                millivolts = number_of(frame, "mv")
                self.supply_v = None if millivolts is None else millivolts / 1000
            case "button" if self.controller is not None and number is not None:
                self._acknowledgements.append(number)
                if self._known.is_news(self.controller.boot, "button", number):
                    return [Button(frame.fields.get("name", ""))]
        return []

    def _greet(self, frame: Frame, number: int | None) -> list[Heard]:
        hello = hello_of(frame)
        if hello is None or number is None:
            return []
        if self.controller is None or hello.boot != self.controller.boot:
            self._shown = None
        self.controller = hello
        self._acknowledgements.append(number)
        cut = hello.cut
        return [cut] if cut and self._known.is_news(hello.boot, "cut", cut.number) else []

    def _beat(self, now_s: float) -> list[bytes]:
        if now_s - self._beat_s < BEAT_S:
            return []
        self._beat_s = now_s
        word = self._heartbeat.word()
        return [] if word is None else [encode(word.kind, **word.fields)]

    def _show(self, now_s: float) -> list[bytes]:
        if self._wanted is None:
            return []
        if self._wanted != self._shown:
            if now_s - self._show_s < SHOW_S:
                return []
            self._shown = self._wanted
            self._number += 1
            self._acknowledged = False
        elif self._acknowledged or now_s - self._show_s < AGAIN_S:
            return []
        self._show_s = now_s
        return [encode("show", n=self._number, **self._shown)]
