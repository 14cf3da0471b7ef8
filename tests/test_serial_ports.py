"""Serial ports: which there are, which one is meant, and why one can't be opened."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from edgecv.config import Config, convert, parse_tables
from edgecv.errors import SerialError
from edgecv.first_config import FirstConfig
from edgecv.serial_line.hold import LONGEST_S, held_s, hold
from edgecv.serial_line.ports import FoundPort, close_port, found_ports, open_port, resolve


class Box:
    """The kernel's files of a box."""

    def __init__(self, folder: Path) -> None:
        self.sys, self.dev = folder / "sys", folder / "dev"
        (self.sys / "class/tty/tty0").mkdir(parents=True)
        (self.dev / "serial/by-id").mkdir(parents=True)

    def usb(self, name: str, usb: str, product: str) -> str:
        """A port on USB; gives its lasting name."""
        device = self.sys / f"devices/usb1/1-{name}"
        (device / "1.0").mkdir(parents=True)
        vendor, _, number = usb.partition(":")
        for file, text in (("idVendor", vendor), ("idProduct", number), ("product", product)):
            (device / file).write_text(f"{text}\n")
        self._tty(name, device / "1.0")
        link = self.dev / "serial/by-id" / f"usb-{product.replace(' ', '_')}-if00"
        link.symlink_to(self.dev / name)
        return str(link)

    def on_board(self, name: str, kind: str = "32") -> None:
        device = self.sys / f"devices/platform/{name}"
        device.mkdir(parents=True)
        self._tty(name, device)
        (self.sys / "class/tty" / name / "type").write_text(f"{kind}\n")

    def _tty(self, name: str, device: Path) -> None:
        folder = self.sys / "class/tty" / name
        folder.mkdir(parents=True)
        (folder / "device").symlink_to(device)
        (self.dev / name).touch()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_ports_are_named_by_their_lasting_names_usb_first(box: Box) -> None:
    box.on_board("ttyAMA0")
    box.on_board("ttyS0", kind="0")  # a place where there is none
    pico = box.usb("ttyACM0", "2e8a:0005", "Board in FS mode")
    found = found_ports(box.sys, box.dev)
    assert [(port.path, port.usb, port.name) for port in found] == [
        (pico, "2e8a:0005", "Board in FS mode"),
        (str(box.dev / "ttyAMA0"), None, ""),
    ]
    assert [port.problem for port in found] == [None, None]


def test_a_port_with_the_system_s_console_is_told(box: Box) -> None:
    box.on_board("ttyAMA0")
    (box.sys / "class/tty/console").mkdir()
    (box.sys / "class/tty/console/active").write_text("tty0 ttyAMA0\n")
    (port,) = found_ports(box.sys, box.dev)
    assert port.problem == "the system's console is on it"


def test_a_port_is_found_by_its_usb_id(box: Box) -> None:
    box.usb("ttyACM0", "2e8a:0005", "Board in FS mode")
    assert resolve("usb:2E8A:0005", box.sys, box.dev) == str(box.dev / "ttyACM0")
    with pytest.raises(SerialError, match="no serial port has the USB id 1a86:7523"):
        resolve("usb:1a86:7523", box.sys, box.dev)
    box.usb("ttyACM1", "2e8a:0005", "Another board")
    with pytest.raises(SerialError, match="2 serial ports have the USB id 2e8a:0005: name one of"):
        resolve("usb:2e8a:0005", box.sys, box.dev)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/dev/ttyNOWHERE", "no such device"),
        ("/dev/null", "can't be used as a serial port"),
        ("/", "can't be used as a serial port"),
    ],
)
def test_what_can_not_be_opened_is_said_with_the_reason(name: str, words: str) -> None:
    with pytest.raises(SerialError, match=words):
        open_port(name, 115200)


def test_a_port_is_for_one_program_and_the_other_one_is_named() -> None:
    master, slave = pty.openpty()
    port = os.ttyname(slave)
    code = (
        "import sys; from edgecv.serial_line.ports import open_port; "
        "opened = open_port(sys.argv[1], 115200); print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, port],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    os.close(slave)
    with pytest.raises(SerialError, match=rf"is in use by pid {other.pid} \("):
        open_port(port, 115200)
    other.communicate("")
    close_port(open_port(port, 115200))
    os.close(master)


def test_a_port_that_a_thread_of_ours_still_holds_is_said_to_be_ours() -> None:
    master, slave = pty.openpty()
    port = os.ttyname(slave)
    os.close(slave)
    ours = open_port(port, 115200)
    with pytest.raises(SerialError, match="is in use by edgecv itself, which waits for its driver"):
        open_port(port, 115200)
    close_port(ours)
    os.close(master)


def port(path: str, usb: str | None, name: str = "", problem: str | None = None) -> FoundPort:
    return FoundPort(path=path, device="/dev/x", name=name, usb=usb, problem=problem)


@pytest.mark.parametrize(
    ("ports", "configured", "words"),
    [
        ([port("/dev/serial/by-id/a", "2e8a:0005", "Pico")], "/dev/serial/by-id/a", "a, Pico"),
        ([port("/dev/serial/by-id/z", "10c4:ea60", "Zigbee")], "", "stays empty: there is"),
        ([port("/dev/ttyAMA0", None)], "", "no serial port is on USB"),
        ([port("/dev/ttyACM0", "2e8a:0005", problem="denied")], "", "no serial port is on USB"),
        ([], "", "no serial port is on USB"),
    ],
)
def test_a_first_configuration_names_the_controller_and_only_mentions_what_may_be_anything(
    ports: list[FoundPort], configured: str, words: str
) -> None:
    first = FirstConfig(cameras=[], name="", ports=ports)
    config = convert(parse_tables(first.text, "first"), Config, "first")
    assert config.serial.port == configured
    assert config.mqtt.port == 1883
    assert any(words in line for line in first.found)
    assert all(one.path in first.text for one in ports if one.usb and one.problem is None)


def test_a_hold_outlives_the_program_and_ends_by_itself(tmp_path: Path) -> None:
    assert held_s(tmp_path, 100.0) == 0.0
    hold(tmp_path, 100.0, 600.0)
    assert held_s(tmp_path, 100.0) == 600.0
    assert held_s(tmp_path, 650.0) == 50.0
    assert held_s(tmp_path, 800.0) == 0.0
    hold(tmp_path, 100.0, 1e9)
    assert held_s(tmp_path, 100.0) == LONGEST_S
    hold(tmp_path, 100.0, 0)
    assert held_s(tmp_path, 100.0) == 0.0
    (tmp_path / "hold").write_bytes(b"\xff rubbish")
    assert held_s(tmp_path, 100.0) == 0.0
