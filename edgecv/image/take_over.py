"""Takes a boot file over: judges it, and puts what it says where it belongs."""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from edgecv import __version__
from edgecv.capture.address import HIDDEN, without_passwords
from edgecv.config import Config, Tables, convert, load_tables, merged
from edgecv.errors import ConfigError
from edgecv.image.blank import blanked
from edgecv.image.boot_file import BootFile, parse_boot_file, written
from edgecv.image.certificates import Beside, copy_certificates
from edgecv.image.network import profile, profile_name, settings
from edgecv.image.store import Kept, Places, link, read_kept, write, write_kept
from edgecv.image.text import read_text
from edgecv.sinks.journal_file import JournalFile

HEAD = "# Written by edgecv out of the boot files that were taken over: change those.\n\n"
CHOICES = {"counting.exercise": "choice.exercise", "pose.max_fps": "choice.max_fps"}
"""What is chosen while it runs gives way to a boot file that names it."""


class Taken(NamedTuple):
    """What became of a boot file."""

    name: str
    """Of the file."""
    named: list[str]
    """What it says: keys and values, without secrets."""
    problem: str | None
    """Why nothing of it was taken over."""
    instead: bytes | None = None
    """What shall stand in the file: the same without secrets; None: it may stay."""
    remove: Sequence[str] = ()
    """Files beside it that are secret."""


def is_known(data: bytes, places: Places) -> bool:
    """This boot file was looked at before."""
    return read_kept(places.kept).knows(_sha256(data), __version__)


def take_over(data: bytes, name: str, places: Places, group: int, beside: Beside) -> Taken:
    """What is kept is on the disk when this returns; `group` is who else may read it.

    Raises OSError where it can't be written.
    """
    kept = read_kept(places.kept)
    sha = _sha256(data)
    try:
        found = read_text(data, name)
        boot_file = parse_boot_file(found.text, name, _timezones(places.timezones))
        config = _with_its_password(boot_file.config, kept.tables)
        copied = copy_certificates(config, name, beside, places.config.parent, group)
        _check(merged(kept.tables, copied.config), places)
    except ConfigError as error:
        refused = {**kept.refused, sha: __version__}
        write_kept(places.kept, msgspec.structs.replace(kept, refused=refused))
        return Taken(name, [], str(error))
    tables = merged(kept.tables, copied.use())
    _keep_secrets(boot_file, places, group)
    _set_box(boot_file.box, places)
    forget_choices(boot_file.named, places.state)
    # What is written last says that all is done.
    after = blanked(found.text)
    instead = found.encode(after) if after != found.text else None
    known = [*kept.taken, _sha256(instead) if instead else sha]
    write_kept(places.kept, Kept(tables=tables, taken=known, refused=kept.refused))
    return Taken(name, _in_words(boot_file), None, instead, copied.secrets)


def remember(data: bytes, places: Places) -> None:
    """This boot file was taken over, and nothing is left to be done to it."""
    kept = read_kept(places.kept)
    taken = [*kept.taken, _sha256(data)]
    write_kept(places.kept, msgspec.structs.replace(kept, taken=taken))


def write_config(places: Places, group: int) -> str | None:
    """edgecv's configuration: the image's own defaults, and what was taken over. Why the latter is
    left out, in words; None when all is well. Raises OSError, and ConfigError if even the defaults
    are wrong."""
    builtin, taken = load_tables(places.builtin), read_kept(places.kept).tables
    text = _config_file(merged(builtin, taken), places)
    problem = None
    if not _stands_there(places.config, text):
        try:
            _check(taken, places)
        except ConfigError as error:
            problem, text = str(error), _config_file(builtin, places)
    write(places.config, text, mode=0o640, group=group)
    return problem


def _config_file(tables: Tables, places: Places) -> str:
    return HEAD + written(_with_password(tables, places))


