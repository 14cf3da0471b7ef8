"""Running under a service manager: the budget of restarts, degraded mode, and reboots."""

import os

from edgecv.clock import Clock
from edgecv.host.argus import ArgusRestarts, request_folder
from edgecv.host.identity import boot_id
from edgecv.host.instance import runtime_folder, state_folder
from edgecv.host.notify import Notifier
from edgecv.host.reboot import Reboots
from edgecv.host.restarts import RestartBudget, Start


class Service:
    """What this start and its end mean to the service manager. Nothing is counted for a program
    that somebody has started by hand."""

    def __init__(self, device_id: str, clock: Clock) -> None:
        self.notifier = Notifier()
        self.is_one = "NOTIFY_SOCKET" in os.environ
        folder = runtime_folder(device_id)
        self._budget = RestartBudget(folder, boot_id())
        self._reboots = Reboots(folder, state_folder())
        requests = request_folder()
        self.argus = ArgusRestarts(requests, boot_id()) if requests else None
        """None where no unit waits for its requests."""
        self._start = self._budget.begin(clock.now()) if self.is_one else Start(0, None, 0)
        if self.degraded and self._start.degraded_before:
            # Everything was tried twice, with a quarter of an hour in between.
            self._reboots.ask(self.degraded)

    @property
    def degraded(self) -> str | None:
        """Why camera and model are to be left alone; None when they are not."""
        return self._start.degraded

    @property
    def unclean_ends(self) -> int:
        """Within the last ten minutes."""
        return self._start.unclean

    def well(self) -> None:
        """Nothing fatal has happened for a long while."""
        self._reboots.well()

    def failed(self, reason: str) -> None:
        """It is about to end for this reason, and shall be started again."""
        if self.is_one:
            self._budget.fail(reason)

    def ended(self) -> None:
        """It ends as it was told to; whoever started it anew has had enough of degraded mode."""
        if self.is_one:
            if self.degraded:
                self._budget.forgive()
            self._budget.end()
