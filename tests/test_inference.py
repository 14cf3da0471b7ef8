"""The inference worker: the latest frame, decoded once and only when it is wanted."""

import threading

import cv2
import numpy as np
import pytest

from edgecv.clock import FakeClock
from edgecv.decode import REDUCTIONS, decode, largest_reduction, size_of
from edgecv.errors import FrameError, ModelError
from edgecv.frames import Books, Content, Frame, Image, Jpeg, LatestFrame
from edgecv.pose.keypoints import BLAZEPOSE_33, Pose, Skeleton
from edgecv.pose.supervisor import Inference
from edgecv.pose.worker import IDLE_AFTER_S, LOOK_S, InferenceWorker
from edgecv.rates import Pacer
from edgecv.watchdog import Stuck
from tests.broker import wait_until
from tests.poses import pose

SOMEBODY = pose()


def picture(width: int = 160, height: int = 120) -> Image:
    """A smooth gradient, which JPEG keeps well at every scale."""
    across = np.linspace(0, 255, width, dtype=np.float32)
    down = np.linspace(0, 255, height, dtype=np.float32)[:, None]
    image = np.stack(
        [np.broadcast_to(across, (height, width)), down + 0 * across, 0 * down + across]
    )
    return np.ascontiguousarray(image.transpose(1, 2, 0)).astype(np.uint8)


