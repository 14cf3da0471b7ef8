"""What the appliance tells the world: events, state and stats, with the fields as published."""

from dataclasses import dataclass
from enum import Enum

import msgspec

LONGEST_TEXT = 255
"""Characters of a text that Home Assistant takes."""


class Status(str, Enum):
    """What the appliance is doing."""

    STARTING = "starting"
    BUILDING = "building"
    """TensorRT builds its engine for the model, which takes minutes, once."""
    RUNNING = "running"
    DEGRADED = "degraded"
    """It failed too often: camera and model are left alone for a while (see `last_fault`)."""
    PAUSED = "paused"
    """The camera is switched off: its device is closed."""
    FINISHED = "finished"
    """The source has ended: a video file, a demo."""
    STOPPED = "stopped"
    """Asked to stop, or ended because a driver's call did not return (see `camera_reason`)."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event_type"):
    """What all events have. The journal fills it in."""

    id: str = ""
    """The same in every delivery of this event, and in no other."""
    seq: int = 0
    """Its number in the journal, from 1."""
    time: str = ""
    """When it was counted, ISO 8601 in UTC; as true as the machine's clock."""
    clock_synced: bool = False
    """Whether the machine's clock could be relied on then."""


class RepEvent(_Event, frozen=True, kw_only=True, tag="rep"):
    """One repetition."""

    exercise: str
    set: int
    """The set's number, from 1 at every start of the program."""
    set_reps: int
    """Reps in this set, this one included."""
    side: str = "both"
    """left, right or both."""
    start_s: float = 0.0
    """When it left the position of rest, turned and came back: capture times in seconds, of this
    boot for a camera, from the beginning for a recording."""
    turn_s: float = 0.0
    end_s: float = 0.0
    duration_s: float
    """From leaving the position of rest to the return that was counted."""
    eccentric_s: float | None = None
    """The way with gravity …"""
    hold_s: float | None = None
    """… the time at the turn …"""
    concentric_s: float | None = None
    """… the way against gravity …"""
    rest_s: float | None = None
    """… and the rest before it; null for the first of a set."""
    amplitude: float
    """How far it went, as a share of a textbook rep …"""
    range: float | None = None
    """… and of the person's own median rep in this set."""
    partial: bool = False
    """It went much less far than the person's own."""
    symmetry: float | None = None
    """The weaker side's share of the stronger one's way, 0 to 1; null where one was not seen."""
    confidence: float | None = None
    """How well it looked like the exercise, 0 to 1."""
    frame_age_s: float | None
    """Age of the frame that completed it, when it was counted; null for recorded sources."""


class SetStartedEvent(_Event, frozen=True, kw_only=True, tag="set_started"):
    """The first rep of a set was counted."""

    exercise: str
    set: int


class SetFinishedEvent(_Event, frozen=True, kw_only=True, tag="set_finished"):
    """A set is over: a pause, another exercise, a reset, or the end of the source."""

    exercise: str
    set: int
    set_reps: int
    left: int | None = None
    """Reps that the left side did: alone, or with the right one …"""
    right: int | None = None
    """… and the right side. A rep of both at once is one of `set_reps`."""
    duration_s: float | None = None
    """From its first rep's start to its last one's end."""
    rep_s: float | None = None
    """Mean time of a rep."""
    slowing: float | None = None
    """How much longer the last two reps took than the first two: 0.2 is a fifth; null below four
    reps."""
    shrinking: float | None = None
    """How much less far they went."""


class HoldFinishedEvent(_Event, frozen=True, kw_only=True, tag="hold_finished"):
    """A posture was held for a while: a plank, a wall sit."""

    exercise: str
    duration_s: float


class WorkoutFinishedEvent(_Event, frozen=True, kw_only=True, tag="workout_finished"):
    """No set began for a long while."""

    sets: int
    reps: int
    duration_s: float
    """From its first rep to its last."""


class CorrectionEvent(_Event, frozen=True, kw_only=True, tag="correction"):
    """Somebody corrected the count."""

    change: int
    """+1 or -1 rep."""
    exercise: str
    set: int
    set_reps: int
    """Reps in this set, after it."""


class DowntimeEvent(_Event, frozen=True, kw_only=True, tag="downtime"):
    """Nothing was counted for a while because the program did not run."""

    since: str | None
    """The last sign of life before, at most some minutes too early; null when it is not known."""
    reason: str
    """Why it had ended, in words."""


