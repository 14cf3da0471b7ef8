"""From the address in the configuration to a source."""

import re
import shlex
from collections.abc import Callable

from edgecv.capture.address import without_passwords
from edgecv.capture.source import Source
from edgecv.clock import Clock
from edgecv.config import Camera
from edgecv.errors import ConfigError

KINDS = (
    "a number or /dev/… (camera), rtsp://… or http://… (network camera), csi: (camera on the "
    "ribbon cable), exec:COMMAND, exec-raw:WIDTHxHEIGHT:COMMAND, synthetic:EXERCISE, a video file"
)


def make_source(
    camera: Camera, clock: Clock, ask_argus: Callable[[str], str | None] | None = None
) -> Source:
    """The source that `camera.source` names; it is opened later, by the capture thread.

    `ask_argus` asks for a restart of a Jetson's nvargus-daemon (see ArgusCamera).

    - `0`, `/dev/video0`, `/dev/v4l/by-id/…`: a V4L2 camera
    - `rtsp://…`, `rtsps://…`, `http://…`, `https://…`: a network camera
    - `csi:` or `csi:1`: a camera on the ribbon cable of a Raspberry Pi or Jetson
    - `exec:COMMAND`: a program that writes JPEG pictures, one after the other, to its standard
      output. The command line is split as a shell would, but no shell runs it: for a pipeline
      write `exec:sh -c 'one | other'`
    - `exec-raw:WIDTHxHEIGHT:COMMAND`: the same with BGR pictures of that size, three bytes a pixel
    - `synthetic:…`: the synthetic athlete
    - anything else without a scheme: a video file

    Raises ConfigError for an address that can't be understood.
    """
    address = camera.source
    scheme, _, rest = address.partition(":")
    scheme = scheme.lower()
    if scheme == "synthetic":
        from edgecv.capture.synthetic import parse_synthetic

        return parse_synthetic(address, width=camera.width, height=camera.height, clock=clock)
    if scheme in ("exec", "exec-raw", "csi"):
        return _child(scheme, rest, camera, clock, ask_argus)
    if scheme in ("rtsp", "rtsps", "http", "https"):
        from edgecv.capture.network import NetworkStream

        return NetworkStream(address)
    if "://" in address:
        raise ConfigError(f"source {without_passwords(address)}: expected {KINDS}")
    if address.isdecimal() or address.startswith("/dev/"):
        from edgecv.capture.device import Device

        path = f"/dev/video{int(address)}" if address.isdecimal() else address
        return Device(path, width=camera.width, height=camera.height, fps=camera.fps)
    from edgecv.capture.files import VideoFile

    return VideoFile(address)


def _child(
    scheme: str,
    rest: str,
    camera: Camera,
    clock: Clock,
    ask_argus: Callable[[str], str | None] | None,
) -> Source:
    from edgecv.capture.child import ChildProcess

    name = f"{scheme}:{rest}"
    if scheme == "csi":
        from edgecv.capture.csi import csi_command
        from edgecv.host.jetson import is_jetson

        if rest and not rest.isdecimal():
            raise ConfigError(f"source {name}: expected csi: or csi:NUMBER")
        number, width, height, fps = int(rest or 0), camera.width, camera.height, camera.fps

        def of_this_board() -> list[str]:
            return csi_command(number, width=width, height=height, fps=fps)

        if is_jetson():
            from edgecv.capture.argus import ArgusCamera

            return ArgusCamera(of_this_board, clock, name=name, fps=fps, ask=ask_argus)
        return ChildProcess(of_this_board, name=name, fps=fps)
    size = None
    line = rest
    if scheme == "exec-raw":
        match = re.fullmatch(r"(\d{1,4})x(\d{1,4}):(.*)", rest, re.DOTALL)
        if match is None or not int(match[1]) or not int(match[2]):
            raise ConfigError(
                f"source {without_passwords(name)}: expected exec-raw:WIDTHxHEIGHT:COMMAND, "
                "such as exec-raw:640x480:my-camera --bgr"
            )
        size, line = (int(match[1]), int(match[2])), match[3]
    try:
        command = shlex.split(line)
    except ValueError as error:
        raise ConfigError(f"source {without_passwords(name)}: {error}") from None
    if not command:
        raise ConfigError(f"source {scheme}: names no command")
    return ChildProcess(lambda: command, name=name, raw_size=size)
