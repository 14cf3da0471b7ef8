"""All checks, a group after the other, each within a bound."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgecv.assemble import with_identity
from edgecv.clock import Clock
from edgecv.config import Config
from edgecv.doctor.bounded import Overtime, wait_for_the_rest, within
from edgecv.doctor.configuration import examine_configuration
from edgecv.doctor.finding import Finding, Group, failure, unavailable
from edgecv.doctor.service import SYSTEMD, examine_service, unit_of, unit_properties
from edgecv.errors import ConfigError
from edgecv.host.health import health
from edgecv.host.identity import board, image_version, system_name
from edgecv.host.instance import SERVICE_STATE, state_folder
from edgecv.running import Instance, Life, instances
from edgecv.settings import Configured, load

if TYPE_CHECKING:
    from edgecv.doctor.model import Loaded

GROUP_S = 60.0
"""More than the bounds of all checks in a group together."""

CANCEL_S = 2.0
GROUPS = ("box", "camera", "model", "broker", "serial line", "service", "configuration")
Checks = Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Root:
    """Where the kernel's files are."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")
    etc: Path = Path("/etc")
    booted: Path = SYSTEMD
    data: Path = Path("/data")
    updates: Path = Path("/run/edgecv-update")

    @property
    def top(self) -> Path:
        return self.etc.parent


class Examination:
    """One visit of the doctor."""

    def __init__(self, path: Path | None, clock: Clock, root: Root | None = None) -> None:
        """`path` is the configuration that was asked for."""
        self._path = path
        self._clock = clock
        self._root = root or Root()
        self._loaded: Loaded | None = None
        self._stop = threading.Event()
        self.configured: Configured | ConfigError
        try:
            self.configured = load(path)
        except ConfigError as error:
            self.configured = error
        self.instance = self._find()

    def groups(self) -> Iterator[Group]:
        """Each as soon as it is known, in the order in which a technician thinks."""
        for name in GROUPS:
            yield self.group(name)

    def cancel(self) -> None:
        """Have the camera given back, as far as that goes soon."""
        self._stop.set()
        wait_for_the_rest(CANCEL_S)

    def group(self, name: str) -> Group:
        """One of GROUPS."""
        checks: dict[str, Checks] = {
            "box": self._box,
            "camera": self._camera,
            "model": self._model,
            "broker": self._broker,
            "serial line": self._serial,
            "service": self._service,
            "configuration": self._configuration,
        }
        found: list[Finding] = []
        try:
            within(GROUP_S, lambda: found.extend(checks[name]()))
        except Overtime:
            found = [
                *found,
                failure("time", f"no end within {GROUP_S:.0f} s", "restart the box"),
            ]
        return Group(name=name, findings=found)

    def _find(self) -> Instance | None:
        """The one that this configuration is of; any where there is none."""
        device_id = None
        if isinstance(self.configured, Configured) and self.configured.path is not None:
            try:
                device_id = with_identity(self.configured.config).device.id
            except ConfigError:
                return None
        return next(iter(instances(self._clock, device_id)), None)

    @property
    def _running(self) -> Instance | None:
        there = self.instance
        return there if there is not None and there.life is Life.RUNNING else None

    @property
    def _config(self) -> Config | None:
        return self.configured.config if isinstance(self.configured, Configured) else None

    def _box(self) -> Iterator[Finding]:
        from edgecv.doctor.box import examine_box
        from edgecv.doctor.jetson import builds_in_use, examine_jetson
        from edgecv.doctor.update import examine_updates
        from edgecv.update.kept import Places
        from edgecv.update.progress import look

        root = self._root
        kept = SERVICE_STATE if os.path.exists(SERVICE_STATE) else state_folder()
        yield from examine_box(
            health(kept, root.sys, root.proc),
            self._clock,
            board=board(root.sys / "firmware/devicetree/base", root.sys / "class/dmi/id"),
            system=system_name(root.etc),
            image=image_version(root.etc),
        )
        yield from examine_jetson(root.top, builds_in_use)
        if image_version(root.etc) is not None:
            places = Places(data=root.data, run=root.updates, etc=root.etc)
            yield from examine_updates(look(places, self._clock.now()))

    def _camera(self) -> Iterator[Finding]:
        from edgecv.doctor import camera
        from edgecv.doctor.jetson import examine_argus

        config = self._config
        if config is not None:
            yield from examine_argus(self._root.top, config.camera.source)
        if self._running is not None:
            fps = config.camera.fps if config else 30.0
            yield from camera.examine_running_camera(self._running.status, fps)
        elif config is None:
            yield unavailable("source", "the configuration can't be read: see below")
        else:
            yield from camera.examine_camera(
                config.camera, self._clock, lambda: self._load(config).estimator, self._stop
            )

    def _model(self) -> Iterator[Finding]:
        from edgecv.doctor import model

        config = self._config
        if self._running is not None:
            yield from model.examine_running_model(self._running.status)
        elif config is None:
            yield unavailable("load", "the configuration can't be read: see below")
        else:
            yield from model.examine_model(config, self._load(config))

    def _load(self, config: Config) -> "Loaded":
        from edgecv.doctor import model

        if self._loaded is None:
            self._loaded = model.load(config, self._clock)
        return self._loaded

    def _broker(self) -> Iterator[Finding]:
        from edgecv.doctor import broker

        config = self._config
        if config is None:
            yield unavailable("settings", "the configuration can't be read: see below")
        else:
            yield from broker.examine_broker(config, self._clock)
        if self._running is not None:
            yield from broker.examine_running_broker(self._running.status)

    def _serial(self) -> Iterator[Finding]:
        from edgecv.doctor import serial
        from edgecv.serial_line.ports import found_ports

        config = self._config
        if self._running is not None:
            yield from serial.examine_running_line(self._running.status)
        elif config is None:
            yield unavailable("port", "the configuration can't be read: see below")
        else:
            ports = found_ports(self._root.sys)
            yield from serial.examine_line(config.serial, ports, self._clock)

    def _service(self) -> Iterator[Finding]:
        yield from examine_service(
            unit_properties(unit_of(self._path), self._root.booted), self.instance
        )

    def _configuration(self) -> Iterator[Finding]:
        yield from examine_configuration(self.configured)