class PowerCutEvent(_Event, frozen=True, kw_only=True, tag="power_cut"):
    """The outside watchdog has cut a supply for some seconds."""

    supply: str
    """camera or board."""
    reason: str
    """In words."""
    ago_s: int
    """How long ago that was when it was told."""


Event = (
    RepEvent
    | SetStartedEvent
    | SetFinishedEvent
    | HoldFinishedEvent
    | WorkoutFinishedEvent
    | CorrectionEvent
    | DowntimeEvent
    | PowerCutEvent
)

LIVE_EVENTS = (
    *("rep", "set_started", "set_finished", "hold_finished", "workout_finished", "correction"),
)
"""What is announced on `event` as it happens; the journal has the others, too."""


def change_of(event: Event) -> int:
    """By how much the event changes the number of reps."""
    if isinstance(event, RepEvent):
        return 1
    return event.change if isinstance(event, CorrectionEvent) else 0


def type_of(event: Event) -> str:
    """As it stands in `event_type`."""
    return str(event.__struct_config__.tag)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that is in the journal."""

    event: Event
    at_s: float
    """When it was handed to the journal: monotonic, of this boot."""
    current: bool = True
    """It was recorded by this run of the program, so that `at_s` says how old it is."""


class Firmware(msgspec.Struct, frozen=True, kw_only=True):
    """The version of the appliance image and the way to another, with Home Assistant's names:
    https://www.home-assistant.io/integrations/update.mqtt/"""

    installed_version: str
    latest_version: str
    """The installed one where nothing newer is known."""
    title: str = "edgecv"
    release_summary: str = ""
    """What is new, in words."""
    release_url: str | None = None
    in_progress: bool = False
    update_percentage: int | None = None
    """Of the whole way to the restart; null where that is not known."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How things are now. Every field is always published; null is unknown."""

    status: Status = Status.STARTING
    exercise: str = "auto"
    """What is to be counted; "auto": whatever is done."""
    counting: str | None = None
    """The exercise that the current or last set is counted as."""
    counting_sure: bool = False
    """Whether that will not change any more in this set."""
    set: int = 0
    """The number of the current or last set since the start; 0 before the first."""
    set_reps: int = 0
    """Reps in that set, provisional ones included; may go down."""
    set_left: int = 0
    """Those that the left side did: alone, or with the right one."""
    set_right: int = 0
    hold_s: float | None = None
    """How long a plank or wall sit has been held so far; null for everything else."""
    last_set_reps: int | None = None
    """Reps in the last set that was finished."""
    last_set_exercise: str | None = None
    reps_today: int | None = None
    """Reps since midnight, local time; null until the clock is synchronised."""
    reps_total: int | None = None
    """Reps since this appliance began; goes down only by corrections."""
    person: bool | None = None
    """Somebody is in view; null before the first frame and after the last."""
    readiness: str | None = None
    """What keeps it from counting well, or "ready"; null where that is not known."""
    camera: bool | None = False
    """Frames are coming; null while the camera is switched off."""
    camera_state: str = "closed"
    """opening, live, stalled, backing_off, lost, paused or closed."""
    camera_reason: str | None = None
    """Why, in words; null where there is nothing to say."""
    camera_on: bool = True
    """Whether the camera is switched on."""
    setup_view: bool = False
    """Whether the picture for aiming the camera is published."""
    max_fps: float = 0.0
    """Poses a second at most; 0: no limit."""
    clock_synced: bool = False
    """Whether the machine's clock can be relied on."""
    started_at: str | None = None
    """When the program started, ISO 8601 in UTC; null until the clock is synchronised."""
    restart_reason: str | None = None
    """Why it had ended before that, in words."""
    last_fault: str | None = None
    """What was stuck last since the start, and in which call; or why the appliance is degraded."""
    problem: str | None = None
    """What is wrong with the journal, in words; null when all is well."""
    firmware: Firmware | None = None
    """Null where this is no appliance image."""
    last_update: str | None = None
    """How the last update of the image ended, and why, in words."""
    update_problem: str | None = None
    """Why the last attempt at one failed, since the box started."""