def _stands_there(path: Path, text: str) -> bool:
    """It was found right when it was written."""
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def forget_choices(named: set[str], state: Path) -> None:
    """Of every journal in the folder; nobody else has one open."""
    names = [CHOICES[key] for key in sorted(named & CHOICES.keys())]
    for path in state.glob("*.sqlite3") if names else ():
        # One that is damaged is set aside by edgecv, with what was chosen.
        with suppress(sqlite3.Error):
            file = JournalFile(path)
            try:
                file.write([], file.standing.settled, dict.fromkeys(names))
            finally:
                file.close()


def _with_its_password(config: Tables, kept: Tables) -> Tables:
    """Where the stars of a blanked file stand, the address that was there before. Raises
    ConfigError for any others."""
    source = config.get("camera", {}).get("source", "")
    if HIDDEN not in source:
        return config
    before = kept.get("camera", {}).get("source", "")
    if without_passwords(before) != source:
        raise ConfigError(
            f"camera.source = {source!r}: the stars stand in place of a password that was taken "
            "over with another address: write the password"
        )
    return merged(config, {"camera": {"source": before}})


def _check(tables: Tables, places: Places) -> None:
    """Raises ConfigError with all that is wrong with a configuration."""
    from edgecv.settings import faults  # it knows every part of edgecv, which takes its time

    config = convert(dict(merged(load_tables(places.builtin), tables)), Config, "the boot file")
    found = faults(config)
    if found:
        raise ConfigError("\n".join(found))


def _with_password(tables: Tables, places: Places) -> Tables:
    if not places.password.exists() or tables.get("mqtt", {}).get("password_file"):
        return tables
    return merged(tables, {"mqtt": {"password_file": str(places.password)}})


def _keep_secrets(boot_file: BootFile, places: Places, group: int) -> None:
    if boot_file.mqtt_password:
        write(places.password, boot_file.mqtt_password + "\n", mode=0o640, group=group)
    elif boot_file.config.get("mqtt", {}).get("username") == "":
        places.password.unlink(missing_ok=True)
    if "country" in boot_file.wifi:
        write(places.wifi_settings, settings(boot_file.wifi["country"]), mode=0o644)
    if "ssid" in boot_file.wifi:
        _set_network(boot_file.wifi, places.networks)


def _set_network(wifi: dict[str, Any], folder: Path) -> None:
    """One network is known at a time; without a password, a known one keeps that which it has."""
    ssid = wifi["ssid"]
    secured = folder / profile_name(ssid, secured=True)
    if wifi.get("password") or not secured.exists():
        name = profile_name(ssid, secured=bool(wifi.get("password")))
        write(folder / name, profile(wifi))
    else:
        name = secured.name
    for other in folder.iterdir():
        if other.suffix in (".psk", ".open") and other.name != name:
            other.unlink()


def _set_box(box: Mapping[str, str], places: Places) -> None:
    if "timezone" in box:
        link(places.localtime, places.timezones / (box["timezone"] or "UTC"))
    if box.get("ssh_key", "").strip():
        keys = [line.strip() for line in box["ssh_key"].splitlines() if line.strip()]
        write(places.ssh_keys, "\n".join(keys) + "\n")
    elif "ssh_key" in box:
        places.ssh_keys.unlink(missing_ok=True)


def _in_words(boot_file: BootFile) -> list[str]:
    wifi = {key: value for key, value in boot_file.wifi.items() if key != "password"}
    tables = {**boot_file.config, "wifi": wifi, "box": boot_file.box}
    lines = [
        f"{section}.{without_passwords(line)}"
        for section, keys in tables.items()
        for line in written({section: keys}).splitlines()[1:]
    ]
    secret = {
        "wifi.password": boot_file.wifi.get("password"),
        "mqtt.password": boot_file.mqtt_password,
    }
    return [*lines, *(f"{name} (not shown)" for name, value in secret.items() if value)]


def _timezones(folder: Path) -> set[str]:
    try:
        text = (folder / "tzdata.zi").read_text(encoding="utf-8")
    except OSError:
        return {"UTC"}
    # Lines of zones (Z NAME …) and of links (L TARGET NAME), see zic(8).
    rows = [line.split() for line in text.splitlines()]
    return {row[1] for row in rows if row[:1] == ["Z"]} | {
        row[2] for row in rows if row[:1] == ["L"]
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
