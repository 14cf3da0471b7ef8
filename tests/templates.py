"""What the program can say, read out of its source: "…" stands for what is put in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[1] / "edgecv"
GAP = "…"


class Said(NamedTuple):
    """Something that is said in one place."""

    file: Path
    line: int
    how: str
    """The function that says it: "warning", "error", "SourceError"."""
    arguments: tuple[str, ...]


def said(folder: Path, functions: set[str]) -> Iterator[Said]:
    """Every call of one of these `functions`, with the texts that it is given by place."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (name := _name(node.func)) in functions:
                texts = tuple(template(argument) for argument in node.args)
                yield Said(file, node.lineno, name, texts)


def template(node: ast.expr) -> str:
    """The text with gaps; one gap for what is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return _without_formats(text)
        case ast.JoinedStr():
            parts = [template(part) for part in node.values]
            return re.sub(f"{GAP}+", GAP, "".join(parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return template(left) + template(right)
        case _:
            return GAP


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is what `pattern`, with its gaps filled, comes to."""
    parts = [re.escape(part) for part in pattern.split(GAP)]
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


def _without_formats(text: str) -> str:
    """As logging puts arguments in."""
    return re.sub(r"%[-+ #0]*[\d.]*[sdrfg]", GAP, text)


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""
