"""Ultralytics' own prediction, for `scripts/bench peers`; needs ultralytics and no edgecv."""

import sys
from collections.abc import Callable

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from peer_loop import CORES, Found, main
from ultralytics import YOLO


def prepare() -> Callable[[NDArray[np.uint8], float], Found]:
    torch.set_num_threads(CORES)
    model = YOLO(sys.argv[3], task="pose")
    side = onnxruntime.InferenceSession(sys.argv[3]).get_inputs()[0].shape[-1]

    def estimate(image: NDArray[np.uint8], _time_s: float) -> Found:
        (result,) = model.predict(image, verbose=False, device="cpu", imgsz=side)
        if not len(result.keypoints.data) or not len(result.boxes):
            return None
        areas = result.boxes.xywh[:, 2:].prod(dim=1)
        pixels = result.keypoints.data[int(areas.argmax())].numpy()
        return pixels, np.full(pixels.shape, np.nan)

    return estimate


main(prepare)
