"""What was well before an update, so that it is missed after it."""

from typing import NamedTuple

from edgecv.clock import Clock
from edgecv.errors import EdgecvError
from edgecv.running import Life, instances
from edgecv.serial_line.hold import hold
from edgecv.status import StatusDocument


class Before(NamedTuple):
    camera: bool
    """Frames were coming."""
    broker: bool
    """The broker had acknowledged what was sent to it."""


def before(clock: Clock) -> Before:
    """Neither where the appliance does not run."""
    running = [one.status for one in instances(clock) if one.life is Life.RUNNING]
    return Before(
        camera=any(status.state.camera is True for status in running),
        broker=any(map(is_heard, running)),
    )


def is_heard(status: StatusDocument) -> bool:
    """The broker has acknowledged what was sent to it."""
    mqtt = status.mqtt
    return mqtt is not None and mqtt.connected and mqtt.acknowledged_s_ago is not None


def hold_off(clock: Clock, seconds: float) -> None:
    """The outside watchdog on a serial line cuts no supply meanwhile; 0: it is on guard again."""
    for one in instances(clock):
        if one.status.serial is not None:
            try:
                hold(one.path.parent, clock.now(), seconds)
            except EdgecvError:
                continue  # it hears of a restart from edgecv itself, too
