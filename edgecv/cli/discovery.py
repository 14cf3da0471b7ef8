"""`edgecv discovery`: what Home Assistant is told of this device."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from edgecv.cli.options import add_config, add_mqtt, configure
from edgecv.clock import SystemClock
from edgecv.errors import ConfigError, EdgecvError

if TYPE_CHECKING:
    from edgecv.sinks.mqtt_link import MqttSettings

EPILOG = """\
examples:
  edgecv discovery show                 # the message, for people
  edgecv discovery show --json          # the message as it is published
  edgecv discovery publish --mqtt 192.168.1.10
  edgecv discovery clear --config edgecv.toml

`edgecv run` publishes it by itself. `clear` takes the device out of Home Assistant, with all its
entities; stop edgecv first, or it comes back.

exit codes: 0 done; 1 the broker can't be reached or refuses; 2 wrong usage or configuration
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "discovery",
        help="show, publish or clear what Home Assistant is told",
        description="What Home Assistant is told of this device by MQTT discovery.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("show", "publish", "clear"))
    add_config(parser)
    add_mqtt(parser)
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    from edgecv.assemble import make_discovery, mqtt_settings, with_identity

    config = with_identity(configure(options))
    discovery = make_discovery(config)
    if options.action == "show":
        payload = discovery.payload()
        if options.json:
            sys.stdout.write(payload.decode() + "\n")
        else:
            print(describe(discovery.topic, json.loads(payload)))
        return 0
    settings = mqtt_settings(config)
    if settings is None:
        raise ConfigError("no broker is configured: name one in [mqtt] host, or with --mqtt")
    payload = discovery.payload() if options.action == "publish" else b""
    publish(settings, discovery.topic, payload)
    done = "published" if payload else "cleared"
    if options.json:
        print(json.dumps({"topic": discovery.topic, "done": done, "bytes": len(payload)}))
    else:
        print(f"{done} {discovery.topic} on {settings.broker}")
    return 0


def describe(topic: str, message: dict[str, dict[str, dict[str, object]]]) -> str:
    """The message, a line an entity."""
    device = message["device"]
    lines = [f"{topic}", f"device {device['name']} ({device['identifiers'][0]})", ""]  # type: ignore[index]
    for component in message["components"].values():
        notes = [str(component[key]) for key in ("entity_category",) if key in component]
        if component.get("enabled_by_default") is False:
            notes.append("off at first")
        name, platform = str(component["name"]), str(component["platform"])
        lines.append(f"{platform:<14} {name:<28} {', '.join(notes)}".rstrip())
    return "\n".join(lines)


def publish(settings: "MqttSettings", topic: str, payload: bytes) -> None:
    """One retained message, acknowledged. Raises EdgecvError where that does not succeed."""
    from edgecv.sinks.mqtt_once import publish_once

    refusal = publish_once(settings, SystemClock(), topic, payload)
    if refusal is not None:
        raise EdgecvError(refusal)
