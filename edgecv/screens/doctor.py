"""What the doctor found, a line a check; in colours where there is a terminal that has them."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from edgecv.doctor.finding import Finding, Group, Verdict
from edgecv.words import count

WORDS = {
    Verdict.OK: ("ok", "green"),
    Verdict.WARNING: ("warning", "yellow"),
    Verdict.FAILURE: ("FAILURE", "bold red"),
    Verdict.UNAVAILABLE: ("n/a", "dim"),
}
VERDICT_COLUMNS, CHECK_COLUMNS = 7, 17


def print_group(console: Console, group: Group) -> None:
    console.print(Text(group.name, style="bold"))
    table = Table.grid(padding=(0, 2))
    table.add_column(width=VERDICT_COLUMNS)
    table.add_column(width=CHECK_COLUMNS, overflow="fold")
    table.add_column(overflow="fold")
    for finding in group.findings:
        word, style = WORDS[finding.verdict]
        table.add_row(Text(word, style=style), Text(finding.check), _found(finding))
    console.print(Padding(table, (0, 0, 0, 2)))


def print_verdict(console: Console, groups: Sequence[Group]) -> None:
    """The last line: how many of what."""
    findings = [finding for group in groups for finding in group.findings]
    words = []
    for verdict, what in ((Verdict.FAILURE, "failure"), (Verdict.WARNING, "warning")):
        number = sum(finding.verdict is verdict for finding in findings)
        if number:
            words.append(count(number, what))
    text, style = ", ".join(words) or "all is well", "green"
    if words:
        style = "bold red" if "failure" in words[0] else "yellow"
    console.print(Text(f"\n{text}", style=style))


def _found(finding: Finding) -> Text:
    text = Text(finding.found, style="dim" if finding.verdict is Verdict.UNAVAILABLE else "")
    if finding.remedy is not None:
        text.append("\n→ " + finding.remedy, style="cyan")
    return text
