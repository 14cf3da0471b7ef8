"""The entities that Home Assistant shows, one row each.

To add one, add a row: what it shows must be a field of `State` or `Stats`, or a command.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from edgecv.commands import INSTALL, MAX_FPS_LIMIT, OFF, ON, PRESS, Command
from edgecv.events import Status
from edgecv.reps.readiness import Readiness

Platform = Literal[
    "sensor", "binary_sensor", "switch", "select", "number", "button", "event", "image", "update"
]
Category = Literal["config", "diagnostic"]
Form = Literal["plain", "words", "flag", "firmware"]

READINESS = tuple(readiness.value for readiness in Readiness)
CAMERA_STATES = ("opening", "live", "stalled", "backing_off", "lost", "paused", "closed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """One thing that Home Assistant shows or lets people do."""

    key: str
    """Stands in its id: never changed."""
    platform: Platform
    name: str
    """Beside the device's name."""
    topic: str | None = None
    """Where its value comes: "state", "stats", …"""
    value: str = ""
    """The field in that message."""
    form: Form = "plain"
    """How the field becomes what is shown: as it is, in words ("push_up" as "Push up"), on and off
    for true and false, or what an update is made of."""
    command: Command | None = None
    category: Category | None = None
    enabled: bool = True
    """Whether it is shown from the beginning."""
    icon: str | None = None
    unit: str | None = None
    device_class: str | None = None
    state_class: str | None = None
    options: tuple[str, ...] = ()
    """Of an enum, in the form of the field."""
    precision: int | None = None
    """Digits after the point."""


def in_words(name: str) -> str:
    """As people write it: "push_up" is "Push up". Its counterpart in templates is in discovery."""
    return name.replace("_", " ").capitalize()


def entities(
    exercises: Sequence[str], *, last_set_picture: bool, updates: bool
) -> tuple[Entity, ...]:
    """All of them; `exercises` are those that can be chosen, "auto" among them; `updates`: this is
    an appliance image."""
    return (
        *_COUNTS,
        _shown(
            *("exercise", "select", "Exercise"),
            form="words",
            command=Command.EXERCISE,
            options=tuple(exercises),
            icon="mdi:weight-lifter",
        ),
        *_CONTROLS,
        *((_LAST_SET_PICTURE,) if last_set_picture else ()),
        *(_UPDATES if updates else ()),
        *_DIAGNOSTICS,
    )


def _shown(key: str, platform: Platform, name: str, **more: Any) -> Entity:
    """A field of the state; of the same name as the key unless told."""
    return Entity(key=key, platform=platform, name=name, **{"topic": "state", "value": key, **more})


def _button(command: Command, name: str, **more: Any) -> Entity:
    return Entity(key=command.value, platform="button", name=name, command=command, **more)


def _measured(key: str, name: str, value: str, **more: Any) -> Entity:
    """A figure out of the stats: for those who look for a fault."""
    return Entity(
        key=key,
        platform="sensor",
        name=name,
        topic="stats",
        value=value,
        category="diagnostic",
        state_class="measurement",
        **{"enabled": False, **more},
    )


def _fault(key: str, platform: Platform, name: str, **more: Any) -> Entity:
    """A field of the state for those who look for a fault."""
    return _shown(key, platform, name, category="diagnostic", **{"enabled": False, **more})


_REPS = {"unit": "reps", "state_class": "measurement"}

_COUNTS = (
    _shown("set_reps", "sensor", "Reps", icon="mdi:counter", **_REPS),
    _shown("counting", "sensor", "Counting", form="words", icon="mdi:dumbbell"),
    _shown("set_left", "sensor", "Reps left", enabled=False, icon="mdi:arm-flex", **_REPS),
    _shown("set_right", "sensor", "Reps right", enabled=False, icon="mdi:arm-flex", **_REPS),
    _shown(
        *("hold_s", "sensor", "Hold"),
        enabled=False,
        unit="s",
        device_class="duration",
        state_class="measurement",
        precision=0,
        icon="mdi:timer-outline",
    ),
    _shown("reps_today", "sensor", "Reps today", icon="mdi:calendar-today", **_REPS),
    # Without a reset: a rep that is taken back is a dip, and right.
    _shown(
        *("reps_total", "sensor", "Reps in all"),
        unit="reps",
        state_class="total",
        icon="mdi:sigma",
    ),
    _shown("last_set_reps", "sensor", "Last set", unit="reps", icon="mdi:flag-checkered"),
    _shown(
        *("last_set_exercise", "sensor", "Last exercise"),
        form="words",
        enabled=False,
        icon="mdi:dumbbell",
    ),
    _shown("person", "binary_sensor", "Person", form="flag", device_class="occupancy"),
    _shown(
        *("readiness", "sensor", "Readiness"),
        form="words",
        device_class="enum",
        options=READINESS,
        icon="mdi:human-handsup",
    ),
    Entity(key="workout", platform="event", name="Workout", topic="event", icon="mdi:arm-flex"),
)

