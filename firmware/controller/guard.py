"""The watchdog of last resort: when the appliance has fallen silent, the camera's supply is cut for
a moment, and if that does not help, the board's. Times are in milliseconds."""

SILENT_MS = 60_000
"""Without a heartbeat. A restart of the program takes less."""
CAMERA_OFF_MS = 3_000
CAMERA_WAIT_MS = 60_000
"""What the program may take to come back with a camera that was off."""
BOARD_OFF_MS = 5_000
BOOT_MS = 300_000
"""What the board may take to start, check its disk and count again; twice as long each time."""
CAMERA_CUTS = 3
BOARD_CUTS = 3
"""So often at most until all has been well for a while."""
WELL_MS = 3_600_000
LONGEST_HOLD_MS = 3_600_000

# It does nothing until there was a heartbeat, and after a goodbye.
IDLE, WATCHING, CAMERA_OFF, CAMERA_BACK, BOARD_OFF, BOARD_BACK, GIVEN_UP = range(7)


class Cut:
    """A supply was cut."""

    def __init__(self, number: int, what: str, why: str, silent: int, at: int) -> None:
        self.number = number
        """The how manieth since the start."""
        self.what = what
        self.why = why
        self.silent = silent
        self.at = at


class Guard:
    """Decides; somebody else switches."""

    def __init__(self, now: int) -> None:
        self.camera_on = True
        self.board_on = True
        self.state = IDLE
        self.stuck = ""
        """What the appliance says that is stuck."""
        self.cuts: list[Cut] = []
        """Those that nobody was told of yet, the oldest first."""
        self._beat = now
        self._well_since = now
        self._until = now
        """When the present state is over."""
        self._hold_until = now
        self._cuts = self._camera_cuts = self._board_cuts = 0
        self._resting = False

    def beat(self, now: int) -> None:
        """All is well."""
        self.stuck = ""
        self._resting = False
        if self.state != WATCHING:
            self._well_since = now
        self._beat = now
        self._hold_until = min(self._hold_until, now)  # there is none while it is held off
        if self.camera_on and self.board_on:
            self.state = WATCHING
        if now - self._well_since >= WELL_MS:
            self._camera_cuts = self._board_cuts = 0

    def is_stuck(self, what: str) -> None:
        """The appliance says what is stuck: it is no heartbeat."""
        self.stuck = what

    def hold(self, now: int, duration: int) -> None:
        """Do nothing for so long, or until the next heartbeat; 0 ends it."""
        self._hold_until = now + min(duration, LONGEST_HOLD_MS)

    def rest(self) -> None:
        """The appliance has ended as it was told to: do nothing until it is back."""
        self._resting = True
        self.stuck = ""
        if self.camera_on and self.board_on:
            self.state = IDLE

    def left(self, now: int) -> int:
        """Until a supply is cut; 0 when that is not going to happen."""
        if self.state not in (WATCHING, CAMERA_BACK, BOARD_BACK):
            return 0
        return max(0, self._due() - now)

    def tick(self, now: int) -> bool:
        """To be called often. True when a supply was cut just now."""
        if self.state == CAMERA_OFF and now >= self._until:
            self.camera_on = True
            self._wait(CAMERA_BACK, now + CAMERA_WAIT_MS)
        elif self.state == BOARD_OFF and now >= self._until:
            self.board_on = True
            self._wait(BOARD_BACK, now + (BOOT_MS << (self._board_cuts - 1)))
        elif self.state in (WATCHING, CAMERA_BACK, BOARD_BACK) and now >= self._due():
            return self._cut(now)
        return False

    def _due(self) -> int:
        due = self._beat + SILENT_MS if self.state == WATCHING else self._until
        held = self._hold_until + SILENT_MS
        return max(due, held) if self._hold_until > self._beat else due

    def _cut(self, now: int) -> bool:
        if self.state == WATCHING and self._camera_cuts < CAMERA_CUTS:
            self._camera_cuts += 1
            self.camera_on = False
            self._note("camera", now)
            self._wait(CAMERA_OFF, now + CAMERA_OFF_MS)
        elif self._board_cuts < BOARD_CUTS:
            self._board_cuts += 1
            self.board_on = False
            self._note("board", now)
            self._wait(BOARD_OFF, now + BOARD_OFF_MS)
        else:
            self.state = GIVEN_UP
            return False
        return True

    def _wait(self, state: int, until: int) -> None:
        self.state = IDLE if self._resting and state in (CAMERA_BACK, BOARD_BACK) else state
        self._until = until

    def _note(self, what: str, now: int) -> None:
        self._cuts += 1
        self.cuts.append(Cut(self._cuts, what, self.stuck or "silence", now - self._beat, now))
        self.cuts = self.cuts[-CAMERA_CUTS - BOARD_CUTS :]
