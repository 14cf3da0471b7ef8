"""A sink that shows nothing."""

import math

from edgecv.sinks.mailbox import Mailbox


class Quiet:
    """Keeps what comes in its mailbox, for whoever wants to take it from there."""

    stats_interval_s = math.inf
    answers = False

    def __init__(self) -> None:
        self.mailbox = Mailbox()

    def start(self) -> None:
        """There is nothing to start."""

    def stop(self, timeout_s: float) -> bool:  # noqa: ARG002
        return True
