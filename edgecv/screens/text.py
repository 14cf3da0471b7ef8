"""Plain text for terminals of any width, and for pipes."""

import shutil
import textwrap
from collections.abc import Iterable, Sequence

NARROWEST = 40
HEAD = 10
"""Columns of what stands in front of a line."""


def width() -> int:
    """Columns of the terminal: as the environment (COLUMNS) or the terminal says, else 80."""
    return max(NARROWEST, shutil.get_terminal_size().columns)


def line(head: str, parts: Iterable[str | None], columns: int) -> str:
    """`head`, and what there is of `parts`, with dots between; wrapped under itself."""
    text = " · ".join(part for part in parts if part)
    return textwrap.fill(
        text,
        columns,
        initial_indent=f"{head:<{HEAD}}",
        subsequent_indent=" " * HEAD,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(rows: Sequence[Sequence[str]], numbers: frozenset[int] = frozenset()) -> list[str]:
    """Lines of columns, as wide as they must be; those in `numbers` end at the same place."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(size) if index in numbers else cell.ljust(size)
            for index, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
