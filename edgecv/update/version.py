"""Which of two versions is the newer one. Pure."""

import re

_BEFORE = {"dev": -4, "a": -3, "alpha": -3, "b": -2, "beta": -2, "c": -1, "rc": -1}
"""What stands for "not yet", in the order of PEP 440."""
_END = (0, 0, "")


def is_newer(version: str, than: str) -> bool:
    """ "0.10" is newer than "0.9", "0.9" than "0.9rc1", "0.9+2" than "0.9"; "0.9" and "0.9.0" are
    the same."""
    return _key(version) > _key(than)


def _key(version: str) -> list[tuple[int, int, str]]:
    parts = [_part(word) for word in re.findall(r"\d+|[a-z]+", version.lower().removeprefix("v"))]
    numbers = next((at for at, part in enumerate(parts) if part[0] != 1), len(parts))
    while numbers and parts[numbers - 1] == (1, 0, ""):
        numbers -= 1
        del parts[numbers]
    return [*parts, _END]


def _part(word: str) -> tuple[int, int, str]:
    if word.isdigit():
        return (1, int(word), "")
    return (-1, _BEFORE[word], "") if word in _BEFORE else (1, -1, word)
