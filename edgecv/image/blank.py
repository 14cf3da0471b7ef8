"""Takes the secrets out of a boot file, and leaves the rest as somebody wrote it. Pure."""

import re

from edgecv.capture.address import without_passwords
from edgecv.config import Tables, parse_tables
from edgecv.errors import ConfigError
from edgecv.image.boot_file import SECRETS, written

_STRING = r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'"


def blanked(text: str) -> str:
    """The same with empty passwords, and stars for one in the camera's address. Where its form is
    an unusual one, what is in it is written anew, without comments: nothing secret stays. `text`
    is valid TOML."""
    tables = parse_tables(text, "the boot file")
    clean = parse_tables(text, "the boot file")
    for section, key in SECRETS:
        if key in clean.get(section, {}):
            clean[section][key] = ""
    source = tables.get("camera", {}).get("source", "")
    if source:
        clean["camera"]["source"] = without_passwords(source)
    if clean == tables:
        return text
    edited = re.sub(rf"(\bpassword\s*=\s*)({_STRING})", r'\1""', text)
    if source:
        edited = edited.replace(source, without_passwords(source))
    secrets = [tables.get(section, {}).get(key) for section, key in SECRETS]
    secrets += [source] if source != without_passwords(source) else []
    hidden = not any(secret and secret in edited for secret in secrets)
    return edited if hidden and _says(edited, clean) else written(clean)


def _says(text: str, tables: Tables) -> bool:
    try:
        return parse_tables(text, "the boot file") == tables
    except ConfigError:
        return False
