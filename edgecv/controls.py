"""What the commands do. Used by the main thread."""

import logging
from collections.abc import Callable, Mapping

from edgecv.choices import Choices, Value
from edgecv.commands import Command, Order
from edgecv.config import AUTO
from edgecv.counting import Counting
from edgecv.events import Status
from edgecv.host.led import blink
from edgecv.loops import Loops
from edgecv.picture.publisher import SETUP
from edgecv.reporter import Reporter
from edgecv.taught import known_exercises

log = logging.getLogger("edgecv")

EXERCISE, CAMERA_ON, MAX_FPS = "exercise", "camera_on", "max_fps"
"""What can be chosen while it runs, and is kept."""
IDENTIFY_S = 10.0


class Controls:
    """Carries orders out; what was chosen before is carried out by `begin`."""

    def __init__(
        self,
        configured: Mapping[str, Value],
        remembered: Mapping[str, str],
        remember: Callable[[str, str], None],
        *,
        name: str,
        loops: Loops,
        reporter: Reporter,
        restart: Callable[[], None],
        install: Callable[[], str | None],
    ) -> None:
        """`configured` has EXERCISE, CAMERA_ON and MAX_FPS; `remembered` is what `remember` was
        given in earlier runs. `name` is the device's, `restart` is asked to begin anew, `install`
        to update the box, and gives why not."""
        self._choices = Choices(configured, remembered, remember)
        self._name = name
        self._loops = loops
        self._live = loops.live
        self._reporter = reporter
        self._restart = restart
        self._install = install

    @property
    def exercise(self) -> str:
        exercise = str(self._choices[EXERCISE])
        # It may have been chosen when there were others.
        return exercise if exercise in known_exercises() else AUTO

    @property
    def max_fps(self) -> float:
        """A recording is never paced."""
        return float(self._choices[MAX_FPS]) if self._live else 0.0

    @property
    def camera_on(self) -> bool:
        return bool(self._choices[CAMERA_ON]) or not self._live

    def begin(self) -> None:
        """Once the model is loaded, before capture starts."""
        self._reporter.state(exercise=self.exercise, max_fps=self.max_fps)
        self._switch_camera(self.camera_on)

    def obey(self, order: Order) -> str | None:
        """Why not, in words; None when it was done."""
        match order.command:
            case Command.EXERCISE:
                self._choices.choose(EXERCISE, order.text)
                self._counting().choose(order.text)
            case Command.CAMERA:
                return self._choose_camera(order.on)
            case Command.MAX_FPS:
                return self._choose_max_fps(order.number)
            case Command.SETUP_VIEW | Command.SNAPSHOT:
                return self._show(order)
            case Command.RESET_SET:
                self._counting().reset_set()
            case Command.UNDO_REP | Command.ADD_REP:
                return self._correct(+1 if order.command is Command.ADD_REP else -1)
            case Command.RESTART:
                self._restart()
            case Command.IDENTIFY | Command.UPDATE:
                return self._identify() if order.command is Command.IDENTIFY else self._install()
        return None

    def _correct(self, change: int) -> str | None:
        if self._counting().correct(change):
            return None
        return "no set has begun" if change > 0 else "there is no rep in this set to take back"

    def _identify(self) -> str | None:
        log.info("this is %s", self._name)
        if blink(IDENTIFY_S):
            return None
        return "this box has no light that we may use; its log says which one it is"

    def _choose_camera(self, on: bool) -> str | None:
        if not self._live:
            return "a recording can't be paused"
        self._choices.choose(CAMERA_ON, on)
        self._switch_camera(on)
        return None

    def _choose_max_fps(self, max_fps: float) -> str | None:
        if not self._live:
            return "a recording has no rate"
        self._choices.choose(MAX_FPS, max_fps)
        if self._loops.inference is not None:
            self._loops.inference.limit(max_fps)
        self._reporter.state(max_fps=max_fps)
        return None

    def _show(self, order: Order) -> str | None:
        pictures = self._loops.pictures
        if pictures is None:
            return "nobody takes pictures"
        on = order.on or order.command is Command.SNAPSHOT
        state = self._reporter.state()
        if on and not state.camera_on:
            return "the camera is switched off"
        if order.command is Command.SETUP_VIEW:
            pictures.setup(on)
        elif state.camera:
            pictures.once(SETUP)
        else:
            return "there is no picture: the camera gives no frames"
        return None

    def _switch_camera(self, on: bool) -> None:
        """Off closes the device for real."""
        self._counting().pause(not on)
        status = Status.STARTING if on else Status.PAUSED
        self._reporter.state(camera_on=on, status=status)
        if self._loops.pictures is not None and not on:
            self._loops.pictures.forget()
        self._loops.capture.pause(not on)

    def _counting(self) -> Counting:
        assert self._loops.counting is not None
        return self._loops.counting
