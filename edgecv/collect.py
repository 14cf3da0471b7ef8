"""Puts the status document together, out of what the parts say of themselves."""

import os
import threading
from typing import TYPE_CHECKING

from edgecv import __version__
from edgecv.app import Appliance
from edgecv.clock import Clock
from edgecv.config import Config
from edgecv.events import Event, State, Stats
from edgecv.host.health import Health, health
from edgecv.host.instance import state_folder
from edgecv.sinks.mqtt import MqttSink
from edgecv.status import MqttStatus, StatusDocument, WatchdogStatus
from edgecv.update.watch import Updates

if TYPE_CHECKING:
    from edgecv.serial_line.link import SerialLink

HEALTH_S = 10.0


class Collector:
    """Called by the status file's thread."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        mqtt: MqttSink | None,
        serial: "SerialLink | None" = None,
        updates: Updates | None = None,
    ) -> None:
        self._device = config.device
        self._clock = clock
        self._mqtt = mqtt
        self._serial = serial
        self._updates = updates
        self._folder = state_folder()
        self._health = Health()
        self._looked_s = float("-inf")
        self.appliance: Appliance | None = None
        """Once there is one."""

    def __call__(self, state: State, stats: Stats | None, events: list[Event]) -> StatusDocument:
        appliance = self.appliance
        told = self._updates.look() if self._updates else None
        if appliance is not None and told is not None:
            appliance.tell_of_updates(told)
        return StatusDocument(
            version=__version__,
            pid=os.getpid(),
            device_id=self._device.id,
            device_name=self._device.name,
            now_s=round(self._clock.now(), 3),
            time=self._clock.wall().isoformat(timespec="milliseconds"),
            source=appliance.loops.source_status if appliance else None,
            model=appliance.loops.model_status if appliance else None,
            mqtt=self._mqtt_status(),
            serial=self._serial.status if self._serial else None,
            threads={t.name: t.native_id for t in threading.enumerate() if t.native_id},
            watchdog=appliance.oversight.status if appliance else WatchdogStatus(),
            host=self._look_at_the_box(),
            state=state,
            stats=stats,
            events=events,
        )

    def _look_at_the_box(self) -> Health:
        now_s = self._clock.now()
        if now_s - self._looked_s >= HEALTH_S:
            self._looked_s = now_s
            self._health = health(self._folder)
        return self._health

    def _mqtt_status(self) -> MqttStatus | None:
        mqtt = self._mqtt
        if mqtt is None:
            return None
        ago_s = mqtt.acknowledged_s_ago
        return MqttStatus(
            broker=mqtt.broker,
            connected=mqtt.connected,
            error=mqtt.last_error,
            acknowledged_s_ago=None if ago_s is None else round(ago_s, 1),
        )
