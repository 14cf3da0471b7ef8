"""The configuration: one TOML file, typed, refused with a reason when something in it is wrong."""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from edgecv.errors import ConfigError

AUTO = "auto"
"""In place of an exercise: whatever is done."""
PASSWORD_VARIABLE = "EDGECV_MQTT_PASSWORD"  # noqa: S105 - the name of one

TopicPart = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""What may stand between two slashes of an MQTT topic, and in a discovery id."""


Interval = Annotated[float, Meta(ge=0.5, le=3600)]
"""Seconds."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: unknown keys are refused."""


SectionT = TypeVar("SectionT", bound=Section)


class Device(Section, frozen=True):
    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    """Stands in every topic; two devices on one broker need two ids. Empty: made out of the serial
    number of the box, or its machine id."""
    name: Annotated[str, Meta(max_length=64)] = ""
    """For people. Empty: "edgecv" and the id."""


class Camera(Section, frozen=True):
    source: Annotated[str, Meta(min_length=1)] = "/dev/video0"
    """`/dev/video0`, `/dev/v4l/by-id/…`, a video file, or `synthetic:…`."""
    width: Annotated[int, Meta(ge=64, le=7680)] = 640
    """What is wanted of a camera; what it really gives is logged."""
    height: Annotated[int, Meta(ge=64, le=4320)] = 480
    fps: Annotated[float, Meta(ge=1, le=240)] = 30.0


class Pose(Section, frozen=True):
    model: Annotated[str, Meta(min_length=1)] = "blazepose-full"
    """A name out of models.toml, or an ONNX file."""
    detector: str = ""
    """The file of BlazePose's detector where `model` is a file of its landmarks; empty: the one
    that ships."""
    decoder: Literal["", "blazepose", "blazepose-detector", "movenet", "yolo-pose", "simcc"] = ""
    """What a file is taken for; empty: what it looks like."""
    providers: tuple[Literal["tensorrt", "cuda", "cpu"], ...] = ()
    """What is to compute the model, in order of preference; empty: all that there is."""
    threads: Annotated[int, Meta(ge=0, le=64)] = 0
    """Threads of the model; 0: one fewer than the machine has cores."""
    max_fps: Annotated[float, Meta(ge=0, le=240)] = 0.0
    """Poses a second at most; 0: as many as the camera gives and the model can do."""
    idle_fps: Annotated[float, Meta(ge=0.2, le=240)] = 3.0
    """Looks a second while nobody is in view."""


class Counting(Section, frozen=True):
    exercise: str = AUTO
    """"auto": whatever is done, recognised by itself."""
    set_pause_s: Annotated[float, Meta(ge=1, le=600)] = 8.0
    """A pause of this many seconds, or of three reps if that is longer, ends the set."""
    partial: bool = True
    """Count reps that go less than 60 % as far as the person's own."""
    unknown: bool = False
    """Count regular movement that is none of the exercises, as "unknown"."""
    explain: bool = False
    """Publish on `explain` why a movement was not counted."""


class Mqtt(Section, frozen=True):
    host: str = ""
    """The broker; empty: MQTT is off."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    username: str = ""
    password_file: str = ""
    """A file whose first line is the password; the environment variable EDGECV_MQTT_PASSWORD comes
    before it."""
    protocol: Literal[5, 3] = 5
    """3 is MQTT 3.1.1."""
    tls: bool = False
    ca_file: str = ""
    """Certificate of the authority that has signed the broker's; empty: those of the system."""
    cert_file: str = ""
    """Our own certificate, where the broker wants one; `key_file` may be part of it."""
    key_file: str = ""
    prefix: TopicPart = "edgecv"
    """Topics are `<prefix>/<device id>/…`."""
    stats_interval_s: Interval = 30.0
    """How often stats are published."""


class HomeAssistant(Section, frozen=True):
    discovery: bool = True
    """Tell Home Assistant of this device."""
    prefix: TopicPart = "homeassistant"
    """As in Home Assistant's own MQTT options."""


class Pictures(Section, frozen=True):
    last_set: bool = False
    """Publish a picture at the end of each set."""


