"""`edgecv run`: the appliance, with a live log."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edgecv import __version__
from edgecv.assemble import (
    exercises,
    make_heartbeat,
    make_journal,
    make_mqtt,
    make_serial,
    with_identity,
)
from edgecv.cli.options import add_config, add_exercise, add_model, add_mqtt, add_source, configure
from edgecv.cli.stop import StopSignals
from edgecv.clock import Clock, SystemClock
from edgecv.command_desk import CommandDesk
from edgecv.errors import EdgecvError
from edgecv.host.instance import InstanceLock, runtime_folder
from edgecv.host.service import Service
from edgecv.sinks.console import Console
from edgecv.sinks.log_lines import Line, Style
from edgecv.sinks.mailbox import Sink
from edgecv.sinks.status_file import StatusFile
from edgecv.sinks.system_log import RATES_S, ForLogFile, ForSystemLog, is_journal, is_kept
from edgecv.update.watch import Updates
from edgecv.watchdog import Part
from edgecv.words import spaced

if TYPE_CHECKING:
    from edgecv.picture.live import LatestView
    from edgecv.summary import Summary

EXIT_NOT_RELEASED = 75
"""The camera was not let go of; the end of the process frees it (EX_TEMPFAIL: try again)."""
EXIT_STUCK = 76
"""Another part was stuck, and its own remedies did not help."""

PREVIEW_PORT = 8123

EPILOG = """\
examples:
  edgecv run --source synthetic:squat?reps=5
  edgecv run --source /dev/video0 --exercise push_up --mqtt 192.168.1.10
  edgecv run --config edgecv.toml --preview

exit codes: 0 the source ended or the program was told to stop (Ctrl-C, SIGTERM); 1 the source or
the model failed; 2 wrong usage or configuration; 75 a call of the camera's driver did not return;
76 another part was stuck and could not be put right
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
    add_model(parser)
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
    to_journal = is_journal()
    if not to_journal:
        print(f"edgecv {__version__}", flush=True)
    config = with_identity(configure(options))
    clock = SystemClock()
    consoles = _make_consoles(clock, config.console.rates_interval_s)
    _log_to(consoles, logging.DEBUG if options.verbose else logging.INFO)
    journal = make_journal(config, clock)
    desk = CommandDesk(clock, exercises())
    mqtt = make_mqtt(config, clock, journal, desk)
    heartbeat = make_heartbeat(config, clock)
    serial = make_serial(config, clock, journal, desk, heartbeat)

    from edgecv.app import Appliance
    from edgecv.collect import Collector

    updates = Updates(runtime_folder(config.device.id), clock)
    collect = Collector(config, clock, mqtt, serial, updates)
    status_file = StatusFile(runtime_folder(config.device.id), clock, collect)
    parts = [
        Part("journal", lambda: journal.pulse),
        Part("status", lambda: status_file.pulse, status_file.replace),
    ]
    sinks: list[Sink] = [*consoles, status_file]
    if mqtt is not None:
        parts.append(Part("mqtt", lambda: mqtt.pulse, mqtt.rebuild))
        sinks.append(mqtt)
    if serial is not None:
        parts.append(Part("serial", lambda: serial.pulse, serial.replace))
        sinks.append(serial)
    with (
        InstanceLock(config.device.id),
        _preview(options.preview, clock, consoles[0]) as watch,
    ):
        service = Service(config.device.id, clock)
        appliance = collect.appliance = Appliance(
            config,
            sinks,
            clock,
            watch=watch,
            patient=options.wait or service.is_one,
            recorder=journal,
            desk=desk,
            notifier=service.notifier,
            heartbeat=heartbeat,
            parts=parts,
            published_per_s=mqtt.rate if mqtt else lambda _: 0.0,
            serial_stats=lambda: serial.stats if serial else None,
            unclean_ends=service.unclean_ends,
            degraded=service.degraded,
            well=service.well,
            argus=service.argus,
            install=updates.install,
        )
        signals.then(appliance.ask_to_stop)
        try:
            summary = appliance.run()
        except EdgecvError as error:
            service.failed(str(error))
            raise
        if summary.stuck is not None:
            service.failed(summary.stuck.words)
        else:
            service.ended()
    if to_journal:
        words = " ".join(describe(summary).split())
        print(ForSystemLog().line(Line(logging.INFO, "edgecv", words)), file=sys.stderr, flush=True)
    else:
        print(describe(summary), flush=True)
    if summary.stuck is not None or not summary.released:
        # An ordinary exit would tear down libraries that a thread is stuck in. It is the end of the
        # process that makes the kernel close what that thread has open.
        os._exit(_exit_code(summary))
    if summary.restart and not service.is_one:
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - ourselves once more
    return 0


def _make_consoles(clock: Clock, rates_interval_s: float) -> list[Console]:
    """One for people, unless the system's journal keeps all that is said, and one for a file that
    somebody keeps."""

    def kept(style: Style) -> Console:
        rates_s = max(rates_interval_s, RATES_S)
        return Console(clock, stats_interval_s=rates_s, out=sys.stderr, style=style)

    if is_journal():
        return [kept(ForSystemLog())]
    shown = Console(clock, stats_interval_s=rates_interval_s)
    return [shown, kept(ForLogFile(clock))] if is_kept() else [shown]


def _log_to(consoles: list[Console], level: int) -> None:
    logger = logging.getLogger("edgecv")
    for console in consoles:
        logger.addHandler(console.log_handler)
    logger.setLevel(level)
    logger.propagate = False


def _exit_code(summary: "Summary") -> int:
    if summary.stuck is None:
        return 0
    return EXIT_NOT_RELEASED if summary.stuck.part == "capture" else EXIT_STUCK


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


def describe(summary: "Summary") -> str:
    """The summary at the end, for people."""
    stats = summary.stats
    counted = f"{title(summary.counts)}: counted {sum(summary.counts.values())}"
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
    if stats.journal.waiting or stats.journal.dropped:
        lines.append(
            f"{stats.journal.waiting} events wait for the broker in the journal, "
            f"{stats.journal.dropped} were given up"
        )
    head = "stopped" if summary.stopped or summary.stuck else "finished"
    return "\n".join(
        f"{head if index == 0 else '':<9} {line}" for index, line in enumerate(lines) if line
    )


def title(counts: dict[str, int]) -> str:
    """`squat`, or `5 squat + 3 push up`."""
    names = [spaced(name) for name in counts]
    if len(names) > 1:
        names = [f"{n} {name}" for name, n in zip(names, counts.values(), strict=True)]
    return " + ".join(names) or "no exercise"
