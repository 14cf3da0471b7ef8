"""A Jetson's camera without a Jetson: a daemon, the program that reads from it, and what systemd
does with requests. All are real processes, and hang as the real ones do."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from edgecv.host import unit
from tests.broker import wait_until
from tests.programs import python_program
from tests.streams import jpeg

_DAEMON = """
import os, signal, socket, sys, threading, time
folder, first, second = sys.argv[1], *map(bytes.fromhex, sys.argv[2:])
path = os.path.join(folder, "argus_socket")
if os.path.exists(path):
    os.unlink(path)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
def serve(client):
    while not os.path.exists(os.path.join(folder, "hangs")):
        try:
            client.sendall(first)
            client.sendall(second)
        except OSError:
            return
        time.sleep(0.01)
    time.sleep(3600)
while True:
    threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
"""

_GST_LAUNCH = """
import os, signal, socket, sys
assert "nvarguscamerasrc" in sys.argv and "fd=3" in sys.argv, sys.argv
interrupted = []
signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
print("Setting pipeline to PAUSED ...\\nGST_ARGUS: Creating output stream", flush=True)
daemon = socket.socket(socket.AF_UNIX)
try:
    daemon.connect({socket!r})
except OSError as error:
    sys.exit(f"(Argus) Error FileOperationFailed: Connecting to nvargus-daemon failed: {{error}}")
# One that waits for the daemon heeds no interrupt: tearing down needs the daemon, too.
while data := daemon.recv(1 << 16):
    print("CONSUMER: Producer has connected; continuing.", flush=True)
    if interrupted:
        open({torn!r}, "a").write("x")
        sys.exit("handling interrupt.")
    os.write(3, data)
"""


class Nvargus:
    """In a folder: the daemon, and a gst-launch-1.0 to be found there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.torn_down = folder / "torn-down"
        """Grows by a byte when the program has ended in good order."""
        self.starts = 0
        self._daemon: subprocess.Popen[bytes] | None = None
        self.program = folder / "gst-launch-1.0"
        self.program.write_text(
            python_program(
                _GST_LAUNCH.format(socket=str(folder / "argus_socket"), torn=str(self.torn_down)),
                "-S",
            )
        )
        self.program.chmod(0o755)
        self.torn_down.touch()
        self.restart()

    def hang(self) -> None:
        """From now on nobody gets a picture, neither those who do nor those who come."""
        (self.folder / "hangs").touch()

    def restart(self) -> None:
        """As `systemctl restart` does; with it goes what made it hang."""
        self.stop()
        (self.folder / "hangs").unlink(missing_ok=True)
        self.starts += 1
        pictures = [jpeg(shade).hex() for shade in (40, 200)]
        command = [sys.executable, "-S", "-c", _DAEMON, str(self.folder), *pictures]
        self._daemon = subprocess.Popen(command)
        wait_until((self.folder / "argus_socket").exists, "the daemon's socket")

    def stop(self) -> None:
        """It is gone, and its socket with it."""
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGKILL)
            self._daemon.wait()
            (self.folder / "argus_socket").unlink(missing_ok=True)


class PathUnit:
    """What systemd does with the two units that edgecv installs, in a /run of its own."""

    def __init__(self, run: Path, nvargus: Nvargus) -> None:
        self.folder = run / unit.ARGUS_FOLDER
        self.folder.mkdir(parents=True)
        self._run = run
        self._nvargus = nvargus
        (watched,) = _values(unit.ARGUS_PATH, "PathExists")
        self._request = Path(watched.replace("/run", str(run), 1))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.reasons: list[str] = []

    def __enter__(self) -> "PathUnit":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            if self._request.exists():
                self.reasons.append(self._request.read_text().strip())
                self._serve()

    def _serve(self) -> None:
        for line in _values(unit.ARGUS_SERVICE, "ExecStart"):
            if line == "/usr/bin/systemctl restart nvargus-daemon.service":
                self._nvargus.restart()
            else:
                command = line.replace("/run/", f"{self._run}/").split()
                subprocess.run(command, check=True, env=os.environ)


def _values(text: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]
