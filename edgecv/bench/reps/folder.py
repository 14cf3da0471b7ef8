"""Scores every recording of a folder, on several processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from edgecv.bench.reps.clip import Clip, read_clip
from edgecv.bench.reps.labels import Label
from edgecv.bench.reps.poses import cached, find_poses
from edgecv.bench.reps.score import ClipScore, score_clip
from edgecv.errors import EdgecvError

T = TypeVar("T")
Step = Callable[[], None]
"""Called when one more recording is done."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where recordings are, and the poses that were found in them before."""

    path: Path
    poses: Path | None = None
    """A folder with a trace for some recordings; the others' poses are in the cache, or made."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The recordings that could be scored, in the order of the labels, and the others."""

    clips: list[ClipScore] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    """File and why."""


def evaluate(
    folder: Folder, labels: Sequence[Label], *, jobs: int = 1, step: Step = lambda: None
) -> Evaluation:
    """Score each recording."""
    evaluation = Evaluation()
    found = in_parallel(partial(_score, folder), labels, jobs, step)
    for label, result in zip(labels, found, strict=True):
        if isinstance(result, str):
            evaluation.skipped[label.file] = result
        else:
            evaluation.clips.append(result)
    return evaluation


def in_parallel(
    work: Callable[[Label], T], labels: Sequence[Label], jobs: int, step: Step
) -> list[T]:
    """The results of `work`, which can be pickled, in the order of `labels`."""
    results: dict[int, T] = {}
    if jobs == 1:
        for number, label in enumerate(labels):
            results[number] = work(label)
            step()
    else:
        with _processes(jobs) as pool:
            waiting = {pool.submit(work, label): number for number, label in enumerate(labels)}
            for done in as_completed(waiting):
                results[waiting[done]] = done.result()
                step()
    return [results[number] for number in range(len(labels))]


def load(folder: Folder, label: Label) -> Clip | str:
    """The recording's poses, found where nobody has yet; or why there are none."""
    recording = folder.path / label.file
    try:
        path = cached(recording, folder.poses)
        if not path.is_file():
            find_poses(recording, path)
        clip = read_clip(path)
    except FileNotFoundError:
        return "no such file"
    except OSError as error:
        return f"can't be read: {error.strerror or error}"
    except EdgecvError as error:
        return str(error)
    return clip if clip.samples else "holds no frame"


def _score(folder: Folder, label: Label) -> ClipScore | str:
    clip = load(folder, label)
    return clip if isinstance(clip, str) else score_clip(clip, label, with_baselines=True)


@contextmanager
def _processes(jobs: int) -> Iterator[Executor]:
    # Forked children would inherit locks that threads of OpenCV and onnxruntime hold.
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))
    try:
        yield pool
    except KeyboardInterrupt:
        # They would go on with what they have been given already.
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