class FrameBooks(msgspec.Struct, frozen=True):
    """captured = delivered + superseded + skipped + failed + in_flight."""

    captured: int
    delivered: int
    superseded: int
    skipped: int
    failed: int
    in_flight: int


class CaptureStats(msgspec.Struct, frozen=True, kw_only=True):
    """How the source has behaved since the start, and what it gives."""

    width: int | None = None
    """What the source really gives; null while it is closed."""
    height: int | None = None
    fps: float | None = None
    """As it announces; null where it does not."""
    form: str | None = None
    """How its pictures come: MJPG, BGR, …"""
    stalls: int = 0
    """Times that an open camera fell silent, since the start."""
    stalls_per_hour: int = 0
    """The same, in the last hour."""
    reconnects: int = 0
    reconnects_per_hour: int = 0
    camera_release_ms: float | None = None
    """How long the last release took; null before the first."""
    forced_releases: int = 0
    """Times that a call did not return within its bound and its thread was given up."""
    still_held: int = 0
    """Times that the device was still held by us after its release."""
    daemon_restarts: int = 0
    """Times that a Jetson's nvargus-daemon was asked to restart, since the start."""


class JournalStats(msgspec.Struct, frozen=True, kw_only=True):
    """How it goes with the events."""

    waiting: int = 0
    """Not yet acknowledged by the broker."""
    dropped: int = 0
    """Given up because too many were waiting, or because the broker refused them."""
    unwritten: int = 0
    """Kept in memory because the disk does not take them."""


class CommandStats(msgspec.Struct, frozen=True, kw_only=True):
    """Commands since the start."""

    accepted: int = 0
    refused: int = 0
    """Understood, but not possible, or too many at a time."""
    rubbish: int = 0
    """Not understood, too long, or stale."""


class SerialStats(msgspec.Struct, frozen=True, kw_only=True):
    """How it goes on the serial line, since the start."""

    connected: bool = False
    sent: int = 0
    """Frames."""
    received: int = 0
    damaged: int = 0
    """Frames that came and were not whole."""
    reconnects: int = 0
    power_cuts: int = 0
    """Of which the outside watchdog has told."""
    supply_v: float | None = None
    """As the controller measures it, in volts."""


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """The rates and times. Times are in milliseconds, over the last 2048 frames."""

    camera_fps: float
    pose_fps: float
    published_per_s: float = 0.0
    """Messages that went to the broker."""
    inference_ms: float | None = None
    """Frame in, pose out: p50."""
    frame_age_ms: float | None = None
    """From the capture of a frame until its pose was delivered: p50; null for recorded sources."""
    frame_age_p95_ms: float | None = None
    others: int | None = None
    """People besides the subject whom the model saw in the latest frame; null where it looks for
    one only, and while nobody is in view."""
    superseded_percent: float | None = None
    """Of the frames of the last minute, those that were replaced by newer ones; null before the
    first."""
    frames: FrameBooks
    capture: CaptureStats = CaptureStats()
    journal: JournalStats = JournalStats()
    commands: CommandStats = CommandStats()
    serial: SerialStats | None = None
    """Null where no serial line is configured."""
    memory_mb: float | None = None
    """Resident memory of the process."""
    temperature_c: float | None = None
    """Of the processor; null where the kernel does not tell."""
    uptime_s: int = 0


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command."""

    command: str
    value: str
    """As it was sent."""
    accepted: bool
    reason: str | None = None
    """Why not."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A movement that was not counted."""

    exercise: str
    """As what it was looked at."""
    start_s: float
    """When it left the position of rest, turned and came back, as in a rep."""
    turn_s: float
    end_s: float
    amplitude: float
    reason: str
    """In words, with the figure that decided."""


def encode(message: Event | State | Stats | Result | Refusal) -> bytes:
    """JSON, as it is published."""
    return msgspec.json.encode(message)


def encode_delivery(event: Event, *, replayed: bool) -> bytes:
    """An event as the journal's topic has it; `replayed` when it is not news any more."""
    return encode(event)[:-1] + (b',"replayed":true}' if replayed else b',"replayed":false}')


def decode_event(payload: bytes) -> Event:
    """An event as it was encoded. Raises msgspec.DecodeError."""
    event: Event = _EVENT.decode(payload)
    return event


_EVENT = msgspec.json.Decoder(Event)
