"""What the commands have in common: their options, and the configuration that comes of them."""

import argparse
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from edgecv.config import Config, convert
from edgecv.errors import ConfigError
from edgecv.layers import configuration, layers

SOURCES = (
    "/dev/video0, a video file, synthetic:workout, or synthetic:EXERCISE?reps=8&tempo=2.5"
    "&azimuth=45&fps=30&seed=1&pace=true"
)


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the TOML file with all settings"
    )


def add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", help=f"{SOURCES} (instead of camera.source)")


def add_exercise(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--exercise", help="what to count (instead of counting.exercise)")


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="a model's name, or an ONNX file (instead of pose.model)")


def add_mqtt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mqtt", metavar="HOST[:PORT]", help="the broker (instead of mqtt.host and mqtt.port)"
    )


def add_json(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--json", action="store_true", help="for programs")


def add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device", metavar="ID", help="which appliance, where several run on this box"
    )


def configure(options: argparse.Namespace) -> Config:
    """The configuration file, with what stands over it, and what else was given on the command line
    over that, as far as the command takes it.

    Raises ConfigError.
    """
    config = configuration(layers(options.config))
    given: dict[str, dict[str, object]] = {"camera": {}, "pose": {}, "counting": {}, "mqtt": {}}
    if getattr(options, "source", None) is not None:
        given["camera"]["source"] = options.source
    if getattr(options, "model", None) is not None:
        given["pose"]["model"] = options.model
    if getattr(options, "exercise", None) is not None:
        given["counting"]["exercise"] = options.exercise
    if getattr(options, "mqtt", None) is not None:
        given["mqtt"] = _broker(options.mqtt)
    tables = msgspec.to_builtins(config)
    for section, values in given.items():
        tables[section].update(values)
    return convert(tables, Config, "command line")


def _broker(address: str) -> dict[str, object]:
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.path or parts.username:
        raise ConfigError(f"--mqtt {address}: expected HOST or HOST:PORT, a port up to 65535")
    return {"host": host} if port is None else {"host": host, "port": port}
