"""Asks OpenCV for a V4L2 camera's frames and writes what it answered; runs in the emulated machine.

opencv_facts.py read DEVICE SECONDS    each frame, without conversion: a line
                                       SECONDS-IT-TOOK WHETHER-IT-CAME ROWS SHA-256
opencv_facts.py open DEVICE            whether it opens: a line SECONDS-IT-TOOK WHETHER
"""

import hashlib
import os
import sys
import time

os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = "1"
os.environ["OPENCV_LOG_LEVEL"] = "SILENT"

import cv2


def read(device: str, seconds: float) -> None:
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        began_s = time.monotonic()
        came = capture.grab()
        took_s = time.monotonic() - began_s
        image = capture.retrieve()[1] if came else None
        rows = 0 if image is None else image.shape[0]
        digest = "-" if image is None else hashlib.sha256(image.tobytes()).hexdigest()
        print(f"{took_s:.3f} {came} {rows} {digest}", flush=True)
    capture.release()


def try_to_open(device: str) -> None:
    began_s = time.monotonic()
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    print(f"{time.monotonic() - began_s:.3f} {capture.isOpened()}")
    capture.release()


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(sys.argv[2], float(sys.argv[3]))
    else:
        try_to_open(sys.argv[2])
