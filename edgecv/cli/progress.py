"""A progress bar on a terminal's standard error; nothing where that is not a terminal."""

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Reach = Callable[[float], None]
"""Called with how much is done."""


@contextmanager
def progress(what: str, total: float) -> Iterator[Reach]:
    """For something of which there is `total` to do; 0 where that is not known."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), Remaining()
    # What is printed meanwhile goes above the bar where both are on the screen, and else where it
    # belongs.
    above = sys.stdout.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=above
    ) as bar:
        task = bar.add_task(what, total=total or None)
        yield lambda done: bar.update(task, completed=done)


def steps(reach: Reach) -> Callable[[], None]:
    """What is called when one more is done."""
    done = itertools.count(1)
    return lambda: reach(next(done))
