"""The programs that the appliance image is built with, where scripts/image has fetched them."""

import os
from pathlib import Path

import pytest

from firmware.emulator import find_tools

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgecv-image"
TOOLBOX = find_tools(_CACHE) if os.geteuid() == 0 else None

needs_tools = pytest.mark.skipif(
    TOOLBOX is None,
    reason=f"no tools in {_CACHE} that root may enter: sudo scripts/image makes them",
)
