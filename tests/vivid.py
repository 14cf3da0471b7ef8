"""The controls of the kernel's test camera `vivid`, and how they are set.

vivid.py DEVICE NAME VALUE    (also in a machine that has none of our packages)
"""

import fcntl
import os
import struct
import sys

QUERY_CONTROL, SET_CONTROL, NEXT_CONTROL = 0xC0445624, 0xC008561C, 0x80000000
"""VIDIOC_QUERYCTRL, VIDIOC_S_CTRL and V4L2_CTRL_FLAG_NEXT_CTRL, linux/videodev2.h."""


def controls(device: str) -> dict[str, int]:
    """Their numbers, by name."""
    found: dict[str, int] = {}
    number = 0
    descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    try:
        while True:
            answer = bytearray(struct.pack("I64x", number | NEXT_CONTROL))
            try:
                fcntl.ioctl(descriptor, QUERY_CONTROL, answer)
            except OSError:
                return found
            number, _, name = struct.unpack_from("II32s", answer)
            found[name.rstrip(b"\0").decode()] = number
    finally:
        os.close(descriptor)


def faults(device: str) -> list[str]:
    """The buttons that make the driver fail once."""
    return [name for name in controls(device) if name.startswith("Inject") and "Error" in name]


def set_control(device: str, name: str, value: int = 1) -> None:
    """Also presses a button. Raises KeyError when there is none of that name."""
    number = controls(device)[name]
    descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(descriptor, SET_CONTROL, struct.pack("Ii", number, value))
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    set_control(sys.argv[1], sys.argv[2], int(sys.argv[3]))
