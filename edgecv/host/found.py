"""What is plugged into this box, and what it is called."""

import socket
from pathlib import Path


def serial_ports(dev: Path = Path("/dev")) -> list[str]:
    """By the names that last."""
    return sorted(str(link) for link in dev.glob("serial/by-id/*"))


def host_name() -> str:
    return socket.gethostname().partition(".")[0]
