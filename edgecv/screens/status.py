"""The status in a dozen lines, for people. Pure."""

from collections.abc import Sequence

from edgecv.events import Event
from edgecv.host.health import Health
from edgecv.running import Instance, Life
from edgecv.screens.text import line
from edgecv.sinks.console import describe_event
from edgecv.status import MqttStatus, SerialStatus, StatusDocument, WatchdogStatus
from edgecv.words import clock_time, megabytes, spaced, span

EVENTS = 3


def describe(instance: Instance, others: Sequence[Instance], columns: int) -> str:
    """What it does, and what the parts say."""
    status = instance.status
    lines = [
        line("edgecv", _head(instance), columns),
        line("reps", _reps(status), columns),
        line("person", [in_view(status)], columns),
        line("camera", camera(status), columns),
        line("model", model(status), columns),
        line("frames", frames(status), columns),
        line("broker", broker(status.mqtt, status), columns),
        *([line("serial", serial(status.serial), columns)] if status.serial else []),
        line("watchdog", watchdog(status.watchdog), columns),
        line("box", box(status.host), columns),
    ]
    lines += [line("event", [text], columns) for text in last_events(status.events, EVENTS)]
    if others:
        names = ", ".join(one.status.device_id for one in others)
        lines.append(line("others", [f"{names} (edgecv status --device ID)"], columns))
    return "\n".join(lines)


def life_in_words(instance: Instance) -> str:
    """What is to be known before anything that the status says."""
    status, ago = instance.status, span(instance.age_s)
    match instance.life:
        case Life.RUNNING:
            return status.state.status.value
        case Life.SILENT:
            return f"SILENT: pid {status.pid} has not written its status for {ago}"
        case Life.GONE:
            return f"GONE: pid {status.pid} ended {ago} ago without a word"
        case Life.ENDED:
            return f"{status.state.status.value} {ago} ago"


def _head(instance: Instance) -> list[str | None]:
    status = instance.status
    up = f"for {span(status.stats.uptime_s)}" if status.stats else None
    return [
        f"{status.device_name} ({status.device_id})",
        life_in_words(instance),
        up,
        f"pid {status.pid}",
        f"version {status.version}",
        f"camera and model rest: {status.watchdog.degraded}" if status.watchdog.degraded else None,
    ]


def _reps(status: StatusDocument) -> list[str | None]:
    state = status.state
    name = spaced(state.counting or state.exercise)
    last = spaced(state.last_set_exercise or "")
    return [
        f"{state.set_reps} × {name} in set {state.set}" if state.set else f"none yet, {name}",
        f"last set {state.last_set_reps} × {last}" if state.last_set_reps is not None else None,
        f"today {state.reps_today}" if state.reps_today is not None else None,
        f"in all {state.reps_total}" if state.reps_total is not None else None,
    ]


def in_view(status: StatusDocument) -> str:
    state = status.state
    if state.person is None:
        return "not known"
    words = spaced(state.readiness or "")
    if not state.person:
        return "nobody in view"
    return f"in view, {words}" if words else "in view"


def camera(status: StatusDocument) -> list[str | None]:
    state, stats = status.state, status.stats
    capture = stats.capture if stats else None
    size = None
    if capture is not None and capture.width and capture.height:
        size = f"{capture.width} x {capture.height} {capture.form or ''}".rstrip()
    return [
        spaced(state.camera_state),
        spaced(state.camera_reason or ""),
        status.source.name if status.source else None,
        size,
        f"{stats.camera_fps:.1f} fps" if stats else None,
        f"stalls {capture.stalls}" if capture and capture.stalls else None,
        f"reconnects {capture.reconnects}" if capture and capture.reconnects else None,
        f"daemon restarts {capture.daemon_restarts}"
        if capture and capture.daemon_restarts
        else None,
    ]


def model(status: StatusDocument) -> list[str | None]:
    stats = status.stats
    age = None
    if stats and stats.frame_age_ms is not None and stats.frame_age_p95_ms is not None:
        age = f"frame age p50 {stats.frame_age_ms:.0f} p95 {stats.frame_age_p95_ms:.0f} ms"
    return [
        status.model.name if status.model else "not loaded",
        f"{stats.pose_fps:.1f} fps" if stats else None,
        f"{stats.inference_ms:.1f} ms" if stats and stats.inference_ms is not None else None,
        age,
    ]


def frames(status: StatusDocument) -> list[str | None]:
    if status.stats is None:
        return ["none yet"]
    books = status.stats.frames
    text = (
        f"{books.captured} = {books.delivered} delivered + {books.superseded} superseded "
        f"+ {books.skipped} skipped + {books.failed} failed"
    )
    return [text + (f" + {books.in_flight} in flight" if books.in_flight else "")]


def broker(mqtt: MqttStatus | None, status: StatusDocument) -> list[str | None]:
    if mqtt is None:
        return ["none configured"]
    journal = status.stats.journal if status.stats else None
    return [
        f"connected to {mqtt.broker}" if mqtt.connected else f"NOT connected to {mqtt.broker}",
        mqtt.error,
        f"events waiting {journal.waiting}" if journal and journal.waiting else None,
        f"given up {journal.dropped}" if journal and journal.dropped else None,
        f"not on the disk {journal.unwritten}" if journal and journal.unwritten else None,
    ]


def serial(serial: SerialStatus) -> list[str | None]:
    return [
        "connected" if serial.connected else f"NOT connected on {serial.port}",
        f"{serial.board}, program {serial.program}" if serial.board else None,
        serial.error,
        f"supply {serial.supply_v:.2f} V" if serial.supply_v is not None else None,
        f"cuts nothing for {span(serial.held_s)}" if serial.held_s else None,
        f"power cut off: {serial.last_cut}" if serial.last_cut else None,
    ]


def watchdog(watchdog: WatchdogStatus) -> list[str | None]:
    late = [
        f"{part.name} is STUCK in {part.doing} for {part.for_s:.1f} s"
        for part in watchdog.parts
        if part.for_s is not None and part.bound_s is not None and part.for_s > part.bound_s
    ]
    names = ", ".join(part.name for part in watchdog.parts)
    return [
        *(late or [f"all come round: {names}" if names else "watches nothing yet"]),
        f"remedies {watchdog.remedies}, the last for: {watchdog.last}" if watchdog.last else None,
        f"unclean ends {watchdog.unclean_ends}" if watchdog.unclean_ends else None,
    ]


def box(health: Health) -> list[str | None]:
    throttled = health.throttling.now if health.throttling else []
    return [
        f"{health.temperature_c:.0f} °C" if health.temperature_c is not None else None,
        *throttled,
        _free("memory", health.memory_free_mb),
        _free("disk", health.disk_free_mb),
        "the disk is READ-ONLY" if health.disk_read_only else None,
        f"up {span(health.uptime_s)}" if health.uptime_s is not None else None,
    ]


def last_events(events: Sequence[Event], most: int) -> list[str]:
    """The last ones that say something to people, the latest last."""
    lines = []
    for event in events:
        described = describe_event(event)
        if described is not None:
            lines.append(f"{clock_time(event.time)} {described[0]}  {described[1]}")
    return lines[-most:]


def _free(what: str, megabytes_free: float | None) -> str | None:
    return None if megabytes_free is None else f"{what} {megabytes(megabytes_free)} free"
