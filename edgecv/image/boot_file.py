"""The boot file: edgecv's own configuration, and what the box has to know besides. Pure."""

import difflib
import re
from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from edgecv.config import Config, Given, Section, Tables, convert, parse_tables
from edgecv.errors import ConfigError

SECRETS = (("wifi", "password"), ("mqtt", "password"))
"""What is blanked in the file once it is taken over."""
KEY_TYPES = r"ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+"
_SSH_KEY = re.compile(rf"({KEY_TYPES}) [A-Za-z0-9+/]+={{0,3}}( .*)?")


class Wifi(Section, frozen=True):
    """The network that the box is in."""

    ssid: str = ""
    """1 to 32 bytes (IEEE 802.11)."""
    password: str = ""
    """8 to 63 characters, or the 64 hexadecimal digits of the key; empty: as before, or a network
    without one."""
    hidden: bool = False
    country: str = ""
    """Two capital letters (ISO 3166): which channels may be used."""


class Box(Section, frozen=True):
    timezone: str = ""
    """As in "Europe/Berlin"; empty: UTC."""
    ssh_key: str = ""
    """Who may log in as root: lines of an authorized_keys file; empty: nobody."""


class Broker(Section, frozen=True):
    """What the boot file says in [mqtt] beyond the configuration."""

    password: str = ""
    """Empty: as before."""


class Beyond(Section, frozen=True):
    """What a boot file says beyond the configuration."""

    wifi: Wifi = Wifi()
    box: Box = Box()
    mqtt: Broker = Broker()


class BootFile(NamedTuple):
    """What is named in a file, by section and key; nothing else is in it."""

    config: Tables
    """Of edgecv's configuration."""
    wifi: dict[str, Any]
    box: dict[str, Any]
    mqtt_password: str
    """Empty: not named."""

    @property
    def named(self) -> set[str]:
        """ "counting.exercise", "wifi.ssid", …; passwords only where there is one."""
        names = {f"{section}.{key}" for section, keys in self.config.items() for key in keys}
        names |= {f"wifi.{key}" for key, value in self.wifi.items() if key != "password" or value}
        names |= {f"box.{key}" for key in self.box}
        return names | ({"mqtt.password"} if self.mqtt_password else set())


def parse_boot_file(text: str, name: str, timezones: Collection[str]) -> BootFile:
    """Raises ConfigError, which names the key, its value and what is allowed; `timezones` are those
    that the box knows."""
    tables = parse_tables(text, name)
    for section, keys in tables.items():
        if not isinstance(keys, dict):
            raise ConfigError(
                f"{name}: {section} = {keys!r} stands before the first [section]: keys belong "
                "under one, such as [camera]"
            )
    for section, key in SECRETS:
        # The other errors show the value.
        if not isinstance(tables.get(section, {}).get(key, ""), str):
            raise ConfigError(f"{name}: {section}.{key}: expected a text, in quotation marks")
    wifi, box = dict(tables.pop("wifi", {})), dict(tables.pop("box", {}))
    mqtt = dict(tables.get("mqtt", {}))
    password = {"password": mqtt.pop("password")} if "password" in mqtt else {}
    if "mqtt" in tables:
        tables["mqtt"] = mqtt
    config = {section: dict(keys) for section, keys in tables.items() if keys}
    _check_config(tables, name)
    beyond = convert({"wifi": wifi, "box": box, "mqtt": password}, Beyond, name)
    _check_wifi(beyond.wifi, wifi, name)
    _check_box(beyond.box, name, timezones)
    return BootFile(config, wifi, box, beyond.mqtt.password)


def written(tables: Given) -> str:
    """As TOML; the values are those of a configuration: texts, numbers, yes or no, and lists of
    texts."""
    sections = []
    for section, keys in tables.items():
        lines = [f"{key} = {_value(value)}" for key, value in keys.items()]
        sections.append("\n".join([f"[{section}]", *lines]) + "\n")
    return "\n".join(sections)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    # A basic string of TOML is one of JSON.
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def _check_config(config: Tables, name: str) -> None:
    known = [*Config.__struct_fields__, "wifi", "box"]
    for section in config:
        if section not in known:
            close = difflib.get_close_matches(section, known, n=1)
            hint = f"did you mean [{close[0]}]? " if close else ""
            raise ConfigError(
                f"{name}: unknown section [{section}]: {hint}known are {', '.join(known)}"
            )
    convert(config, Config, name)


def _check_wifi(wifi: Wifi, given: dict[str, Any], name: str) -> None:
    if not wifi.ssid and set(given) - {"country"}:
        raise ConfigError(f"{name}: [wifi] has no ssid: name the network")
    if len(wifi.ssid.encode()) > 32:
        raise ConfigError(f"{name}: wifi.ssid = {wifi.ssid!r}: expected at most 32 bytes")
    if not re.fullmatch("([A-Z]{2})?", wifi.country):
        raise ConfigError(
            f"{name}: wifi.country = {wifi.country!r}: expected two capital letters, such as DE"
        )
    if not re.fullmatch(r"(|[ -~]{8,63}|[0-9A-Fa-f]{64})", wifi.password):
        raise ConfigError(
            f"{name}: wifi.password has {len(wifi.password)} characters: expected 8 to 63 letters, "
            "digits and signs, or none for a network without a password"
        )


def _check_box(box: Box, name: str, timezones: Collection[str]) -> None:
    if box.timezone and box.timezone not in timezones:
        close = difflib.get_close_matches(box.timezone, timezones, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"{name}: box.timezone = {box.timezone!r}: {hint}expected a name such as Europe/Berlin"
        )
    for line in filter(None, map(str.strip, box.ssh_key.splitlines())):
        if not _SSH_KEY.fullmatch(line):
            raise ConfigError(
                f"{name}: box.ssh_key = {line[:40]!r}: expected the one line of a file such as "
                "id_ed25519.pub, which begins with ssh-ed25519"
            )
