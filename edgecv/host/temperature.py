"""How warm the processor is."""

from pathlib import Path

ZONES = Path("/sys/class/thermal")
_PROCESSOR = ("cpu", "soc", "x86_pkg", "acpitz", "bcm")
"""What zones of a processor are called: cpu-thermal, soc-thermal, CPU-therm, x86_pkg_temp, …"""
_PLAUSIBLE = range(-40, 151)


def temperature_c(zones: Path = ZONES) -> float | None:
    """The warmest zone of the processor, in °C; None where the kernel does not tell."""
    found = []
    for zone in sorted(zones.glob("thermal_zone*")):
        try:
            kind = (zone / "type").read_text(encoding="ascii", errors="replace").strip().lower()
            degrees = int((zone / "temp").read_text(encoding="ascii")) / 1000
        except (OSError, ValueError):  # switched off, or gone
            continue
        if kind.startswith(_PROCESSOR) and int(degrees) in _PLAUSIBLE:
            found.append(degrees)
    return max(found, default=None)
