"""`edgecv serial`: which serial ports there are, and what is said on one."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from edgecv.cli.options import add_config, add_device, add_json
from edgecv.clock import Clock, SystemClock
from edgecv.errors import ConfigError

if TYPE_CHECKING:
    from edgecv.serial_line.line import Line
    from edgecv.serial_line.monitor import Heard

EPILOG = """\
examples:
  edgecv serial list
  edgecv serial monitor --port /dev/ttyACM0
  edgecv serial send "show n=1 count=12 state=running" --port /dev/ttyACM0
  edgecv serial hold 20                  # before an update: no supply is cut
  edgecv serial hold 0                   # it is over

A port serves one program at a time: stop edgecv before `monitor` and `send` (sudo systemctl stop
edgecv), which tells the outside watchdog not to miss it.

exit codes: 0 well; 1 there is no port, it can't be used, or nothing answered; 2 wrong usage or
configuration
"""
ANSWER_S = 2.0
"""`send` waits so long for what comes back."""
TURN_S = 0.2
LONGEST_MIN = 60.0


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "serial",
        help="list serial ports, look at what is said on one, send a frame",
        description="The serial line to a controller or a display (docs/serial.md).",
        epilog=EPILOG,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="which serial ports there are")
    listing.set_defaults(execute=_list)
    monitor = actions.add_parser("monitor", help="show what is said on a port, until Ctrl-C")
    monitor.set_defaults(execute=_monitor)
    send = actions.add_parser("send", help="send a frame, and show what comes back")
    send.add_argument("frame", metavar="FRAME", help='"KIND key=value …"; the check sum is added')
    send.set_defaults(execute=_send)
    hold = actions.add_parser("hold", help="ask the outside watchdog to hold off for a while")
    hold.add_argument("minutes", type=float, metavar="MINUTES", help="0 to 60; 0 ends it")
    add_device(hold)
    hold.set_defaults(execute=_hold)
    for action in (monitor, send):
        action.add_argument("--port", help="(default: [serial] port)")
        add_config(action)
    for action in (listing, monitor, send, hold):
        add_json(action)


def _list(options: argparse.Namespace) -> int:
    from edgecv.answers import PortsAnswer, encode_answer
    from edgecv.screens.serial import describe
    from edgecv.screens.text import width
    from edgecv.serial_line.ports import found_ports

    ports = found_ports()
    if options.json:
        sys.stdout.write(encode_answer(PortsAnswer(ports=ports)))
    else:
        print(describe(ports, width()))
    return 0 if ports else 1


def _monitor(options: argparse.Namespace) -> int:
    from edgecv.serial_line.monitor import Ear

    ear = Ear()
    with _open(options, SystemClock()) as line:
        while True:
            line.wait(TURN_S)
            for heard in ear.feed(line.read()):
                _show(heard, as_json=options.json)


def _send(options: argparse.Namespace) -> int:
    from edgecv.serial_line.monitor import Ear, frame_of

    frame = frame_of(options.frame)
    ear = Ear()
    clock = SystemClock()
    answered = False
    with _open(options, clock) as line:
        line.write(frame)
        until_s = clock.now() + ANSWER_S
        while clock.now() < until_s:
            line.wait(TURN_S)
            for heard in ear.feed(line.read()):
                answered = answered or heard.frame is not None
                _show(heard, as_json=options.json)
    if not answered:
        print("edgecv: nothing answered", file=sys.stderr)
    return 0 if answered else 1


def _open(options: argparse.Namespace, clock: Clock) -> "Line":
    from edgecv.serial_line.line import Line
    from edgecv.settings import load
    from edgecv.watchdog import Pulse

    settings = load(options.config).config.serial
    port = options.port or settings.port
    if not port:
        raise ConfigError("no serial port: name one with --port, or in [serial] port")
    return Line(port, settings.baud, clock, Pulse(clock))


def _show(heard: "Heard", *, as_json: bool) -> None:
    now = SystemClock().wall().astimezone()
    if as_json:
        told = {"kind": heard.frame.kind, **heard.frame.fields} if heard.frame else None
        print(json.dumps({"time": now.isoformat(), "line": heard.text, "frame": told}), flush=True)
    else:
        mark = " " if heard.frame else "?"
        print(f"{now:%H:%M:%S.%f}"[:12], mark, heard.text, flush=True)


def _hold(options: argparse.Namespace) -> int:
    from edgecv.running import the_instance
    from edgecv.serial_line.hold import hold

    if not 0 <= options.minutes <= LONGEST_MIN:
        raise ConfigError(f"{options.minutes:g} minutes: expected 0 to {LONGEST_MIN:g}")
    clock = SystemClock()
    instance = the_instance(clock, options.device)
    hold(instance.path.parent, clock.now(), options.minutes * 60)
    if options.json:
        print(json.dumps({"device": instance.status.device_id, "minutes": options.minutes}))
    elif options.minutes:
        print(f"the outside watchdog cuts no supply for {options.minutes:g} minutes")
    else:
        print("the outside watchdog is on guard again")
    return 0