def jpeg(width: int = 160, height: int = 120) -> Jpeg:
    data = cv2.imencode(".jpg", picture(width, height), [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
    return Jpeg(data.tobytes(), width, height)


class ScriptedEstimator:
    """Sees whoever is in view by `script` (by call, then the last one for ever)."""

    skeleton: Skeleton = BLAZEPOSE_33

    def __init__(self, script: "list[Pose | ModelError | None]", reduction: int = 1) -> None:
        self.images: list[Image] = []
        self._script = script
        self._reduction = reduction

    def reduction(self, width: int, height: int) -> int:  # noqa: ARG002
        return self._reduction

    def __call__(self, image: Image, time_s: float, reduction: int = 1) -> Pose | None:  # noqa: ARG002
        self.images.append(image)
        entry = self._script[min(len(self.images), len(self._script)) - 1]
        if isinstance(entry, ModelError):
            raise entry
        return entry

    def reset(self) -> None:
        """Nothing to forget."""


def process(
    estimator: ScriptedEstimator,
    contents: list[Content],
    *,
    fps: float = 30.0,
    max_fps: float = 0.0,
    idle_fps: float = 0.0,
) -> tuple[list[int], LatestFrame]:
    """The numbers of the delivered frames, and the slot, after these frames one by one."""
    clock = FakeClock()
    slot = LatestFrame()
    delivered: list[int] = []
    worker = InferenceWorker(
        estimator,
        slot,
        clock,
        lambda frame, _pose: delivered.append(frame.number),
        lambda: None,
        max_fps=max_fps,
        idle_fps=idle_fps,
    )
    for number, content in enumerate(contents, 1):
        slot.put(Frame(number, clock.now(), clock.now(), content))
        taken = slot.take(0)
        assert taken is not None
        worker.handle(taken)
        clock.advance(1 / fps)
    assert slot.books().balanced
    assert slot.books().in_flight == 0
    return delivered, slot


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_jpeg_is_decoded_at_the_scale_that_is_asked_for(reduction: int) -> None:
    image, reduced_by = decode(jpeg(161, 119), reduction)

    assert reduced_by == reduction
    assert image.shape == (-(-119 // reduction), -(-161 // reduction), 3)
    whole = cv2.resize(picture(161, 119), image.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(image.astype(int) - whole).mean() < 6


def test_pixels_are_passed_on_without_a_copy() -> None:
    image = picture()
    assert decode(image, 4)[0] is image
    assert decode(image, 4)[1] == 1
    assert size_of(image) == size_of(jpeg()) == (160, 120)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"not a picture" * 100])
def test_a_damaged_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError, match="can't be decoded"):
        decode(Jpeg(data, 160, 120))


def test_the_reduction_leaves_what_is_needed() -> None:
    assert [largest_reduction(side, 256) for side in (100, 256, 511, 512, 1024, 5000)] == [
        *(1, 1, 1, 2, 4, 8)
    ]


def test_a_frame_is_decoded_once_as_small_as_the_estimator_allows() -> None:
    estimator = ScriptedEstimator([SOMEBODY], reduction=2)
    process(estimator, [jpeg()])

    assert [image.shape for image in estimator.images] == [(60, 80, 3)]


def test_frames_that_fail_are_counted_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    estimator = ScriptedEstimator([SOMEBODY])
    broken = Jpeg(b"rubbish", 160, 120)
    delivered, slot = process(estimator, [jpeg(), *[broken] * 5, jpeg()])

    assert delivered == [1, 7]
    assert slot.books().failed == 5
    assert caplog.text.count("can't be decoded") == 1


def test_a_model_that_fails_costs_the_frame_and_no_more() -> None:
    estimator = ScriptedEstimator([ModelError("out of memory"), SOMEBODY])
    delivered, slot = process(estimator, [picture()] * 3)

    assert delivered == [2, 3]
    assert slot.books().failed == 1


def test_the_pose_rate_is_capped_on_average_and_the_rest_is_skipped_undecoded() -> None:
    estimator = ScriptedEstimator([SOMEBODY])
    delivered, slot = process(estimator, [jpeg()] * 300, max_fps=12.0)

    assert len(delivered) == len(estimator.images) == pytest.approx(120, abs=1)
    assert slot.books().skipped == 300 - len(delivered)


def test_with_nobody_in_view_it_looks_less_often() -> None:
    delivered, _ = process(ScriptedEstimator([None]), [picture()] * 300, idle_fps=3.0)
    assert len(delivered) == pytest.approx(30, abs=1)


def test_who_is_lost_for_a_moment_is_looked_for_at_full_rate_and_who_comes_is_seen_at_once() -> (
    None
):
    seen_then_lost: list[Pose | ModelError | None] = [*[SOMEBODY] * 30, *[None] * 1000]
    delivered, _ = process(ScriptedEstimator(seen_then_lost), [picture()] * 300, idle_fps=3.0)
    full_rate = 30 + int(IDLE_AFTER_S * 30)
    assert delivered[:full_rate] == list(range(1, full_rate + 1))
    assert len(delivered) == pytest.approx(full_rate + (300 - full_rate) / 10, abs=2)

    comes: list[Pose | ModelError | None] = [*[None] * 10, SOMEBODY]
    delivered, _ = process(ScriptedEstimator(comes), [picture()] * 300, idle_fps=3.0)
    first_seen = delivered[10]
    assert delivered[10:] == list(range(first_seen, 301))


def test_the_pacer_keeps_its_rate_whatever_the_moments_are() -> None:
    for fps in (7.0, 10.0, 29.0):
        pacer = Pacer(10.0)
        times = [frame / fps for frame in range(int(60 * fps))]
        assert sum(pacer.due(t) for t in times) == pytest.approx(60 * min(fps, 10.0), rel=0.01)


def test_the_pacer_does_not_make_up_for_a_long_pause() -> None:
    pacer = Pacer(10.0)
    assert pacer.due(0.0)
    assert [pacer.due(100.0 + n / 1000) for n in range(100)].count(True) <= 2


def test_the_worker_ends_when_the_slot_is_exhausted() -> None:
    slot = LatestFrame()
    ended = threading.Event()
    worker = InferenceWorker(
        ScriptedEstimator([SOMEBODY]), slot, FakeClock(), lambda _frame, _pose: None, ended.set
    )
    worker.start()
    slot.put(Frame(1, 0.0, 0.0, picture()))
    slot.end()

    assert worker.join(10)
    assert worker.over
    assert ended.is_set()
    assert slot.books().delivered == 1


def test_a_thread_that_is_stuck_is_replaced_and_its_frame_has_failed() -> None:
    clock = FakeClock()
    slot = LatestFrame()
    begun, go_on = threading.Event(), threading.Event()
    delivered: list[int] = []

    class Hanging(ScriptedEstimator):
        def __call__(self, image: Image, time_s: float, reduction: int = 1) -> Pose | None:
            begun.set()
            go_on.wait(10)
            return super().__call__(image, time_s, reduction)

    before = threading.active_count()
    estimators = [Hanging([SOMEBODY]), ScriptedEstimator([SOMEBODY])]
    inference = Inference(
        lambda: estimators.pop(0),
        slot,
        clock,
        lambda frame, _: delivered.append(frame.number),
        lambda: None,
    )
    inference.start()
    slot.put(Frame(1, 0.0, 0.0, picture()))
    assert begun.wait(10)
    clock.advance(LOOK_S + 1)
    stuck = inference.pulse.late("inference")
    assert stuck is not None
    assert stuck.doing == "looking at frame 1"

    assert inference.replace(stuck)
    assert slot.books() == Books(captured=1, failed=1)
    slot.put(Frame(2, 0.0, 0.0, picture()))
    wait_until(lambda: delivered == [2], "the new one looks at it")
    go_on.set()
    slot.close()
    assert inference.join(10)
    wait_until(lambda: threading.active_count() == before, "the old one has ended as well")
    assert delivered == [2]
    assert slot.books() == Books(captured=2, failed=1, delivered=1)


def test_a_model_that_can_not_be_loaded_again_is_no_remedy() -> None:
    estimators = [ScriptedEstimator([None])]

    def make() -> ScriptedEstimator:
        if not estimators:
            raise ModelError("it is gone")
        return estimators.pop()

    inference = Inference(make, LatestFrame(), FakeClock(), lambda *_: None, lambda: None)
    assert not inference.replace(Stuck("inference", "looking", 99.0, ""))
    assert inference.abandoned == 0
