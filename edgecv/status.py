"""The status document: all that a command on the same box can know of the running appliance."""

from pathlib import Path

import msgspec

from edgecv.errors import EdgecvError
from edgecv.events import Event, State, Stats
from edgecv.host.health import Health

SCHEMA = 1
"""Goes up when a field is taken away or changes its meaning; new fields may come at any time."""
FILE = "status.json"


class SourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where frames come from."""

    name: str
    """Without passwords."""
    device: str | None = None
    """The device that is held open; null where there is none."""
    bounds: str
    """What keeps its calls from taking for ever, in words."""


class ModelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What finds the pose."""

    name: str
    threads: int
    selftest_ms: float | None = None
    """How long the built-in picture took at the start."""
    provider: str | None = None
    """What computes it: tensorrt, cuda or cpu; null until it is loaded."""
    refused: list[str] = []
    """Why what should have computed it does not: "cuda: …"."""


class MqttStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The connection to the broker."""

    broker: str
    connected: bool
    error: str | None = None
    """What is wrong, in words; null while all is well."""
    acknowledged_s_ago: float | None = None
    """Since the broker last acknowledged anything."""


class SerialStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the serial line."""

    port: str
    connected: bool
    error: str | None = None
    """What is wrong, in words; null while all is well."""
    board: str | None = None
    """As the controller calls itself; null for a display that only listens."""
    program: str | None = None
    """The version of its program."""
    supply_v: float | None = None
    held_s: float = 0.0
    """For how long the outside watchdog is asked to hold off."""
    last_cut: str | None = None
    """Which supply the outside watchdog has cut last, and why."""


class PartStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One loop, as the watchdog sees it."""

    name: str
    doing: str | None = None
    """Null: it has ended."""
    for_s: float | None = None
    bound_s: float | None = None
    """When it is stuck."""


class WatchdogStatus(msgspec.Struct, frozen=True, kw_only=True):
    parts: list[PartStatus] = []
    remedies: int = 0
    """Parts that were put right since the start."""
    last: str | None = None
    """What was stuck last, in words."""
    unclean_ends: int = 0
    """Of the program, within the last ten minutes."""
    degraded: str | None = None
    """Why the camera and the model are left alone; null when they are not."""


class StatusDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Written once a second."""

    schema: int = SCHEMA
    version: str
    pid: int
    device_id: str
    device_name: str
    now_s: float
    """When it was written: monotonic, which is the same clock for every process of a boot."""
    time: str
    """The same as the wall clock says: ISO 8601 in UTC."""
    source: SourceStatus | None = None
    model: ModelStatus | None = None
    mqtt: MqttStatus | None = None
    """Null where no broker is configured."""
    serial: SerialStatus | None = None
    """Null where no serial line is configured."""
    threads: dict[str, int] = {}
    """The ids that the kernel has for the threads, by their names."""
    watchdog: WatchdogStatus = WatchdogStatus()
    host: Health = Health()
    """Looked at every 10 s."""
    state: State
    stats: Stats | None = None
    """Null in the first second."""
    events: list[Event] = []
    """The last ones, the oldest first."""


def encode_status(document: StatusDocument) -> bytes:
    """JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def read_status(path: Path) -> StatusDocument:
    """Raises EdgecvError for a file that is not there, can't be read, or is of another schema."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EdgecvError(f"{path}: {error.strerror}") from error
    try:
        schema = msgspec.json.decode(data)["schema"]
        if schema != SCHEMA:
            raise EdgecvError(
                f"{path} is of schema {schema}, and this edgecv knows {SCHEMA}: use the edgecv "
                "that runs the service"
            )
        return msgspec.json.decode(data, type=StatusDocument)
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise EdgecvError(f"{path} is no status of edgecv: {error}") from error
