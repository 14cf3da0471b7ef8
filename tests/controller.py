"""The real controller program under MicroPython, at the other end of a cable that can be cut."""

import fcntl
import os
import pty
import random
import select
import shutil
import subprocess
import sys
import termios
import threading
import time
import tty
from pathlib import Path
from types import TracebackType

import pytest

from tests.broker import wait_until

PROGRAM = Path(__file__).parents[1] / "firmware" / "controller"
BENCHES = Path(__file__).with_name("micropython")
_IN_ENVIRONMENT = Path(sys.executable).with_name("micropython")
MICROPYTHON = str(_IN_ENVIRONMENT) if _IN_ENVIRONMENT.exists() else shutil.which("micropython")

needs_micropython = pytest.mark.skipif(
    MICROPYTHON is None, reason="no MicroPython: scripts/test installs it where it can"
)


class Cable:
    """From the appliance's port to the controller's; both are real pseudo-terminals.

    `port` is a link that is there while it is plugged in, as udev's are.
    """

    def __init__(self, folder: Path) -> None:
        self.port = folder / "usb-MicroPython_Board_in_FS_mode-if00"
        self._far, far_end = pty.openpty()
        tty.setraw(far_end)
        self._far_end = far_end
        self.far_port = os.ttyname(far_end)
        self._near: int | None = None
        self._near_end = -1
        self.to_far = b""
        """What the appliance has sent."""
        self.to_near = b""
        self.noise = 0.0
        """Share of the pieces of data in which a byte is changed on the way."""
        self._chance = random.Random(11)
        self.dead = False
        """Nothing gets through, and nobody notices by other means."""
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.plug()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def plug(self) -> None:
        with self._lock:
            self._near, self._near_end = pty.openpty()
            tty.setraw(self._near_end)
            self.port.symlink_to(os.ttyname(self._near_end))

    def unplug(self) -> None:
        with self._lock:
            self.port.unlink()
            near, self._near = self._near, None
            assert near is not None
            os.close(self._near_end)
            os.close(near)

    def inject(self, *, near: bytes = b"", far: bytes = b"") -> None:
        """Rubbish, towards the appliance or the controller."""
        with self._lock:
            if near and self._near is not None:
                os.write(self._near, near)
            if far:
                os.write(self._far, far)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        if self._near is not None:
            self.unplug()
        os.close(self._far_end)
        os.close(self._far)

    def _run(self) -> None:
        while not self._over.is_set():
            with self._lock:
                ends = [self._far] if self._near is None else [self._far, self._near]
                for end in select.select(ends, [], [], 0.005)[0]:
                    self._pass_on(end)
            time.sleep(0.001)

    def _pass_on(self, end: int) -> None:
        try:
            data = os.read(end, 4096)
        except OSError:  # nobody has the other side open
            return
        if end == self._far:
            self.to_near += data
            out = self._near
        else:
            self.to_far += data
            out = self._far
        if self._chance.random() < self.noise:
            at = self._chance.randrange(len(data))
            data = data[:at] + self._chance.randbytes(1) + data[at + 1 :]
        if out is not None and not self.dead:
            _write(out, data)


def _write(out: int, data: bytes) -> None:
    """What nobody takes is lost, as on a wire."""
    flags = fcntl.fcntl(out, fcntl.F_GETFL)
    fcntl.fcntl(out, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    try:
        os.write(out, data)
    except OSError:
        termios.tcflush(out, termios.TCOFLUSH)
    finally:
        fcntl.fcntl(out, fcntl.F_SETFL, flags)


class Controller:
    """A process; `said` is what it has switched and shown, a line each."""

    def __init__(self, port: str) -> None:
        assert MICROPYTHON is not None
        self._process = subprocess.Popen(
            [MICROPYTHON, str(BENCHES / "controller_bench.py"), str(PROGRAM), port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.said: list[str] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Controller":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()

    @property
    def view(self) -> str:
        """What it shows now: "count|top|bottom"."""
        views = [line[5:] for line in self.said if line.startswith("view ")]
        return views[-1] if views else ""

    @property
    def switched(self) -> list[str]:
        return [line for line in self.said if line.split()[0] in ("camera", "board")]

    def press(self, name: str) -> None:
        self._tell(f"press {name}")

    def set_supply(self, volts: float) -> None:
        self._tell(f"millivolts {round(volts * 1000)}")

    def let_pass(self, seconds: float) -> None:
        """Its time passes, without anybody waiting for it."""
        times = self.said.count("passed")
        self._tell(f"pass {round(seconds * 1000)}")
        wait_until(lambda: self.said.count("passed") > times, f"{seconds} s pass")

    def _tell(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line.strip())
