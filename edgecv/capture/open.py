"""From the address in the configuration to a source."""

from edgecv.capture.source import Source
from edgecv.clock import Clock
from edgecv.config import Camera


def make_source(camera: Camera, clock: Clock) -> Source:
    """The source that `camera.source` names; it is opened later, by the capture thread.

    Raises ConfigError for an address that can't be understood.
    """
    address = camera.source
    if address.startswith("synthetic:"):
        from edgecv.capture.synthetic import parse_synthetic

        return parse_synthetic(address, width=camera.width, height=camera.height, clock=clock)
    from edgecv.capture.opencv import Device, VideoFile

    if address.startswith("/dev/"):
        return Device(address, width=camera.width, height=camera.height, fps=camera.fps)
    return VideoFile(address)
