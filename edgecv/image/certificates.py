"""Certificates that lie beside a boot file: `[mqtt] ca_file = "ca.pem"` and its like."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from edgecv.config import Tables, merged
from edgecv.errors import ConfigError
from edgecv.image.store import write

KEYS = ("ca_file", "cert_file", "key_file")
SECRET = "key_file"  # noqa: S105 - the name of one

Beside = Callable[[str], bytes | None]
"""What is in a file beside the boot file; None where there is none."""


class Certificates(NamedTuple):
    """Copies that are not in use yet."""

    config: Tables
    """That names the copies."""
    copies: dict[Path, Path]
    """Each with the place where it is to be used."""
    secrets: list[str]
    """Files beside the boot file that nobody else should read."""

    def use(self) -> Tables:
        """The configuration that names them where they are from now on."""
        mqtt = self.config.get("mqtt", {})
        places = {str(copy): str(place) for copy, place in self.copies.items()}
        for copy, place in self.copies.items():
            copy.rename(place)
        named = {key: places.get(value, value) for key, value in mqtt.items() if key in KEYS}
        return merged(self.config, {"mqtt": named}) if named else self.config


def copy_certificates(
    config: Tables, name: str, beside: Beside, folder: Path, group: int
) -> Certificates:
    """Those that `config` names without a folder, copied into `folder` for `group` to read. One
    that is not beside the boot file any more, and was before, is used again.

    Raises ConfigError for one that was never there, or is none.
    """
    copies: dict[Path, Path] = {}
    named: dict[str, str] = {}
    secrets = []
    for key in KEYS:
        file = config.get("mqtt", {}).get(key, "")
        if not file or "/" in file:
            continue
        place = folder / f"{key}.pem"
        data = beside(file)
        if data is None and not place.exists():
            raise ConfigError(f"mqtt.{key} = {file!r}: there is no such file beside {name}")
        named[key] = str(place)
        if data is not None:
            copy = place.with_suffix(".copy")
            write(copy, _pem(data, f"mqtt.{key} = {file!r}"), mode=0o640, group=group)
            copies[copy] = place
            named[key] = str(copy)
            secrets += [file] if key == SECRET else []
    return Certificates(merged(config, {"mqtt": named}) if named else config, copies, secrets)


def _pem(data: bytes, name: str) -> str:
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if "-----BEGIN" not in text:
        raise ConfigError(f"{name} is no PEM file, which begins with -----BEGIN")
    return text
