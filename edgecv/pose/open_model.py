"""Opens a model file: recognised by itself, and computed by what proves that it computes it."""

import logging
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import onnxruntime

from edgecv.errors import ModelError
from edgecv.host.onnxruntime_builds import missing_libraries, provider_library
from edgecv.pose.image_input import Unlike, image_input, input_size
from edgecv.pose.providers import (
    BUILT,
    CPU,
    NAMES,
    TENSORRT,
    Active,
    SessionSettings,
    cache_options,
    engine_folder,
    must_build,
    nodes_by_provider,
)
from edgecv.pose.recognise import Recognised, recognise
from edgecv.pose.session import Model, Session
from edgecv.pose.signature import Signature

log = logging.getLogger("edgecv.model")


def open_model(
    path: Path, settings: SessionSettings, decoder: str = ""
) -> tuple[Recognised, Model]:
    """Load a file, recognise it, and have it computed by the first provider that really does.

    `decoder` says what it is to be taken for; empty: what it looks like. Raises ModelError for a
    file that is missing, damaged, or no pose model.
    """
    session = Session(path, settings.threads)
    shape = _input_shape(session.signature)
    recognised = recognise(_settled(session, shape), str(path), decoder)
    assert shape is not None
    sizes = session.open_axes(shape)
    if sizes:
        session = Session(path, settings.threads, sizes=sizes)
    provider = CPU
    refused: list[str] = []
    for candidate in settings.accelerators:
        try:
            session = _accelerated(path, settings, candidate, sizes, shape)
        except ModelError as error:
            # ONNX Runtime tells that in its log alone.
            lacks = _missing(candidate)
            words = f"it lacks {', '.join(lacks)}" if lacks else str(error)
            refused.append(f"{candidate}: {words}")
        else:
            provider = candidate
            break
    began_s = time.perf_counter()
    session.run_grey(shape)
    run_ms = 1e3 * (time.perf_counter() - began_s)
    for reason in refused:
        log.warning("%s is not computed by %s", path.name, reason)
    settings.opened(Active(path.name, provider, run_ms, tuple(refused)))
    return recognised, Model(session, recognised.pixels, recognised.outputs)


def signature_of(path: Path) -> Signature:
    """What the file says of itself, with sizes that it leaves open filled in as far as that can be
    found out. Raises ModelError for a file that is missing or damaged."""
    session = Session(path, threads=1)
    return _settled(session, _input_shape(session.signature))


def _input_shape(signature: Signature) -> tuple[int, int, int, int] | None:
    """None where it has not one image as its input."""
    try:
        width, height = input_size(signature)
        first = image_input(signature).channels_first
    except Unlike:
        return None
    return (1, 3, height, width) if first else (1, height, width, 3)


def _settled(session: Session, shape: Sequence[int] | None) -> Signature:
    """Where sizes are open, one run tells those of the outputs."""
    signature = session.signature
    if shape is None:
        return signature
    (tensor,) = signature.inputs
    outputs = signature.outputs
    if any(None in output.shape or not output.shape for output in outputs):
        results = session.run_grey(shape)
        outputs = tuple(
            replace(output, shape=tuple(result.shape))
            for output, result in zip(outputs, results, strict=True)
        )
    return replace(signature, inputs=(replace(tensor, shape=tuple(shape)),), outputs=outputs)


def _accelerated(
    path: Path,
    settings: SessionSettings,
    provider: str,
    sizes: dict[str, int],
    shape: Sequence[int],
) -> Session:
    """A session that has computed the model by this provider. Raises ModelError."""
    wants_engine = provider == TENSORRT
    folder = engine_folder(settings.cache, path) if wants_engine and settings.cache else None
    builds = wants_engine and (folder is None or must_build(folder))
    if builds and (lacks := _missing(provider)):
        raise ModelError(f"it lacks {', '.join(lacks)}")
    if builds and not settings.may_build:
        raise ModelError("it has built no engine yet, which takes minutes")
    if folder is None:
        with _told(settings, builds=builds):
            return _proven(path, settings, provider, {}, sizes=sizes, shape=shape)
    try:
        return _with_engines(path, settings, folder, sizes, shape)
    except ModelError as error:
        if builds or not settings.may_build:
            raise
        log.warning("%s: its engines can't be used and are built anew: %s", path.name, error)
        shutil.rmtree(folder, ignore_errors=True)
        return _with_engines(path, settings, folder, sizes, shape)


def _missing(provider: str) -> list[str]:
    """Libraries that this provider needs, and that are not on this box."""
    return missing_libraries(provider_library(Path(onnxruntime.__file__).parent, provider))


def _with_engines(
    path: Path,
    settings: SessionSettings,
    folder: Path,
    sizes: dict[str, int],
    shape: Sequence[int],
) -> Session:
    """TensorRT with the engines in `folder`, which are built where they are not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"no engine can be kept in {folder}: {error.strerror}") from error
    with _told(settings, builds=must_build(folder)):
        session = _proven(path, settings, TENSORRT, cache_options(folder), sizes=sizes, shape=shape)
    with suppress(OSError):  # a full disk: it is built once more at the next start
        (folder / BUILT).touch()
    return session


@contextmanager
def _told(settings: SessionSettings, *, builds: bool) -> Iterator[None]:
    """Whoever waits is told of the building, and of its end, however it ends."""
    if builds:
        settings.building(True)
    try:
        yield
    finally:
        if builds:
            settings.building(False)


def _proven(
    path: Path,
    settings: SessionSettings,
    provider: str,
    options: dict[str, str],
    *,
    sizes: dict[str, int],
    shape: Sequence[int],
) -> Session:
    """That a session names a provider does not mean that it computes anything: what has no kernel
    there goes to the processor without a word. So one run is profiled. Raises ModelError."""
    with tempfile.TemporaryDirectory(prefix="edgecv-") as profiles:
        session = Session(
            path,
            settings.threads,
            provider,
            options=options,
            sizes=sizes,
            profile=Path(profiles) / "profile",
        )
        session.run_grey(shape)
        profile = Path(session.raw.end_profiling()).read_text(encoding="utf-8")
    given = session.raw.get_providers()
    if NAMES[provider] not in given:
        raise ModelError(f"ONNX Runtime has fallen back to {', '.join(given)}")
    ran = nodes_by_provider(profile)
    if not ran[NAMES[provider]]:
        where = ", ".join(f"{name} ({count})" for name, count in ran.items()) or "nowhere"
        raise ModelError(f"none of its operators ran there; they ran on {where}")
    return session
