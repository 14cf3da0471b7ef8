"""The payload against the rules of Home Assistant 2026.11.

They were read in its source and tried on it: what breaks one of them makes it refuse the device, an
entity, or show nonsense.
"""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from edgecv.commands import Command
from edgecv.events import LIVE_EVENTS, State, Stats, encode
from edgecv.sinks.entities import CAMERA_STATES, entities
from tests.messages import state, stats
from tests.test_mqtt_session import EXERCISES, make_discovery

PAYLOAD: dict[str, Any] = json.loads(make_discovery().payload())
COMPONENTS: dict[str, dict[str, Any]] = PAYLOAD["components"]
BY_KEY = pytest.mark.parametrize("key", COMPONENTS)

DEVICE_KEYS = {
    *("identifiers", "connections", "name", "manufacturer", "model", "model_id", "hw_version"),
    *("sw_version", "suggested_area", "serial_number", "configuration_url", "via_device"),
}
TOP_KEYS = {
    *("device", "origin", "components", "availability", "availability_topic", "qos", "encoding"),
    *("payload_available", "payload_not_available", "availability_mode", "state_topic"),
    "command_topic",
}
NEEDS = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic"},
    "event": {"state_topic", "event_types"},
    "button": {"command_topic"},
    "select": {"command_topic", "options"},
    "number": {"command_topic"},
    "switch": {"command_topic"},
    "image": {"image_topic"},
    "update": {"state_topic", "command_topic", "payload_install"},
}
UNITS = {
    "duration": {"ms", "s", "min", "h", "d"},
    "temperature": {"°C", "°F", "K"},
    "data_size": {"B", "kB", "MB", "GB"},
}
CLASSES = {
    "sensor": {"enum", "timestamp", *UNITS},
    "binary_sensor": {"connectivity", "occupancy", "problem", "running"},
    "button": {"identify", "restart", "update"},
    "switch": {"outlet", "switch"},
    "event": {"doorbell", "button", "motion"},
    "update": {"firmware"},
}


def test_the_envelope_has_what_it_needs_and_nothing_that_is_not_known() -> None:
    assert set(PAYLOAD) <= TOP_KEYS
    assert set(PAYLOAD["device"]) <= DEVICE_KEYS
    assert PAYLOAD["device"]["identifiers"]
    assert set(PAYLOAD["origin"]) <= {"name", "sw_version", "support_url"}
    assert PAYLOAD["origin"]["name"]
    assert PAYLOAD["qos"] in (0, 1, 2)
    assert not {"availability", "availability_topic"} <= set(PAYLOAD)
    assert PAYLOAD["payload_available"] == "online"
    assert PAYLOAD["payload_not_available"] == "offline"


def test_the_topic_is_one_that_home_assistant_listens_to() -> None:
    assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config", make_discovery().topic)


@BY_KEY
def test_every_entity_has_a_platform_an_id_of_its_own_and_what_its_platform_needs(
    key: str,
) -> None:
    component = COMPONENTS[key]
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", key)
    assert NEEDS[component["platform"]] <= set(component)
    ids = [other["unique_id"] for other in COMPONENTS.values()]
    assert ids.count(component["unique_id"]) == 1
    assert "gym" in component["unique_id"]


@BY_KEY
def test_names_are_short_tell_entities_apart_and_do_not_repeat_the_device(key: str) -> None:
    name = COMPONENTS[key]["name"]
    assert 0 < len(name) <= 28
    assert PAYLOAD["device"]["name"].lower() not in name.lower()
    names = [(c["platform"], c["name"]) for c in COMPONENTS.values()]
    assert names.count((COMPONENTS[key]["platform"], name)) == 1


@BY_KEY
def test_categories_classes_units_and_options_fit(key: str) -> None:
    component = COMPONENTS[key]
    platform = component["platform"]
    category = component.get("entity_category")
    assert category in (None, "config", "diagnostic")
    if platform in ("sensor", "binary_sensor"):
        assert category != "config"
    device_class = component.get("device_class")
    assert device_class is None or device_class in CLASSES[platform]
    unit = component.get("unit_of_measurement")
    if device_class in UNITS:
        assert unit in UNITS[device_class]
    if platform == "sensor" and "options" in component:
        assert device_class == "enum"
        assert unit is None
        assert "state_class" not in component
    if device_class == "timestamp":
        assert "state_class" not in component
    if component.get("state_class") == "total":
        assert "last_reset_value_template" not in component
    assert component.get("state_class") in (None, "measurement", "total")
    assert component.get("icon", "mdi:x").startswith("mdi:")
    if platform == "number":
        assert component["max"] >= component["min"]


