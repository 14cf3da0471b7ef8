"""What the doctor found, a line a check; in colours where there is a terminal that has them."""

import textwrap
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from edgecv.doctor.finding import Finding, Group, Verdict
from edgecv.words import count

WORDS = {
    Verdict.OK: ("ok", "green"),
    Verdict.WARNING: ("warning", "yellow"),
    Verdict.FAILURE: ("FAILURE", "bold red"),
    Verdict.UNAVAILABLE: ("n/a", "dim"),
}
INDENT = 29
"""Columns of what stands before the words: two, the verdict, the check."""
NARROWEST = 24


def print_group(console: Console, group: Group) -> None:
    console.print(Text(group.name, style="bold"))
    for finding in group.findings:
        console.print(_lines(finding, console.width), soft_wrap=True)


def print_verdict(console: Console, groups: Sequence[Group]) -> None:
    """The last line: how many of what."""
    findings = [finding for group in groups for finding in group.findings]
    words = []
    for verdict, what in ((Verdict.FAILURE, "failure"), (Verdict.WARNING, "warning")):
        number = sum(finding.verdict is verdict for finding in findings)
        if number:
            words.append(count(number, what))
    style = "green"
    if words:
        style = "bold red" if "failure" in words[0] else "yellow"
    console.print(Text(f"\n{', '.join(words) or 'all is well'}", style=style))


def _lines(finding: Finding, columns: int) -> Text:
    word, style = WORDS[finding.verdict]
    text = Text()
    text.append(f"  {word:<8} ", style=style)
    text.append(f"{finding.check:<{INDENT - 12}} ")
    quiet = "dim" if finding.verdict is Verdict.UNAVAILABLE else ""
    room = max(NARROWEST, columns - INDENT)
    text.append(_wrapped(finding.found, room), style=quiet)
    if finding.remedy is not None:
        text.append(f"\n{' ' * INDENT}")
        text.append(_wrapped(f"→ {finding.remedy}", room, "  "), style="cyan")
    return text


def _wrapped(words: str, room: int, hanging: str = "") -> str:
    lines = textwrap.wrap(words, room, subsequent_indent=hanging, break_on_hyphens=False)
    return f"\n{' ' * INDENT}".join(lines)
