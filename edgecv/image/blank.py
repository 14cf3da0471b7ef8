"""Takes the secrets out of a boot file, and leaves the rest as somebody wrote it. Pure."""

import re

from edgecv.config import parse_tables
from edgecv.errors import ConfigError
from edgecv.image.boot_file import SECRETS, written

_STRING = r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'"


def blanked(text: str) -> str:
    """The same with empty passwords. Where its form is an unusual one, what is in it is written
    anew, without comments: nothing secret stays. `text` is valid TOML."""
    secrets = _secrets(text)
    if not secrets:
        return text
    edited = re.sub(rf"(\bpassword\s*=\s*)({_STRING})", r'\1""', text)
    if _is_clean(edited, text, secrets):
        return edited
    tables = parse_tables(text, "the boot file")
    for section, key in SECRETS:
        if key in tables.get(section, {}):
            tables[section][key] = ""
    return written(tables)


def _secrets(text: str) -> set[str]:
    tables = parse_tables(text, "the boot file")
    found = {tables.get(section, {}).get(key) for section, key in SECRETS}
    return {secret for secret in found if secret}


def _is_clean(edited: str, text: str, secrets: set[str]) -> bool:
    """It says the same as `text` but for the secrets, which are nowhere in it."""
    if any(secret in edited for secret in secrets):
        return False
    try:
        after = parse_tables(edited, "the boot file")
    except ConfigError:
        return False
    before = parse_tables(text, "the boot file")
    for section, key in SECRETS:
        if key in before.get(section, {}):
            before[section][key] = ""
    return before == after
