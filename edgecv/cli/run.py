"""`edgecv run`: the appliance, with a live log."""

import argparse
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from edgecv import __version__
from edgecv.cli.stop import StopSignals
from edgecv.clock import SystemClock
from edgecv.config import Config, convert, load_config, read_password
from edgecv.errors import ConfigError
from edgecv.sinks.console import Console
from edgecv.sinks.mailbox import Sink

if TYPE_CHECKING:
    from edgecv.app import Summary

EXIT_NOT_RELEASED = 75
"""The camera was not let go of; the end of the process frees it (EX_TEMPFAIL: try again)."""

EPILOG = """\
examples:
  edgecv run --source synthetic:squat?reps=5
  edgecv run --source /dev/video0 --exercise push_up --mqtt 192.168.1.10
  edgecv run --config edgecv.toml

exit codes: 0 the source ended or the program was told to stop (Ctrl-C, SIGTERM); 1 the source or
the model failed; 2 wrong usage or configuration; 75 the camera was not let go of in time
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "run",
        help="count reps, publish them, and show a live log",
        description="Count reps on a source of frames and publish them, with a live log.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the TOML file with all settings"
    )
    parser.add_argument(
        "--source",
        help="/dev/video0, a video file, or synthetic:EXERCISE?reps=8&tempo=2.5&azimuth=45"
        "&fps=30&seed=1&pace=true (instead of camera.source)",
    )
    parser.add_argument("--exercise", help="what to count (instead of counting.exercise)")
    parser.add_argument(
        "--mqtt", metavar="HOST[:PORT]", help="the broker (instead of mqtt.host and mqtt.port)"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="log more")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    signals = StopSignals()
    print(f"edgecv {__version__}", flush=True)
    config = _override(load_config(options.config) if options.config else Config(), options)
    clock = SystemClock()
    console = Console(clock, stats_interval_s=config.console.rates_interval_s)
    logger = logging.getLogger("edgecv")
    logger.addHandler(console.log_handler)
    logger.setLevel(logging.DEBUG if options.verbose else logging.INFO)
    logger.propagate = False
    sinks: list[Sink] = [console, *_mqtt_sinks(config)]

    from edgecv.app import Appliance

    appliance = Appliance(config, sinks, clock)
    signals.then(appliance.ask_to_stop)
    summary = appliance.run()
    print(describe(summary), flush=True)
    if not summary.released:
        # An ordinary exit might wait for the driver that the capture thread is stuck in.
        os._exit(EXIT_NOT_RELEASED)
    return 0


def _override(config: Config, options: argparse.Namespace) -> Config:
    given: dict[str, dict[str, object]] = {"camera": {}, "counting": {}, "mqtt": {}}
    if options.source is not None:
        given["camera"]["source"] = options.source
    if options.exercise is not None:
        given["counting"]["exercise"] = options.exercise
    if options.mqtt is not None:
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


def _mqtt_sinks(config: Config) -> list[Sink]:
    if not config.mqtt.host:
        return []
    from edgecv.sinks.mqtt import MqttSink
    from edgecv.sinks.mqtt_link import MqttSettings

    settings = MqttSettings(
        host=config.mqtt.host,
        port=config.mqtt.port,
        username=config.mqtt.username,
        password=read_password(config.mqtt),
        prefix=config.mqtt.prefix,
        device_id=config.device.id,
        stats_interval_s=config.mqtt.stats_interval_s,
    )
    return [MqttSink(settings)]


def describe(summary: "Summary") -> str:
    """The summary at the end, for people."""
    stats = summary.stats
    counted = f"{summary.exercise.replace('_', ' ')}: counted {summary.reps}"
    if summary.true_reps is not None:
        counted += f", true {summary.true_reps}"
    rates = [f"{summary.seconds:.1f} s"]
    if summary.camera_fps is not None:
        rates.append(f"camera {summary.camera_fps:.1f} fps")
    if summary.pose_fps is not None:
        rates.append(f"pose {summary.pose_fps:.1f} fps")
    if stats.inference_ms is not None:
        rates.append(f"inference p50 {stats.inference_ms:.1f} ms")
    times = []
    if stats.frame_age_ms is not None and stats.frame_age_p95_ms is not None:
        times.append(
            f"frame age p50 {stats.frame_age_ms:.0f} ms, p95 {stats.frame_age_p95_ms:.0f} ms"
        )
    if stats.memory_mb is not None:
        times.append(f"memory {stats.memory_mb:.0f} MB")
    books = stats.frames
    frames = (
        f"{books.captured} frames = {books.delivered} delivered + {books.superseded} superseded "
        f"+ {books.skipped} skipped + {books.failed} failed"
    )
    if books.in_flight:
        frames += f" + {books.in_flight} in flight"
    lines = [counted, " · ".join(rates), " · ".join(times), frames]
    if stats.events_waiting or stats.events_dropped:
        lines.append(
            f"{stats.events_waiting} events had not reached the broker, "
            f"{stats.events_dropped} were given up"
        )
    head = "stopped" if summary.stopped else "finished"
    return "\n".join(
        f"{head if index == 0 else '':<9} {line}" for index, line in enumerate(lines) if line
    )
