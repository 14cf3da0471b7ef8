"""A USB camera of our own, plugged into a kernel by USB/IP: its drivers see a real device.

The USB device side of "USB Device Class Definition for Video Devices" 1.0 (UVC), with a bulk
endpoint; USB/IP as in the kernel's Documentation/usb/usbip_protocol.rst. The kernel, this one or
another, needs the modules `vhci_hcd` and `uvcvideo`, and root plugs it in.
"""

import contextlib
import itertools
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = Path("/sys/devices/platform/vhci_hcd.0")

SUBMIT, UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
UNLINKED, STALLED = -104, -32  # ECONNRESET, EPIPE
HIGH_SPEED = 3
PACKET = 512
PAYLOAD = 16384
YUY2 = bytes.fromhex("5955593200001000800000aa00389b71")

Size = tuple[int, int]


@dataclass(frozen=True)
class Mode:
    """What the camera offers: "MJPG" or "YUYV", a size, and rates in frames a second."""

    form: str
    size: Size
    fps: tuple[int, ...] = (30,)


DEFAULT_MODES = (
    Mode("MJPG", (1280, 720)),
    Mode("MJPG", (640, 480), (30, 15)),
    Mode("YUYV", (640, 480), (15,)),
    Mode("YUYV", (320, 240), (30,)),
)


