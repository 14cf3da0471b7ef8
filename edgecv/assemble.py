"""From the configuration to the parts that talk to the world."""

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from edgecv import __version__
from edgecv.clock import Clock
from edgecv.command_desk import CommandDesk
from edgecv.config import AUTO, Config, Device, read_password
from edgecv.host.identity import board, boot_id, device_id, image_version, serial_number
from edgecv.host.instance import runtime_folder, state_folder
from edgecv.serial_line.heartbeat import Heartbeat
from edgecv.serial_line.hold import held_s
from edgecv.sinks.discovery import Discovery, Identity
from edgecv.sinks.entities import entities
from edgecv.sinks.journal import Journal
from edgecv.taught import known_exercises

if TYPE_CHECKING:
    from edgecv.serial_line.link import SerialLink
    from edgecv.sinks.mqtt import MqttSink
    from edgecv.sinks.mqtt_link import MqttSettings

ANNOUNCED = "announced"
"""The fact under which it is kept what Home Assistant was told of."""


def with_identity(config: Config) -> Config:
    """The configuration with the id and the name that this device has where none are given.

    Raises ConfigError where none can be found.
    """
    chosen = config.device.id or device_id(state_folder())
    device = Device(id=chosen, name=config.device.name or f"edgecv {chosen}")
    return msgspec.structs.replace(config, device=device)


def exercises() -> tuple[str, ...]:
    """What can be chosen."""
    return (AUTO, *known_exercises())


def make_journal(config: Config, clock: Clock) -> Journal:
    return Journal(
        state_folder() / f"{config.device.id}.sqlite3",
        clock,
        run=secrets.token_hex(4),
        boot=boot_id(),
        deliver=bool(config.mqtt.host),
    )


def make_mqtt(
    config: Config, clock: Clock, journal: Journal, desk: CommandDesk
) -> "MqttSink | None":
    """None where no broker is configured. Raises ConfigError for a file that can't be used."""
    settings = mqtt_settings(config)
    if settings is None:
        return None
    from edgecv.sinks.mqtt import MqttSink

    return MqttSink(
        settings,
        clock,
        outbox=journal.outbox,
        discovery=make_discovery(config) if config.homeassistant.discovery else None,
        desk=desk,
        announced_before=lambda: _announced(journal.remembered),
        on_announced=lambda entities: journal.remember(ANNOUNCED, json.dumps(entities)),
    )


def make_heartbeat(config: Config, clock: Clock) -> Heartbeat:
    folder = runtime_folder(config.device.id)
    return Heartbeat(clock, lambda: held_s(folder, clock.now()))


def make_serial(
    config: Config, clock: Clock, journal: Journal, desk: CommandDesk, heartbeat: Heartbeat
) -> "SerialLink | None":
    """None where no serial port is configured."""
    if not config.serial.port:
        return None
    from edgecv.serial_line.link import SerialLink

    return SerialLink(
        config.serial,
        clock,
        device_id=config.device.id,
        heartbeat=heartbeat,
        desk=desk,
        exercises=exercises(),
        record=journal.record,
    )


def mqtt_settings(config: Config) -> "MqttSettings | None":
    """None where no broker is configured. Raises ConfigError for a file that can't be used."""
    mqtt = config.mqtt
    if not mqtt.host:
        return None
    from edgecv.sinks.mqtt_link import MqttSettings, make_tls

    return MqttSettings(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=read_password(mqtt),
        protocol=mqtt.protocol,
        tls=make_tls(mqtt.ca_file, mqtt.cert_file, mqtt.key_file) if mqtt.tls else None,
        prefix=mqtt.prefix,
        device_id=config.device.id,
        stats_interval_s=mqtt.stats_interval_s,
    )


def make_discovery(config: Config) -> Discovery:
    """What Home Assistant is told; `config` has an id and a name."""
    return Discovery(
        identity=Identity(
            device_id=config.device.id,
            name=config.device.name,
            version=__version__,
            board=board(),
            serial=serial_number(),
        ),
        entities=entities(
            exercises(),
            last_set_picture=config.pictures.last_set,
            updates=image_version() is not None,
        ),
        prefix=config.mqtt.prefix,
        stats_interval_s=config.mqtt.stats_interval_s,
        ha_prefix=config.homeassistant.prefix,
    )


def _announced(remembered: Mapping[str, str]) -> dict[str, str]:
    try:
        found = json.loads(remembered.get(ANNOUNCED, "{}"))
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
