"""Cameras of the kernel in the emulated machine: its test driver `vivid`, and a USB camera of ours.

The USB camera is plugged in by USB/IP, over the network from here. A gadget on `dummy_hcd`, which
the kernel has, too, can be none: Linux's UVC gadget streams by isochronous transfers alone, and
`dummy_hcd` has no endpoint for them ("uvc: Unable to allocate streaming EP", 6.12).
"""

import socket
from functools import partial
from pathlib import Path

from firmware.emulator import HOST, Machine
from tests import usb_camera, vivid
from tests.streams import jpeg
from tests.usb_camera import Mode, UsbCamera

MODULES = ("vivid", "vhci_hcd", "uvcvideo")
"""What a kernel needs for them."""
FOLDER = "/run/camera-test"
PYTHON = "/opt/edgecv/bin/python"
VIVID = "/dev/v4l/by-path/platform-vivid.0-video-index0"
USB = "/dev/edgecv/camera"
"""As the image's rule names the USB camera that is plugged in."""
RATE = 10
PICTURES = tuple(jpeg(shade, 640, 480) for shade in range(0, 250, 50))
CALL_S = 60.0


def prepare(machine: Machine) -> None:
    """Put what is needed there."""
    sources = [Path(str(program.__file__)) for program in (usb_camera, vivid)]
    machine.put(FOLDER, {source.name: source.read_bytes() for source in sources})
    machine.do("modprobe -a vhci_hcd uvcvideo && modprobe vivid n_devs=1 node_types=0x1")


def make_usb_camera(machine: Machine) -> UsbCamera:
    """Not plugged in yet."""
    modes = (Mode("MJPG", (640, 480), (RATE,)), Mode("YUYV", (320, 240), (RATE,)))
    return UsbCamera(PICTURES, modes=modes, fps=RATE, plug=partial(plug_in, machine))


def plug_in(machine: Machine) -> socket.socket:
    """Our end of the cable: the machine calls us, and gives its end to its kernel."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(CALL_S)
        call = f"socket.create_connection(('{HOST}', {server.getsockname()[1]}))"
        code = f"import socket, usb_camera; usb_camera.attach({call})"
        machine.do(f'cd {FOLDER} && {PYTHON} -c "{code}"')
        ours, _ = server.accept()
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ours


def set_vivid(machine: Machine, name: str, value: int = 1) -> None:
    """A control of vivid; also presses a button."""
    machine.do(f"{PYTHON} {FOLDER}/vivid.py {VIVID} '{name}' {value}")
