"""Home Assistant's MQTT discovery: one message that describes the whole device. Pure.

https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from edgecv.events import LIVE_EVENTS
from edgecv.sinks.entities import NUMBERS, PAYLOADS, Entity, in_words

ONLINE, OFFLINE = b"online", b"offline"

# In Jinja, as Home Assistant's templates are. An unknown value becomes the text "None", which it
# shows as unknown.
_PLAIN = "{{{{ value_json.{0} }}}}"
_WORDS = "{{{{ (value_json.{0} | string | replace('_', ' ') | capitalize) }}}}"
_FLAG = "{{{{ {{true: 'ON', false: 'OFF'}}.get(value_json.{0}, 'None') }}}}"
# An address that there is not must not be named, and what else is null may; {} is passed over.
_FIRMWARE = (
    "{{% set f = value_json.{0} or {{}} %}}{{{{ (f if f.release_url else "
    "dict(f.items() | rejectattr(0, 'eq', 'release_url'))) | tojson }}}}"
)
_TEMPLATES = {"plain": _PLAIN, "words": _WORDS, "flag": _FLAG, "firmware": _FIRMWARE}
_FROM_WORDS = "{{ value | lower | replace(' ', '_') }}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Which device this is."""

    device_id: str
    name: str
    version: str
    board: str | None
    serial: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """What Home Assistant is told of this device."""

    identity: Identity
    entities: Sequence[Entity]
    prefix: str
    """Of the topics: `<prefix>/<device id>/…`."""
    stats_interval_s: float
    ha_prefix: str = "homeassistant"

    @property
    def topic(self) -> str:
        return f"{self.ha_prefix}/device/{self._id}/config"

    @property
    def birth_topic(self) -> str:
        """Where Home Assistant says "online" when it has started."""
        return f"{self.ha_prefix}/status"

    @property
    def announced(self) -> dict[str, str]:
        """The platform of each entity, to be kept: see `payload`."""
        return {entity.key: entity.platform for entity in self.entities}

    def payload(self, before: Mapping[str, str] | None = None) -> bytes:
        """The message; `before` is what was announced last: entities that are no more are taken
        away, as Home Assistant keeps for ever what is only left out."""
        components: dict[str, object] = {
            key: {"platform": platform}
            for key, platform in (before or {}).items()
            if self.announced.get(key) != platform
        }
        components |= {entity.key: self._component(entity) for entity in self.entities}
        return msgspec.json.encode(
            {
                "device": self._device(),
                "origin": {"name": "edgecv", "sw_version": self.identity.version},
                "availability_topic": self._topic("availability"),
                "payload_available": ONLINE.decode(),
                "payload_not_available": OFFLINE.decode(),
                "qos": 1,
                "components": components,
            }
        )

    @property
    def _id(self) -> str:
        return f"edgecv_{self.identity.device_id}"

    def _topic(self, name: str) -> str:
        return f"{self.prefix}/{self.identity.device_id}/{name}"

    def _device(self) -> dict[str, object]:
        identity = self.identity
        device: dict[str, object] = {
            "identifiers": [self._id],
            "name": identity.name,
            "manufacturer": "edgecv",
            "model": identity.board or "edgecv",
            "sw_version": identity.version,
        }
        if identity.serial:
            device["serial_number"] = identity.serial
        return device

    def _component(self, entity: Entity) -> dict[str, object]:
        component: dict[str, object] = {
            "platform": entity.platform,
            "unique_id": f"{self._id}_{entity.key}",
            "name": entity.name,
        }
        given = {
            "entity_category": entity.category,
            "icon": entity.icon,
            "unit_of_measurement": entity.unit,
            "device_class": entity.device_class,
            "state_class": entity.state_class,
            "suggested_display_precision": entity.precision,
        }
        component |= {key: value for key, value in given.items() if value is not None}
        if not entity.enabled:
            component["enabled_by_default"] = False
        if entity.topic is not None:
            component |= self._value(entity, self._topic(entity.topic))
        if entity.command is not None:
            component["command_topic"] = self._topic(f"{entity.command.value}/set")
            if entity.form == "words":
                component["command_template"] = _FROM_WORDS
            component |= NUMBERS.get(entity.command, {})
        if entity.options:
            options = [in_words(o) if entity.form == "words" else o for o in entity.options]
            component["options"] = options
        return component | PAYLOADS.get(entity.platform, {})

    def _value(self, entity: Entity, topic: str) -> dict[str, object]:
        if entity.platform == "image":
            return {"image_topic": topic, "content_type": "image/jpeg"}
        if entity.platform == "event":
            return {"state_topic": topic, "event_types": list(LIVE_EVENTS)}
        value: dict[str, object] = {
            "state_topic": topic,
            "value_template": _TEMPLATES[entity.form].format(entity.value),
        }
        if entity.topic == "stats":
            # They are not retained: a figure that is not renewed is not true any more.
            value["expire_after"] = round(3 * self.stats_interval_s + 10)
        return value
