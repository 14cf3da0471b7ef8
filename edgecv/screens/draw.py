"""The console of rich, as all that draws uses it."""

import os
import sys
from typing import TextIO

from rich.console import Console

from edgecv.screens.text import width


def make_console(out: TextIO | None = None) -> Console:
    """Colours only for a terminal that has them and a user who wants them (NO_COLOR); nothing in
    the text is taken for markup."""
    return Console(
        file=out or sys.stdout,
        width=width(),
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        markup=False,
        highlight=False,
        emoji=False,
    )
