"""How much memory this process uses."""

import os
from pathlib import Path


def resident_mb() -> float | None:
    """Resident memory in MB (10^6 bytes); None where the kernel does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
