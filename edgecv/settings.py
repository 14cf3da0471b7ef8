"""The settings that are in force, where each comes from, and what is wrong with them together."""

import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from edgecv.assemble import exercises, mqtt_settings, with_identity
from edgecv.capture.address import HIDDEN, without_passwords
from edgecv.capture.open import make_source
from edgecv.clock import SystemClock
from edgecv.config import PASSWORD_VARIABLE, Config
from edgecv.errors import ConfigError, EdgecvError
from edgecv.layers import ENVIRONMENT, SYSTEM_CONFIG, Layer, configuration, layers


class Origin(str, Enum):
    """Where a value comes from."""

    FILE = "file"
    ENVIRONMENT = "environment"
    BOX = "this box"
    """Made out of what the box is called."""
    DEFAULT = "default"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One value that is in force."""

    key: str
    """As it stands in the file: "camera.source"."""
    value: Any
    """Without passwords."""
    origin: Origin


class Configured(NamedTuple):
    """A configuration and the file that it is from; None: there is none."""

    path: Path | None
    config: Config


def load(path: Path | None) -> Configured:
    """What `path` says, or what the service is configured by, or the defaults; with what stands
    over them. Raises ConfigError."""
    path = path or _of_the_service()
    return Configured(path, configuration(layers(path)))


def _of_the_service() -> Path | None:
    """None where there is none; one that we may not look at is there."""
    try:
        SYSTEM_CONFIG.stat()
    except FileNotFoundError:
        return None
    except OSError:
        pass
    return SYSTEM_CONFIG


def settings(configured: Configured, environment: Mapping[str, str] | None = None) -> list[Setting]:
    """All of them, in the order of the example. Raises ConfigError."""
    given = layers(configured.path, environment)
    config = configured.config
    found = [
        Setting(key=f"{section}.{key}", value=_shown(value), origin=_origin(given, section, key))
        for section, table in msgspec.to_builtins(config).items()
        for key, value in table.items()
    ]
    identity = msgspec.to_builtins(with_identity(config).device)
    found = [
        msgspec.structs.replace(one, value=identity[one.key[7:]], origin=Origin.BOX)
        if one.key.startswith("device.") and one.value == ""
        else one
        for one in found
    ]
    if (os.environ if environment is None else environment).get(PASSWORD_VARIABLE):
        found.append(Setting(key="mqtt.password", value=HIDDEN, origin=Origin.ENVIRONMENT))
    elif config.mqtt.password_file:
        found.append(Setting(key="mqtt.password", value=HIDDEN, origin=Origin.FILE))
    return found


def faults(config: Config) -> list[str]:
    """What a configuration names that there is not, each in words that say what to do."""
    found = []
    for look in (_look_at_the_source, _look_at_the_exercise, _look_at_the_model, mqtt_settings):
        try:
            look(config)
        except EdgecvError as error:
            found.append(str(error))
    return found


def _look_at_the_source(config: Config) -> None:
    make_source(config.camera, SystemClock())


def _look_at_the_exercise(config: Config) -> None:
    if config.counting.exercise not in exercises():
        known = ", ".join(exercises())
        raise ConfigError(f"counting.exercise = {config.counting.exercise!r}: known are {known}")


def _look_at_the_model(config: Config) -> None:
    from edgecv.pose.catalogue import find_model, is_file

    if not is_file(config.pose.model):
        find_model(config.pose.model)


def _origin(given: list[Layer], section: str, key: str) -> Origin:
    for layer in reversed(given):
        if key in layer.tables.get(section, {}):
            return Origin.ENVIRONMENT if layer.source == ENVIRONMENT else Origin.FILE
    return Origin.DEFAULT


def _shown(value: object) -> object:
    return without_passwords(value) if isinstance(value, str) else value