_CONTROLS = (
    _shown(
        *("camera", "switch", "Camera"),
        value="camera_on",
        form="flag",
        command=Command.CAMERA,
        icon="mdi:video",
    ),
    _shown(
        *("setup_view", "switch", "Set-up view"),
        form="flag",
        command=Command.SETUP_VIEW,
        category="config",
        icon="mdi:tune-variant",
    ),
    Entity(key="picture", platform="image", name="Picture", topic="picture", icon="mdi:image"),
    _button(Command.RESET_SET, "Reset set", icon="mdi:restart"),
    _button(Command.UNDO_REP, "Undo rep", icon="mdi:minus-circle-outline"),
    _button(Command.ADD_REP, "Add rep", icon="mdi:plus-circle-outline"),
    _button(Command.SNAPSHOT, "Snapshot", category="config", icon="mdi:camera"),
    _shown(
        *("max_fps", "number", "Pose rate limit"),
        command=Command.MAX_FPS,
        category="config",
        unit="fps",
        enabled=False,
        icon="mdi:speedometer",
    ),
    _button(Command.RESTART, "Restart", category="config", device_class="restart"),
    _button(Command.IDENTIFY, "Identify", category="config", device_class="identify"),
)

_LAST_SET_PICTURE = Entity(
    key="last_set_picture",
    platform="image",
    name="End of the last set",
    topic="last_set_picture",
    icon="mdi:image-check",
)

_TIME = {"unit": "ms", "device_class": "duration"}

_DIAGNOSTICS = (
    _fault(
        *("status", "sensor", "State"),
        form="words",
        enabled=True,
        device_class="enum",
        options=tuple(status.value for status in Status),
    ),
    _fault(
        *("camera_connection", "binary_sensor", "Camera connection"),
        value="camera",
        form="flag",
        enabled=True,
        device_class="connectivity",
    ),
    _fault(
        *("camera_state", "sensor", "Camera state"),
        form="words",
        device_class="enum",
        options=CAMERA_STATES,
        icon="mdi:video-check",
    ),
    _fault("camera_reason", "sensor", "Camera trouble", icon="mdi:video-alert"),
    _fault("last_fault", "sensor", "Last fault", icon="mdi:alert"),
    _fault("problem", "sensor", "Storage trouble", icon="mdi:database-alert"),
    _measured(
        *("pose_fps", "Pose rate", "pose_fps"),
        unit="fps",
        precision=1,
        enabled=True,
        icon="mdi:speedometer",
    ),
    _measured(
        *("camera_fps", "Camera rate", "camera_fps"),
        unit="fps",
        precision=1,
        icon="mdi:speedometer",
    ),
    _measured("frame_age", "Frame age", "frame_age_ms", precision=0, **_TIME),
    _measured("inference_time", "Inference time", "inference_ms", precision=1, **_TIME),
    _measured(
        *("superseded", "Superseded frames", "superseded_percent"),
        unit="%",
        precision=1,
        icon="mdi:skip-next",
    ),
    _measured(
        *("stalls_per_hour", "Camera stalls", "capture.stalls_per_hour"),
        unit="1/h",
        icon="mdi:pause-octagon",
    ),
    _measured(
        *("reconnects_per_hour", "Camera reconnections", "capture.reconnects_per_hour"),
        unit="1/h",
        icon="mdi:connection",
    ),
    _measured(
        *("camera_release", "Camera release time", "capture.camera_release_ms"),
        precision=0,
        **_TIME,
    ),
    _measured(
        *("forced_releases", "Forced releases", "capture.forced_releases"),
        icon="mdi:alert-octagon",
    ),
    _measured("events_waiting", "Events waiting", "journal.waiting", icon="mdi:tray-full"),
    _measured("memory", "Memory", "memory_mb", unit="MB", device_class="data_size", precision=0),
    _measured(
        *("temperature", "Temperature", "temperature_c"),
        unit="°C",
        device_class="temperature",
        precision=0,
    ),
    _fault("started_at", "sensor", "Last restart", device_class="timestamp"),
    _fault(*("restart_reason", "sensor", "Reason of the last restart"), icon="mdi:restart-alert"),
    _fault(
        *("clock_synced", "binary_sensor", "Clock synchronised"),
        form="flag",
        icon="mdi:clock-check",
    ),
)

_UPDATES = (
    _shown(
        *("firmware", "update", "Firmware"),
        form="firmware",
        command=Command.UPDATE,
        category="config",
        device_class="firmware",
    ),
    _fault("last_update", "sensor", "Last update", enabled=True, icon="mdi:history"),
    _fault("update_problem", "sensor", "Update trouble", icon="mdi:alert-circle-outline"),
)

PAYLOADS = {
    "button": {"payload_press": PRESS},
    "switch": {"payload_on": ON, "payload_off": OFF},
    "update": {"payload_install": INSTALL},
}
NUMBERS = {Command.MAX_FPS: {"min": 0, "max": MAX_FPS_LIMIT, "step": 1, "mode": "box"}}
