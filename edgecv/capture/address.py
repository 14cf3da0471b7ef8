"""Addresses as they may be shown to people."""

import re

HIDDEN = "***"
"""What stands in the place of a password."""
_USER_INFO = re.compile(r"(\w://[^\s:/@]*):\S*@")
"""Up to the last @, as passwords that were not escaped may hold one, or a slash."""
_SETTING = re.compile(r"(\w*(?:pass|pwd|token|secret|key|auth)\w*=)[^&;\s]+", re.IGNORECASE)
"""Some cameras want the password as a setting: ?usr=admin&pwd=…"""


def without_passwords(text: str) -> str:
    """`text` with stars for the passwords of the URLs in it."""
    return _SETTING.sub(rf"\1{HIDDEN}", _USER_INFO.sub(rf"\1:{HIDDEN}@", text))
