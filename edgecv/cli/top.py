"""`edgecv top`: the appliance on this box, live."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edgecv.cli.options import add_device, add_json
from edgecv.clock import SystemClock
from edgecv.errors import EdgecvError
from edgecv.running import the_instance

PERIOD_S = 1.0
"""The status is written once a second."""
END = "q"

EPILOG = """\
examples:
  edgecv top
  edgecv top --device garage            # where several run on this box
  edgecv top --json                     # a line a second, for programs

q or Ctrl-C ends it, not the appliance.

exit codes: 0; 1 no appliance has run on this box, or there is no terminal; 2 wrong usage
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "top",
        help="the appliance on this box, live",
        description="Show what the appliance on this box does, once a second.",
        epilog=EPILOG,
    )
    add_device(parser)
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    the_instance(SystemClock(), options.device)
    try:
        if options.json:
            _write_lines(options.device)
        elif not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise EdgecvError("edgecv top needs a terminal: use edgecv status, or --json")
        else:
            _show(options.device)
    except KeyboardInterrupt:
        pass  # that is how it is ended
    return 0


def _write_lines(device: str | None) -> None:
    import time

    import msgspec

    clock = SystemClock()
    while True:
        instance = the_instance(clock, device)
        sys.stdout.write(msgspec.json.encode(instance.status).decode() + "\n")
        sys.stdout.flush()
        time.sleep(PERIOD_S)


def _show(device: str | None) -> None:
    from rich.console import Console
    from rich.live import Live

    from edgecv.host.threads import Load, ThreadLoads
    from edgecv.screens.top import Rates, draw

    clock = SystemClock()
    console = Console(markup=False, highlight=False, emoji=False)
    rates, threads = Rates(), ThreadLoads()
    loads: list[Load] = []
    seen_s = float("-inf")
    with _keys() as pressed, Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            instance = the_instance(clock, device)
            status = instance.status
            if status.now_s != seen_s:
                seen_s = status.now_s
                rates.add(status)
                loads = threads.look(status.pid, status.threads, clock.now())
            live.update(draw(instance, rates, loads, console.size), refresh=True)
            if pressed(PERIOD_S) in (END, "Q", "\x1b"):
                return


@contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """What waits for a key, so many seconds at most, and gives it; the terminal is as before
    afterwards."""
    import select
    import termios
    import tty

    def pressed(seconds: float) -> str:
        readable, _, _ = select.select([sys.stdin], [], [], seconds)
        if not readable:
            return ""
        return os.read(sys.stdin.fileno(), 1).decode(errors="replace") or END

    before = termios.tcgetattr(sys.stdin)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tty.setcbreak(sys.stdin)
    try:
        yield pressed
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
