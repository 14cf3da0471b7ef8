"""docs/messages.md has every message that the program can write, and no other."""

import ast
import re
from collections.abc import Iterator

from tests.templates import GAP, PACKAGE, said, template

PAGE = (PACKAGE.parent / "docs" / "messages.md").read_text(encoding="utf-8")
LISTED = re.findall(r"^\| `(.+?)` \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
LOGGED = {"warning", "error", "critical", "exception", "complain"}
RAISED = {
    "EdgecvError",
    "SourceError",
    "ModelError",
    "FrameError",
    "TraceError",
    "SerialError",
    "StrangerError",
}
SETTINGS = {"ConfigError"}
"""They name the key, its value and what is allowed."""
REASONS = {
    "capture/v4l.py": {"why_not_open"},
    "capture/device.py": {"_why_no_frames"},
    "host/argus.py": {"ask"},
    "host/jetson.py": {"problem"},
    "host/onnxruntime_builds.py": {"_wrong_with"},
    "sinks/mqtt_link.py": {"explain", "wait", "_answered", "_closed", "_subscribed"},
    "sinks/mqtt_session.py": {"_look_at_acknowledgements"},
}
"""Functions that put what is to be said into words for others, who say it."""


def of_the_log() -> Iterator[tuple[str, str]]:
    for one in said(PACKAGE, LOGGED | RAISED):
        if one.file.parent.name != "doctor" and one.arguments:
            yield f"{one.file.relative_to(PACKAGE)}:{one.line}", one.arguments[0]


def of_the_doctor() -> Iterator[tuple[str, str]]:
    for one in said(PACKAGE / "doctor", {"warning", "failure"}):
        check, found = one.arguments[:2]
        yield f"doctor/{one.file.name}:{one.line}", f"{check}: {found}"


def of_reasons() -> Iterator[tuple[str, str]]:
    """The texts of several words in these functions."""
    for name, functions in REASONS.items():
        for node in ast.walk(ast.parse((PACKAGE / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name in functions:
                for text in ast.walk(node):
                    words = template(text) if isinstance(text, ast.JoinedStr) else ""
                    if words.count(" ") > 2 and GAP in words and words[0] != " ":
                        yield f"{name}:{node.name}", words


def has_words(text: str) -> bool:
    return re.search(r"[A-Za-z]{3}", text) is not None


def test_every_message_is_on_the_page() -> None:
    page = {message for message, _, _ in LISTED}
    missing = [
        f"{where}: {text}"
        for where, text in [*of_the_log(), *of_the_doctor(), *of_reasons()]
        if has_words(text) and text not in page
    ]
    assert missing == [], "name them in docs/messages.md, with cause and remedy"


def test_no_message_is_on_the_page_that_nobody_writes() -> None:
    said_somewhere = {text for _, text in [*of_the_log(), *of_the_doctor(), *of_reasons()]}
    assert [message for message, _, _ in LISTED if message not in said_somewhere] == []


def test_every_message_is_there_once_with_a_cause_and_a_remedy() -> None:
    messages = [message for message, _, _ in LISTED]
    assert len(messages) == len(set(messages)) > 100
    for _, cause, remedy in LISTED:
        assert len(cause) > 3
        assert len(remedy) > 3
