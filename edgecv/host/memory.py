"""How much memory this process uses, and giving back what it does not need."""

import ctypes
import os
from pathlib import Path


def resident_mb() -> float | None:
    """Resident memory in MB (10^6 bytes); None where the kernel does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def trim() -> None:
    """Give memory that was freed back to the system, as far as the C library can."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library than GNU's
        return
