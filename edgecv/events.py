"""What the appliance tells the world: events, state and stats, with the fields as published."""

from enum import Enum

import msgspec


class Status(str, Enum):
    """What the appliance is doing."""

    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    """The source has ended: a video file, a demo."""
    STOPPED = "stopped"
    """Asked to stop, or ended because a driver's call did not return (see `camera_reason`)."""


class RepEvent(msgspec.Struct, frozen=True, tag_field="type", tag="rep"):
    """One repetition."""

    id: str
    """The same in every delivery of this event, and in no other."""
    time: str
    """When it was counted, ISO 8601 in UTC; as true as the machine's clock."""
    exercise: str
    reps: int
    """Reps since the start of the program, this one included."""
    set: int
    """The set's number, from 1."""
    set_reps: int
    """Reps in this set, this one included."""
    duration_s: float
    """From leaving the position of rest to the return that was counted."""
    amplitude: float
    """How far it went, as a share of a textbook rep."""
    frame_age_s: float | None
    """Age of the frame that completed it, when it was counted; null for recorded sources."""


class SetEvent(msgspec.Struct, frozen=True, tag_field="type", tag="set_finished"):
    """A set that is over: a pause, or the end of the source."""

    id: str
    time: str
    exercise: str
    set: int
    set_reps: int
    reps: int


Event = RepEvent | SetEvent


class State(msgspec.Struct, frozen=True):
    """How things are now. Every field is always published; null is unknown."""

    status: Status
    exercise: str
    reps: int
    """Reps since the start of the program."""
    set: int
    """The number of the current or last set; 0 before the first."""
    set_reps: int
    """Reps in that set."""
    person: bool | None
    """Somebody is in view; null before the first frame and after the last."""
    camera: bool
    """Frames are coming."""
    camera_state: str
    """opening, live, stalled, backing_off, lost, paused or closed."""
    camera_reason: str | None
    """Why, in words; null where there is nothing to say."""


class FrameBooks(msgspec.Struct, frozen=True):
    """captured = delivered + superseded + skipped + failed + in_flight."""

    captured: int
    delivered: int
    superseded: int
    skipped: int
    failed: int
    in_flight: int


class CaptureStats(msgspec.Struct, frozen=True):
    """How the source has behaved since the start, and what it gives."""

    width: int | None
    """What the source really gives; null while it is closed."""
    height: int | None
    fps: float | None
    """As it announces; null where it does not."""
    form: str | None
    """How its pictures come: MJPG, BGR, …"""
    stalls: int
    reconnects: int
    release_ms: float | None
    """How long the last release took; null before the first."""
    forced_releases: int
    """Times that a call did not return within its bound and its thread was given up."""
    still_held: int
    """Times that the device was still held by us after its release."""


class Stats(msgspec.Struct, frozen=True):
    """The rates and times. Times are in milliseconds, over the last 2048 frames."""

    camera_fps: float
    pose_fps: float
    inference_ms: float | None
    """Frame in, pose out: p50."""
    frame_age_ms: float | None
    """From the capture of a frame until its pose was delivered: p50; null for recorded sources."""
    frame_age_p95_ms: float | None
    frames: FrameBooks
    capture: CaptureStats
    memory_mb: float | None
    """Resident memory of the process."""
    uptime_s: int
    events_waiting: int
    """Not yet acknowledged by the broker."""
    events_dropped: int
    """Given up because too many were waiting."""


def encode(message: Event | State | Stats) -> bytes:
    """JSON, as it is published."""
    return msgspec.json.encode(message)
