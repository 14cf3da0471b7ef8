"""A box for the doctor to look at, of which anything can be broken."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from edgecv.clock import FakeClock
from edgecv.doctor.examine import Examination, Root
from edgecv.doctor.finding import Finding
from edgecv.events import State, Status
from edgecv.host.health import Health
from edgecv.status import FILE, StatusDocument, encode_status

NOON_S = 1_800_000_000.0
"""A day in 2027, which the fake clock shows."""


class RealWaits(FakeClock):
    """It stands at NOON_S, and goes on as the machine's clock does: brokers answer in real time."""

    def __init__(self) -> None:
        import time

        super().__init__(time.monotonic())
        self._time = time
        self._began_s = time.monotonic()
        self.step_s = NOON_S - self._began_s

    def now(self) -> float:
        return self._time.monotonic()


class Patient:
    """All is well with it, as far as nothing is said."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.clock = RealWaits()
        self.root = Root(
            *(folder / name for name in ("sys", "proc", "etc", "booted", "data", "updates"))
        )
        self.config_file = folder / "edgecv.toml"
        self.stack = ExitStack()
        self.configure('[camera]\nsource = "synthetic:squat"\n')
        self.config_file.chmod(0o640)
        self.put("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 3000000 kB\n")
        self.put("proc/uptime", "5000.0 100.0")
        self.put("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
        self.put("sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.4\0")
        self.temperature(48)
        self.put("sys/devices/platform/soc/soc:firmware/get_throttled", "0")
        for name, text in (("identity", "bcm2835"), ("state", "active"), ("timeout", "15")):
            self.watchdog(name, text)
        runtime = folder / "run"
        runtime.mkdir()
        monkeypatch.setenv("RUNTIME_DIRECTORY", str(runtime))

    def put(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def temperature(self, degrees: int) -> None:
        self.put("sys/class/thermal/thermal_zone0/type", "cpu-thermal")
        self.put("sys/class/thermal/thermal_zone0/temp", str(degrees * 1000))

    def watchdog(self, name: str, text: str) -> None:
        self.put(f"sys/class/watchdog/watchdog0/{name}", text)

    def configure(self, text: str) -> None:
        self.config_file.write_text(f'[device]\nid = "gym"\n{text}', encoding="utf-8")

    def mqtt(self, port: int, more: str = "", host: str = "127.0.0.1") -> None:
        self.configure(f'[mqtt]\nhost = "{host}"\nport = {port}\n{more}\n')

    def source(self, source: str) -> None:
        self.configure(f"[camera]\nsource = '''{source}'''\n")

    def systemctl(self, **properties: str) -> None:
        """A service manager that says this of the unit."""
        self.root.booted.mkdir()
        defaults = {
            **{"LoadState": "loaded", "ActiveState": "active", "SubState": "running"},
            **{"UnitFileState": "enabled", "NRestarts": "0"},
        }
        said = "\n".join(f"{key}={value}" for key, value in {**defaults, **properties}.items())
        program = self.put("bin/systemctl", f"#!/bin/sh\ncat <<'END'\n{said}\nEND\n")
        program.chmod(0o755)
        self.monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    def runs(
        self, fields: dict[str, object] | None = None, *, age_s: float = 0.5, pid: int | None = None
    ) -> None:
        """An appliance has written its status so long ago; the fields are the document's."""
        values: dict[str, object] = {"state": State(status=Status.RUNNING, camera_state="live")}
        document = StatusDocument(
            version="0.1.0",
            pid=pid or os.getpid(),
            device_id="gym",
            device_name="Gym",
            now_s=self.clock.now() - age_s,
            time="2027-01-15T08:00:00.000+00:00",
            host=Health(),
            **{**values, **(fields or {})},  # type: ignore[arg-type]
        )
        (self.folder / "run" / FILE).write_bytes(encode_status(document))

    def examine(self, group: str) -> list[Finding]:
        return Examination(self.config_file, self.clock, self.root).group(group).findings


Arrange = Callable[[Patient], None]


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patient]:
    one = Patient(tmp_path, monkeypatch)
    with one.stack:
        yield one