def _with_length(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes([len(body) + 1]) + body


class UsbCamera:
    """Plugged in while in the `with` block. `pictures` gives what is streamed, over and over:
    JPEGs, or bytes of the size of the raw format; `fps` is how fast. `plug` gives our end of a
    cable whose other end a kernel has.

    Faults, each until it is undone: `hold` (no more data), `stall_once` (one transfer fails).
    """

    def __init__(
        self,
        pictures: Sequence[bytes],
        *,
        modes: Sequence[Mode] = DEFAULT_MODES,
        fps: float = 30.0,
        serial: str = "0001",
        plug: Callable[[], socket.socket] | None = None,
    ) -> None:
        self._plug = plug or plug_in_here
        self._modes = modes
        self._pictures = itertools.cycle(pictures)
        self._fps = fps
        self._serial = serial
        self._formats = [f for f in ("MJPG", "YUYV") if any(m.form == f for m in modes)]
        self._lock = threading.Condition()
        self._waiting: deque[tuple[int, int]] = deque()
        self._probe = self._stream_setting(1, 1)
        self._toggle = 0
        self._pieces: deque[bytes] = deque()
        self._over = False
        self._socket: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self.hold = False
        self.stall_once = False
        self.commits: list[tuple[str, Size, int]] = []
        """What was chosen: form, size, frames a second."""

    def __enter__(self) -> "UsbCamera":
        self.plug_in()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def plug_in(self) -> None:
        self._over = False
        self._waiting.clear()
        self._pieces.clear()
        self._socket = self._plug()
        self._threads = [
            threading.Thread(target=body, name="usb camera", daemon=True)
            for body in (self._answer, self._stream)
        ]
        for thread in self._threads:
            thread.start()

    def unplug(self) -> None:
        """As if the cable were pulled."""
        with self._lock:
            self._over = True
            self._lock.notify_all()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def device(self) -> str | None:
        """The video device that the kernel made for it, once it has."""
        for name in sorted(Path("/sys/class/video4linux").glob("video*/name")):
            number = (name.parent / "index").read_text(encoding="ascii").strip()
            serial = name.parent / "device/../serial"
            try:
                if number == "0" and serial.read_text(encoding="ascii").strip() == self._serial:
                    return f"/dev/{name.parent.name}"
            except OSError:  # none that is plugged into USB, or gone meanwhile
                continue
        return None

    # The requests of the host

    def _answer(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(OSError, EOFError):
            while True:
                head = self._receive(48)
                command, number, _, into, endpoint = struct.unpack_from(">5I", head)
                if command == UNLINK:
                    self._unlink(number, struct.unpack_from(">I", head, 20)[0])
                    continue
                length = struct.unpack_from(">i", head, 24)[0]
                data = b"" if into else self._receive(length)
                if endpoint:
                    with self._lock:
                        self._waiting.append((number, length))
                        self._lock.notify_all()
                else:
                    self._control(number, head[40:48], data)

    def _receive(self, count: int) -> bytes:
        assert self._socket is not None
        data = b""
        while len(data) < count:
            piece = self._socket.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def _reply(self, number: int, status: int, data: bytes = b"", length: int = 0) -> None:
        head = struct.pack(
            ">5I5i8x", RET_SUBMIT, number, 0, 0, 0, status, len(data) or length, 0, 0, 0
        )
        assert self._socket is not None
        with contextlib.suppress(OSError):
            self._socket.sendall(head + data)

    def _unlink(self, number: int, victim: int) -> None:
        with self._lock:
            before = len(self._waiting)
            self._waiting = deque(one for one in self._waiting if one[0] != victim)
            status = UNLINKED if len(self._waiting) < before else 0
            assert self._socket is not None
            self._socket.sendall(struct.pack(">5Ii24x", RET_UNLINK, number, 0, 0, 0, status))

    def _control(self, number: int, setup: bytes, data: bytes) -> None:
        kind, request, value, index, length = struct.unpack("<BBHHH", setup)
        answer: bytes | None
        if kind == 0x80 and request == 6:
            answer = self._descriptor(value >> 8, value & 0xFF)
        elif kind in (0x80, 0x81, 0x82) and request == 0:  # status, asked for after a suspension
            answer = b"\0\0"
        elif kind in (0x00, 0x01):  # set configuration, interface or a feature
            answer = b""
        elif kind == 0x02 and request == 1:  # clear halt: the stream begins or ends
            self._forget()
            answer = b""
        elif kind in (0x21, 0xA1) and index & 0xFF == 1:
            answer = self._stream_control(request, value >> 8, data)
        else:
            answer = None
        with self._lock:
            if answer is None:
                self._reply(number, STALLED)
            elif kind & 0x80:
                self._reply(number, 0, answer[:length])
            else:
                self._reply(number, 0, length=len(data))

    def _stream_control(self, request: int, selector: int, data: bytes) -> bytes | None:
        if selector not in (1, 2):
            return None
        if request == 0x01:  # SET_CUR
            self._probe = self._stream_setting(
                data[2], data[3], struct.unpack_from("<I", data, 4)[0]
            )
            if selector == 2:
                mode, interval = self._chosen()
                self.commits.append((mode.form, mode.size, round(1e7 / interval)))
                self._forget()
            return b""
        answers = {0x85: struct.pack("<H", 26), 0x86: b"\x03"}  # GET_LEN, GET_INFO
        return answers.get(request, self._probe)

    def _stream_setting(self, form: int, frame: int, interval: int = 0) -> bytes:
        mode = self._mode(form, frame)
        intervals = [round(1e7 / fps) for fps in mode.fps]
        interval = min(intervals, key=lambda one: abs(one - interval)) if interval else intervals[0]
        return struct.pack(
            "<HBBI5HII", 1, form, frame, interval, 0, 0, 0, 0, 0, _frame_bytes(mode), PAYLOAD
        )

    def _mode(self, form: int, frame: int) -> Mode:
        name = self._formats[max(1, min(form, len(self._formats))) - 1]
        modes = [mode for mode in self._modes if mode.form == name]
        return modes[max(1, min(frame, len(modes))) - 1]

    def _chosen(self) -> tuple[Mode, int]:
        return self._mode(self._probe[2], self._probe[3]), struct.unpack_from("<I", self._probe, 4)[
            0
        ]

    def _forget(self) -> None:
        with self._lock:
            self._pieces.clear()

    # The pictures

    def _stream(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._over or (self._waiting and not self.hold), 0.05)
                if self._over:
                    return
                if not self._waiting or self.hold:
                    continue
                begins = not self._pieces
            if begins:
                if self._pause(1 / self._fps):
                    return
                self._cut(next(self._pictures))
            with self._lock:
                while self._waiting and self._pieces and not self.hold:
                    number, length = self._waiting.popleft()
                    if self.stall_once:
                        self.stall_once = False
                        self._reply(number, STALLED)
                        continue
                    self._reply(number, 0, self._pieces.popleft()[:length])

    def _pause(self, seconds: float) -> bool:
        with self._lock:
            return self._lock.wait_for(lambda: self._over, seconds)

    def _cut(self, picture: bytes) -> None:
        """Payloads, each with a header of two bytes: which frame of two, and whether it ends."""
        room = PAYLOAD - 2 - PACKET  # short of a full payload, so that each transfer is one
        pieces = [picture[at : at + room] for at in range(0, len(picture), room)]
        self._toggle ^= 1
        with self._lock:
            for index, piece in enumerate(pieces):
                last = index == len(pieces) - 1
                self._pieces.append(bytes([2, 0x80 | self._toggle | (2 if last else 0)]) + piece)

    # Descriptors

    def _descriptor(self, kind: int, index: int) -> bytes | None:
        if kind == 1:
            return struct.pack(
                "<BBHBBBBHHHBBBB", *(18, 1, 0x200, 0xEF, 2, 1, 64, 0x1D6B, 0x0102, 1, 1, 2, 3, 1)
            )
        if kind == 2:
            return self._configuration()
        if kind == 3 and index < 4:
            text = ["", "edgecv tests", "Test camera", self._serial][index]
            return _with_length(b"\x03", text.encode("utf-16-le") if index else b"\x09\x04")
        if kind == 6:  # device qualifier
            return struct.pack("<BBHBBBBBB", 10, 6, 0x200, 0xEF, 2, 1, 64, 1, 0)
        return None

    def _configuration(self) -> bytes:
        terminals = _with_length(
            b"\x24\x02\x01", struct.pack("<HBB3HB", 0x0201, 0, 0, 0, 0, 0, 2), b"\0\0"
        ) + _with_length(b"\x24\x03\x02", struct.pack("<HBBB", 0x0101, 0, 1, 0))
        control = _with_length(
            b"\x24\x01", struct.pack("<HHIBB", 0x100, 13 + len(terminals), 48_000_000, 1, 1)
        )
        formats = b"".join(self._format(number) for number in range(1, len(self._formats) + 1))
        count = len(self._formats)
        streaming = _with_length(
            b"\x24\x01",
            struct.pack("<BHBBBBBBB", count, 13 + count + len(formats), 0x81, 0, 2, 0, 0, 0, 1),
            bytes(count),
        )
        body = (
            _with_length(b"\x0b\0\x02\x0e\x03\0\0")
            + _with_length(b"\x04\0\0\0\x0e\x01\0\0")
            + (control + terminals)
            + _with_length(b"\x04\x01\0\x01\x0e\x02\0\0")
            + (streaming + formats)
            + _with_length(b"\x05\x81\x02", struct.pack("<HB", PACKET, 0))
        )
        return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 2, 1, 0, 0x80, 50) + body

    def _format(self, number: int) -> bytes:
        name = self._formats[number - 1]
        modes = [mode for mode in self._modes if mode.form == name]
        if name == "MJPG":
            head = _with_length(b"\x24\x06", bytes([number, len(modes), 1, 1, 0, 0, 0, 0]))
        else:
            head = _with_length(
                b"\x24\x04", bytes([number, len(modes)]), YUY2, bytes([16, 1, 0, 0, 0, 0])
            )
        frames = b""
        for index, mode in enumerate(modes, 1):
            size, rate = _frame_bytes(mode), 8 * _frame_bytes(mode)
            intervals = [round(1e7 / fps) for fps in mode.fps]
            frames += _with_length(
                b"\x24" + (b"\x07" if name == "MJPG" else b"\x05"),
                struct.pack("<BBHH", index, 0, *mode.size),
                struct.pack("<IIIIB", rate, rate * 30, size, intervals[0], len(intervals)),
                struct.pack(f"<{len(intervals)}I", *intervals),
            )
        return head + frames


def _frame_bytes(mode: Mode) -> int:
    return 2 * mode.size[0] * mode.size[1]


def plug_in_here() -> socket.socket:
    """Into this kernel."""
    ours, kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    attach(kernels)
    return ours


def attach(kernels: socket.socket) -> None:
    """Give this kernel its end of the cable, which is closed here."""
    port = _free_port()
    # The number is any that no other device has; the kernel keeps the socket.
    line = f"{port} {kernels.fileno()} {0x10000 + port} {HIGH_SPEED}"
    (HOST / "attach").write_text(line, encoding="ascii")
    kernels.close()


def _free_port() -> int:
    """Of the virtual host's ports for high speed; 004 is one that nothing is plugged into."""
    for line in (HOST / "status").read_text(encoding="ascii").splitlines():
        match = re.match(r"hs\s+(\d+)\s+004", line)
        if match:
            return int(match[1])
    raise RuntimeError("no USB port is free")