class Serial(Section, frozen=True):
    port: str = ""
    """`/dev/serial/by-id/…`, or `usb:VENDOR:PRODUCT`; empty: there is none."""
    format: Literal["frames", "text"] = "frames"
    """"text": for a display that only listens, a line a change."""
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 115200


class Update(Section, frozen=True):
    url: Annotated[str, Meta(pattern=r"^(https://\S+)?$")] = ""
    """Where the appliance image asks for new versions; empty: nowhere."""


class Console(Section, frozen=True):
    rates_interval_s: Interval = 5.0
    """How often a line of rates is written."""


class Config(Section, frozen=True):
    """The whole file; every table and every key may be left out."""

    device: Device = Device()
    camera: Camera = Camera()
    pose: Pose = Pose()
    counting: Counting = Counting()
    mqtt: Mqtt = Mqtt()
    homeassistant: HomeAssistant = HomeAssistant()
    pictures: Pictures = Pictures()
    serial: Serial = Serial()
    update: Update = Update()
    console: Console = Console()


Tables = dict[str, dict[str, Any]]
"""Settings as they are written, by section and key."""
Given = Mapping[str, Mapping[str, Any]]
"""The same, to be read."""


def merged(below: Given, above: Given) -> Tables:
    """What `above` names, and of the rest what `below` does."""
    return {
        section: {**below.get(section, {}), **above.get(section, {})}
        for section in [*below, *(section for section in above if section not in below)]
    }


def load_tables(path: Path) -> dict[str, Any]:
    """What is written in the file, whether or not it is right. Raises ConfigError."""
    return parse_tables(_read(path), str(path))


def parse_tables(text: str, name: str) -> dict[str, Any]:
    """What is written in `text`, whether or not it is right. Raises ConfigError."""
    try:
        tables: dict[str, Any] = msgspec.toml.decode(text)
    except msgspec.DecodeError as error:
        raise ConfigError(f"configuration {name} is not valid TOML: {error}") from error
    return tables


def convert(
    tables: dict[str, Any], kind: type[SectionT], name: str, *, text: bool = False
) -> SectionT:
    """The section in nested dictionaries; with `text`, numbers may be written as text.

    Raises ConfigError naming `name`, the key, its value and what is allowed.
    """
    try:
        return msgspec.convert(tables, kind, strict=not text)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {_explain(error, tables, kind())}") from error


def read_password(mqtt: Mqtt) -> str | None:
    """The password of the broker; None when none is configured."""
    if os.environ.get(PASSWORD_VARIABLE):
        return os.environ[PASSWORD_VARIABLE]
    if not mqtt.password_file:
        return None
    try:
        lines = Path(mqtt.password_file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file (UTF-8)"
        raise ConfigError(f"mqtt.password_file {mqtt.password_file}: {reason}") from error
    if not lines or not lines[0]:
        raise ConfigError(
            f"mqtt.password_file {mqtt.password_file} is empty: its first line is the password"
        )
    return lines[0]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file (UTF-8)"
        raise ConfigError(f"configuration {path}: {reason}") from error


def _explain(error: msgspec.ValidationError, tables: dict[str, Any], section: Any) -> str:
    """msgspec names the path but not the value, and an unknown key but not the known ones."""
    message, _, where = str(error).partition(" - at `$")
    keys = [key for key in where.rstrip("`").split(".") if key]
    unknown = re.search(r"unknown field `(.+)`", message)
    if unknown:
        for key in keys:
            section = getattr(section, key)
        known = list(section.__struct_fields__)
        close = difflib.get_close_matches(unknown[1], known, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        return f"unknown key {'.'.join([*keys, unknown[1]])}: {hint}known are {', '.join(known)}"
    value: Any = tables
    for key in keys:
        value = value[key]
    return f"{'.'.join(keys)} = {value!r}: {_in_words(message)}"


def _in_words(message: str) -> str:
    if "regex" in message and "https" in message:
        return "expected an address that begins with https://, or nothing"
    if "regex" in message:
        return "expected up to 64 letters, digits, - and _"
    for term, words in _TERMS.items():
        message = message.replace(f"`{term}`", words)
    return message[:1].lower() + message[1:]


_TERMS = {
    "int": "an integer",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
}
