"""The Wi-Fi network as iwd has it on the disk (iwd.network(5), iwd.config(5)). Pure."""

import re
from typing import Any

PASSPHRASE, KEY = "Passphrase", "PreSharedKey"


def profile_name(ssid: str, *, secured: bool) -> str:
    """The file of a network: its name, or that in hexadecimal digits."""
    plain = re.fullmatch(r"[A-Za-z0-9 _-]+", ssid)
    name = ssid if plain else f"={ssid.encode().hex()}"
    return f"{name}.{'psk' if secured else 'open'}"


def profile(wifi: dict[str, Any]) -> str:
    """`wifi` is that of a boot file."""
    password = wifi.get("password", "")
    lines = []
    if password:
        kind = KEY if re.fullmatch("[0-9A-Fa-f]{64}", password) else PASSPHRASE
        lines += ["[Security]", f"{kind}={_escaped(password)}"]
    lines += ["[Settings]", "AutoConnect=true"]
    if wifi.get("hidden"):
        lines.append("Hidden=true")
    return "\n".join(lines) + "\n"


def settings(country: str) -> str:
    """iwd's own; it has the kernel keep to the rules of the country."""
    return f"[General]\nCountry={country}\n" if country else ""


def _escaped(password: str) -> str:
    """A space at the beginning and backslashes are written otherwise (l_settings of ell)."""
    escaped = password.replace("\\", "\\\\")
    return "\\s" + escaped[1:] if escaped.startswith(" ") else escaped
