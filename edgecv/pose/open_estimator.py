"""From the name of a model, or model files of any kind, to the estimator that they are for."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from edgecv.errors import ConfigError, ModelError
from edgecv.pose import movenet, simcc, yolo_pose
from edgecv.pose.blazepose import BlazePose
from edgecv.pose.blazepose_detector import BlazePoseDetector
from edgecv.pose.catalogue import DEFAULT, find_model, is_file
from edgecv.pose.crop_estimator import CropEstimator, Reading
from edgecv.pose.cutter import BLACK_BORDER, GREY_BORDER
from edgecv.pose.estimator import Estimator
from edgecv.pose.keypoints import JOINTS, Skeleton
from edgecv.pose.open_model import open_model
from edgecv.pose.people import Floats, People
from edgecv.pose.providers import SessionSettings
from edgecv.pose.recognise import BLAZEPOSE, BLAZEPOSE_DETECTOR, MOVENET, SIMCC, Recognised
from edgecv.pose.region import Region
from edgecv.pose.session import Tensor


def open_estimator(
    model: str,
    threads: int = 0,
    *,
    detector: str = "",
    decoder: str = "",
    settings: SessionSettings | None = None,
) -> Estimator:
    """Load a model: by its name in the catalogue, or from an ONNX file of any supported kind.

    `detector` is the other half of a BlazePose pair; `decoder` says what a file is to be taken for
    (empty: what it looks like); `threads` of 0: one fewer than there are cores.

    Raises ConfigError for settings that don't go together, and for another name (it says which
    there are); ModelError for a file that is missing, broken, or of no use here.
    """
    settings = replace(settings or SessionSettings(), threads=threads)
    if (detector or decoder) and (not is_file(model) or (detector and decoder)):
        raise ConfigError(
            f"pose.model = {model!r} with detector {detector!r} and decoder {decoder!r}: "
            "a detector goes with a file of BlazePose's landmarks, a decoder with a single file"
        )
    if not is_file(model):
        return _open_pair(*find_model(model), settings)
    if detector:
        return _open_pair(Path(detector), Path(model), settings)
    return _open_file(Path(model), settings, decoder)


def _open_pair(detector: Path, landmarks: Path, settings: SessionSettings) -> Estimator:
    _, model = open_model(landmarks, settings, BLAZEPOSE)
    return BlazePose(_open_detector(detector, settings), model)


def _open_detector(path: Path, settings: SessionSettings) -> BlazePoseDetector:
    _, model = open_model(path, replace(settings, opened=lambda _: None), BLAZEPOSE_DETECTOR)
    return BlazePoseDetector(model)


def _open_file(path: Path, settings: SessionSettings, decoder: str) -> Estimator:
    recognised, model = open_model(path, settings, decoder)
    if recognised.decoder == BLAZEPOSE_DETECTOR:
        raise ModelError(
            f"model {path} is BlazePose's detector alone: name the landmarks in pose.model, and "
            "this one in pose.detector"
        )
    if recognised.decoder == BLAZEPOSE:
        return BlazePose(_open_detector(find_model(DEFAULT)[0], settings), model)
    return CropEstimator(_reading(recognised, _skeleton(recognised, path)), model)


def _skeleton(recognised: Recognised, path: Path) -> Skeleton:
    skeleton = recognised.skeleton
    missing = [joint for joint in JOINTS if skeleton is None or joint not in skeleton.keypoints]
    if skeleton is None or missing:
        raise ModelError(
            f"model {path} ({recognised}) does not say which of its key points are "
            f"{', '.join(missing)}, which counting needs: export it with kpt_names in its metadata"
        )
    return skeleton


def _reading(recognised: Recognised, skeleton: Skeleton) -> Reading:
    width, height = recognised.pixels.width, recognised.pixels.height
    aspect = width / height
    if recognised.decoder == MOVENET:
        return Reading(
            skeleton,
            lambda outputs: movenet.decode(outputs[0], width, height),
            lambda keypoints, _box, *frame: movenet.next_region(keypoints, *frame),
            BLACK_BORDER,
        )
    if recognised.decoder == SIMCC:
        return Reading(
            skeleton,
            lambda outputs: simcc.decode(outputs[0], outputs[1], width, height),
            partial(_padded, simcc.BOX_MARGIN, aspect),
            BLACK_BORDER,
        )
    form = recognised.form
    assert form is not None

    def decode(outputs: list[Tensor]) -> People:
        return yolo_pose.decode(outputs[0], form, width, height)

    return Reading(skeleton, decode, partial(_padded, yolo_pose.BOX_MARGIN, aspect), GREY_BORDER)


def _padded(
    margin: float, aspect: float, _keypoints: Floats, box: Floats, width: int, height: int
) -> Region:
    """The box with a margin, and no more than the whole frame."""
    left, top, right, bottom = (float(side) for side in box)
    region = Region.of_box((left, top, right, bottom), margin, aspect)
    whole = Region.whole(width, height, aspect)
    return region if region.size < whole.size else whole
