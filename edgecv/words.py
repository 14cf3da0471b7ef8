"""Numbers, times and names in words, for people."""

from datetime import datetime


def span(seconds: float) -> str:
    """A length of time in the two units that matter: "42 s", "3 min 5 s", "2 d 4 h"."""
    left = max(0, round(seconds))
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    words: list[str] = []
    for name, size in units:
        count, left = divmod(left, size)
        if count or (name == "s" and not words):
            words.append(f"{count} {name}")
        elif words:
            break
        if len(words) == 2:
            break
    return " ".join(words)


def count(number: int, what: str) -> str:
    """ "1 rep", "2 reps"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def megabytes(number: float) -> str:
    return f"{number / 1e3:.1f} GB" if number >= 1e3 else f"{number:.0f} MB"


def clock_time(iso: str) -> str:
    """The local time of day of an ISO 8601 time."""
    try:
        return f"{datetime.fromisoformat(iso).astimezone():%H:%M:%S}"
    except ValueError:
        return ""


def shortened(text: str, most: int) -> str:
    """In at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def spaced(name: str) -> str:
    """The name of an exercise, signal or state as people write it: "push_up" is "push up"."""
    return name.replace("_", " ")
