"""What can go wrong in a way that the user can mend: one class a remedy."""


class EdgecvError(Exception):
    """Its text says what was tried, what was found and what to do; no traceback is shown."""

    exit_code = 1


class ConfigError(EdgecvError):
    """The configuration or the command line can't be used: correct it."""

    exit_code = 2


class SourceError(EdgecvError):
    """The frame source can't be opened or gives no frames: check the camera, file or address."""


class FrameError(EdgecvError):
    """One frame is of no use; the next may be."""


class ModelError(EdgecvError):
    """The model file is missing, damaged or not a model that edgecv knows: choose another."""


class SerialError(EdgecvError):
    """The serial line can't be used: check the port and what is plugged into it."""
