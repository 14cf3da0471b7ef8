"""How much a unit gives away, as systemd sees it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def exposure(file: Path) -> float:
    """0 (nothing) to 10."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level .*: ([\d.]+)", result.stdout)
    assert found, result.stderr
    return float(found[1])
