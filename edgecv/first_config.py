"""The first configuration of a box: the commented example, with what was found in its places."""

import re
from importlib import resources

from edgecv.capture.found import FoundCamera, found_cameras
from edgecv.host.identity import host_name
from edgecv.serial_line.ports import PICO, FoundPort, found_ports


class FirstConfig:
    """`text` is the file; `found` says, a line each, what was put in."""

    def __init__(
        self,
        cameras: list[FoundCamera] | None = None,
        name: str | None = None,
        ports: list[FoundPort] | None = None,
    ) -> None:
        self.text = resources.files("edgecv").joinpath("example.toml").read_text("utf-8")
        self.found: list[str] = []
        self._name(host_name() if name is None else name)
        self._camera(found_cameras() if cameras is None else cameras)
        self._serial(found_ports() if ports is None else ports)

    def _name(self, name: str) -> None:
        if name and name != "localhost":
            self._put("device", "name", name[:64])
            self.found.append(f"device.name = {name[:64]}, which is what this box is called")

    def _camera(self, cameras: list[FoundCamera]) -> None:
        usable = [camera for camera in cameras if camera.problem is None]
        if not usable:
            self.found.append("no camera is plugged in: camera.source stays as it is")
            return
        self._put("camera", "source", usable[0].path)
        others = [camera.path for camera in usable[1:]]
        more = f" (there are also {', '.join(others)})" if others else ""
        self.found.append(f"camera.source = {usable[0].path}, {usable[0].name}{more}")

    def _serial(self, ports: list[FoundPort]) -> None:
        """What is on USB and may be anything is only named: it would not like to be talked to."""
        on_usb = [port for port in ports if port.usb is not None and port.problem is None]
        controller = next((port for port in on_usb if port.usb == PICO), None)
        if controller is not None:
            self._put("serial", "port", controller.path)
            self.found.append(f"serial.port = {controller.path}, {controller.name}")
        elif on_usb:
            names = ", ".join(f"{port.path} ({port.name or port.usb})" for port in on_usb)
            self._put("serial", "port", "", f"# On this box there is {names}.\n")
            self.found.append(f"serial.port stays empty: there is {names}")
        else:
            self.found.append("no serial port is on USB: serial.port stays empty")

    def _put(self, section: str, key: str, value: str, before: str = "") -> None:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        line = f'{before}{key} = "{quoted}"'
        start = self.text.index(f"[{section}]")
        rest = re.sub(
            *(rf"^{key} = .*$", lambda _: line, self.text[start:]), count=1, flags=re.MULTILINE
        )
        self.text = self.text[:start] + rest
