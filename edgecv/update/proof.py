"""What a slot has to show before its tries are given back:

    python -m edgecv.update.proof

Every start takes a try away (boot.cmd). Who is not on trial only has to come to the end of its
start: three plugs that are pulled soon after must not bring an older version back. Who is new, on
trial, has to run for a minute and to do all that the version before did, within `TRIAL_S`, or the
box starts again: after the third time the bootloader goes back to the version before.
"""

import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from edgecv.clock import Clock, SystemClock
from edgecv.errors import EdgecvError
from edgecv.events import State, Status
from edgecv.host.command import run_command
from edgecv.status import FILE, StatusDocument, read_status
from edgecv.update.before import is_heard
from edgecv.update.kept import Places, Trial, keep, read, record
from edgecv.update.slots import LAST_RESORT, read_cmdline, running_slot

RUN_S = 60.0
"""For so long a new version has to run without a restart."""
TRIAL_S = 300.0
"""What is new has to prove good within so long of a start."""
LOOK_S = 1.0
STALE_S = 10.0
"""The status is written once a second; an older one is of somebody who hangs."""
STATUS = Path("/run/edgecv") / FILE
"""Of the appliance."""
MARK_GOOD = ("/usr/lib/edgecv/slot-good", "/proc/cmdline")

log = logging.getLogger("edgecv.update")


class Proof:
    """Looks on while the appliance runs."""

    def __init__(self, trial: Trial | None, now_s: float) -> None:
        self._trial = trial
        self._pid: int | None = None
        self._since_s = now_s

    def lacks(self, status: StatusDocument | None, now_s: float) -> str | None:
        """What is missing at `now_s` (monotonic), in words; None: it has proved good."""
        if status is None or now_s - status.now_s > STALE_S:
            return self._not_running("the appliance does not run", now_s)
        if _is_starting(status.state):
            return self._not_running("the appliance does not come to the end of its start", now_s)
        if self._trial is None:
            return None
        if status.pid != self._pid:
            self._pid, self._since_s = status.pid, now_s
        ran_s = now_s - self._since_s
        if ran_s < RUN_S:
            return f"the appliance has run for {ran_s:.0f} of {RUN_S:.0f} s without a restart"
        return self._of_the_trial(status, self._trial)

    def _not_running(self, words: str, now_s: float) -> str:
        self._pid, self._since_s = None, now_s
        return words

    @staticmethod
    def _of_the_trial(status: StatusDocument, trial: Trial) -> str | None:
        if status.watchdog.degraded is not None:
            return f"the appliance is degraded: {status.watchdog.degraded}"
        if status.model is None or status.model.selftest_ms is None:
            return "the model has not found the person in the built-in picture"
        frames = status.stats.frames.delivered if status.stats is not None else 0
        paused = status.state.status is Status.PAUSED
        if trial.camera and not paused and frames == 0:
            reason = status.state.camera_reason or status.state.camera_state
            return f"no frame was processed (the camera: {reason})"
        if trial.broker:
            if status.mqtt is None:
                return "no broker is configured any more"
            if not is_heard(status):
                return f"the broker has acknowledged nothing ({status.mqtt.error or 'no answer'})"
        return None


def _is_starting(state: State) -> bool:
    """It is called so until the first frame, too, which may never come where there is no camera;
    who has opened one, or has tried to, is at the end of its start."""
    return state.status is Status.STARTING and state.camera_state == "closed"


def prove(
    places: Places,
    slot: str,
    clock: Clock,
    look: Callable[[], StatusDocument | None],
    *,
    last_resort: bool = False,
) -> bool:
    """Wait until the slot that runs has proved good. False: it was on trial, and has not.

    What is missing is kept, in case that this start ends here. Raises OSError.
    """
    trial = read(places.trial, Trial)
    if trial is not None and trial.slot != slot:
        trial = None
    begun_s = clock.now()
    proof = Proof(trial, begun_s)
    never = threading.Event()
    while (lacks := proof.lacks(look(), clock.now())) is not None:
        if trial is not None and not last_resort and clock.now() - begun_s >= TRIAL_S:
            missing = f"after {TRIAL_S / 60:.0f} minutes {lacks}"
            log.error("%s is no good: %s", trial.version, missing)
            keep(places.trial, msgspec.structs.replace(trial, missing=missing))
            return False
        clock.wait(never, LOOK_S)
    return True


def end_trial(places: Places, slot: str, clock: Clock) -> None:
    """It has proved good. Raises OSError."""
    trial = read(places.trial, Trial)
    if trial is None or trial.slot != slot:
        return
    log.info("%s has proved good", trial.version)
    record(
        places,
        clock,
        version=trial.version,
        from_version=trial.from_version,
        outcome="good",
    )


def _look(file: Path) -> StatusDocument | None:
    try:
        return read_status(file)
    except EdgecvError:
        return None


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    places, clock = Places(), SystemClock()
    try:
        cmdline = read_cmdline()
        slot, last_resort = running_slot(cmdline), LAST_RESORT in cmdline
        good = prove(places, slot, clock, lambda: _look(STATUS), last_resort=last_resort)
        run_command(MARK_GOOD if good else ("/usr/bin/systemctl", "--no-block", "reboot"))
        if good:
            end_trial(places, slot, clock)
            log.info("edgecv: slot %s has proved good", slot)
    except (OSError, EdgecvError) as error:
        log.error("the slot can't be judged: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