@BY_KEY
def test_topics_are_the_devices_own_and_have_no_wildcards(key: str) -> None:
    topics = [v for name, v in COMPONENTS[key].items() if name.endswith("_topic")]
    assert topics
    for topic in topics:
        assert topic.startswith("edgecv/gym/")
        assert not set("#+") & set(topic)


@BY_KEY
def test_stats_go_stale_and_what_is_retained_does_not(key: str) -> None:
    component = COMPONENTS[key]
    if component.get("state_topic") == "edgecv/gym/stats":
        assert component["expire_after"] >= 90
    else:
        assert "expire_after" not in component


@BY_KEY
def test_every_template_names_a_field_that_is_published(key: str) -> None:
    template = COMPONENTS[key].get("value_template")
    if template is None:
        return
    (path,) = re.findall(r"value_json\.([a-z_.]+)", template)
    topic = COMPONENTS[key]["state_topic"].rpartition("/")[2]
    message = json.loads(encode(state(1) if topic == "state" else stats(1)))
    for part in path.split("."):
        assert part in message
        message = message[part]


def test_every_command_has_an_entity() -> None:
    topics = {c.get("command_topic") for c in COMPONENTS.values()} - {None}
    assert topics == {f"edgecv/gym/{command.value}/set" for command in Command}


def test_every_live_event_is_announced_and_no_other() -> None:
    assert COMPONENTS["workout"]["event_types"] == list(LIVE_EVENTS)
    assert COMPONENTS["workout"]["state_topic"] == "edgecv/gym/event"


def test_the_lifetime_total_can_be_corrected() -> None:
    total = COMPONENTS["reps_total"]
    assert total["state_class"] == "total"


def test_few_entities_are_shown_at_first_and_the_rest_is_for_faults() -> None:
    shown = [key for key, c in COMPONENTS.items() if c.get("enabled_by_default", True)]
    assert len(shown) <= 24
    for key in set(COMPONENTS) - set(shown):
        details = ("last_set_exercise", "set_left", "set_right", "hold_s")
        assert COMPONENTS[key].get("entity_category") or key in details


def test_every_camera_state_is_an_option() -> None:
    from edgecv.capture.connection import CaptureState

    assert set(CAMERA_STATES) == {state.value for state in CaptureState}


def test_pictures_of_sets_are_announced_only_when_they_are_wanted() -> None:
    keys = {entity.key for entity in entities(EXERCISES, last_set_picture=False, updates=False)}
    assert "last_set_picture" in COMPONENTS
    assert "last_set_picture" not in keys
    assert "picture" in keys


def test_nothing_personal_and_nothing_that_changes_all_the_time_is_an_attribute() -> None:
    assert all("json_attributes_topic" not in c for c in COMPONENTS.values())
    fields = {*State.__struct_fields__, *Stats.__struct_fields__}
    assert not {"source", "address", "host", "ip", "ssid", "user"} & fields


def test_an_entity_of_another_kind_under_the_same_key_replaces_the_old_one() -> None:
    payload = json.loads(make_discovery().payload({"camera": "binary_sensor", "old": "button"}))
    assert payload["components"]["old"] == {"platform": "button"}
    assert payload["components"]["camera"]["platform"] == "switch"


def test_the_command_line_shows_what_is_published(tmp_path: Any) -> None:
    config = tmp_path / "edgecv.toml"
    config.write_text('[device]\nid = "gym"\nname = "Gym camera"\n')
    command = [sys.executable, "-m", "edgecv", "discovery", "show", "--config", str(config)]
    shown = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    message = json.loads(shown.stdout)
    assert message["device"]["identifiers"] == ["edgecv_gym"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for component in message["components"].values():
        assert component["name"] in text
