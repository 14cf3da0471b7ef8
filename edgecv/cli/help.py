"""How help is laid out."""

import argparse
import itertools
import textwrap


class Help(argparse.HelpFormatter):
    """Paragraphs are wrapped to the terminal; lines that are indented, which are examples, stay as
    they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        blocks: list[str] = []
        for kept, lines in itertools.groupby(text.splitlines(), _stays):
            if kept:
                blocks += lines
            else:
                blocks += textwrap.wrap(" ".join(lines), width, break_on_hyphens=False)
        return "".join(f"{indent}{line}\n" for line in blocks)


def _stays(line: str) -> bool:
    return not line or line.startswith(" ") or line.endswith(":")
