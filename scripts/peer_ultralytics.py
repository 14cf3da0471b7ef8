"""Ultralytics' own prediction, for `scripts/bench peers`; needs ultralytics and no edgecv."""

import sys
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from peer_loop import CORES, Found, main
from ultralytics import YOLO


def prepare() -> Callable[[NDArray[np.uint8], float], Found]:
    torch.set_num_threads(CORES)
    model = YOLO(sys.argv[3], task="pose")

    def estimate(image: NDArray[np.uint8], _time_s: float) -> Found:
        (result,) = model.predict(image, verbose=False, device="cpu")
        if not len(result.keypoints.data) or not len(result.boxes):
            return None
        width = result.boxes.xywh[:, 2:].prod(dim=1)
        pixels = result.keypoints.data[int(width.argmax())].numpy()
        return pixels, np.full(pixels.shape, np.nan)

    return estimate


main(prepare)
