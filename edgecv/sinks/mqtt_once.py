"""One message to the broker, for commands that do not stay."""

import dataclasses
import secrets
import socket

from edgecv.clock import Clock
from edgecv.sinks.mqtt_link import Link, MqttSettings, explain

WITHIN_S = 10.0


def publish_once(
    settings: MqttSettings, clock: Clock, topic: str, payload: bytes, *, retain: bool = True
) -> str | None:
    """Connect, publish, and wait for the acknowledgement, WITHIN_S in all. Gives why it did not
    succeed, in words; None when it did. A device of this id that runs is not disturbed."""
    guest = dataclasses.replace(settings, guest=secrets.token_hex(3))
    try:
        link = Link(guest, clock, will=None)
    except (OSError, ValueError) as error:
        return explain(error, settings, clock)
    until_s = clock.now() + WITHIN_S
    sleeper, waker = socket.socketpair()
    mid: int | None = None
    try:
        with sleeper, waker:
            while link.open and clock.now() < until_s:
                if link.connected and mid is None:
                    mid = link.publish(topic, payload, qos=1, retain=retain)
                link.wait(sleeper, 0.1)
                for acknowledged, reason in link.acknowledged:
                    if acknowledged == mid:
                        refused = f"the broker refuses messages on {topic}: {reason}"
                        return refused if reason.is_failure else None
                link.acknowledged.clear()
    finally:
        link.close()
    return link.error or f"{settings.broker} did not acknowledge within {WITHIN_S:.0f} s"
