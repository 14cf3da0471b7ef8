"""The poses of recordings, found once and kept as traces."""

import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path

import edgecv
from edgecv.capture.files import VideoFile
from edgecv.capture.source import EndOfSource
from edgecv.clock import SystemClock
from edgecv.decode import decode
from edgecv.errors import EdgecvError
from edgecv.host.digest import sha256_of
from edgecv.pose.catalogue import load_catalogue, models_folder
from edgecv.pose.open_estimator import open_estimator
from edgecv.traces import FORM, SUFFIX, TraceHeader, TraceWriter

MODEL = "blazepose-full"
CODE = ("pose/*.py", "one_euro.py", "decode.py", "capture/files.py")
"""What finds the poses besides the model: changed, it may find others."""

ABANDONED_S = 600.0
"""An unfinished file that nobody has written to for so long is nobody's."""


def cache_folder() -> Path:
    """Where poses are kept: `$XDG_CACHE_HOME/edgecv/poses`."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "edgecv" / "poses"


def cached(recording: Path, given: Path | None = None) -> Path:
    """Where the poses of a recording are, or will be: in the folder `given`, where there is a
    trace of its name; else where its content, the model's and the code's say. A trace is its own.

    Raises OSError when the recording can't be read.
    """
    if recording.suffix == SUFFIX:
        return recording
    if given is not None and (own := given / f"{recording.stem}{SUFFIX}").is_file():
        return own
    digest = hashlib.sha256(str(FORM).encode())
    for file in load_catalogue(models_folder()).models[MODEL].files:
        digest.update(file.sha256.encode())
    for source in code():
        digest.update(source.read_bytes())
    digest.update(sha256_of(recording).encode())
    return cache_folder() / f"{digest.hexdigest()[:32]}{SUFFIX}"


def code() -> list[Path]:
    """The files of CODE, in order."""
    package = Path(edgecv.__file__).parent
    return sorted(path for pattern in CODE for path in package.glob(pattern))


def find_poses(video: Path, out: Path) -> None:
    """Look at every frame with the default model and write the trace `out`, whole or not at all.

    Raises EdgecvError.
    """
    unfinished = out.with_name(f".{out.stem}.{os.getpid()}{SUFFIX}")
    source = VideoFile(str(video))
    stop = threading.Event()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _tidy(out)
        info = source.open(stop)
        estimator = open_estimator(MODEL, threads=1)
        writer = TraceWriter(
            unfinished,
            TraceHeader(
                skeleton=estimator.skeleton.name,
                world=True,
                width=info.width,
                height=info.height,
                source=video.name,
            ),
        )
        try:
            while True:
                grab = source.read(stop)
                assert grab is not None
                assert grab.recorded_s is not None
                image, _ = decode(grab.content)
                writer.write(grab.recorded_s, estimator(image, grab.recorded_s))
        except EndOfSource:
            pass
        finally:
            writer.close()
        unfinished.replace(out)
    except OSError as error:
        raise EdgecvError(f"{out} can't be written: {error.strerror or error}") from error
    finally:
        source.release()
        unfinished.unlink(missing_ok=True)


def _tidy(out: Path) -> None:
    """Remove what others had begun and were killed over."""
    now_s = SystemClock().wall().timestamp()
    for left in out.parent.glob(f".{out.stem}.*{SUFFIX}"):
        with suppress(OSError):  # it has just been finished
            if now_s - left.stat().st_mtime > ABANDONED_S:
                left.unlink()
