"""`edgecv run`: the appliance, with a live log."""

import argparse
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edgecv import __version__
from edgecv.cli.options import add_config, add_exercise, add_mqtt, add_source, configure
from edgecv.cli.stop import StopSignals
from edgecv.clock import Clock, SystemClock
from edgecv.config import Config, read_password
from edgecv.host.instance import InstanceLock
from edgecv.sinks.console import Console
from edgecv.sinks.mailbox import Sink

if TYPE_CHECKING:
    from edgecv.picture.live import LatestView
    from edgecv.summary import Summary

EXIT_NOT_RELEASED = 75
"""The camera was not let go of; the end of the process frees it (EX_TEMPFAIL: try again)."""

PREVIEW_PORT = 8123

EPILOG = """\
examples:
  edgecv run --source synthetic:squat?reps=5
  edgecv run --source /dev/video0 --exercise push_up --mqtt 192.168.1.10
  edgecv run --config edgecv.toml --preview

exit codes: 0 the source ended or the program was told to stop (Ctrl-C, SIGTERM); 1 the source or
the model failed; 2 wrong usage or configuration; 75 a call of the camera's driver did not return
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "run",
        help="count reps, publish them, and show a live log",
        description="Count reps on a source of frames and publish them, with a live log.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    add_source(parser)
    add_exercise(parser)
    add_mqtt(parser)
    parser.add_argument(
        "--preview",
        type=int,
        nargs="?",
        const=PREVIEW_PORT,
        metavar="PORT",
        help=f"show the picture to browsers on this machine (port {PREVIEW_PORT} unless given)",
    )
    parser.add_argument(
        "--wait", action="store_true", help="wait for a source that can't be opened at first"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="log more")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    signals = StopSignals()
    print(f"edgecv {__version__}", flush=True)
    config = configure(options)
    clock = SystemClock()
    console = Console(clock, stats_interval_s=config.console.rates_interval_s)
    logger = logging.getLogger("edgecv")
    logger.addHandler(console.log_handler)
    logger.setLevel(logging.DEBUG if options.verbose else logging.INFO)
    logger.propagate = False
    sinks: list[Sink] = [console, *_mqtt_sinks(config)]

    from edgecv.app import Appliance

    with (
        InstanceLock(config.device.id),
        _preview(options.preview, clock, console) as watch,
    ):
        appliance = Appliance(config, sinks, clock, watch=watch, patient=options.wait)
        signals.then(appliance.ask_to_stop)
        summary = appliance.run()
    print(describe(summary), flush=True)
    if not summary.released:
        # An ordinary exit would tear down libraries that the capture thread is stuck in. It is the
        # end of the process that makes the kernel close what that thread has open.
        os._exit(EXIT_NOT_RELEASED if summary.stuck else 0)
    return 0


@contextmanager
def _preview(port: int | None, clock: Clock, console: Console) -> Iterator["LatestView | None"]:
    """What the appliance is to show its views to."""
    if port is None:
        yield None
        return
    from edgecv.picture.preview import PreviewServer

    with PreviewServer(clock, port=port) as preview:
        console.put_line("preview", preview.url)
        yield preview.views


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
    names = [name.replace("_", " ") for name in summary.counts]
    if len(names) > 1:
        names = [f"{n} {name}" for name, n in zip(names, summary.counts.values(), strict=True)]
    counted = f"{' + '.join(names)}: counted {sum(summary.counts.values())}"
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
    head = "stopped" if summary.stopped or summary.stuck else "finished"
    return "\n".join(
        f"{head if index == 0 else '':<9} {line}" for index, line in enumerate(lines) if line
    )
