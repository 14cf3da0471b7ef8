"""What stands over the configuration file: over the service's own, the files of a folder; over any,
the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from edgecv.config import PASSWORD_VARIABLE, Config, Tables, convert, load_tables, merged
from edgecv.errors import ConfigError
from edgecv.host.unit import CONFIG_FOLDER

SYSTEM_CONFIG = Path(CONFIG_FOLDER) / "edgecv.toml"
"""What the service is configured by."""
DROP_INS = Path("/etc/edgecv.toml.d")
"""Files NAME.toml that stand over it, the last name over all others."""
ENVIRONMENT = "environment"
PREFIX = "EDGECV_"
"""EDGECV_CAMERA_SOURCE is `source` in [camera]."""


class Layer(NamedTuple):
    """Some of the settings; `source` says where they are written."""

    source: str
    tables: Tables


def layers(
    path: Path | None, environment: Mapping[str, str] | None = None, drop_ins: Path = DROP_INS
) -> list[Layer]:
    """Each over those before it. Raises ConfigError."""
    files = [] if path is None else [path]
    if path == SYSTEM_CONFIG:
        files += sorted(drop_ins.glob("*.toml"))
    found = [Layer(str(file), load_tables(file)) for file in files]
    return [*found, Layer(ENVIRONMENT, _of(os.environ if environment is None else environment))]


def configuration(found: list[Layer]) -> Config:
    """All of them together. Raises ConfigError naming the layer and the key that is wrong."""
    tables: Tables = {}
    for layer in found:
        convert(layer.tables, Config, f"configuration {layer.source}")
        tables = merged(tables, layer.tables)
    return convert(tables, Config, "configuration")


def _of(environment: Mapping[str, str]) -> Tables:
    """The settings that the environment names, of the types that they have in a file."""
    given: dict[str, dict[str, str | list[str]]] = {}
    default = Config()
    for name, text in environment.items():
        section, _, key = name.removeprefix(PREFIX).lower().partition("_")
        if not name.startswith(PREFIX) or name == PASSWORD_VARIABLE or not text:
            continue
        if section in Config.__struct_fields__:
            is_list = isinstance(getattr(getattr(default, section), key, None), tuple)
            given.setdefault(section, {})[key] = text.split(",") if is_list else text
    try:
        config = convert(given, Config, ENVIRONMENT, text=True)
    except ConfigError as error:
        raise ConfigError(f"{error} (EDGECV_SECTION_KEY)") from error
    return {
        section: {key: msgspec.to_builtins(getattr(getattr(config, section), key)) for key in keys}
        for section, keys in given.items()
    }
