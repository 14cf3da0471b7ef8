"""How an update ended, in words."""

from edgecv.update.kept import Last

BY_HAND = "by hand"
"""The reason of a way back that somebody has asked for."""


def in_words(last: Last) -> str:
    """In a line."""
    reason = f": {last.reason}" if last.reason else ""
    day = last.at[:10]
    match last.outcome:
        case "good":
            return f"{last.version} is good since {day}{reason}"
        case "rolled_back":
            return f"{last.version} was left for {last.from_version} on {day}{reason}"
        case "interrupted":
            return f"{last.version} was not installed on {day}{reason}"
