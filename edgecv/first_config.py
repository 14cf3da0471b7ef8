"""The first configuration of a box: the commented example, with what was found in its places."""

import re
from importlib import resources

from edgecv.capture.found import FoundCamera, found_cameras
from edgecv.host.identity import host_name


class FirstConfig:
    """`text` is the file; `found` says, a line each, what was put in."""

    def __init__(self, cameras: list[FoundCamera] | None = None, name: str | None = None) -> None:
        self.text = resources.files("edgecv").joinpath("example.toml").read_text("utf-8")
        self.found: list[str] = []
        self._name(host_name() if name is None else name)
        self._camera(found_cameras() if cameras is None else cameras)

    def _name(self, name: str) -> None:
        if name and name != "localhost":
            self._put("name", name[:64])
            self.found.append(f"device.name = {name[:64]}, which is what this box is called")

    def _camera(self, cameras: list[FoundCamera]) -> None:
        usable = [camera for camera in cameras if camera.problem is None]
        if not usable:
            self.found.append("no camera is plugged in: camera.source stays as it is")
            return
        self._put("source", usable[0].path)
        others = [camera.path for camera in usable[1:]]
        more = f" (there are also {', '.join(others)})" if others else ""
        self.found.append(f"camera.source = {usable[0].path}, {usable[0].name}{more}")

    def _put(self, key: str, value: str) -> None:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        line = f'{key} = "{quoted}"'
        self.text = re.sub(rf"^{key} = .*$", lambda _: line, self.text, count=1, flags=re.MULTILINE)
