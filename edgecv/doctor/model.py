"""The model: its files, whether it loads, finds whom it should, and how fast."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgecv.clock import Clock
from edgecv.config import Config
from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.errors import EdgecvError
from edgecv.host.instance import state_folder
from edgecv.pose.catalogue import damaged_files, models_folder
from edgecv.pose.estimator import Estimator
from edgecv.pose.open_estimator import open_estimator
from edgecv.pose.providers import Active, SessionSettings
from edgecv.pose.selftest import selftest
from edgecv.pose.session import spare_cores
from edgecv.status import StatusDocument

RUNS = 5
"""Inferences on the built-in picture; the fastest counts, as the first ones warm up."""
FEWEST_FPS = 10.0
"""Fewer poses a second miss the turn of a quick rep."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that was tried, or why that did not go."""

    estimator: Estimator | None
    took_s: float = 0.0
    """A frame."""
    problem: str | None = None
    computed: Active | None = None
    """What computes it."""


def load(config: Config, clock: Clock) -> Loaded:
    """Load the model, and run it on the built-in picture."""
    pose = config.pose
    computed: list[Active] = []
    settings = SessionSettings(
        providers=pose.providers,
        cache=state_folder() / "engines",
        may_build=False,
        opened=computed.append,
    )
    try:
        estimator = open_estimator(
            pose.model,
            pose.threads,
            detector=pose.detector,
            decoder=pose.decoder,
            settings=settings,
        )
        took_s = min(selftest(estimator, clock) for _ in range(RUNS))
        return Loaded(estimator, took_s, computed=computed[-1] if computed else None)
    except EdgecvError as error:
        return Loaded(None, problem=str(error))


def examine_model(config: Config, loaded: Loaded, folder: Path | None = None) -> Iterator[Finding]:
    """The model as it was tried here; `folder` is where the files lie, unless as usual."""
    try:
        damaged = damaged_files(folder or models_folder())
    except EdgecvError as error:
        yield failure("files", f"{error}", "install edgecv anew")
        damaged = []
    else:
        if not damaged:
            yield ok("files", "all are as they were built")
    for path in damaged:
        is_there = "is not what it was when it was built" if path.exists() else "is missing"
        yield failure("files", f"{path} {is_there}", "install edgecv anew")
    if loaded.problem is not None:
        yield failure("load", f"{loaded.problem}", "install edgecv anew, or choose another model")
        return
    threads = config.pose.threads or spare_cores()
    yield ok("load", f"{config.pose.model}, threads: {threads}")
    if loaded.computed is not None:
        yield _provider(loaded.computed.provider, loaded.computed.refused)
    fps = 1 / loaded.took_s if loaded.took_s else float("inf")
    words = f"{loaded.took_s * 1e3:.1f} ms a frame, so up to {fps:.0f} fps"
    if fps < FEWEST_FPS:
        yield warning(
            "speed",
            f"{words}: quick reps are missed",
            "stop other programs, or choose a lighter model",
        )
    else:
        yield ok("speed", words)


def _provider(provider: str, refused: Sequence[str]) -> Finding:
    """What really computes it: a session may name a provider that computes nothing."""
    if refused:
        return warning(
            "provider",
            f"{provider}, as others do not: {', '.join(refused)}",
            "install what is missing, or name what is wanted in [pose] providers",
        )
    return ok("provider", f"{provider}, as it ran")


def examine_running_model(status: StatusDocument) -> Iterator[Finding]:
    """The model as the service has it."""
    if status.model is None:
        yield unavailable("load", "the service has not loaded it yet")
        return
    threads = status.model.threads or spare_cores()
    yield ok("load", f"{status.model.name}, threads: {threads}, in the service")
    if status.model.provider is not None:
        yield _provider(status.model.provider, status.model.refused)
    stats = status.stats
    if stats is None or stats.inference_ms is None:
        yield unavailable("speed", "no frame has come yet")
        return
    fps = 1e3 / stats.inference_ms if stats.inference_ms else float("inf")
    words = f"{stats.inference_ms:.1f} ms a frame, now {stats.pose_fps:.1f} fps"
    if fps < FEWEST_FPS:
        yield warning(
            "speed",
            f"{words}: quick reps are missed",
            "stop other programs, or choose a lighter model",
        )
    else:
        yield ok("speed", words)
